import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { buildDicom } from './build-dicom.ts';
import { DataSet } from './data-set.ts';
import { decodeFrame } from './decode-frame.ts';
import { decodeJpeg2000 } from './jpeg2000.ts';
import { parseDicom } from './parse-dicom.ts';

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  setQuality(reversible: boolean, quantizationStep: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

const load = createRequire(import.meta.url);
const quiet = { print: () => {}, printErr: () => {} };
const { J2KEncoder } = (await load('@cornerstonejs/codec-openjpeg/wasmjs')(quiet)) as { J2KEncoder: new () => Encoder };
// OpenJPH: another program than the one that decodes.
const { HTJ2KEncoder } = (await load('@cornerstonejs/codec-openjph/wasmjs')(quiet)) as {
  HTJ2KEncoder: new () => Encoder;
};

const ROWS = 70;
const COLUMNS = 91;

function picture(bits: number, signed: boolean, components = 1): Uint16Array {
  const random = new SeededRandom(`jpeg 2000 of ${bits}`);
  const [low, span] = [signed ? -(2 ** (bits - 1)) : 0, 2 ** bits];
  return Uint16Array.from({ length: ROWS * COLUMNS * components }, (_, index) => {
    const smooth = (0.5 + 0.45 * Math.sin(index / 700)) * span;
    return low + Math.floor(Math.min(span - 1, Math.max(0, smooth + random.normal() * span * 0.01)));
  });
}

function coded(
  kind: new () => Encoder,
  samples: Uint16Array,
  shape: { bits: number; signed: boolean; components?: number },
) {
  const { bits, signed, components = 1 } = shape;
  const encoder = new kind();
  const bytes = encoder.getDecodedBuffer({
    ...{ width: COLUMNS, height: ROWS, bitsPerSample: bits, isSigned: signed },
    ...{ componentCount: components, isUsingColorTransform: false },
  });
  bytes.set(bits > 8 ? new Uint8Array(samples.buffer) : Uint8Array.from(samples));
  encoder.setQuality(true, 0);
  encoder.encode();
  const stream = encoder.getEncodedBuffer().slice();
  encoder.delete();
  return stream;
}

const SIZE = { rows: ROWS, columns: COLUMNS, components: 1 };

// OpenJPH's encoder, as packed, takes whole bytes a sample only.
for (const [name, kind, depths] of [
  ['JPEG 2000', J2KEncoder, [8, 10, 12, 16]],
  ['High-Throughput JPEG 2000', HTJ2KEncoder, [8, 16]],
] as const) {
  for (const [bits, signed] of [...depths.map((bits) => [bits, false] as const), [16, true] as const]) {
    test(`${name} of ${bits} bits${signed ? ', signed,' : ''} comes back bit by bit`, () => {
      const samples = picture(bits, signed);
      assert.deepEqual(decodeJpeg2000(coded(kind, samples, { bits, signed }), SIZE).samples, samples);
    });
  }
}

test('JPEG 2000 of three components', () => {
  const samples = picture(8, false, 3);
  const stream = coded(J2KEncoder, samples, { bits: 8, signed: false, components: 3 });
  assert.deepEqual(decodeJpeg2000(stream, { ...SIZE, components: 3 }).samples, samples);
});

test('a file of High-Throughput JPEG 2000', () => {
  const values = picture(12, false);
  const stream = coded(HTJ2KEncoder, values, { bits: 16, signed: false });
  const plain = parseDicom(
    buildDicom(
      { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '1.2.3' },
      { rows: ROWS, columns: COLUMNS, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
    ),
  );
  const elements = plain.dataset.elements.map((element) =>
    element.tag === 0x7fe00010 ? { ...element, fragments: [new Uint8Array(0), stream] } : element,
  );
  const dataset = new DataSet(elements, plain.dataset.encoding);
  const file = { ...plain, transferSyntaxUid: '1.2.840.10008.1.2.4.201', dataset };
  assert.deepEqual(decodeFrame(file).values, values);
});

test('a stream of another size than the file says is refused before it is decoded', () => {
  const stream = coded(J2KEncoder, picture(8, false), { bits: 8, signed: false });
  for (const expected of [
    { ...SIZE, rows: 71 },
    { ...SIZE, columns: 90 },
    { ...SIZE, components: 3 },
  ])
    assert.throws(() => decodeJpeg2000(stream, expected), { code: 'dicom.pixels-unusable' });
});

test('damaged streams are refused or decoded, never another exception, and the next sound one is right', () => {
  const random = new SeededRandom('damaged');
  const samples = picture(16, false);
  const sound = [J2KEncoder, HTJ2KEncoder].map((kind) => coded(kind, samples, { bits: 16, signed: false }));
  let refused = 0;
  for (let run = 0; run < 2000; run += 1) {
    const stream = Uint8Array.from(sound[run % 2] ?? []);
    const reach = run % 3 === 0 ? 120 : stream.length;
    for (let hit = 0; hit <= run % 7; hit += 1) stream[random.below(reach)] = random.below(256);
    const cut = run % 5 === 0 ? stream.subarray(0, random.below(stream.length)) : stream;
    try {
      decodeJpeg2000(cut, SIZE);
    } catch (error) {
      refused += 1;
      assert.ok(error instanceof UnicaError, String((error as Error).stack));
    }
  }
  assert.ok(refused > 300, `${refused} refused`);
  for (const stream of sound) assert.deepEqual(decodeJpeg2000(stream, SIZE).samples, samples);
});
