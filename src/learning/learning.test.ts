import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, silentLog } from '#base';
import { initialParameters, parameterTable } from '#engine';
import { type JobsTables, jobsMigrations, openEventLog } from '#jobs';
import { type Database, forEachEngine, migrate, openDatabase } from '#store';
import { exampleJob, type TaskBody } from '#wire';
import { type Learning, openLearning } from './learning.ts';
import { clearUnneeded, memoryBlobs, rigSurroundings } from './learning-rig.ts';
import { decodeParameters, encodeParameters } from './update-file.ts';

const SPEC = exampleJob({
  sites: ['aa', 'bb', 'cc'],
  rounds: 3,
  learningRate: 0.01,
  optimiser: { kind: 'adam' },
  quorum: 0.6,
});

const LENGTH = parameterTable(SPEC.model).total;

/** A hub's learning over one database, which can be dropped and opened anew at any moment, as after kill −9. */
class Hub {
  readonly kept = new Map<string, Uint8Array>();
  readonly blobs = memoryBlobs(this.kept);
  readonly work = new Map<string, TaskBody>();
  /** Digests of the weights of registered models. */
  readonly registered = new Map<string, string>();
  /** What was logged as an error. */
  readonly errors: string[] = [];
  readonly #database: Database<JobsTables>;
  #ids = 0;
  nowMs = 0;
  learning: Learning;

  constructor(database: Database<JobsTables>) {
    this.#database = database;
    this.learning = this.open();
  }

  open(): Learning {
    this.learning = openLearning({
      eventLog: openEventLog(this.#database, () => this.nowMs),
      blobs: this.blobs,
      clock: () => this.nowMs,
      newId: (prefix) => `${prefix}-${String(++this.#ids).padStart(8, '0')}`,
      log: { ...silentLog, error: (event) => void this.errors.push(event) },
      surroundings: {
        ...rigSurroundings(this.work),
        weightsOf: async (modelId) => this.registered.get(modelId) ?? assert.fail(`no model ${modelId}`),
      },
    });
    return this.learning;
  }
}

const PERMITS = { aa: 'permit-00000001', bb: 'permit-00000002', cc: 'permit-00000003' };

async function answer(hub: Hub, key: string, body: TaskBody): Promise<void> {
  const siteId = key.split(' ')[0] ?? '';
  if (body.kind === 'decide-job') {
    await hub.learning.decide(body.jobId, siteId, { kind: 'decided', decision: 'approved', by: 'test', because: '' });
  } else if (body.kind === 'train-round') {
    const random = new SeededRandom(`${siteId}/${body.round}/${body.weightsSha256}`);
    const change = Float32Array.from({ length: LENGTH }, () => random.between(-0.01, 0.01));
    const { sha256 } = await hub.blobs.put(encodeParameters(SPEC.model, change));
    const metrics = { samples: 10 + siteId.charCodeAt(0), loss: 0.5, seconds: 1, bytesOut: 1, validation: null };
    await hub.learning.receive(body.jobId, siteId, body.round, { kind: 'trained', updateSha256: sha256, metrics });
  }
  hub.work.delete(key);
}

/** Runs a job to its end, answering in a random order, sometimes twice, sometimes over a restarted hub. */
async function run(hub: Hub, seed: string | undefined): Promise<string> {
  const random = new SeededRandom(seed ?? 'quiet');
  const { jobId } = await hub.learning.submit({ spec: SPEC, permits: PERMITS, submittedBy: 'r' });
  for (let turn = 0; turn < 200; turn += 1) {
    if (seed !== undefined && random.uniform() < 0.3) hub.open();
    if (seed !== undefined) await clearUnneeded(hub.learning, hub.kept);
    await hub.learning.advanceAll();
    const open = [...hub.work];
    if (open.length === 0) break;
    const [key, body] = random.pick(open);
    await answer(hub, key, body);
    if (seed !== undefined && random.uniform() < 0.3) await answer(hub, key, body);
  }
  const view = await hub.learning.view(jobId);
  assert.equal(view.state, 'finished');
  assert.deepEqual(
    view.rounds.map(({ state, sites }) => [state, sites.length]),
    [
      ['closed', 3],
      ['closed', 3],
      ['closed', 3],
    ],
  );
  const events = [];
  for await (const { data } of hub.learning.follow(jobId, 0, new AbortController().signal)) events.push(data);
  const end = events.at(-1);
  assert.ok(end?.kind === 'finished');
  assert.equal(events.filter(({ kind }) => kind === 'update-received').length, 9, 'nothing is counted twice');
  const { digests, sinceMs } = await hub.learning.needed();
  assert.deepEqual([digests.size, sinceMs], [0, Number.POSITIVE_INFINITY], 'a job that has ended needs nothing');
  return end.weightsSha256;
}

test('a job over restarts, double and shuffled answers, and a hub that throws away what is not needed, ends with the weights of an undisturbed one', async (context) => {
  const weights = new Set<string>();
  for (const seed of [undefined, 'one', 'two', 'three']) {
    await context.test(`run ${seed ?? 'undisturbed'}`, async (inner) => {
      const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: ':memory:' });
      inner.after(() => database.close());
      await migrate(database, jobsMigrations);
      weights.add(await run(new Hub(database), seed));
    });
  }
  assert.equal(weights.size, 1);
});

forEachEngine(test, process.env['UNICA_TEST_POSTGRES_URL'], 'a job runs to its end', async (open, context) => {
  await run(new Hub(await open<JobsTables>(context, jobsMigrations)), 'engine');
});

async function hubWithJob(): Promise<{ hub: Hub; jobId: string; close: () => Promise<void> }> {
  const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: ':memory:' });
  await migrate(database, jobsMigrations);
  const hub = new Hub(database);
  const { jobId } = await hub.learning.submit({ spec: SPEC, permits: PERMITS, submittedBy: 'r' });
  return { hub, jobId, close: () => database.close() };
}

test('a job nobody approves fails and says so', async () => {
  const { hub, jobId, close } = await hubWithJob();
  for (const siteId of SPEC.sites) {
    await hub.learning.decide(jobId, siteId, { kind: 'decided', decision: 'denied', by: 'owner', because: 'no' });
  }
  const view = await hub.learning.view(jobId);
  assert.deepEqual([view.state, view.because], ['failed', 'no site approved it']);
  await close();
});

test('a round closes at its deadline with a quorum, and not before', async () => {
  const { hub, jobId, close } = await hubWithJob();
  for (const [key, body] of [...hub.work]) await answer(hub, key, body);
  const rounds = [...hub.work].filter(([, body]) => body.kind === 'train-round');
  for (const [key, body] of rounds.slice(0, 2)) await answer(hub, key, body);
  assert.equal((await hub.learning.view(jobId)).rounds[0]?.state, 'open');
  hub.nowMs = 1001;
  await hub.learning.advanceAll();
  const view = await hub.learning.view(jobId);
  assert.deepEqual([view.rounds[0]?.state, view.rounds[1]?.state], ['closed', 'open']);
  const [late] = rounds.slice(2);
  if (late) await answer(hub, ...late);
  assert.equal((await hub.learning.view(jobId)).rounds[0]?.sites.filter(({ state }) => state === 'received').length, 2);
  await close();
});

test('a broken update is refused, its site fails, the round goes on without it', async () => {
  const { hub, jobId, close } = await hubWithJob();
  for (const [key, body] of [...hub.work]) await answer(hub, key, body);
  const broken = new Float32Array(LENGTH).fill(Number.NaN);
  const { sha256 } = await hub.blobs.put(encodeParameters(SPEC.model, broken));
  const metrics = { samples: 5, loss: 0.5, seconds: 1, bytesOut: 1, validation: null };
  await hub.learning.receive(jobId, 'aa', 1, { kind: 'trained', updateSha256: sha256, metrics });
  for (const [key, body] of [...hub.work]) if (!key.startsWith('aa ')) await answer(hub, key, body);
  const [first] = (await hub.learning.view(jobId)).rounds;
  assert.equal(first?.state, 'closed');
  assert.deepEqual(
    first?.sites.map(({ state }) => state),
    ['failed', 'received', 'received'],
  );
  await close();
});

test('an update that was scaled up shows by its length, as the hub has measured it', async () => {
  const { hub, jobId, close } = await hubWithJob();
  for (const [key, body] of [...hub.work]) await answer(hub, key, body);
  const scaled = new Float32Array(LENGTH).fill(0.5);
  const { sha256 } = await hub.blobs.put(encodeParameters(SPEC.model, scaled));
  const metrics = { samples: 5, loss: 0.5, seconds: 1, bytesOut: 1, validation: null };
  await hub.learning.receive(jobId, 'aa', 1, { kind: 'trained', updateSha256: sha256, metrics });
  for (const [key, body] of [...hub.work]) if (!key.startsWith('aa ')) await answer(hub, key, body);
  const [first] = (await hub.learning.view(jobId)).rounds;
  const [bad = 0, ...others] = first?.sites.map(({ changeLength }) => changeLength ?? 0) ?? [];
  assert.ok(Math.abs(bad - 0.5 * Math.sqrt(LENGTH)) < 1e-3 * bad);
  for (const other of others) assert.ok(other > 0 && bad > 50 * other);
  await close();
});

test('the first round starts from the weights of the seed', async () => {
  const { hub, close } = await hubWithJob();
  for (const [key, body] of [...hub.work]) await answer(hub, key, body);
  const [round] = [...hub.work.values()].flatMap((body) => (body.kind === 'train-round' ? [body] : []));
  const weights = decodeParameters(SPEC.model, await hub.blobs.get(round?.weightsSha256 ?? ''));
  assert.deepEqual(weights, initialParameters(SPEC.model, SPEC.seed));
  await close();
});

test('an evaluation ends at its deadline; figures that could not be summed up are refused, and the others stand', async () => {
  const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: ':memory:' });
  await migrate(database, jobsMigrations);
  const hub = new Hub(database);
  const spec = { ...SPEC, rounds: 1, evaluation: { localOnly: false } };
  const { jobId } = await hub.learning.submit({ spec, permits: PERMITS, submittedBy: 'r' });
  for (let turn = 0; turn < 2; turn += 1) for (const [key, body] of [...hub.work]) await answer(hub, key, body);
  const asked = [...hub.work.values()].map(({ kind }) => kind);
  assert.deepEqual(asked, ['evaluate-model', 'evaluate-model', 'evaluate-model']);
  const bins = (count: number) => Array.from({ length: 50 }, (_, bin) => (bin % 25 === 0 ? count : 0));
  const told = async (siteId: string, { loss = 0.5, samples = 80, count = 20 } = {}) => {
    const common = { loss, samples, histogram: { negative: bins(count), positive: bins(count) } };
    await hub.learning.receiveEvaluation(jobId, siteId, { kind: 'evaluated', common, personal: null, localOnly: null });
  };
  await told('aa');
  await told('aa', { loss: 0.1 });
  await told('bb', { loss: 1e308 });
  const evaluation = (await hub.learning.view(jobId)).evaluation;
  assert.deepEqual(
    evaluation?.sites.map(({ state, because }) => [state, because]),
    [
      ['received', null],
      ['failed', 'its loss is beyond all measure'],
      ['working', null],
    ],
  );
  assert.deepEqual([evaluation?.merged?.films, evaluation?.merged?.loss], [80, 0.5]);
  hub.nowMs = 1001;
  await hub.learning.advanceAll();
  await told('cc', { samples: Number.MAX_SAFE_INTEGER, count: Number.MAX_SAFE_INTEGER });
  const view = await hub.learning.view(jobId);
  assert.deepEqual([view.state, view.evaluation?.sites[2]?.state, hub.work.size], ['finished', 'working', 0]);
  await database.close();
});

/** A hub of which two updates have come, of the content of one nothing is left as after its database was set back to a backup, and the third comes. */
async function hubWithoutAnUpdate() {
  const rig = await hubWithJob();
  const { hub } = rig;
  for (const [key, body] of [...hub.work]) await answer(hub, key, body);
  const [first, ...others] = [...hub.work].filter(([, body]) => body.kind === 'train-round');
  assert.ok(first !== undefined && others.length === 2);
  const before = new Set(hub.kept.keys());
  await answer(hub, ...first);
  const [gone = ''] = [...hub.kept.keys()].filter((sha256) => !before.has(sha256));
  const content = hub.kept.get(gone) ?? assert.fail();
  hub.kept.delete(gone);
  for (const [key, body] of others) await answer(hub, key, body);
  return { ...rig, gone, content };
}

test('a round whose update is not there is waited for, said once, and goes on when it is restored', async () => {
  const { hub, jobId, close, gone, content } = await hubWithoutAnUpdate();
  for (let beat = 0; beat < 5; beat += 1) {
    hub.nowMs += 60_000;
    await hub.learning.advanceAll();
  }
  assert.equal((await hub.learning.view(jobId)).rounds[0]?.state, 'open');
  assert.deepEqual(hub.errors, ['learning.content-gone']);
  hub.kept.set(gone, content);
  await hub.learning.advanceAll();
  const { state, rounds } = await hub.learning.view(jobId);
  assert.deepEqual([state, rounds[0]?.state, rounds[1]?.state], ['running', 'closed', 'open']);
  await close();
});

test('a round whose update stays away ends its job once, with what is missing', async () => {
  const { hub, jobId, close, gone } = await hubWithoutAnUpdate();
  hub.nowMs += 599_000;
  await hub.learning.advanceAll();
  assert.equal((await hub.learning.view(jobId)).state, 'running');
  for (let beat = 0; beat < 5; beat += 1) {
    hub.nowMs += 1000;
    await hub.learning.advanceAll();
  }
  const view = await hub.learning.view(jobId);
  assert.deepEqual([view.state, view.because?.includes(gone)], ['failed', true]);
  assert.deepEqual([...hub.work], [], 'sites are asked for nothing more');
  assert.deepEqual(hub.errors, ['learning.content-gone']);
  const ends = [];
  for await (const { data } of hub.learning.follow(jobId, 0, new AbortController().signal)) ends.push(data.kind);
  assert.equal(ends.filter((kind) => kind === 'failed').length, 1);
  await close();
});
