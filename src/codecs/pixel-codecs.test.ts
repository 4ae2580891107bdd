import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import openJph from '@cornerstonejs/codec-openjph/wasmjs';
import { SeededRandom, UnicaError } from '#base';
import { buildDicom, DataSet, type DicomFile, decodeSamples, type Element, parseDicom, TAGS } from '#dicom';
import { pixelCodecs } from './pixel-codecs.ts';

const codecs = pixelCodecs();

interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly bits: number;
  readonly signed: boolean;
}

/** The encoder that comes with OpenJPH; what it is given is what must come back. */
async function encoded(picture: Picture, samples: Uint8Array | Uint16Array): Promise<Uint8Array> {
  const module = (await openJph({ print: () => {} })) as {
    readonly HTJ2KEncoder: new () => {
      getDecodedBuffer(facts: object): Uint8Array;
      setQuality(reversible: boolean, quality: number): void;
      encode(): void;
      getEncodedBuffer(): Uint8Array;
    };
  };
  const encoder = new module.HTJ2KEncoder();
  const { rows, columns, components, bits, signed } = picture;
  const facts = { width: columns, height: rows, bitsPerSample: bits, componentCount: components, isSigned: signed };
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  encoder.getDecodedBuffer({ ...facts, isUsingColorTransform: components === 3 }).set(bytes);
  encoder.setQuality(true, 0);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

function fileOf({ rows, columns, components, bits, signed }: Picture, stream: Uint8Array, syntax: string): DicomFile {
  const header = parseDicom(
    buildDicom({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
      SOPInstanceUID: '1.2.3',
      SamplesPerPixel: components,
      PhotometricInterpretation: components === 3 ? 'YBR_RCT' : 'MONOCHROME2',
      ...{ Rows: rows, Columns: columns, BitsAllocated: bits > 8 ? 16 : 8, BitsStored: bits, HighBit: bits - 1 },
      PixelRepresentation: signed ? 1 : 0,
    }),
  );
  const pixels: Element = {
    ...{ tag: TAGS.pixelData, vr: 'OB', value: new Uint8Array(0), undefinedLength: true, raw: new Uint8Array(0) },
    fragments: [new Uint8Array(0), stream],
  };
  const dataset = new DataSet([...header.dataset.elements, pixels], header.dataset.encoding);
  return { ...header, transferSyntaxUid: syntax, dataset };
}

function noisy({ rows, columns, components, bits }: Picture): Uint8Array | Uint16Array {
  const random = new SeededRandom('ht');
  const count = rows * columns * components;
  const values = bits > 8 ? new Uint16Array(count) : new Uint8Array(count);
  for (let at = 0; at < count; at += 1) values[at] = at % 97 < 30 ? 7 : random.below(2 ** bits);
  return values;
}

const GREY: Picture = { rows: 61, columns: 83, components: 1, bits: 12, signed: false };
for (const picture of [GREY, { ...GREY, bits: 8 }, { ...GREY, bits: 16 }, { ...GREY, bits: 8, components: 3 }]) {
  test(`HTJ2K, lossless, ${picture.components} × ${picture.bits} bits: what was encoded comes back`, async () => {
    const samples = noisy(picture);
    const stream = await encoded(picture, samples);
    for (const syntax of ['201', '202', '203']) {
      const decoded = decodeSamples(fileOf(picture, stream, `1.2.840.10008.1.2.4.${syntax}`), 0, codecs);
      assert.deepEqual([...decoded.values], [...samples]);
      assert.equal(decoded.photometricInterpretation, picture.components === 3 ? 'RGB' : 'MONOCHROME2');
    }
  });
}

test('without decoders JPEG 2000 and HTJ2K are refused by name', async () => {
  const stream = await encoded(GREY, noisy(GREY));
  const file = fileOf(GREY, stream, '1.2.840.10008.1.2.4.201');
  assert.throws(() => decodeSamples(file, 0), { code: 'dicom.codec-absent' });
});

/** [what, offset in the codestream, bytes put there]. */
const DAMAGES: readonly (readonly [string, number, readonly number[]])[] = [
  ['a size beyond all measure', 8, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ['tiles of one pixel', 24, [0, 0, 0, 1, 0, 0, 0, 1]],
  ['tiles of no pixel', 24, [0, 0, 0, 0]],
  ['16,384 components', 40, [0x40, 0]],
  ['38 bits', 42, [37]],
  ['subsampling', 43, [2, 2]],
  ['another size than the header', 8, [0, 0, 0, 82]],
];
for (const [what, offset, bytes] of DAMAGES) {
  test(`refused before anything is decoded: ${what}`, async () => {
    const stream = await encoded(GREY, noisy(GREY));
    stream.set(bytes, offset);
    const never = () => assert.fail('decoded');
    const file = fileOf(GREY, stream, '1.2.840.10008.1.2.4.201');
    assert.throws(() => decodeSamples(file, 0, { jpeg2000: never, htj2k: never }), { code: 'dicom.pixels-unusable' });
  });
}

const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'dicom');
const absent = existsSync(folder) ? false : `no real films at ${folder}`;

test('damaged streams are refused or decoded, and the next good one is decoded all the same', {
  skip: absent,
}, async () => {
  const random = new SeededRandom('codestreams');
  const j2k = parseDicom(new Uint8Array(readFileSync(join(folder, 'odd/MR_small_jp2klossless.dcm'))));
  const good = decodeSamples(j2k, 0, codecs).values;
  const ht = fileOf(GREY, await encoded(GREY, noisy(GREY)), '1.2.840.10008.1.2.4.201');
  let refused = 0;
  for (let run = 0; run < 400; run += 1) {
    const file = run % 2 === 0 ? j2k : ht;
    const [table, stream] = file.dataset.element(TAGS.pixelData)?.fragments ?? [];
    assert.ok(table !== undefined && stream !== undefined);
    const bytes = run % 7 === 0 ? stream.slice(0, random.below(stream.length)) : stream.slice();
    // Half of the hits in the header, where sizes and levels stand.
    const reach = run % 4 < 2 ? Math.min(140, bytes.length) : bytes.length;
    for (let hit = 0; hit <= run % 5 && reach > 0; hit += 1) bytes[random.below(reach)] = random.below(256);
    const elements = file.dataset.elements.map((element) =>
      element.tag === TAGS.pixelData ? { ...element, fragments: [table, bytes] } : element,
    );
    try {
      decodeSamples({ ...file, dataset: new DataSet(elements, file.dataset.encoding) }, 0, codecs);
    } catch (error) {
      refused += 1;
      assert.ok(error instanceof UnicaError, String((error as Error).stack));
    }
  }
  assert.ok(refused > 50, `${refused} refused`);
  assert.deepEqual(decodeSamples(j2k, 0, codecs).values, good);
});
