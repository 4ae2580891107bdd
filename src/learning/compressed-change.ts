import { canonicalJson, equalBytes, type Json, sha256Hex, UnicaError, utf8 } from '#base';
import { type Model, parameterTable } from '#engine';
import type { Compression } from '#wire';

/** Numbers that share a scale under `int8`. */
const GROUP = 256;
const GROUP_BYTES = 4 + GROUP;
const LEVELS = 127;
/** Numbers whose places are told by 16 bits under `top-k`. */
const SECTION = 65_536;
const COUNT_BYTES = 4;
const PLACE_BYTES = 2;
const KEPT_BYTES = PLACE_BYTES + 4;

/** What of a job its changes depend on. */
export interface ChangeSpec {
  readonly model: Model;
  readonly compression?: Compression | undefined;
}

/** A job whose changes are made smaller. */
export type CompressingSpec = ChangeSpec & { readonly compression: Compression };

/** A change as it travels, and what of it was left out. */
export interface Compressed {
  readonly file: Uint8Array;
  /** What the hub will read of it. */
  readonly sent: Float32Array;
  /** The change less what is sent: remembered, and added to the next. */
  readonly residual: Float64Array;
  /** Euclidean length of what was left out over that of the change; 0 where there was no change. */
  readonly leftBehind: number;
}

/** Whether a job asks for compression. */
export function isCompressing<Spec extends ChangeSpec>(spec: Spec): spec is Spec & CompressingSpec {
  return spec.compression !== undefined;
}

const FORMAT = 'unica change v1\n';

/** Bytes of {@link isMadeSmaller}. */
export const FORMAT_BYTES = FORMAT.length;

/** Whether a file is of a change that was made smaller; a site that cannot, or may not, sends the whole one in such a job. */
export function isMadeSmaller(begin: Uint8Array): boolean {
  return equalBytes(begin.subarray(0, FORMAT_BYTES), utf8(FORMAT));
}

/** What a file of a change of such a job begins with: format, compression and the digest of the model's parameter table. */
export function compressedHead({ model, compression }: CompressingSpec): Uint8Array {
  const { entries } = parameterTable(model);
  const table = entries.map(({ name, shape }) => [name, ...shape]);
  const about = canonicalJson({ compression, table: sha256Hex(canonicalJson(table)) } as Json);
  return utf8(`${FORMAT}${about}\n`);
}

/** Numbers that `top-k` sends of a model of so many. */
function keptOf(total: number, share: number): number {
  return Math.max(1, Math.ceil(share * total));
}

/** The most bytes a change of such a job takes. */
export function compressedBytes(spec: CompressingSpec): number {
  const { total } = parameterTable(spec.model);
  const head = compressedHead(spec).length;
  if (spec.compression.kind === 'int8') return head + bytesOfGroups(total);
  const sections = Math.ceil(total / SECTION);
  return head + sections * COUNT_BYTES + keptOf(total, spec.compression.share) * KEPT_BYTES;
}

/**
 * A change made smaller. Follows from the numbers alone: no chance, ties of `top-k` to the earlier number.
 * @param change what leaves this time, with what was left out before already in it
 */
export function compressChange(spec: CompressingSpec, change: Float32Array): Compressed {
  const head = compressedHead(spec);
  const body = spec.compression.kind === 'int8' ? groupsOf(change) : sectionsOf(change, spec.compression.share);
  const file = new Uint8Array(head.length + body.length);
  file.set(head);
  file.set(body, head.length);
  const sent = decompress(spec, file);
  const residual = Float64Array.from(change, (value, at) => value - (sent[at] ?? 0));
  const length = euclidean(change);
  return { file, sent, residual, leftBehind: length === 0 ? 0 : euclidean(residual) / length };
}

/** The change that a file holds. @throws UnicaError `learning.update-refused`. */
export function decompress(spec: CompressingSpec, file: Uint8Array): Float32Array {
  const { total } = parameterTable(spec.model);
  checkHead(spec, file);
  let at = compressedHead(spec).length;
  const change = new Float32Array(total);
  const take = (count: number): Uint8Array => {
    if (at + count > file.length) throw refused('it ends too early');
    at += count;
    return file.subarray(at - count, at);
  };
  const part = partReader(spec);
  for (let begin = 0; begin < total; begin += SECTION) {
    const length = Math.min(SECTION, total - begin);
    const header = take(part.headerBytes);
    part.read(header, take(part.bytesAfter(header, length)), change.subarray(begin, begin + length));
  }
  if (at !== file.length) throw refused('it goes on after its end');
  return change;
}

/** @throws UnicaError `learning.update-refused` where a file is not of this model and compression. */
export function checkHead(spec: CompressingSpec, begin: Uint8Array): void {
  const head = compressedHead(spec);
  if (!equalBytes(begin.subarray(0, head.length), head)) {
    throw refused('it is of another model, or not made smaller as the job says');
  }
}

/** How a part of a change is read, whatever it is read from. */
export interface PartReader {
  /** Bytes that say how long the part is. */
  readonly headerBytes: number;
  /** @throws UnicaError `learning.update-refused`. */
  bytesAfter(header: Uint8Array, length: number): number;
  /** Fills a part with what its bytes say. @throws UnicaError `learning.update-refused`. */
  read(header: Uint8Array, bytes: Uint8Array, into: Float32Array): void;
}

/** Numbers of a part: a change is read and written so many at a time. */
export const PART_NUMBERS = SECTION;

/** How the parts of a job's changes are read, in their order. */
export function partReader({ compression, model }: CompressingSpec): PartReader {
  if (compression.kind === 'int8') {
    return {
      headerBytes: 0,
      bytesAfter: (_, length) => bytesOfGroups(length),
      read: (_, bytes, into) => readGroups(bytes, into),
    };
  }
  let left = keptOf(parameterTable(model).total, compression.share);
  return {
    headerBytes: COUNT_BYTES,
    bytesAfter(header, length) {
      const count = viewOf(header).getUint32(0, true);
      if (count > length || count > left) throw refused('it holds more numbers than the job allows');
      left -= count;
      return count * KEPT_BYTES;
    },
    read: (_, bytes, into) => readSection(bytes, into),
  };
}

function bytesOfGroups(length: number): number {
  return length + 4 * Math.ceil(length / GROUP);
}

/** Each group: a float32 scale, then a signed byte for every number; number = scale × byte. */
function groupsOf(change: Float32Array): Uint8Array {
  const bytes = new Uint8Array(bytesOfGroups(change.length));
  const view = viewOf(bytes);
  for (let begin = 0, at = 0; begin < change.length; begin += GROUP, at += GROUP_BYTES) {
    const group = change.subarray(begin, begin + GROUP);
    let largest = 0;
    for (const value of group) largest = Math.max(largest, Math.abs(value));
    const scale = Math.fround(largest / LEVELS);
    view.setFloat32(at, scale, true);
    if (scale === 0) continue;
    for (let index = 0; index < group.length; index += 1) {
      const level = Math.round((group[index] ?? 0) / scale);
      view.setInt8(at + 4 + index, Math.max(-LEVELS, Math.min(LEVELS, level)));
    }
  }
  return bytes;
}

function readGroups(bytes: Uint8Array, into: Float32Array): void {
  const view = viewOf(bytes);
  for (let begin = 0, at = 0; begin < into.length; begin += GROUP, at += GROUP_BYTES) {
    const scale = view.getFloat32(at, true);
    const end = Math.min(begin + GROUP, into.length);
    for (let index = begin; index < end; index += 1) into[index] = scale * view.getInt8(at + 4 + index - begin);
  }
}

/** Each section: how many numbers (uint32), their places in it rising (uint16), then the numbers (float32). */
function sectionsOf(change: Float32Array, share: number): Uint8Array {
  const places = largestPlaces(change, keptOf(change.length, share));
  const sections = Math.ceil(change.length / SECTION);
  const bytes = new Uint8Array(sections * COUNT_BYTES + places.length * KEPT_BYTES);
  const view = viewOf(bytes);
  let at = 0;
  let next = 0;
  for (let section = 0; section < sections; section += 1) {
    const first = next;
    while (next < places.length && (places[next] ?? 0) < (section + 1) * SECTION) next += 1;
    const count = next - first;
    view.setUint32(at, count, true);
    at += COUNT_BYTES;
    for (let index = 0; index < count; index += 1) {
      const place = places[first + index] ?? 0;
      view.setUint16(at + PLACE_BYTES * index, place - section * SECTION, true);
      view.setFloat32(at + PLACE_BYTES * count + 4 * index, change[place] ?? 0, true);
    }
    at += count * KEPT_BYTES;
  }
  return bytes;
}

function readSection(bytes: Uint8Array, into: Float32Array): void {
  const view = viewOf(bytes);
  const count = bytes.length / KEPT_BYTES;
  let before = -1;
  for (let index = 0; index < count; index += 1) {
    const place = view.getUint16(PLACE_BYTES * index, true);
    if (place <= before || place >= into.length) throw refused('the places of its numbers are not in order');
    before = place;
    into[place] = view.getFloat32(PLACE_BYTES * count + 4 * index, true);
  }
}

/** Places of the `count` numbers of the largest size, rising; of equals the earlier; zeros are never among them. */
function largestPlaces(change: Float32Array, count: number): Uint32Array {
  const sizes = change.map(Math.abs).sort();
  const least = sizes[Math.max(0, sizes.length - count)] ?? 0;
  let larger = 0;
  for (const value of change) if (Math.abs(value) > least) larger += 1;
  let equals = least === 0 ? 0 : count - larger;
  const places = new Uint32Array(larger + equals);
  let at = 0;
  for (const [place, value] of change.entries()) {
    const size = Math.abs(value);
    if (size < least || (size === least && equals === 0)) continue;
    if (size === least) equals -= 1;
    places[at] = place;
    at += 1;
  }
  return places;
}

function euclidean(numbers: Float32Array | Float64Array): number {
  let square = 0;
  for (const value of numbers) square += value * value;
  return Math.sqrt(square);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.update-refused', { problem });
}
