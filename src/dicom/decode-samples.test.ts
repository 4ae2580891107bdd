import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SeededRandom } from '#base';
import { buildDicom } from './build-dicom.ts';
import { decodeSamples } from './decode-samples.ts';
import { parseDicom } from './parse-dicom.ts';
import { replacePixels } from './replace-pixels.ts';
import { writeDicom } from './rewrite-dicom.ts';

const dcmtk = spawnSync('dcmcjpls', ['--version']).status === 0 ? false : 'no dcmcjpls (dcmtk)';
const scratch = mkdtempSync(join(tmpdir(), 'unica-samples-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const SIZE = { Rows: 61, Columns: 83 } as const;

/** Slopes, noise and flat parts, each colour its own, so that runs of all colours and of one occur. Two frames. */
function colours(): Uint8Array {
  const random = new SeededRandom('colours');
  return Uint8Array.from({ length: SIZE.Rows * SIZE.Columns * 3 * 2 }, (_, at) => {
    const column = Math.floor(at / 3) % SIZE.Columns;
    if (column % 30 < 12) return 40 * (at % 3);
    return column > 60 ? random.below(256) : 20 * (at % 3) + column + random.below(3);
  });
}

function fileOf(pixels: Uint8Array, planar = 0): Uint8Array {
  return buildDicom({
    ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7.4', SOPInstanceUID: '1.2.3', StudyInstanceUID: '1.2.4' },
    ...{ SeriesInstanceUID: '1.2.5', PatientID: 'x', NumberOfFrames: '2', ...SIZE },
    ...{ SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: planar },
    ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0, PixelData: pixels },
  });
}

/** [DCMTK's encoder with options, largest difference]. */
const CODED: readonly (readonly [readonly string[], number])[] = [
  ...['+il', '+is', '+in'].map((interleave) => [['dcmcjpls', '+el', interleave], 0] as const),
  ...['+il', '+is', '+in'].map((interleave) => [['dcmcjpls', '+en', '+md', '2', interleave], 2] as const),
  ...[1, 4, 7].map((predictor) => [['dcmcjpeg', '+el', '+sv', String(predictor)], 0] as const),
  [['dcmcrle'], 0],
];
for (const [[tool = '', ...options], tolerance] of CODED) {
  test(`colours: ${[tool, ...options].join(' ')} comes back within ${tolerance}`, { skip: dcmtk }, () => {
    const pixels = colours();
    const [plain, path] = [join(scratch, 'plain.dcm'), join(scratch, 'coded.dcm')];
    writeFileSync(plain, fileOf(pixels));
    assert.equal(spawnSync(tool, [...options, plain, path], { encoding: 'utf8' }).status, 0);
    const file = parseDicom(new Uint8Array(readFileSync(path)));
    const size = pixels.length / 2;
    for (const frame of [0, 1]) {
      const { values } = decodeSamples(file, frame);
      const expected = pixels.subarray(frame * size, (frame + 1) * size);
      assert.equal(values.length, size);
      for (const [at, value] of expected.entries()) {
        assert.ok(Math.abs(value - (values[at] ?? 0)) <= tolerance, `${at}: ${values[at]} for ${value}`);
      }
    }
    // Written again as RLE, DCMTK reads what we decoded.
    const frames = [0, 1].map((frame) => decodeSamples(file, frame));
    const [first] = frames;
    assert.ok(first !== undefined);
    const again = replacePixels(
      file,
      frames.map(({ values }) => values),
      first,
    );
    const [rle, back] = [join(scratch, 'rle.dcm'), join(scratch, 'back.dcm')];
    writeFileSync(rle, writeDicom({ ...again, sopClassUid: '1.2.840.10008.5.1.4.1.1.7.4', sopInstanceUid: '1.2.3' }));
    assert.equal(spawnSync('dcmdrle', [rle, back]).status, 0);
    const theirs = parseDicom(new Uint8Array(readFileSync(back)));
    for (const [frame, { values }] of frames.entries()) assert.deepEqual(decodeSamples(theirs, frame).values, values);
  });
}

test('colours by plane are the same as by pixel', () => {
  const pixels = colours();
  const size = SIZE.Rows * SIZE.Columns;
  const planes = Uint8Array.from(pixels, (_, at) => {
    const [frame, within] = [Math.floor(at / (3 * size)), at % (3 * size)];
    return pixels[frame * 3 * size + (within % size) * 3 + Math.floor(within / size)] ?? 0;
  });
  for (const frame of [0, 1]) {
    const [one, other] = [fileOf(pixels), fileOf(planes, 1)].map((bytes) => decodeSamples(parseDicom(bytes), frame));
    assert.deepEqual(one?.values, other?.values);
  }
});

const BITS = {
  ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '1.2.3', Rows: 1, Columns: 3, SamplesPerPixel: 1 },
  ...{ PhotometricInterpretation: 'MONOCHROME2', PixelRepresentation: 0 },
};
test('unused bits below the stored ones are no part of the value', () => {
  const bytes = buildDicom({
    ...BITS,
    ...{ BitsAllocated: 16, BitsStored: 12, HighBit: 15, PixelData: Uint8Array.of(0x1f, 0x00, 0x20, 0x00, 0xff, 0xff) },
  });
  assert.deepEqual([...decodeSamples(parseDicom(bytes)).values], [1, 2, 4095]);
});
test('single bits: frames follow each other without padding', () => {
  const bytes = buildDicom({
    ...BITS,
    ...{ BitsAllocated: 1, BitsStored: 1, HighBit: 0, NumberOfFrames: '2', PixelData: Uint8Array.of(0b101_011, 0) },
  });
  const file = parseDicom(bytes);
  assert.deepEqual([...decodeSamples(file, 0).values], [1, 1, 0]);
  assert.deepEqual([...decodeSamples(file, 1).values], [1, 0, 1]);
});
