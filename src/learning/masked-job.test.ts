import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  beginSum,
  bytesOfNumbers,
  dealShares,
  maskNumbers,
  type OpenedSum,
  openSum,
  type SiteSum,
  signSurvivors,
} from '#aggregation';
import { SeededRandom, sha256Hex, silentLog, UnicaError } from '#base';
import { parameterTable } from '#engine';
import { generateKeys } from '#identity';
import { type JobsTables, jobsMigrations, openEventLog } from '#jobs';
import { migrate, openDatabase } from '#store';
import { exampleJob, type JobSpec, type JobView, type TaskBody } from '#wire';
import { type Learning, openLearning } from './learning.ts';
import { clearUnneeded, memoryBlobs, rigSurroundings } from './learning-rig.ts';
import { countedNumbers, numberGrid } from './number-grid.ts';
import { siteUpdate } from './site-update.ts';
import { encodeParameters } from './update-file.ts';

const SITES = ['aa', 'bb', 'cc', 'dd'];
const SPEC = exampleJob({
  sites: SITES,
  aggregation: { updates: 'masked', mostFilms: 128 },
  rounds: 2,
  learningRate: 0.01,
  optimiser: { kind: 'sgd' },
  quorum: 0.7,
});
const LENGTH = parameterTable(SPEC.model).total;
const KEYS = new Map(SITES.map((site) => [site, generateKeys()]));
const PERMITS = Object.fromEntries(SITES.map((site, index) => [site, `permit-0000000${index}`]));
const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
const identityOf = (site: string) => KEYS.get(site)?.publicKey;
type SumTask = Extract<TaskBody, { kind: 'secure-sum' }>;

/** A hub over one database, and sites that answer as nodes do; either can lose everything but what it keeps. */
class Net {
  readonly blobs = new Map<string, Uint8Array>();
  readonly work = new Map<string, TaskBody>();
  readonly sums = new Map<string, SiteSum | OpenedSum>();
  readonly trained = new Map<string, number>();
  readonly #database: Awaited<ReturnType<typeof freshDatabase>>;
  nowMs = 0;
  learning: Learning;
  #ids = 0;

  constructor(database: Awaited<ReturnType<typeof freshDatabase>>) {
    this.#database = database;
    this.learning = this.open();
  }

  readonly store = { ...memoryBlobs(this.blobs), stream: () => assert.fail('nobody streams here') };

  open(): Learning {
    this.learning = openLearning({
      eventLog: openEventLog(this.#database, () => this.nowMs),
      blobs: this.store,
      clock: () => this.nowMs,
      newId: (prefix) => `${prefix}-${String(++this.#ids).padStart(8, '0')}`,
      log: silentLog,
      surroundings: { ...rigSurroundings(this.work), identityKey: async (siteId) => identityOf(siteId) },
    });
    return this.learning;
  }

  /** What training changed at a site: the same however it is sent. */
  update(spec: JobSpec, siteId: string, round: number) {
    const chance = new SeededRandom(`${siteId}/${round}`);
    const change = Float32Array.from({ length: LENGTH }, () => chance.between(-0.3, 0.3));
    return siteUpdate(spec, round, { siteId, change, films: 40 + 60 * SITES.indexOf(siteId) });
  }

  metrics(spec: JobSpec, siteId: string, round: number) {
    return { samples: this.update(spec, siteId, round).films, loss: 0.5, seconds: 1, bytesOut: 1, validation: null };
  }

  /** A site answers one piece of work. */
  async answer(key: string, body: TaskBody): Promise<void> {
    const siteId = key.split(' ')[0] ?? '';
    this.work.delete(key);
    if (body.kind === 'decide-job') {
      const decided = { kind: 'decided', decision: 'approved', by: 'test', because: '' } as const;
      await this.learning.decide(body.jobId, siteId, decided);
    } else if (body.kind === 'train-round') await this.#train(siteId, body);
    else if (body.kind === 'secure-sum') await this.#addUp(siteId, body);
  }

  async #train(siteId: string, body: Extract<TaskBody, { kind: 'train-round' }>): Promise<void> {
    const { jobId, round, spec, specSha256 } = body;
    const metrics = this.metrics(spec, siteId, round);
    this.trained.set(`${siteId}/${round}`, (this.trained.get(`${siteId}/${round}`) ?? 0) + 1);
    if (spec.aggregation?.updates !== 'masked') {
      const { change } = this.update(spec, siteId, round);
      const { sha256: updateSha256 } = await this.store.put(encodeParameters(spec.model, change));
      await this.learning.receive(jobId, siteId, round, { kind: 'trained', updateSha256, metrics });
      return;
    }
    const keys = KEYS.get(siteId) ?? generateKeys();
    const kept =
      this.sums.get(`${siteId}/${round}`) ?? beginSum({ jobId, round, specSha256 }, { siteId, keys, random });
    this.sums.set(`${siteId}/${round}`, kept);
    assert.ok('advert' in kept);
    await this.learning.receiveTrained(jobId, siteId, round, { kind: 'trained-masked', advert: kept.advert, metrics });
  }

  async #addUp(siteId: string, { jobId, round, step }: SumTask): Promise<void> {
    const asked = { round, step: step.step };
    const at = `${siteId}/${round}`;
    const sum = this.sums.get(at);
    assert.ok(sum !== undefined);
    const spec = (await this.learning.view(jobId)).spec;
    if ('opened' in sum) return await this.learning.receiveSumAnswer(jobId, siteId, asked, sum.opened);
    try {
      if (step.step === 'deal-shares') {
        const next = dealShares(sum, step.adverts, { sites: spec.sites, identityOf, random });
        this.sums.set(at, next.sum);
        await this.learning.receiveSumAnswer(jobId, siteId, asked, next.receipt);
      } else if (step.step === 'send-masked') {
        const grid = numberGrid(spec);
        assert.ok(grid !== undefined);
        const numbers = countedNumbers(spec, this.update(spec, siteId, round), grid);
        const masked = await maskNumbers(sum, numbers, step);
        const { sha256: maskedSha256 } = await this.store.put(bytesOfNumbers(numbers));
        this.sums.set(at, { ...masked, maskedSha256 });
        await this.learning.receiveSumAnswer(jobId, siteId, asked, { kind: 'masked-sent', maskedSha256 });
      } else if (step.step === 'sign-survivors') {
        const next = signSurvivors(sum, step.survivors, KEYS.get(siteId) ?? generateKeys());
        this.sums.set(at, next.sum);
        await this.learning.receiveSumAnswer(jobId, siteId, asked, next.receipt);
      } else {
        const opened = openSum(sum, step.signatures, identityOf);
        this.sums.set(at, opened);
        await this.learning.receiveSumAnswer(jobId, siteId, asked, opened.opened);
      }
    } catch (error) {
      if (!(error instanceof UnicaError)) throw error;
      await this.learning.sumRefused(jobId, siteId, asked, error.message);
    }
  }

  async submit(spec: JobSpec): Promise<string> {
    return (await this.learning.submit({ spec, permits: PERMITS, submittedBy: 'r' })).jobId;
  }
}

async function freshDatabase(context: TestContext) {
  const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, jobsMigrations);
  return database;
}

interface Unrest {
  readonly seed: string;
  /** Sites that do not answer such work, in the round. */
  readonly mute?: (siteId: string, body: TaskBody) => boolean;
}

/** Runs a job to its end; with `unrest` the hub falls and opens anew and throws away what is not needed, answers come in any order, some twice. */
async function run(context: TestContext, spec: JobSpec, unrest?: Unrest) {
  const net = new Net(await freshDatabase(context));
  const chance = new SeededRandom(unrest?.seed ?? 'quiet');
  const jobId = await net.submit(spec);
  for (let turn = 0; turn < 400; turn += 1) {
    if (unrest !== undefined && chance.uniform() < 0.3) net.open();
    if (unrest !== undefined) await clearUnneeded(net.learning, net.blobs);
    await net.learning.advanceAll();
    const open = [...net.work].filter(([key, body]) => !unrest?.mute?.(key.split(' ')[0] ?? '', body));
    if (open.length > 0) {
      const [key, body] = chance.pick(open);
      await net.answer(key, body);
      if (unrest !== undefined && chance.uniform() < 0.3) await net.answer(key, body);
    } else if (net.work.size > 0) net.nowMs += 60_001;
    else break;
  }
  const view = await net.learning.view(jobId);
  const events = [];
  for await (const { data } of net.learning.follow(jobId, 0, new AbortController().signal)) events.push(data);
  const end = events.at(-1);
  return { net, view, events, weightsSha256: end?.kind === 'finished' ? end.weightsSha256 : undefined };
}

const open = (spec: JobSpec): JobSpec => ({ ...spec, aggregation: { updates: 'open', mostFilms: 128 } });

const STRATEGIES: readonly JobSpec['strategy'][] = [
  { kind: 'fedavg' },
  { kind: 'fedyogi', serverLearningRate: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.001 },
  { kind: 'scaffold', serverLearningRate: 0.8 },
];

for (const strategy of STRATEGIES) {
  test(`${strategy.kind}: the same bits masked and open, and masked over a hub that falls and answers that come twice`, async (context) => {
    const spec = { ...SPEC, strategy };
    const plain = await run(context, open(spec));
    const masked = await run(context, spec);
    assert.equal(plain.view.state, 'finished');
    assert.equal(masked.weightsSha256, plain.weightsSha256);
    for (const seed of strategy.kind === 'fedyogi' ? [] : ['one']) {
      const disturbed = await run(context, spec, { seed });
      assert.equal(disturbed.weightsSha256, plain.weightsSha256, seed);
      assert.equal(disturbed.events.filter(({ kind }) => kind === 'site-trained').length, 8);
    }
    // No update of a site by itself is anywhere at the hub.
    const { net } = masked;
    for (const siteId of SITES) {
      const { change } = net.update(spec, siteId, 1);
      assert.equal(net.blobs.has(sha256Hex(encodeParameters(spec.model, change))), false);
    }
  });
}

/** The same round open, in which the site never trains. */
const absent = (siteId: string) => (site: string, body: TaskBody) => site === siteId && body.kind === 'train-round';

test('a site that drops out before it sends its masked update is left out, with its reason, and the bits are those without it', async (context) => {
  const spec = { ...SPEC, rounds: 1 };
  const mute = (siteId: string, body: TaskBody) =>
    siteId === 'cc' && body.kind === 'secure-sum' && body.step.step === 'send-masked';
  const dropped = await run(context, spec, { seed: 'drop', mute });
  const plain = await run(context, open(spec), { seed: 'absent', mute: absent('cc') });
  assert.equal(dropped.view.state, 'finished');
  assert.equal(dropped.weightsSha256, plain.weightsSha256);
  const [round] = dropped.view.rounds;
  const site = round?.sites.find(({ siteId }) => siteId === 'cc');
  assert.deepEqual([site?.state, site?.because], ['failed', 'its part of the masked sum did not come in time']);
  assert.deepEqual(round?.sum, { step: 'open-sum', group: 4, needed: 3, answered: 3 });
});

test('a site that falls silent after it sent its masked update is in the sum all the same', async (context) => {
  const spec = { ...SPEC, rounds: 1 };
  const mute = (siteId: string, body: TaskBody) =>
    siteId === 'bb' && body.kind === 'secure-sum' && ['sign-survivors', 'open-sum'].includes(body.step.step);
  const silent = await run(context, spec, { seed: 'silent', mute });
  const plain = await run(context, open(spec));
  assert.equal(silent.weightsSha256, plain.weightsSha256);
  assert.deepEqual(silent.events.findLast((event) => event.kind === 'round-closed')?.sites, SITES);
});

test('below two thirds the round ends the job, and says so', async (context) => {
  const net = new Net(await freshDatabase(context));
  const jobId = await net.submit(SPEC);
  for (let turn = 0; turn < 12; turn += 1) for (const [key, body] of [...net.work]) await net.answer(key, body);
  const view = await net.learning.view(jobId);
  assert.equal(view.state, 'finished', 'with all of them it would have gone well');
  const other = await net.submit(SPEC);
  for (let turn = 0; turn < 2; turn += 1) {
    for (const [key, body] of [...net.work]) {
      net.sums.delete(`${key.split(' ')[0]}/1`);
      await net.answer(key, body);
    }
  }
  const asked = { round: 1, step: 'deal-shares' } as const;
  await net.learning.sumRefused(other, 'aa', asked, 'the keys of bb are not signed');
  assert.equal((await net.learning.view(other)).rounds[0]?.sites[0]?.because, 'the keys of bb are not signed');
  await net.learning.sumRefused(other, 'cc', asked, 'the keys of bb are not signed');
  const failed = await net.learning.view(other);
  assert.equal(failed.state, 'failed');
  assert.match(failed.because ?? '', /of 4 sites 0 answered the step "deal-shares", and 3 must; no update was shown/);
  assert.equal(net.work.size, 0);
});

/** Brings a job as far as the given step, which nobody has answered yet. */
async function upTo(context: TestContext, step: SumTask['step']['step'], spec: JobSpec = SPEC) {
  const net = new Net(await freshDatabase(context));
  const jobId = await net.submit(spec);
  const reached = () => [...net.work.values()].some((body) => body.kind === 'secure-sum' && body.step.step === step);
  for (let turn = 0; turn < 8 && !reached(); turn += 1) {
    for (const [key, body] of [...net.work]) await net.answer(key, body);
  }
  assert.ok(reached());
  return { net, jobId, asked: { round: 1, step } as const };
}

const siteIn = (view: JobView, siteId: string) => view.rounds[0]?.sites.find((site) => site.siteId === siteId);

test('what does not answer the step is refused, with its reason; the round goes on without it', async (context) => {
  const spec = { ...SPEC, rounds: 1 };
  const { net, jobId, asked } = await upTo(context, 'send-masked', spec);
  const { sha256: maskedSha256 } = await net.store.put(new Uint8Array(4 * LENGTH + 4));
  await net.learning.receiveSumAnswer(jobId, 'aa', asked, { kind: 'masked-sent', maskedSha256 });
  assert.match(siteIn(await net.learning.view(jobId), 'aa')?.because ?? '', /masked update has \d+ bytes/);
  for (let turn = 0; turn < 8; turn += 1) {
    for (const [key, body] of [...net.work]) if (!key.startsWith('aa ')) await net.answer(key, body);
  }
  const view = await net.learning.view(jobId);
  assert.deepEqual(
    [view.state, siteIn(view, 'aa')?.state, siteIn(view, 'bb')?.state],
    ['finished', 'failed', 'received'],
  );
});

test('a site that sends numbers which no training makes is not let into the model', async (context) => {
  const { net, jobId, asked } = await upTo(context, 'send-masked');
  const { sha256: maskedSha256 } = await net.store.put(random(4 * LENGTH));
  await net.learning.receiveSumAnswer(jobId, 'aa', asked, { kind: 'masked-sent', maskedSha256 });
  const [key, body] = [...net.work].find(([one]) => one.startsWith('aa ')) ?? [];
  net.work.delete(key ?? '');
  // The node itself goes on as if its own numbers had been taken.
  const sum = net.sums.get('aa/1');
  assert.ok(body?.kind === 'secure-sum' && body.step.step === 'send-masked' && sum !== undefined && 'advert' in sum);
  net.sums.set('aa/1', { ...(await maskNumbers(sum, new Int32Array(LENGTH), body.step)), maskedSha256 });
  for (let turn = 0; turn < 8; turn += 1) for (const [one, asks] of [...net.work]) await net.answer(one, asks);
  const view = await net.learning.view(jobId);
  assert.deepEqual([view.state, /no training makes/.test(view.because ?? '')], ['failed', true]);
});

test('keys that another signed, an open update in a masked job, and the other way round are refused', async (context) => {
  const net = new Net(await freshDatabase(context));
  const jobId = await net.submit(SPEC);
  for (const [key, body] of [...net.work]) await net.answer(key, body);
  const { specSha256 } = await net.learning.view(jobId);
  const metrics = net.metrics(SPEC, 'aa', 1);
  const forged = beginSum({ jobId, round: 1, specSha256 }, { siteId: 'aa', keys: generateKeys(), random });
  await net.learning.receiveTrained(jobId, 'aa', 1, { kind: 'trained-masked', advert: forged.advert, metrics });
  const foreign = beginSum(
    { jobId, round: 1, specSha256 },
    { siteId: 'cc', keys: KEYS.get('cc') ?? generateKeys(), random },
  );
  await net.learning.receiveTrained(jobId, 'bb', 1, { kind: 'trained-masked', advert: foreign.advert, metrics });
  const { sha256: updateSha256 } = await net.store.put(encodeParameters(SPEC.model, new Float32Array(LENGTH)));
  await net.learning.receive(jobId, 'cc', 1, { kind: 'trained', updateSha256, metrics });
  const view = await net.learning.view(jobId);
  const because = SITES.map((site) => siteIn(view, site)?.because ?? '');
  assert.match(because[0] ?? '', /not signed by its own key/);
  assert.match(because[1] ?? '', /not signed by its own key/);
  assert.match(because[2] ?? '', /sent open, and the job asks for masked/);
});

test('jobs that cannot be masked say why when they are submitted', async (context) => {
  const net = new Net(await freshDatabase(context));
  const rows: readonly (readonly [Partial<JobSpec>, RegExp])[] = [
    [{ strategy: { kind: 'median' } }, /compares the sites' updates one by one/],
    [{ strategy: { kind: 'fedbuff', bufferSize: 2, serverLearningRate: 1, exponent: 0.5 } }, /group that is known/],
    [{ sites: ['aa', 'bb'] }, /fewer than 3 sites hides nobody/],
    [{ sitesPerRound: 2 }, /fewer than 3 sites hides nobody/],
    [{ sites: Array.from({ length: 65 }, (_, index) => `site-${index}`) }, /at most 64 sites/],
  ];
  for (const [change, says] of rows) await assert.rejects(net.submit({ ...SPEC, ...change }), says);
  const jobId = await net.submit(SPEC);
  for (const [index, siteId] of SITES.entries()) {
    const decision = index < 2 ? ('approved' as const) : ('denied' as const);
    await net.learning.decide(jobId, siteId, { kind: 'decided', decision, by: 'owner', because: '' });
  }
  const view = await net.learning.view(jobId);
  assert.deepEqual([view.state, view.because], ['failed', '2 sites approved it; updates are masked among at least 3']);
});
