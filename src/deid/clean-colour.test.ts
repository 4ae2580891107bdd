import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SeededRandom } from '#base';
import { type Attributes, buildDicom, decodeSamples, parseDicom, toRgb } from '#dicom';
import { tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(7) };
const SIZE = { rows: 240, columns: 320 } as const;
/** The fan of the scan, as the device declares it. */
const REGION = { left: 40, top: 40, right: 279, bottom: 219 } as const;

/** Strokes like letters, five by seven: an E, an H, an L, a T, an I with feet. */
const GLYPHS = [
  ['11111', '10000', '10000', '11110', '10000', '10000', '11111'],
  ['10001', '10001', '10001', '11111', '10001', '10001', '10001'],
  ['10000', '10000', '10000', '10000', '10000', '10000', '11111'],
  ['11111', '00100', '00100', '00100', '00100', '00100', '00100'],
  ['11111', '00100', '00100', '00100', '00100', '00100', '11111'],
] as const;

type Colour = readonly [red: number, green: number, blue: number];

/** Draws ten letters; gives the pixels that were painted. */
function write(
  rgb: Uint8Array,
  place: { readonly x: number; readonly y: number },
  colour: Colour,
  letters = 10,
): number[] {
  const painted: number[] = [];
  const scale = 2;
  for (let letter = 0; letter < letters; letter += 1) {
    for (const [row, line] of (GLYPHS[letter % GLYPHS.length] ?? []).entries()) {
      for (let cell = 0; cell < 5; cell += 1) {
        if (line[cell] !== '1') continue;
        for (let at = 0; at < scale * scale; at += 1) {
          const y = place.y + row * scale + Math.floor(at / scale);
          const pixel = y * SIZE.columns + place.x + (letter * 6 + cell) * scale + (at % scale);
          rgb.set(colour, pixel * 3);
          painted.push(pixel);
        }
      }
    }
  }
  return painted;
}

/** Speckle in the region, black around it, a patch of flow in red and blue. */
function scan(): Uint8Array {
  const rgb = new Uint8Array(SIZE.rows * SIZE.columns * 3);
  const random = new SeededRandom('scan');
  for (let y = REGION.top; y <= REGION.bottom; y += 1) {
    for (let x = REGION.left; x <= REGION.right; x += 1) {
      const grey = Math.max(0, Math.min(255, Math.round(60 + 30 * Math.sin(y / 17) + 12 * random.normal())));
      const flow = Math.max(0, 1 - Math.hypot(x - 160, y - 140) / 40);
      rgb.set(
        [Math.min(255, Math.round(grey + 90 * flow)), grey, Math.round(grey * (1 - flow))],
        (y * SIZE.columns + x) * 3,
      );
    }
  }
  return rgb;
}

const ULTRASOUND: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.6.1',
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'US',
  PatientID: 'PT-4711',
};
const REGIONS: Attributes = {
  SequenceOfUltrasoundRegions: [
    {
      RegionLocationMinX0: [REGION.left],
      RegionLocationMinY0: [REGION.top],
      RegionLocationMaxX1: [REGION.right],
      RegionLocationMaxY1: [REGION.bottom],
    },
  ],
};

function fileOf(rgb: Uint8Array, attributes: Attributes, frames = 1): Uint8Array {
  return buildDicom({
    ...attributes,
    ...{ SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0 },
    ...{ Rows: SIZE.rows, Columns: SIZE.columns, BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 },
    ...(frames > 1 ? { NumberOfFrames: String(frames) } : {}),
    PixelData: Uint8Array.from({ length: rgb.length * frames }, (_, at) => rgb[at % rgb.length] ?? 0),
  });
}

const white: Colour = [255, 255, 255];
/** [what, colour]. */
const COLOURS: readonly (readonly [string, Colour])[] = [
  ['white', white],
  ['yellow', [255, 220, 0]],
  ['red', [255, 30, 30]],
  ['blue', [40, 60, 255]],
];
for (const [name, colour] of COLOURS) {
  test(`ultrasound: a ${name} name beside the regions and one inside are black afterwards, the scan stays`, () => {
    const rgb = scan();
    const painted = [...write(rgb, { x: 20, y: 8 }, colour), ...write(rgb, { x: 60, y: 50 }, colour)];
    const outcome = deidentify(fileOf(rgb, { ...ULTRASOUND, ...REGIONS }, 2), SITE);
    assert.ok(outcome.kind === 'clean', JSON.stringify(outcome));
    for (const frame of [0, 1]) {
      const { values } = decodeSamples(outcome.image.file, frame);
      for (const at of painted) assert.deepEqual([...values.subarray(3 * at, 3 * at + 3)], [0, 0, 0]);
      for (let y = 90; y <= REGION.bottom; y += 1)
        for (let x = REGION.left; x <= REGION.right; x += 1) {
          const at = (y * SIZE.columns + x) * 3;
          assert.ok(values[at] === rgb[at] && values[at + 2] === rgb[at + 2], `${x}, ${y}`);
        }
    }
    const reasons = new Set(outcome.masks.map(({ frame, reason }) => `${frame} ${reason}`));
    assert.deepEqual([...reasons].sort(), ['0 outside-regions', '0 writing', '1 outside-regions', '1 writing']);
    assert.equal(outcome.image.dataset.text(tagOf('BurnedInAnnotation')), 'NO');
    assert.ok(outcome.image.profile.includes('113101'));
  });
}

const RULE = { Manufacturer: 'Example', ManufacturerModelName: 'Sono 9' };
const SITE_RULE = {
  manufacturer: 'EXAMPLE',
  model: 'SONO',
  modality: 'US',
  rows: 240,
  black: [[0, 0, 65535, 30]],
} as const;
const CAPTURE = { ...ULTRASOUND, SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', Modality: 'OT' };
/** [what, attributes, what is written, result]. */
const DECISIONS: readonly (readonly [string, Attributes, boolean, string])[] = [
  ['ultrasound of which nothing is known', ULTRASOUND, false, 'deid.burned-in-unknown'],
  ['ultrasound with regions and nothing else', { ...ULTRASOUND, ...REGIONS }, false, 'clean'],
  [
    'ultrasound whose regions lie beside the picture',
    {
      ...ULTRASOUND,
      SequenceOfUltrasoundRegions: [
        {
          RegionLocationMinX0: [900],
          RegionLocationMinY0: [0],
          RegionLocationMaxX1: [999],
          RegionLocationMaxY1: [100],
        },
      ],
    },
    true,
    'deid.burned-in-unknown',
  ],
  ['ultrasound of a device with a rule of the site', { ...ULTRASOUND, ...RULE }, true, 'clean'],
  ['a coloured capture with a name', CAPTURE, true, 'clean'],
  ['a coloured capture without', CAPTURE, false, 'clean'],
];
for (const [what, attributes, written, expected] of DECISIONS) {
  test(`${what}: ${expected}`, () => {
    const rgb = scan();
    const painted = written ? write(rgb, { x: 20, y: 8 }, white) : [];
    const outcome = deidentify(fileOf(rgb, attributes), SITE, undefined, { regionRules: [SITE_RULE] });
    assert.equal(outcome.kind === 'clean' ? 'clean' : outcome.because, expected);
    if (outcome.kind === 'clean') {
      const { values } = decodeSamples(outcome.image.file);
      assert.ok(painted.every((at) => values[3 * at] === 0 && values[3 * at + 1] === 0));
    } else assert.equal((outcome.suspects ?? []).length > 0, written);
  });
}

test('a side marker in a coloured capture stays', () => {
  const rgb = scan();
  write(rgb, { x: 20, y: 8 }, white, 1);
  const outcome = deidentify(fileOf(rgb, CAPTURE), SITE);
  assert.ok(outcome.kind === 'clean' && outcome.masks.length === 0);
  assert.deepEqual([...decodeSamples(outcome.image.file).values], [...rgb]);
});

const dcmtk = spawnSync('dcmcjpeg', ['--version']).status === 0 ? false : 'no dcmcjpeg (dcmtk)';
const scratch = mkdtempSync(join(tmpdir(), 'unica-colour-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

test('a coloured JPEG becomes RLE that others read, and says that it was lossy once', { skip: dcmtk }, () => {
  const rgb = scan();
  const painted = write(rgb, { x: 60, y: 50 }, white);
  const [plain, coded, cleaned, back] = ['plain', 'coded', 'cleaned', 'back'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(plain, fileOf(rgb, { ...ULTRASOUND, ...REGIONS }));
  assert.equal(spawnSync('dcmcjpeg', ['+eb', '+q', '95', '+s2', plain, coded]).status, 0);
  const outcome = deidentify(new Uint8Array(readFileSync(coded)), SITE);
  assert.ok(outcome.kind === 'clean', JSON.stringify(outcome));
  const { dataset, transferSyntaxUid } = outcome.image.file;
  assert.equal(transferSyntaxUid, '1.2.840.10008.1.2.5');
  assert.equal(dataset.text(tagOf('LossyImageCompression')), '01');
  assert.equal(dataset.text(tagOf('PhotometricInterpretation')), 'YBR_FULL');
  assert.equal(dataset.number(tagOf('PlanarConfiguration')), 0);
  writeFileSync(cleaned, outcome.image.bytes);
  assert.equal(spawnSync('dcmdrle', [cleaned, back]).status, 0);
  const ours = decodeSamples(outcome.image.file);
  const theirs = decodeSamples(parseDicom(new Uint8Array(readFileSync(back))));
  assert.deepEqual(theirs.values, ours.values);
  const shown = toRgb(ours);
  for (const at of painted) assert.deepEqual([...shown.subarray(3 * at, 3 * at + 3)], [0, 0, 0]);
  const far = (200 * SIZE.columns + 150) * 3;
  assert.ok(Math.abs((shown[far] ?? 0) - (rgb[far] ?? 0)) < 40);
});

const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'dicom');
const absent = existsSync(folder) ? false : `no real films at ${folder}`;

test('real ultrasound that was made smaller, so that its regions lie elsewhere, is set aside', { skip: absent }, () => {
  for (const name of ['odd/examples_ybr_color.dcm', 'odd/examples_palette.dcm']) {
    const outcome = deidentify(new Uint8Array(readFileSync(join(folder, name))), SITE);
    assert.ok(outcome.kind === 'quarantined' && outcome.because.startsWith('deid.burned-in'), JSON.stringify(outcome));
    assert.ok((outcome.suspects ?? []).length > 0, name);
  }
});
