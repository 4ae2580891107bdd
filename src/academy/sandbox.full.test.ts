import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { UnicaError } from '#base';
import {
  type OpenGraph,
  runSandbox,
  SANDBOX_START,
  type SandboxBegin,
  type SandboxRound,
  type SandboxSettings,
} from './sandbox.ts';

async function openGraph(onnx: Uint8Array): Promise<OpenGraph> {
  const session = await InferenceSession.create(onnx, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return {
    async run(feeds) {
      const fed = Object.entries(feeds).map(([name, { values, shape }]) => [
        name,
        new Tensor('float32', values, shape),
      ]);
      const answers = await session.run(Object.fromEntries(fed));
      return Object.fromEntries(
        Object.entries(answers).map(([name, { data }]) => [name, (data as Float32Array).slice()]),
      );
    },
    close: () => session.release(),
  };
}

async function ran(changes: Partial<SandboxSettings>) {
  const rounds: SandboxRound[] = [];
  let begin: SandboxBegin | undefined;
  for await (const state of runSandbox({ ...SANDBOX_START, ...changes }, openGraph)) {
    if ('hospitals' in state) begin = state;
    else rounds.push(state);
  }
  const last = rounds.at(-1);
  assert.ok(begin !== undefined && last !== undefined);
  const alone = last.local.reduce((sum, { everywhere }) => sum + everywhere, 0) / last.local.length;
  return { begin, rounds, last, alone };
}

test('unlike hospitals fall further behind alone than like ones, and learn together what neither has', async () => {
  const alike = await ran({ alpha: 100 });
  const unlike = await ran({ alpha: 0.1 });
  assert.equal(alike.rounds.length, SANDBOX_START.rounds + 1);
  const gap = ({ last, alone }: Awaited<ReturnType<typeof ran>>) => last.federated.everywhere - alone;
  assert.ok(gap(unlike) > gap(alike) + 0.1, `${gap(unlike)} after ${gap(alike)}`);
  assert.ok(alike.last.pooled.everywhere > 0.8);
  for (const { begin } of [alike, unlike]) {
    const all = begin.hospitals.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
    assert.equal(all, SANDBOX_START.pictures);
  }
});

test('equal settings give equal numbers, another seed others', async () => {
  const short = { rounds: 3, pictures: 80 } as const;
  const first = await ran(short);
  assert.deepEqual(await ran(short), first);
  assert.notDeepEqual((await ran({ ...short, seed: 2 })).rounds, first.rounds);
});

for (const strategy of ['fedprox', 'scaffold', 'fedavgm'] as const) {
  test(`${strategy} takes another way than the plain mean`, async () => {
    const short = { rounds: 4, pictures: 120 } as const;
    const plain = await ran(short);
    const other = await ran({ ...short, strategy });
    assert.deepEqual(other.begin, plain.begin);
    assert.deepEqual(other.last.pooled, plain.last.pooled);
    assert.notDeepEqual(other.rounds, plain.rounds);
  });
}

test('noise has a price in ε, less of it with more noise', async () => {
  const short = { rounds: 3, pictures: 120, alpha: 100, hospitals: 3 } as const;
  const epsilons = async (noiseMultiplier: number) =>
    (await ran({ ...short, noiseMultiplier })).begin.hospitals.map(({ epsilon }) => epsilon ?? Number.NaN);
  const [little, much] = [await epsilons(1), await epsilons(4)];
  for (const [at, epsilon] of little.entries()) assert.ok(epsilon > (much[at] ?? Number.NaN));
  assert.deepEqual(
    (await ran(short)).begin.hospitals.map(({ epsilon }) => epsilon),
    [null, null, null],
  );
});

test('numbers outside the limits are refused', async () => {
  for (const wrong of [{ rounds: 31 }, { rounds: 3.5 }, { alpha: 0 }, { pictures: 1e6 }, { noiseMultiplier: 0.1 }]) {
    await assert.rejects(
      ran(wrong),
      (error: unknown) => error instanceof UnicaError && error.code === 'engine.settings-invalid',
      JSON.stringify(wrong),
    );
  }
});
