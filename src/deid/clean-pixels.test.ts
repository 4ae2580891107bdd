import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { type Attributes, buildDicom, DataSet, decodeFrame, parseDicom, replacePixels, TAGS, writeDicom } from '#dicom';
import { tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';
import { greyPicture } from './grey-picture.ts';
import { ALL_OPTIONS } from './options.ts';
import { textLines } from './text-lines.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(7) };

/** Letters of five by seven pixels: rows from the top, the leftmost pixel the highest bit. */
const FONT: Readonly<Record<string, string>> = {
  A: '0e1111 1f 111111',
  B: '1e11111e11111e',
  D: '1e11111111111e',
  K: '11121418141211',
  L: '1010101010101f',
  M: '111b1511111111',
  C: '0e11101010110e',
  O: '0e11111111110e',
  R: '1e11111e141211',
  S: '0f10100e01011e',
  W: '1111111515150a',
  Z: '1f01020408101f',
  '0': '0e11131519110e',
  '1': '040c040404040e',
  '3': '1f02040201110e',
  '4': '02060a121f0202',
  '5': '1f101e0101110e',
  '7': '1f010204080808',
  '9': '0e11110f01020c',
  ' ': '00000000000000',
};

interface Canvas {
  readonly rows: number;
  readonly columns: number;
  readonly values: Uint16Array;
}

interface Written {
  readonly text: string;
  readonly top: number;
  readonly left: number;
  readonly scale: number;
  readonly value: number;
}

/** Draws a text and returns the pixels that it painted. */
function write({ columns, values }: Canvas, { text, top, left, scale, value }: Written): readonly number[] {
  const painted: number[] = [];
  for (const [place, letter] of [...text].entries()) {
    const rows = (FONT[letter] ?? assert.fail(`no ${letter}`)).replaceAll(' ', '').match(/../g) ?? [];
    for (const [row, bits] of rows.entries()) {
      for (let column = 0; column < 5; column += 1) {
        if (((Number.parseInt(bits, 16) >> (4 - column)) & 1) === 0) continue;
        for (let y = 0; y < scale; y += 1) {
          for (let x = 0; x < scale; x += 1) {
            const at = (top + row * scale + y) * columns + left + (place * 6 + column) * scale + x;
            values[at] = value;
            painted.push(at);
          }
        }
      }
    }
  }
  return painted;
}

/** Something like a film: soft shapes, grain, a dark rim; 12 bits. */
function film(rows: number, columns: number): Canvas {
  const random = new SeededRandom('film');
  const values = new Uint16Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const body = Math.exp(-(((column - columns / 2) / (columns / 4)) ** 2) - ((row - rows / 2) / (rows / 2.6)) ** 4);
      const ribs = 1 + 0.08 * Math.sin(row / 14 + ((column - columns / 2) / columns) ** 2 * 30);
      values[row * columns + column] = Math.round(200 + 2600 * body * ribs + 25 * random.normal());
    }
  }
  return { rows, columns, values };
}

const DX: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'DX',
  PatientID: 'PT-4711',
};
const CAPTURE: Attributes = { ...DX, SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', Modality: 'OT' };

function fileOf({ rows, columns, values }: Canvas, attributes: Attributes, inverted = false): Uint8Array {
  const photometricInterpretation = inverted ? 'MONOCHROME1' : 'MONOCHROME2';
  return buildDicom(attributes, { rows, columns, values, bitsStored: 12, photometricInterpretation });
}

/** The file with its pixels as RLE. */
function packed(bytes: Uint8Array): Uint8Array {
  const { dataset, ...file } = parseDicom(bytes);
  const elements = dataset.elements.map((element) =>
    element.tag === TAGS.pixelData ? { ...element, fragments: [] } : element,
  );
  const values = decodeFrame({ ...file, dataset }).values;
  const compressed = replacePixels({ ...file, dataset: new DataSet(elements, dataset.encoding) }, [values]);
  const uid = (tag: number) => dataset.text(tag) ?? '';
  return writeDicom({ ...compressed, sopClassUid: uid(TAGS.sopClassUid), sopInstanceUid: uid(TAGS.sopInstanceUid) });
}

for (const scale of [1, 2, 3, 5, 8]) {
  for (const [what, value, inverted] of [
    ['white', 4095, false],
    ['white on an inverted film', 4095, true],
  ] as const) {
    test(`a name of ${7 * scale} pixels, ${what}, is blacked out; all else stays`, () => {
      const canvas = film(500, 640);
      const written = { text: 'ZBOROWSKA ADA', top: 12, left: 9, scale: Math.min(scale, 7), value };
      const painted = write(canvas, written);
      const outcome = deidentify(fileOf(canvas, DX, inverted), SITE);
      assert.ok(outcome.kind === 'clean' && outcome.maskedLines > 0);
      const { values } = decodeFrame(outcome.image.file);
      const black = canvas.values.reduce((a, b) => (inverted ? Math.max(a, b) : Math.min(a, b)));
      assert.ok(painted.every((at) => values[at] === black));
      const last = { row: written.top + 8 * written.scale, column: written.left + 6 * 13 * written.scale };
      const changed = [...values.keys()].filter((at) => values[at] !== canvas.values[at]);
      const margin = 8 * written.scale;
      for (const at of changed) {
        const [row, column] = [Math.floor(at / 640), at % 640];
        assert.ok(row <= last.row + margin && column <= last.column + margin, `${row}, ${column}`);
      }
      assert.equal(outcome.image.dataset.text(tagOf('BurnedInAnnotation')), 'NO');
      assert.ok(outcome.image.profile.includes('113101'));
    });
  }
}

test('writing that goes up the rim is blacked out too', () => {
  const canvas = film(640, 500);
  const across = film(500, 640);
  write(across, { text: '14031957 ADA', top: 10, left: 30, scale: 3, value: 4095 });
  for (let row = 0; row < 640; row += 1)
    for (let column = 0; column < 500; column += 1) {
      const from = across.values[column * 640 + (639 - row)] ?? 0;
      if (from === 4095) canvas.values[row * 500 + column] = from;
    }
  const outcome = deidentify(fileOf(canvas, DX), SITE);
  assert.ok(outcome.kind === 'clean');
  assert.ok(!decodeFrame(outcome.image.file).values.includes(4095));
});

for (const marker of ['L', 'R', 'CC', 'MLO', 'RCC']) {
  test(`the marker ${marker} stays`, () => {
    const canvas = film(500, 640);
    write(canvas, { text: marker, top: 20, left: 560, scale: 4, value: 4095 });
    const outcome = deidentify(fileOf(canvas, { ...DX, Modality: 'MG' }), SITE);
    assert.ok(outcome.kind === 'clean');
    assert.equal(outcome.maskedLines, 0);
    assert.deepEqual(decodeFrame(outcome.image.file).values, canvas.values);
  });
}

test('compressed pixels are written again without loss, but for the writing', () => {
  const canvas = film(300, 400);
  const before = parseDicom(packed(fileOf(canvas, CAPTURE)));
  assert.deepEqual(decodeFrame(before).values, canvas.values);
  const painted = new Set(write(canvas, { text: 'ZBOROWSKA', top: 12, left: 9, scale: 2, value: 4095 }));
  const outcome = deidentify(packed(fileOf(canvas, CAPTURE)), SITE);
  assert.ok(outcome.kind === 'clean' && outcome.maskedLines === 1);
  assert.equal(outcome.image.file.transferSyntaxUid, '1.2.840.10008.1.2.5');
  const { values } = decodeFrame(outcome.image.file);
  assert.ok([...painted].every((at) => values[at] !== 4095));
  const same = [...values.keys()].filter((at) => values[at] === canvas.values[at]).length;
  assert.ok(same > 0.95 * values.length, `${same}`);
});

/** [what, attributes, what is written, what becomes of it]. */
const CAPTURES: readonly (readonly [string, Attributes, readonly string[], string])[] = [
  ['a capture without writing', CAPTURE, [], 'clean'],
  ['a capture with a name', CAPTURE, ['ZBOROWSKA'], 'clean'],
  ['a capture that says it has writing, and has', { ...CAPTURE, BurnedInAnnotation: 'YES' }, ['ZBOROWSKA'], 'clean'],
  [
    'a capture that says it has writing, which nobody finds',
    { ...CAPTURE, BurnedInAnnotation: 'YES' },
    [],
    'deid.burned-in-text',
  ],
  ['a page of text', CAPTURE, Array.from({ length: 30 }, () => 'ZBOROWSKA 14031957 ADA'), 'deid.burned-in-text'],
  ['ultrasound', { ...CAPTURE, Modality: 'US' }, [], 'deid.burned-in-unknown'],
];
for (const [what, attributes, lines, expected] of CAPTURES) {
  test(`${what}: ${expected}`, () => {
    const canvas = film(500, 640);
    for (const [index, text] of lines.entries())
      write(canvas, { text, top: 5 + 16 * index, left: 10, scale: 1, value: 4095 });
    const outcome = deidentify(fileOf(canvas, attributes), SITE);
    assert.equal(outcome.kind === 'clean' ? 'clean' : outcome.because, expected);
  });
}

test('slices are not searched: what looks like letters is anatomy there', () => {
  const canvas = film(300, 400);
  write(canvas, { text: 'ZBOROWSKA', top: 12, left: 9, scale: 2, value: 4095 });
  const ct = { ...DX, SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', Modality: 'CT' };
  const outcome = deidentify(fileOf(canvas, ct), SITE);
  assert.ok(outcome.kind === 'clean' && !outcome.image.profile.includes('113101'));
  assert.deepEqual(decodeFrame(outcome.image.file).values, canvas.values);
});

test('without the option no pixel is touched', () => {
  const canvas = film(300, 400);
  write(canvas, { text: 'ZBOROWSKA', top: 12, left: 9, scale: 2, value: 4095 });
  const options = new Set([...ALL_OPTIONS].filter((option) => option !== 'pixels'));
  const outcome = deidentify(fileOf(canvas, DX), SITE, options);
  assert.ok(outcome.kind === 'clean');
  assert.deepEqual(decodeFrame(outcome.image.file).values, canvas.values);
});

for (const [what, draw] of [
  ['even', (random: SeededRandom) => Math.floor(4096 * random.uniform())],
  ['normal', (random: SeededRandom) => Math.max(0, Math.round(2000 + 300 * random.normal()))],
] as const) {
  test(`${what} grain is no writing`, () => {
    const random = new SeededRandom('grain');
    const values = Uint16Array.from({ length: 256 * 256 }, () => draw(random));
    const outcome = deidentify(fileOf({ rows: 256, columns: 256, values }, DX), SITE);
    assert.ok(outcome.kind === 'clean' && outcome.maskedLines === 0);
  });
}

const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'dicom');
const absent = existsSync(folder) ? false : `no real films at ${folder}`;

test('real films: nothing is seen in anatomy, all lines of a printed page are', { skip: absent }, () => {
  const certain = (name: string) =>
    textLines(greyPicture(decodeFrame(parseDicom(new Uint8Array(readFileSync(join(folder, name))))))).filter(
      ({ confidence }) => confidence >= 0.7,
    ).length;
  assert.equal(certain('RG1_JLSN.dcm'), 0);
  assert.equal(certain('wg04/RG3_JLSL'), 0);
  assert.ok(certain('wg04/SC1_JPLY') > 100);
});
