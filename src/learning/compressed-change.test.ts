import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { sha256Hex, UnicaError } from '#base';
import { parameterTable } from '#engine';
import { type Compression, compressionSchema, exampleJob, type JobSpec } from '#wire';
import { Agreement } from './agreement.ts';
import { openChange } from './change-blocks.ts';
import { compressChange, compressedBytes, compressedHead, decompress } from './compressed-change.ts';
import { withErrorFeedback } from './error-feedback.ts';
import { checkStoredChange, foldBlocks } from './fold-blocks.ts';
import { memoryBlobs } from './learning-rig.ts';
import type { StrategyState } from './strategy.ts';
import { decodeChange, decodeParameters, encodeParameters } from './update-file.ts';

const stepSchema = z.strictObject({
  sentSha256: z.string(),
  residualSha256: z.string(),
  bodySha256: z.string(),
  bodyBytes: z.number(),
  leftBehind: z.number(),
});
const { rows } = z
  .object({ rows: z.array(z.strictObject({ compression: compressionSchema, steps: z.array(stepSchema) })) })
  .parse(JSON.parse(readFileSync(new URL('../../conformance/compression.json', import.meta.url), 'utf8')));

type CompressingSpec = Pick<JobSpec, 'model'> & { readonly compression: Compression };

const MODEL: JobSpec['model'] = {
  architecture: 'resnet8',
  inputSize: 28,
  channels: 1,
  outputs: 1,
  widths: [16, 32, 64],
  stemStride: 1,
};
const { total } = parameterTable(MODEL);

/** As in conformance/compression.py. */
function change(step: number): Float32Array {
  return Float32Array.from({ length: total }, (_, index) => {
    if (index >= 512 && index < 768) return 0;
    if (index % 5 === 0) return 0.25 * (step + 1);
    const mixed = Number((BigInt(index) * 2654435761n + BigInt(step) * 40503n) % 4294967296n);
    return (mixed / 2 ** 32 - 0.5) * 2 ** -(index % 13);
  });
}

function digestOf(numbers: Float32Array | Float64Array): string {
  return sha256Hex(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
}

describe('changes made smaller have the bits that numpy gives them, with what was left out before', () => {
  for (const { compression, steps } of rows)
    it(JSON.stringify(compression), () => {
      const spec: CompressingSpec = { model: MODEL, compression };
      const head = compressedHead(spec).length;
      let own: StrategyState = {};
      for (const [step, expected] of steps.entries()) {
        const fed = withErrorFeedback(spec, own, { change: change(step), own: {} });
        own = fed.own;
        assert.ok(fed.compressed !== undefined);
        const { file, sent, residual, leftBehind } = fed.compressed;
        assert.equal(file.length - head, expected.bodyBytes);
        assert.equal(sha256Hex(file.subarray(head)), expected.bodySha256);
        assert.equal(digestOf(sent), expected.sentSha256);
        assert.equal(digestOf(residual), expected.residualSha256);
        assert.ok(Math.abs(leftBehind - expected.leftBehind) <= 1e-9);
        assert.ok(file.length <= compressedBytes(spec));
        assert.ok(file.length < (compression.kind === 'int8' ? 0.26 : 1.51 * compression.share) * 4 * total + 400);
      }
    });
});

it('nothing is lost, only late: what was sent and what is left make the sum of the changes', () => {
  for (const { compression } of rows) {
    let own: StrategyState = {};
    const sum = new Float64Array(total);
    for (let step = 0; step < 6; step += 1) {
      const made = change(step);
      const fed = withErrorFeedback({ model: MODEL, compression }, own, { change: made, own: {} });
      own = fed.own;
      for (const [at, value] of made.entries()) sum[at] = (sum[at] ?? 0) + value - (fed.compressed?.sent[at] ?? 0);
    }
    // Changes of up to 1.75 six times over, in steps of float32.
    for (const [at, left] of (own['residual'] ?? []).entries()) {
      assert.ok(Math.abs(left - (sum[at] ?? Number.NaN)) <= 1e-5, `number ${at}`);
    }
  }
});

it('a change read block by block from where it is kept is the change', async () => {
  for (const { compression } of rows) {
    const spec: CompressingSpec = { model: MODEL, compression };
    const { file, sent } = compressChange(spec, change(1));
    const blobs = memoryBlobs();
    const { sha256 } = await blobs.put(file);
    const blocks = await openChange(blobs, spec, sha256);
    assert.deepEqual(await blocks.next(65_536), sent.subarray(0, 65_536));
    assert.deepEqual(await blocks.next(total - 65_536), sent.subarray(65_536));
    await blocks.close();
    const length = Math.sqrt(sent.reduce((square, value) => square + value * value, 0));
    assert.equal(await checkStoredChange(blobs, spec, sha256), length);
  }
});

it('whole changes and smaller ones of one round are folded together', async () => {
  for (const { compression } of rows) {
    const spec = exampleJob({ sites: ['aa', 'bb'], model: MODEL, compression });
    const blobs = memoryBlobs();
    const { file, sent } = compressChange({ model: MODEL, compression }, change(1));
    const whole = change(2);
    const start = new Float32Array(total);
    const put = async (bytes: Uint8Array) => (await blobs.put(bytes)).sha256;
    const updates: readonly {
      readonly siteId: string;
      readonly films: number;
      readonly sha256: string;
      readonly staleness: number;
    }[] = [
      { siteId: 'aa', films: 30, sha256: await put(file), staleness: 0 },
      { siteId: 'bb', films: 10, sha256: await put(encodeParameters(MODEL, whole)), staleness: 0 },
    ];
    assert.deepEqual(decodeChange(spec, await blobs.get(updates[1]?.sha256 ?? '')), whole);
    await checkStoredChange(blobs, spec, updates[1]?.sha256 ?? '');
    const startSha256 = await put(encodeParameters(MODEL, start));
    const round = { spec, number: 1, sites: 2, startSha256, updates, agreement: new Agreement() };
    const { sha256 } = await blobs.put(foldBlocks(blobs, round));
    const folded = decodeParameters(MODEL, await blobs.get(sha256));
    const furthest = folded.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - (0.75 * (sent[at] ?? 0) + 0.25 * (whole[at] ?? 0)))),
      0,
    );
    assert.ok(furthest < 1e-6, `${furthest}`);
  }
});

it('a site that from now on sends whole changes sends with the first what it had left out', () => {
  for (const { compression } of rows) {
    const first = withErrorFeedback({ model: MODEL, compression }, {}, { change: change(1), own: {} });
    const next = withErrorFeedback({ model: MODEL, compression }, first.own, { change: change(2), own: {} }, true);
    assert.equal(next.compressed, undefined);
    assert.deepEqual(next.own, {});
    const late = first.own['residual'] ?? assert.fail();
    const made = change(2);
    for (const [at, value] of next.change.entries())
      assert.equal(value, Math.fround((made[at] ?? 0) + (late[at] ?? 0)));
  }
});

describe('what is not such a change is refused, whole and block by block', () => {
  const sparse: CompressingSpec = { model: MODEL, compression: { kind: 'top-k', share: 0.001 } };
  const { file } = compressChange(sparse, change(0));
  const head = compressedHead(sparse).length;
  const changed = (at: number, bytes: readonly number[]) => {
    const copy = file.slice();
    copy.set(bytes, at);
    return copy;
  };
  const int8: CompressingSpec = { model: MODEL, compression: { kind: 'int8' } };
  const cases: readonly (readonly [string, CompressingSpec, Uint8Array])[] = [
    ['of another compression', int8, file],
    ['of another model', { ...sparse, model: { ...MODEL, widths: [8, 16, 32] } }, file],
    ['that ends too early', sparse, file.subarray(0, -1)],
    ['of nothing but its head', sparse, file.subarray(0, head)],
    ['that goes on after its end', sparse, Uint8Array.from([...file, 0])],
    ['with more numbers than the job allows', sparse, changed(head, [0xff, 0xff, 0xff, 0xff])],
    ['whose places fall', sparse, changed(head + 4, [0xff, 0xff])],
    ['with a number that is none', sparse, changed(file.length - 4, [0, 0, 0xc0, 0x7f])],
  ];
  for (const [what, spec, bytes] of cases)
    it(what, async () => {
      const blobs = memoryBlobs();
      const { sha256 } = await blobs.put(bytes);
      await assert.rejects(checkStoredChange(blobs, spec, sha256), isRefused);
      if (what !== 'with a number that is none') assert.throws(() => decompress(spec, bytes), isRefused);
    });
});

function isRefused(error: unknown): boolean {
  return error instanceof UnicaError && error.code === 'learning.update-refused';
}
