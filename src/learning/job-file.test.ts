import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessRequestSchema, jobSpecSchema } from '#wire';
import { jobFileJsonSchema, readJobFile, specOfJobFile, writeJobFile } from './job-file.ts';

const root = new URL('../../', import.meta.url);

const request = accessRequestSchema.parse({
  requestId: 'request-00000001',
  title: 'T',
  purpose: 'To learn.',
  operations: ['train'],
  datasets: ['athens', 'jena', 'porto', 'kaunas'].map((siteId) => ({ siteId, name: 'chest-films' })),
  requestedBy: 'person-1',
  requestedAtMs: 1,
  days: 30,
  state: 'granted',
  decidedBy: 'person-2',
  decidedAtMs: 2,
  because: 'sound',
  permitIds: [],
});
const task = {
  model: {
    architecture: 'resnet8' as const,
    inputSize: 64,
    channels: 1 as const,
    outputs: 1 as const,
    widths: [16, 32, 64],
    stemStride: 2 as const,
  },
  localEpochs: 4,
  batchSize: 16,
  learningRate: 0.001,
};

test('every example is a job', () => {
  const folder = new URL('examples/jobs/', root);
  const names = readdirSync(folder);
  assert.ok(names.length >= 3);
  for (const name of names) {
    const spec = specOfJobFile(readJobFile(readFileSync(new URL(name, folder), 'utf8')), { request, task });
    assert.deepEqual(jobSpecSchema.parse(spec), spec, name);
    assert.deepEqual(
      specOfJobFile(readJobFile(writeJobFile(spec)), { request, task }),
      spec,
      `${name}, written and read`,
    );
    assert.deepEqual(spec.sites, ['athens', 'jena', 'porto', 'kaunas']);
  }
});

test('what is left out is safe, what is written wins', () => {
  const file = readJobFile(
    'title: A\ntask: chest-opacity\ndataset: chest-films\nstrategy: fedprox\nsites: [jena]\nseed: 9\n',
  );
  const spec = specOfJobFile(file, { request, task });
  assert.deepEqual(
    [spec.strategy, spec.sites, spec.seed, spec.rounds, spec.quorum, spec.roundDeadlineMs, spec.optimiser.kind],
    [{ kind: 'fedprox', mu: 0.01 }, ['jena'], 9, 10, 0.67, 1_800_000, 'adam'],
  );
  assert.deepEqual([spec.purpose, spec.localEpochs, spec.model], ['To learn.', 4, task.model]);
});

for (const [what, text, where] of [
  ['no YAML', 'title: [', /line \d/],
  ['an unknown key', 'title: A\ntask: t-1\ndataset: d-1\nround: 3', /round/],
  ['a key twice', 'title: A\ntitle: B\ntask: t-1\ndataset: d-1', /line \d/],
  ['a number out of range', 'title: A\ntask: t-1\ndataset: d-1\nrounds: -1', /rounds/],
  ['an unknown strategy', 'title: A\ntask: t-1\ndataset: d-1\nstrategy: best', /strategy/],
  ['a list of jobs', '- title: A', /document/],
  [
    'a bomb of aliases',
    `a: &a [1,1,1,1,1]\n${'bcdefgh'
      .split('')
      .map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
      .join('\n')}`,
    /file|line|document/,
  ],
  ['a very long file', 'x'.repeat(300_000), /file/],
] as const) {
  test(`a job file is refused: ${what}`, () => {
    assert.throws(
      () => readJobFile(text),
      (error: { code?: string; message?: string }) =>
        error.code === 'learning.job-file' && where.test(error.message ?? ''),
    );
  });
}

test('a job file cannot reach beyond its request', () => {
  const of = (text: string) => specOfJobFile(readJobFile(`title: A\ntask: t-1\n${text}`), { request, task });
  assert.throws(() => of('dataset: mammograms'), { code: 'learning.job-file' });
  assert.throws(() => of('dataset: chest-films\nsites: [rome]'), { code: 'learning.job-file' });
});

test('the published schema is the one that reads', () => {
  const published = JSON.parse(readFileSync(new URL('docs/schemas/job.schema.json', root), 'utf8'));
  assert.deepEqual(published, JSON.parse(JSON.stringify(jobFileJsonSchema())), 'run scripts/generate-job-schema.js');
});
