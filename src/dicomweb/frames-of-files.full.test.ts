import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { concatBytes, UnicaError } from '#base';
import { type DicomFile, decodeSamples, oneFrameFile, parseDicom, pixelPlaceOf, toDicomJson } from '#dicom';
import { toExplicitLittle } from './explicit-little.ts';
import { nativeFrame } from './native-frame.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const absent = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';

function* realFiles(): Generator<readonly [name: string, file: DicomFile, bytes: Uint8Array]> {
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(zst|gz|dump)$/.test(entry.name)) continue;
    const bytes = new Uint8Array(readFileSync(join(entry.parentPath, entry.name)));
    try {
      yield [entry.name, parseDicom(bytes), bytes];
    } catch (error) {
      if (!(error instanceof UnicaError)) throw error;
    }
  }
}

test('every frame of every real file lies where it is said to lie', { skip: absent }, () => {
  const syntaxes = new Set<string>();
  for (const [name, file, bytes] of realFiles()) {
    const place = pixelPlaceOf(file, bytes);
    const element = file.dataset.element(0x7fe00010);
    if (place === undefined || element === undefined) continue;
    const { frames } = place;
    if (frames.kind === 'apart') continue;
    syntaxes.add(file.transferSyntaxUid);
    const cut = (start: number, length: number) => bytes.subarray(start, start + length);
    if (frames.kind === 'encapsulated') {
      const all = concatBytes(frames.stretches.flat().map(([start, length]) => cut(start, length)));
      assert.deepEqual(all, concatBytes((element.fragments ?? []).slice(1)), name);
      assert.ok(
        frames.stretches.every((stretches) => stretches.length > 0),
        name,
      );
    } else {
      assert.deepEqual(cut(...place.value), element.value, name);
    }
    const [start, length] = place.element;
    const header = parseDicom(concatBytes([cut(0, start), cut(start + length, bytes.length)]));
    assert.equal(header.dataset.elements.length, file.dataset.elements.length - 1, name);
    const last = place.frameCount - 1;
    const own =
      frames.kind === 'encapsulated'
        ? concatBytes((frames.stretches[last] ?? []).map(([at, size]) => cut(at, size)))
        : cut(place.value[0] + last * frames.frameBytes, frames.frameBytes);
    const alone = oneFrameFile(header, { bytes: own, encapsulated: place.encapsulated, vr: place.vr });
    const expected = decoded(() => decodeSamples(file, last).values);
    if (expected !== undefined) assert.deepEqual(decodeSamples(alone).values, expected, name);
  }
  assert.ok(syntaxes.size >= 10, [...syntaxes].join(' '));
});

/** PhotometricInterpretation, PlanarConfiguration, BitsStored, HighBit. */
const DESCRIBING = ['00280004', '00280006', '00280101', '00280102'];

test('explicit little endian says the same of every real file', { skip: absent }, () => {
  for (const [name, file] of realFiles()) {
    if (file.dataset.text(0x00080018) === undefined || file.dataset.text(0x00080016) === undefined) continue;
    const encapsulated = file.dataset.element(0x7fe00010)?.fragments !== undefined;
    if (encapsulated && decoded(() => nativeFrame(file)) === undefined) continue;
    const converted = parseDicom(toExplicitLittle(file));
    const { '7FE00010': before, ...expected } = toDicomJson(file.dataset) as Record<string, { vr?: string }>;
    const { '7FE00010': after, ...found } = toDicomJson(converted.dataset) as Record<string, { vr?: string }>;
    assert.equal(after === undefined, before === undefined, name);
    // Decompressed colours are no longer subsampled, and their bits those of the stream.
    if (encapsulated) for (const tag of DESCRIBING) for (const all of [expected, found]) delete all[tag];
    // Binary words are told as bytes, whose order is what was changed.
    if (file.dataset.encoding.littleEndian) assert.deepEqual(found, expected, name);
    else assert.deepEqual(Object.keys(found), Object.keys(expected), name);
    const values = decoded(() => decodeSamples(file).values);
    if (values !== undefined) assert.deepEqual(decodeSamples(converted).values, values, name);
  }
});

function decoded<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnicaError) return undefined;
    throw error;
  }
}
