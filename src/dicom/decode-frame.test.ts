import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { buildDicom, type GreyPixels } from './build-dicom.ts';
import { decodeFrame, type Frame } from './decode-frame.ts';
import { toDicomJson } from './dicom-json.ts';
import { toDisplayImage } from './display-image.ts';
import { parseDicom } from './parse-dicom.ts';

const HEADER = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '1.2.3' };

test('stored values of 16 bits, with spacing, window and rescale', () => {
  const bytes = buildDicom(
    {
      ...HEADER,
      PixelSpacing: ['0.2', '0.3'],
      WindowCenter: 40,
      WindowWidth: 80,
      RescaleSlope: 2,
      RescaleIntercept: -10,
    },
    {
      rows: 2,
      columns: 2,
      values: Uint16Array.of(0, 1, 4095, 300),
      bitsStored: 12,
      photometricInterpretation: 'MONOCHROME1',
    },
  );
  assert.deepEqual(decodeFrame(parseDicom(bytes)), {
    rows: 2,
    columns: 2,
    values: Uint16Array.of(0, 1, 4095, 300),
    bitsStored: 12,
    signed: false,
    photometricInterpretation: 'MONOCHROME1',
    rescaleSlope: 2,
    rescaleIntercept: -10,
    windowCenter: 40,
    windowWidth: 80,
    pixelSpacingMm: [0.2, 0.3],
  } satisfies Frame);
});

test('signed values: the sign is that of the stored bits, what stands above them is no part of the value', () => {
  const bytes = buildDicom({
    ...HEADER,
    ...{ SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2', Rows: 1, Columns: 3 },
    ...{ BitsAllocated: 16, BitsStored: 12, HighBit: 11, PixelRepresentation: 1 },
    PixelData: Uint8Array.of(0xff, 0x0f, 0x01, 0xf0, 0x00, 0x08),
  });
  assert.deepEqual(decodeFrame(parseDicom(bytes)).values, Int16Array.of(-1, 1, -2048));
});

const PLAIN = {
  ...HEADER,
  ...{ SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2', Rows: 4, Columns: 4 },
  ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0, PixelData: new Uint8Array(16) },
};
/** [what is wrong, attributes, code]. */
const REFUSED = [
  ['no pixels', { PixelData: undefined }, 'dicom.no-pixels'],
  ['no rows', { Rows: 0 }, 'dicom.no-pixels'],
  ['too few pixels', { PixelData: new Uint8Array(14) }, 'dicom.pixels-unusable'],
  ['colour', { SamplesPerPixel: 3 }, 'dicom.pixels-unusable'],
  ['24 bits', { BitsAllocated: 24 }, 'dicom.pixels-unusable'],
  ['a frame beyond all measure', { Rows: 65535, Columns: 65535 }, 'dicom.pixels-unusable'],
] as const;
for (const [name, attributes, code] of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.throws(() => decodeFrame(parseDicom(buildDicom({ ...PLAIN, ...attributes }))), { name: 'UnicaError', code });
  });
}

test('a frame that does not exist is refused', () => {
  assert.throws(() => decodeFrame(parseDicom(buildDicom(PLAIN)), 1), { code: 'dicom.pixels-unusable' });
});

const FRAME: Frame = {
  ...{ rows: 1, columns: 5, bitsStored: 8, signed: false, photometricInterpretation: 'MONOCHROME2' },
  ...{ values: Uint16Array.of(0, 51, 102, 153, 255), rescaleSlope: 1, rescaleIntercept: 0 },
  ...{ windowCenter: undefined, windowWidth: undefined, pixelSpacingMm: undefined },
};
/** [what, difference from the frame above, greys]. */
const SHADES: readonly (readonly [string, Partial<Frame>, readonly number[]])[] = [
  ['the range of the values', {}, [0, 51, 102, 153, 255]],
  ['MONOCHROME1 is inverted', { photometricInterpretation: 'MONOCHROME1' }, [255, 204, 153, 102, 0]],
  // PS3.3 C.11.2.1.2.1: black up to c - 0.5 - (w - 1) / 2 = 50, white from 150 on, ((x - (c - 0.5)) / (w - 1) + 0.5) · 255.
  ['the window of the file', { windowCenter: 100.5, windowWidth: 101 }, [0, 3, 133, 255, 255]],
  [
    'the window applies after rescale',
    { windowCenter: 200.5, windowWidth: 201, rescaleSlope: 2 },
    [0, 3, 133, 255, 255],
  ],
  ['a constant picture is black', { values: new Uint16Array(5).fill(7) }, [0, 0, 0, 0, 0]],
];
for (const [name, difference, greys] of SHADES) {
  test(`display: ${name}`, () => assert.deepEqual([...toDisplayImage({ ...FRAME, ...difference }).grey], greys));
}

test('the DICOM JSON model (PS3.18 annex F)', () => {
  const { dataset } = parseDicom(
    buildDicom({
      ...HEADER,
      PatientName: 'Doe^Jane=ドウ',
      WindowCenter: [1.5, 2],
      Rows: 4,
      ImageType: ['ORIGINAL', '', 'AXIAL'],
      ViewCodeSequence: [{ CodeValue: 'R-1' }],
      StudyDate: '',
      RedPaletteColorLookupTableData: Uint8Array.of(1, 2, 3, 4),
      PixelData: new Uint8Array(5000),
    }),
  );
  assert.deepEqual(toDicomJson(dataset), {
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00080008': { vr: 'CS', Value: ['ORIGINAL', null, 'AXIAL'] },
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
    '00080018': { vr: 'UI', Value: ['1.2.3'] },
    '00080020': { vr: 'DA' },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane', Ideographic: 'ドウ' }] },
    '00280010': { vr: 'US', Value: [4] },
    '00281050': { vr: 'DS', Value: [1.5, 2] },
    '00281201': { vr: 'OW', InlineBinary: 'AQIDBA==' },
    '00540220': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['R-1'] } }] },
    '7FE00010': { vr: 'OB', BulkDataURI: '#5000 bytes' },
  });
});

const dcmtk = spawnSync('dcmcjpls', ['--version']).status === 0 ? false : 'no dcmconv (dcmtk)';
const scratch = mkdtempSync(join(tmpdir(), 'unica-codec-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Noise on a slope with flat parts, so that runs, contexts and all code lengths occur. Odd sizes cut blocks. */
function picture(bitsStored: number, seed: string): GreyPixels {
  const [rows, columns] = [61, 83];
  const random = new SeededRandom(seed);
  const highest = 2 ** bitsStored - 1;
  const values = bitsStored <= 8 ? new Uint8Array(rows * columns) : new Uint16Array(rows * columns);
  for (let index = 0; index < values.length; index += 1) {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const slope = (row * column * highest) / (rows * columns);
    const noise = row > 40 ? random.below(highest) - highest / 2 : random.below(5) - 2;
    values[index] = column % 30 < 9 ? highest >> (row % 3) : Math.max(0, Math.min(highest, Math.round(slope + noise)));
  }
  return { rows, columns, values, bitsStored, photometricInterpretation: 'MONOCHROME2' };
}

/** [DCMTK's encoder with options, bits, largest difference]. Lossy JPEG is compared with DCMTK's own decoder. */
const CODED: readonly (readonly [readonly string[], number, number])[] = [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((predictor) =>
    [8, 12, 16].map((bits) => [['dcmcjpeg', '+el', '+sv', String(predictor)], bits, 0] as const),
  ),
  ...[8, 10, 12, 16].map((bits) => [['dcmcjpls', '+el'], bits, 0] as const),
  ...[8, 12, 16].map((bits) => [['dcmcjpls', '+en', '+md', '3'], bits, 3] as const),
  ...[8, 12, 16].map((bits) => [['dcmcrle'], bits, 0] as const),
];

for (const [[tool = '', ...options], bits, tolerance] of CODED) {
  test(`${[tool, ...options].join(' ')} of ${bits} bits comes back within ${tolerance}`, { skip: dcmtk }, () => {
    const pixels = picture(bits, `${bits}`);
    const { coded } = coding(tool, options, pixels);
    assert.ok(difference(decodeFrame(parseDicom(coded)), pixels) <= tolerance);
  });
}

for (const bits of [8, 12]) {
  for (const quality of ['30', '90']) {
    test(`lossy JPEG of ${bits} bits, quality ${quality}, as DCMTK decodes it`, { skip: dcmtk }, () => {
      const { coded, path } = coding('dcmcjpeg', [bits === 8 ? '+eb' : '+ee', '+q', quality], picture(bits, 'lossy'));
      const plain = join(scratch, 'plain.dcm');
      assert.equal(spawnSync('dcmdjpeg', [path, plain]).status, 0);
      const theirs = decodeFrame(parseDicom(new Uint8Array(readFileSync(plain))));
      assert.ok(difference(decodeFrame(parseDicom(coded)), theirs) <= 1);
    });
  }
}

test('progressive JPEG is refused by name', { skip: dcmtk }, () => {
  const { coded } = coding('dcmcjpeg', ['+ep'], picture(8, 'p'));
  assert.throws(() => decodeFrame(parseDicom(coded)), { code: 'dicom.codec-absent' });
});

test('damaged pictures are refused or decoded, never another exception', { skip: dcmtk }, () => {
  const random = new SeededRandom('pictures');
  const kinds = [
    coding('dcmcjpeg', ['+el', '+sv', '6'], picture(12, 'a')).coded,
    coding('dcmcjpeg', ['+ee'], picture(12, 'b')).coded,
    coding('dcmcjpls', ['+el'], picture(12, 'c')).coded,
    coding('dcmcrle', [], picture(12, 'd')).coded,
  ];
  let refused = 0;
  for (let run = 0; run < 1200; run += 1) {
    const bytes = Uint8Array.from(kinds[run % kinds.length] ?? []);
    const tail = Math.floor(bytes.length * 0.8);
    for (let hit = 0; hit <= run % 5; hit += 1) {
      const at = run % 3 === 0 ? bytes.length - 1 - random.below(tail) : 132 + random.below(bytes.length - 132);
      bytes[at] = random.below(256);
    }
    try {
      decodeFrame(parseDicom(bytes));
    } catch (error) {
      refused += 1;
      assert.ok(error instanceof UnicaError, String((error as Error).stack));
    }
  }
  assert.ok(refused > 50, `${refused} refused`);
});

function coding(tool: string, options: readonly string[], pixels: GreyPixels) {
  const plain = join(scratch, 'original.dcm');
  const path = join(scratch, 'coded.dcm');
  writeFileSync(plain, buildDicom(HEADER_OF_DCMTK, pixels));
  const { status, stderr } = spawnSync(tool, [...options, plain, path], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return { path, coded: new Uint8Array(readFileSync(path)) };
}

const HEADER_OF_DCMTK = { ...HEADER, StudyInstanceUID: '1.2.4', SeriesInstanceUID: '1.2.5', PatientID: 'x' };

function difference(a: Pick<Frame, 'values'>, b: Pick<Frame, 'values'> | GreyPixels): number {
  assert.equal(a.values.length, b.values.length);
  let largest = 0;
  for (const [index, value] of a.values.entries()) {
    largest = Math.max(largest, Math.abs(value - (b.values[index] ?? 0)));
  }
  return largest;
}
