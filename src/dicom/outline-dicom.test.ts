import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { concatBytes, UnicaError } from '#base';
import { buildDicom } from './build-dicom.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeSamples } from './decode-samples.ts';
import { outlineDicom } from './outline-dicom.ts';
import { type DicomFile, parseDicom } from './parse-dicom.ts';
import { frameCountOf, pixelPlaceOf } from './pixel-place.ts';
import { newElement } from './write-element.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const absent = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';

/** Bytes as a file would give them; `most` is the longest stretch that was asked for. */
function sourceOf(bytes: Uint8Array): ByteSource & { readonly most: () => number } {
  let most = 0;
  return {
    sizeBytes: bytes.length,
    read(start, length) {
      most = Math.max(most, length);
      return bytes.slice(start, start + length);
    },
    most: () => most,
  };
}

const outcomeOf = <Result>(work: () => Result): Result | string => {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnicaError) return error.code;
    throw error;
  }
};

test('the outline of every real file is what parsing the whole says', { skip: absent }, () => {
  let compared = 0;
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(zst|gz|dump)$/.test(entry.name)) continue;
    const bytes = new Uint8Array(readFileSync(join(entry.parentPath, entry.name)));
    const whole = outcomeOf(() => parseDicom(bytes));
    const outline = outcomeOf(() => outlineDicom(sourceOf(bytes)));
    if (typeof whole === 'string' || typeof outline === 'string') {
      assert.equal(outline, whole, entry.name);
      continue;
    }
    if (outline === undefined) continue;
    compared += 1;
    assert.equal(outline.file.transferSyntaxUid, whole.transferSyntaxUid, entry.name);
    assert.deepEqual(
      outline.file.dataset.elements.map(({ tag, vr }) => [tag, vr]),
      whole.dataset.elements.map(({ tag, vr }) => [tag, vr]),
    );
    const pixels = whole.dataset.elements.find(({ tag }) => tag === outline.place?.tag);
    const others = ({ dataset }: DicomFile) =>
      dataset.elements.filter(({ tag }) => tag !== pixels?.tag).map(({ raw }) => Buffer.from(raw).toString('base64'));
    assert.deepEqual(others(outline.file), others(whole), entry.name);
    assert.deepEqual(outline.place, pixelPlaceOf(whole, bytes), entry.name);
    if (pixels === undefined) continue;
    const [start, length] = outline.content;
    assert.deepEqual(bytes.subarray(start, start + length), pixels.raw.subarray(pixels.raw.length - length));
    assert.deepEqual([...outline.fragments()], (pixels.fragments ?? []).slice(1), entry.name);
    if (outline.place?.frames.kind === 'apart') continue;
    const last = frameCountOf(whole) - 1;
    const expected = outcomeOf(() => decodeSamples(whole, last));
    assert.deepEqual(
      outcomeOf(() => decodeSamples(outline.oneFrame(last))),
      expected,
      entry.name,
    );
  }
  assert.ok(compared >= 50, `${compared}`);
});

const film = buildDicom(
  { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '1.2.3', PatientID: 'P' },
  {
    rows: 64,
    columns: 48,
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
    values: Uint16Array.from({ length: 64 * 48 }, (_, index) => index % 4096),
  },
);

/** The film with a long element before its pixels. */
function withLongHeader(sizeBytes: number): Uint8Array {
  const place = pixelPlaceOf(parseDicom(film), film);
  const at = place?.element[0] ?? 0;
  const long = newElement(0x00291010, 'OB', new Uint8Array(sizeBytes), { explicit: true, littleEndian: true });
  return concatBytes([film.subarray(0, at), long.raw, film.subarray(at)]);
}

test('an outline reads pixels only when a frame is asked for, however long the header is', () => {
  const bytes = withLongHeader(3_000_000);
  const source = sourceOf(bytes);
  const outline = outlineDicom(source);
  assert.equal(outline?.place?.element[0], bytes.length - 64 * 48 * 2 - 12);
  assert.ok(source.most() <= 4 * 2 ** 20);
  assert.deepEqual(decodeSamples(outline?.oneFrame(0) ?? parseDicom(film)).values[4], 4);
});

test('a file that is cut anywhere is refused as the whole is', () => {
  const bytes = withLongHeader(1_500_000);
  const cuts = [0, 3, 131, 140, 700, 1_048_576, 1_048_580, bytes.length - 64 * 48 * 2 - 5, bytes.length - 1];
  for (const cut of cuts) {
    const part = bytes.subarray(0, cut);
    const expected = outcomeOf(() => parseDicom(part));
    const found = outcomeOf(() => outlineDicom(sourceOf(part)));
    if (typeof expected === 'string') assert.equal(found, expected, `${cut}`);
    else assert.notEqual(typeof found, 'string', `${cut}`);
  }
});
