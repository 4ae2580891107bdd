import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { concatBytes, utf8 } from '#base';
import {
  type ByteSource,
  DataSet,
  type Encoding,
  newElement,
  parseDicom,
  pixelWriter,
  replacePixels,
  TAGS,
  textValue,
  writeDicom,
} from '#dicom';
import { tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';
import { deidentifyInPieces } from './deidentify-in-pieces.ts';
import { ALL_OPTIONS } from './options.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const absent = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';
const site = { siteId: 'lisbon', secret: utf8('a secret of at least thirty-two bytes!') };

function sourceOf(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.length, read: (start, length) => bytes.slice(start, start + length) };
}

test('a file that is read in parts becomes what it becomes as a whole', { skip: absent }, () => {
  const seen = { clean: 0, refused: 0 };
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(zst|gz|dump)$/.test(entry.name)) continue;
    const bytes = new Uint8Array(readFileSync(join(entry.parentPath, entry.name)));
    // Looking for writing takes its time, and large ones are looked at as small ones are.
    if (bytes.length > 1_500_000) continue;
    const whole = deidentify(bytes, site);
    const large = deidentifyInPieces(sourceOf(bytes), site, ALL_OPTIONS, {});
    if (large === undefined) {
      assert.match(parseDicom(bytes).transferSyntaxUid, /\.99$/, entry.name);
      continue;
    }
    if (whole.kind === 'quarantined' || large.kind === 'quarantined') {
      assert.deepEqual(large, whole, entry.name);
      seen.refused += 1;
      continue;
    }
    const pieces = [...large.contents()];
    assert.deepEqual(large.masks, whole.masks, entry.name);
    const [made, expected] = [concatBytes(pieces), whole.image.bytes];
    assert.ok(Buffer.from(made).equals(Buffer.from(expected)), entry.name);
    seen.clean += 1;
  }
  assert.ok(seen.clean >= 30 && seen.refused >= 10, JSON.stringify(seen));
});

const LITTLE: Encoding = { explicit: true, littleEndian: true };
const BIG: Encoding = { explicit: true, littleEndian: false };
const IMPLICIT: Encoding = { explicit: false, littleEndian: true };
const SYNTAX = { little: '1.2.840.10008.1.2.1', big: '1.2.840.10008.1.2.2', implicit: '1.2.840.10008.1.2' } as const;

/** Strokes like letters, five by seven. */
const LETTERS = ['7c4040784040 7c', '4444447c444444', '4040404040407c', '7c101010101010', '7c10101010107c'];

/** A capture of a screen in three frames, the second of which has a line of writing. */
function capture(of: {
  readonly encoding: Encoding;
  readonly syntax: string;
  readonly allocated: 1 | 8 | 16;
  readonly columns: number;
}): Uint8Array {
  const { encoding, syntax, allocated, columns } = of;
  const rows = 321;
  const frames = [0, 1, 2].map((frame) => {
    const values = Uint16Array.from({ length: rows * columns }, (_, at) =>
      allocated === 1 ? 0 : 20 + Math.round(10 * Math.sin(at / (40 + frame))),
    );
    for (let letter = 0; frame === 1 && letter < 12; letter += 1) {
      const lines = (LETTERS[letter % LETTERS.length] ?? '').replaceAll(' ', '').match(/../g) ?? [];
      for (const [row, bits] of lines.entries()) {
        for (let at = 0; at < 5 * 7 * 4; at += 1) {
          const [x, y] = [at % 10, Math.floor(at / 10)];
          const lit = ((Number.parseInt(bits, 16) >> (6 - (x >> 1))) & 1) === 1;
          if (lit && y < 2) values[(50 + row * 2 + y) * columns + 20 + letter * 12 + x] = allocated === 1 ? 1 : 250;
        }
      }
    }
    return values;
  });
  const short = (tag: number, value: number) => {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, encoding.littleEndian);
    return newElement(tag, 'US', bytes, encoding);
  };
  const text = (keyword: string, vr: string, value: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, value), encoding);
  const elements = [
    text('SOPClassUID', 'UI', '1.2.840.10008.5.1.4.1.1.7.2'),
    text('SOPInstanceUID', 'UI', '1.3.6.1.4.1.99999.1'),
    text('Modality', 'CS', 'OT'),
    text('PatientName', 'PN', 'Kowalska^Anna'),
    text('PatientID', 'LO', 'PT-4711'),
    text('StudyInstanceUID', 'UI', '1.3.6.1.4.1.99999.2'),
    text('SeriesInstanceUID', 'UI', '1.3.6.1.4.1.99999.3'),
    short(TAGS.samplesPerPixel, 1),
    text('PhotometricInterpretation', 'CS', 'MONOCHROME2'),
    text('NumberOfFrames', 'IS', '3'),
    short(TAGS.rows, rows),
    short(TAGS.columns, columns),
    short(TAGS.bitsAllocated, allocated),
    short(TAGS.bitsStored, allocated),
    short(0x00280102, allocated - 1),
    short(TAGS.pixelRepresentation, 0),
    newElement(TAGS.pixelData, 'OW', new Uint8Array(2), encoding),
    newElement(0xfffcfffc, 'OB', new Uint8Array(6), encoding),
  ];
  const file = { meta: new DataSet([], LITTLE), dataset: new DataSet(elements, encoding), transferSyntaxUid: syntax };
  const written = replacePixels(file, frames);
  return writeDicom({ ...written, sopClassUid: '1.2.840.10008.5.1.4.1.1.7.2', sopInstanceUid: '1.3.6.1.4.1.99999.1' });
}

/** The same frames as RLE. */
function compressed(bytes: Uint8Array, encoding: Encoding): Uint8Array {
  const file = parseDicom(bytes);
  const writer = pixelWriter(file) ?? assert.fail();
  const { columns, rows } = {
    columns: file.dataset.number(TAGS.columns) ?? 0,
    rows: file.dataset.number(TAGS.rows) ?? 0,
  };
  const value = writer.pixels.value;
  const frames = [0, 1, 2].map((frame) => value.slice(frame * rows * columns, (frame + 1) * rows * columns));
  const elements = file.dataset.elements.map((element) =>
    element.tag === TAGS.pixelData ? { ...element, fragments: [] } : element,
  );
  const packed = replacePixels({ ...file, dataset: new DataSet(elements, encoding) }, frames);
  return writeDicom({ ...packed, sopClassUid: '1.2.840.10008.5.1.4.1.1.7.2', sopInstanceUid: '1.3.6.1.4.1.99999.1' });
}

const CAPTURES: readonly (readonly [name: string, bytes: () => Uint8Array])[] = [
  ['16 bits, little endian', () => capture({ encoding: LITTLE, syntax: SYNTAX.little, allocated: 16, columns: 480 })],
  ['16 bits, implicit', () => capture({ encoding: IMPLICIT, syntax: SYNTAX.implicit, allocated: 16, columns: 480 })],
  ['16 bits, big endian', () => capture({ encoding: BIG, syntax: SYNTAX.big, allocated: 16, columns: 481 })],
  [
    '8 bits, an odd number of pixels',
    () => capture({ encoding: LITTLE, syntax: SYNTAX.little, allocated: 8, columns: 481 }),
  ],
  ['single bits', () => capture({ encoding: LITTLE, syntax: SYNTAX.little, allocated: 1, columns: 208 })],
  ['RLE', () => compressed(capture({ encoding: LITTLE, syntax: SYNTAX.little, allocated: 8, columns: 480 }), LITTLE)],
];

for (const [name, bytesOf] of CAPTURES) {
  test(`writing is blacked out frame by frame as in the whole: ${name}`, () => {
    const bytes = bytesOf();
    const whole = deidentify(bytes, site);
    const large = deidentifyInPieces(sourceOf(bytes), site);
    assert.ok(whole.kind === 'clean' && large?.kind === 'clean', JSON.stringify(whole).slice(0, 300));
    assert.ok(whole.masks.length > 0 && whole.masks.every(({ frame }) => frame === 1), JSON.stringify(whole.masks));
    assert.deepEqual(large.masks, whole.masks);
    const made = Buffer.from(concatBytes([...large.contents()]));
    assert.ok(made.equals(Buffer.from(whole.image.bytes)));
    const again = deidentifyInPieces(sourceOf(new Uint8Array(made)), site);
    assert.ok(again?.kind === 'clean' && again.maskedLines === 0);
  });
}
