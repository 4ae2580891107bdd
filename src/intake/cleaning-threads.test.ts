import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { pseudonymOf, pseudonymousUid } from '#deid';
import { buildDicom } from '#dicom';
import { CleaningThreads } from './cleaning-threads.ts';
import type { CleaningAnswer, CleaningSetup } from './deidentify-messages.ts';
import { FileCleaner } from './file-cleaner.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(9) };
/** A side of 5800 pixels of two bytes is just more than what is read at once. */
const SIDES = [16, 5800, 24, 32];

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-cleaning-'));
  for (const [number, side] of SIDES.entries()) {
    const uids = { SOPInstanceUID: `2.25.1${number}`, StudyInstanceUID: '2.25.2', SeriesInstanceUID: '2.25.3' };
    const kind = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', Modality: 'DX', BurnedInAnnotation: 'NO' };
    const bytes = buildDicom(
      { ...uids, ...kind, PatientID: 'PT-4711' },
      {
        ...{ rows: side, columns: side, values: new Uint16Array(side * side).fill(number + 1) },
        ...({ bitsStored: 12, photometricInterpretation: 'MONOCHROME2' } as const),
      },
    );
    await writeFile(pathOf(number), bytes);
  }
});
after(() => rm(folder, { recursive: true }));

function pathOf(number: number): string {
  return join(folder, `${number}.dcm`);
}

function setupFor(output: string): Omit<CleaningSetup, 'stop'> {
  return {
    ...{ output: join(folder, output), ...SITE, profile: undefined, siteWords: undefined, regionRules: undefined },
    ...{ resume: false, holdBack: false, mark: 'test' },
  };
}

async function sidesWritten(output: string): Promise<readonly number[]> {
  const study = join(folder, output, pseudonymOf(SITE, 'PT-4711'), pseudonymousUid(SITE, '2.25.2'));
  return await Promise.all(
    SIDES.map(async (_, number) => {
      const bytes = await readFile(join(study, `${pseudonymousUid(SITE, `2.25.1${number}`)}.dcm`));
      const pixels = new Uint16Array(new Uint8Array(bytes.subarray(bytes.length - 64)).buffer);
      assert.ok(pixels.every((value) => value === number + 1));
      return Math.floor(Math.sqrt(bytes.length / 2));
    }),
  );
}

test('the calling thread leaves a large file to whoever has the time, and cleans those about it', async () => {
  const cleaner = new FileCleaner({ ...setupFor('own'), stop: new SharedArrayBuffer(4) }, { leavesLarge: true });
  const answer = await cleaner.cleaned(SIDES.map((_, number) => ({ path: pathOf(number) })));
  assert.ok('results' in answer);
  assert.deepEqual(
    answer.results.map(({ kind }) => kind),
    ['written', 'large', 'written', 'written'],
  );
});

test('a large file among small ones is cleaned by a thread, and so is what comes after it', async () => {
  const threads = new CleaningThreads(setupFor('both'), 1);
  try {
    const results = await Promise.all(SIDES.map((_, number) => threads.clean({ path: pathOf(number) })));
    assert.deepEqual(
      results.map(({ kind }) => kind),
      SIDES.map(() => 'written'),
    );
    assert.deepEqual((await threads.clean({ path: pathOf(0) })).kind, 'written');
  } finally {
    await threads.close();
  }
  const sides = await sidesWritten('both');
  for (const [number, side] of SIDES.entries()) assert.ok((sides[number] ?? 0) >= side);
});

test('what was told to stop begins no further file', async () => {
  const stop = new SharedArrayBuffer(4);
  const cleaner = new FileCleaner({ ...setupFor('stopped'), stop }, { leavesLarge: true });
  Atomics.store(new Int32Array(stop), 0, 1);
  assert.deepEqual(await cleaner.cleaned([{ path: pathOf(0) }]), {
    ...{ results: [], sumMs: 0, fastestMs: Number.POSITIVE_INFINITY },
  });
});

const DONE = { kind: 'written', maskedLines: 0 } as const;
const WRITTEN = { results: [DONE], sumMs: 1, fastestMs: 1 } satisfies CleaningAnswer;

/** The calling thread answers as it is told instead of cleaning, having taken so much processor time for each batch. */
function ownAnswers(
  context: TestContext,
  tookMs: number,
  answer: (batch: number) => Promise<CleaningAnswer>,
): () => number {
  context.mock.method(process, 'cpuUsage', () => ({ user: 1000 * tookMs, system: 0 }));
  const cleaned = context.mock.method(FileCleaner.prototype, 'cleaned', () => answer(cleaned.mock.callCount()));
  return () => cleaned.mock.callCount();
}

test('where one of many quick files keeps the calling thread for long, it leaves what follows to threads', async (context) => {
  const batches = ownAnswers(context, 2100, () => Promise.resolve(WRITTEN));
  const threads = new CleaningThreads(setupFor('held-up'), 1);
  try {
    for (let time = 0; time < 3; time += 1) assert.equal((await threads.clean({ path: pathOf(0) })).kind, 'written');
  } finally {
    await threads.close();
  }
  assert.equal(batches(), 1);
});

test('what the calling thread leaves once a thread has failed is rejected as all that waits', {
  timeout: 60_000,
}, async (context) => {
  // No thread can make a folder in it.
  await writeFile(join(folder, 'full'), '');
  const threads = new CleaningThreads(setupFor('full'), 2);
  let onFailure = (): void => {};
  const failed = new Promise<void>((resolve) => {
    onFailure = resolve;
  });
  // So many are known to wait after the first that a thread is started.
  ownAnswers(context, 900, async (batch) => {
    if (batch === 0) return { ...WRITTEN, results: [DONE, DONE], fastestMs: 90 };
    await failed;
    return { results: [{ kind: 'large' }], sumMs: 90, fastestMs: 90 };
  });
  try {
    const tasks = Array.from({ length: 60 }, () => threads.clean({ path: pathOf(0) }));
    for (const task of tasks) task.catch(onFailure);
    const ended = await Promise.allSettled(tasks);
    assert.deepEqual(
      ended.map(({ status }) => status),
      tasks.map((_, number) => (number < 2 ? 'fulfilled' : 'rejected')),
    );
  } finally {
    await threads.close();
  }
});
