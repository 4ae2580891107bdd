import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { UnicaError } from '#base';

/** One file inside a zip. */
export interface ZipEntry {
  /** Path inside the archive with forward slashes; proved to stay inside it. */
  readonly name: string;
  readonly sizeBytes: number;
  /** @throws UnicaError `intake.zip-damaged`, `intake.too-large` */
  read(): Promise<Uint8Array>;
}

/** How much of a zip is believed. */
export interface ZipLimits {
  readonly entries: number;
  /** Of one unpacked file. */
  readonly entryBytes: number;
  /** Of all unpacked files together. */
  readonly totalBytes: number;
}

/** Room for a hospital's export, not for an attack. */
export const ZIP_LIMITS: ZipLimits = { entries: 2_000_000, entryBytes: 2 ** 30, totalBytes: 2 ** 41 };

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const END64_LOCATOR_SIGNATURE = 0x07064b50;
const CENTRAL_SIGNATURE = 0x02014b50;
/** What a zip begins with, as a little-endian number. */
export const LOCAL_SIGNATURE = 0x04034b50;
/** The largest end record: 22 bytes and a comment of 65,535. */
const END_SPAN = 22 + 0xffff;
const DIRECTORY_BYTES = 2 ** 29;
const STORED = 0;
const DEFLATED = 8;
const inflate = promisify(inflateRaw);

/**
 * The files of a zip by its central directory; contents are unpacked one at a time and only as far as the directory
 * says. The caller calls `close()`.
 */
export class ZipArchive {
  readonly entries: readonly ZipEntry[];
  readonly #file: FileHandle;

  private constructor(file: FileHandle, entries: readonly ZipEntry[]) {
    this.#file = file;
    this.entries = entries;
  }

  /**
   * @throws UnicaError `intake.zip-damaged`; `intake.zip-unsafe` for names that lead out of the archive, overlapping
   * contents and encrypted files; `intake.too-large` beyond the limits
   */
  static async open(path: string, limits: ZipLimits = ZIP_LIMITS): Promise<ZipArchive> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const directory = await readDirectory(file, size, limits);
      const entries = directory.map((record) => ({
        name: record.name,
        sizeBytes: record.sizeBytes,
        read: () => readEntry(file, record),
      }));
      return new ZipArchive(file, entries);
    } catch (error) {
      await file.close();
      throw error instanceof RangeError ? damaged('its directory ends too early', error) : error;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

interface Record {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly crc: number;
  readonly offset: number;
}

async function readDirectory(file: FileHandle, fileBytes: number, limits: ZipLimits): Promise<readonly Record[]> {
  const end = await findEnd(file, fileBytes);
  if (end.count > limits.entries) throw tooLarge(`it holds ${end.count} files`);
  if (end.sizeBytes > DIRECTORY_BYTES) throw tooLarge(`its directory takes ${end.sizeBytes} bytes`);
  if (end.offset + end.sizeBytes > fileBytes) throw damaged('its directory lies outside the file');
  const bytes = await readAt(file, end.offset, end.sizeBytes);
  const records: Record[] = [];
  let offset = 0;
  let total = 0;
  let packed = 0;
  for (let index = 0; index < end.count; index += 1) {
    const { record, next, isFolder, encrypted } = readRecord(bytes, offset);
    offset = next;
    if (isFolder) continue;
    checkName(record.name);
    if (encrypted) throw new UnicaError('intake.zip-unsafe', { problem: 'it is protected by a password' });
    if (record.sizeBytes > limits.entryBytes) throw tooLarge(`a file in it takes ${record.sizeBytes} bytes`);
    total += record.sizeBytes;
    packed += record.packedBytes;
    if (total > limits.totalBytes) throw tooLarge(`its files take more than ${limits.totalBytes} bytes`);
    records.push(record);
  }
  // Files that share their packed bytes are how a small zip pretends to be huge (Fifield 2019).
  if (packed > fileBytes) throw new UnicaError('intake.zip-unsafe', { problem: 'its files lie over one another' });
  return records;
}

/** The end record, or its 64-bit form when a field of the short one overflows. */
async function findEnd(
  file: FileHandle,
  fileBytes: number,
): Promise<{ readonly count: number; readonly sizeBytes: number; readonly offset: number }> {
  const span = Math.min(END_SPAN, fileBytes);
  const start = fileBytes - span;
  const tail = await readAt(file, start, span);
  const view = viewOf(tail);
  let at = span - 22;
  while (at >= 0 && view.getUint32(at, true) !== END_SIGNATURE) at -= 1;
  if (at < 0) throw damaged('it has no directory');
  const short = {
    count: view.getUint16(at + 10, true),
    sizeBytes: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  if (short.count !== 0xffff && short.sizeBytes !== 0xffffffff && short.offset !== 0xffffffff) return short;
  if (at < 20 || view.getUint32(at - 20, true) !== END64_LOCATOR_SIGNATURE) return short;
  const long = viewOf(await readAt(file, bigNumber(view, at - 12), 56));
  if (long.getUint32(0, true) !== END64_SIGNATURE) throw damaged('its 64-bit directory is missing');
  return { count: bigNumber(long, 32), sizeBytes: bigNumber(long, 40), offset: bigNumber(long, 48) };
}

function readRecord(
  bytes: Uint8Array,
  offset: number,
): { readonly record: Record; readonly next: number; readonly isFolder: boolean; readonly encrypted: boolean } {
  const view = viewOf(bytes);
  if (view.getUint32(offset, true) !== CENTRAL_SIGNATURE) throw damaged('its directory is not one');
  const flags = view.getUint16(offset + 8, true);
  const nameBytes = view.getUint16(offset + 28, true);
  const extraBytes = view.getUint16(offset + 30, true);
  const commentBytes = view.getUint16(offset + 32, true);
  const nameAt = offset + 46;
  const next = nameAt + nameBytes + extraBytes + commentBytes;
  if (next > bytes.length) throw damaged('its directory ends too early');
  const name = new TextDecoder(flags & 0x800 ? 'utf-8' : 'latin1').decode(bytes.subarray(nameAt, nameAt + nameBytes));
  const sizes = sizesOf(view, offset, nameAt + nameBytes, extraBytes);
  const record = { name, method: view.getUint16(offset + 10, true), crc: view.getUint32(offset + 16, true), ...sizes };
  return { record, next, isFolder: name.endsWith('/'), encrypted: (flags & 1) !== 0 };
}

/** Sizes and place of a file; those that overflow 32 bits stand in extra field 1, in this order (APPNOTE 4.5.3). */
function sizesOf(
  view: DataView,
  offset: number,
  extraAt: number,
  extraBytes: number,
): { readonly packedBytes: number; readonly sizeBytes: number; readonly offset: number } {
  let sizeBytes = view.getUint32(offset + 24, true);
  let packedBytes = view.getUint32(offset + 20, true);
  let place = view.getUint32(offset + 42, true);
  for (let at = extraAt; at + 4 <= extraAt + extraBytes; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    const long = (): number => {
      field += 8;
      return bigNumber(view, field - 8);
    };
    if (sizeBytes === 0xffffffff) sizeBytes = long();
    if (packedBytes === 0xffffffff) packedBytes = long();
    if (place === 0xffffffff) place = long();
  }
  return { packedBytes, sizeBytes, offset: place };
}

async function readEntry(file: FileHandle, record: Record): Promise<Uint8Array> {
  const local = viewOf(await readAt(file, record.offset, 30));
  if (local.getUint32(0, true) !== LOCAL_SIGNATURE) throw damaged('a file in it does not begin where it should');
  if (record.packedBytes > mostPackedBytes(record)) throw damaged('a file in it has another length than announced');
  const start = record.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = await readAt(file, start, record.packedBytes);
  const content = await unpacked(packed, record);
  if (content.length !== record.sizeBytes) throw damaged('a file in it has another length than announced');
  if (crc32(content) !== record.crc) throw damaged('the check sum of a file in it is wrong');
  return content;
}

/**
 * What is packed lies in memory as well, so it may not be much longer than what whoever reads it was told. Packing makes nothing
 * twice as long, unless it was told after every few bytes to end a block.
 */
function mostPackedBytes({ method, sizeBytes }: Record): number {
  return method === STORED ? sizeBytes : 2 * sizeBytes + 65_536;
}

async function unpacked(packed: Uint8Array, record: Record): Promise<Uint8Array> {
  if (record.method === STORED) return packed;
  if (record.method !== DEFLATED) {
    throw new UnicaError('intake.zip-unsafe', { problem: `it is packed by method ${record.method}` });
  }
  try {
    // One byte more than announced is enough to know that it lies.
    const content = await inflate(packed, { maxOutputLength: record.sizeBytes + 1 });
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch (cause) {
    throw damaged('a file in it cannot be unpacked to the announced length', cause);
  }
}

/** Names are only labels here; one that leads out of the archive still shows that the archive is an attack. */
function checkName(name: string): void {
  const parts = name.split(/[\\/]/);
  const unsafe = name === '' || name.includes('\0') || /^([\\/]|[A-Za-z]:)/.test(name) || parts.includes('..');
  if (unsafe) throw new UnicaError('intake.zip-unsafe', { problem: 'a name in it leads out of it' });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (position < 0 || position + length > size) throw damaged('it ends too early');
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw damaged('it ends too early');
    done += bytesRead;
  }
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bigNumber(view: DataView, offset: number): number {
  const value = Number(view.getBigUint64(offset, true));
  if (!Number.isSafeInteger(value)) throw damaged('a length in it is impossible');
  return value;
}

function damaged(problem: string, cause?: unknown): UnicaError {
  return new UnicaError('intake.zip-damaged', { problem }, { cause });
}

function tooLarge(problem: string): UnicaError {
  return new UnicaError('intake.too-large', { problem });
}
