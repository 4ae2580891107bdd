import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { SeededRandom, silentLog } from '#base';
import { initialParameters, parameterTable, scoreHistogram } from '#engine';
import { type JobsTables, jobsMigrations, openEventLog } from '#jobs';
import { migrate, openDatabase } from '#store';
import { exampleJob, type JobSpec, type ModelScores, suggestedStrategy, type TaskBody } from '#wire';
import { checkEvaluation } from './check-evaluation.ts';
import { contributionOf } from './contributions.ts';
import { type Learning, openLearning } from './learning.ts';
import { clearUnneeded, memoryBlobs, rigSurroundings } from './learning-rig.ts';
import { modelWithout } from './model-without.ts';
import { decodeParameters, encodeParameters } from './update-file.ts';

const SITES = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff'];
const EVALUATION = { localOnly: true, crossSite: true, withoutEach: true } as const;

function jobOf(changed: Partial<JobSpec> = {}): JobSpec {
  return exampleJob({
    sites: SITES,
    rounds: 3,
    learningRate: 0.01,
    optimiser: { kind: 'sgd' },
    quorum: 1,
    evaluation: { localOnly: false, withoutEach: true },
    aggregation: { updates: 'open', mostFilms: 1024 },
    ...changed,
  });
}

const FILMS: Readonly<Record<string, number>> = { aa: 300, bb: 40, cc: 75, dd: 110, ee: 12, ff: 501 };

/** Counts of scores of so many films, better or worse at telling the classes apart. */
function scoresOf(seed: string, gap: number, films = 120): ModelScores {
  const random = new SeededRandom(seed);
  const labels = Array.from({ length: films }, (_, index) => index % 2);
  const scores = labels.map((label) => Math.min(1, Math.max(0, 0.4 + gap * label + 0.2 * random.normal())));
  const { negative, positive } = scoreHistogram(labels, scores, 50);
  return { loss: 0.7 - gap, samples: films, histogram: { negative: [...negative], positive: [...positive] } };
}

/** A hub's learning in memory, its sites answered by the test; opened anew between any two answers, as after a fall, and what is not needed thrown away. */
async function openHub(spec: JobSpec) {
  const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: ':memory:' });
  await migrate(database, jobsMigrations);
  const kept = new Map<string, Uint8Array>();
  const blobs = memoryBlobs(kept);
  const work = new Map<string, TaskBody>();
  const clock = { nowMs: 0 };
  const open = (): Learning =>
    openLearning({
      eventLog: openEventLog(database, () => clock.nowMs),
      blobs,
      clock: () => clock.nowMs,
      newId: (prefix) => `${prefix}-00000001`,
      log: silentLog,
      surroundings: rigSurroundings(work),
    });
  const changes = new Map<string, Float32Array>();
  const { total } = parameterTable(spec.model);
  const first = open();
  const permits = Object.fromEntries(spec.sites.map((siteId, at) => [siteId, `permit-0000000${at + 1}`]));
  const { jobId } = await first.submit({ spec, permits, submittedBy: 'r' });
  /** Answers everything that waits, until a kind of work is asked for. */
  const runUntil = async (kind: TaskBody['kind'] | 'end'): Promise<Learning> => {
    for (;;) {
      const learning = open();
      await learning.advanceAll();
      await clearUnneeded(learning, kept);
      const [next] = work;
      if (next === undefined) return learning;
      const [key, body] = next;
      if (body.kind === kind) return learning;
      const siteId = key.split(' ')[0] ?? '';
      work.delete(key);
      if (body.kind === 'decide-job') {
        await learning.decide(jobId, siteId, { kind: 'decided', decision: 'approved', by: 'test', because: '' });
      } else if (body.kind === 'train-round') {
        const random = new SeededRandom(`${siteId}/${body.round}`);
        const change = Float32Array.from({ length: total }, () => random.between(-0.01, 0.01));
        changes.set(`${siteId}/${body.round}`, change);
        const { sha256: updateSha256 } = await blobs.put(encodeParameters(spec.model, change));
        const metrics = { samples: FILMS[siteId] ?? 0, loss: 0.5, seconds: 1, bytesOut: 1, validation: null };
        await learning.receive(jobId, siteId, body.round, { kind: 'trained', updateSha256, metrics });
      } else assert.fail(`${body.kind} was not expected`);
    }
  };
  return { blobs, kept, work, clock, jobId, changes, open, runUntil, close: () => database.close() };
}

describe('a model folded anew without anybody left out is the final model, bit for bit', () => {
  const kinds = ['fedavg', 'fedavgm', 'fedadam', 'fedyogi', 'fedadagrad', 'scaffold', 'median', 'trimmed-mean', 'krum'];
  for (const kind of kinds) {
    it(kind, async () => {
      const strategy = suggestedStrategy(kind as 'fedavg');
      const spec = jobOf({ strategy, rounds: 2 });
      const hub = await openHub(spec);
      const learning = await hub.runUntil('evaluate-model');
      const state = await learning.state(hub.jobId);
      const job = {
        spec,
        sites: SITES.length,
        firstWeightsSha256: state.firstWeightsSha256 ?? '',
        rounds: state.folded,
      };
      const file = await modelWithout(hub.blobs, job, undefined);
      assert.ok(file !== undefined);
      assert.equal((await hub.blobs.put(file)).sha256, state.weightsSha256);
      const without = await modelWithout(hub.blobs, job, 'ff');
      assert.ok(without !== undefined);
      assert.notEqual((await hub.blobs.put(without)).sha256, state.weightsSha256);
      await hub.close();
    });
  }
});

test('without a site, FedAvg is the mean of what the others changed, weighted by their films', async () => {
  const spec = jobOf();
  const hub = await openHub(spec);
  const state = await (await hub.runUntil('evaluate-model')).state(hub.jobId);
  const job = { spec, sites: SITES.length, firstWeightsSha256: state.firstWeightsSha256 ?? '', rounds: state.folded };
  const file = await modelWithout(hub.blobs, job, 'aa');
  const found = decodeParameters(spec.model, file ?? assert.fail());
  const others = SITES.slice(1);
  const films = others.reduce((sum, siteId) => sum + (FILMS[siteId] ?? 0), 0);
  const expected = Float64Array.from(initialParameters(spec.model, spec.seed));
  for (let round = 1; round <= spec.rounds; round += 1) {
    for (const siteId of others) {
      const change = hub.changes.get(`${siteId}/${round}`) ?? assert.fail();
      for (let at = 0; at < expected.length; at += 1)
        expected[at] = (expected[at] ?? 0) + ((FILMS[siteId] ?? 0) / films) * (change[at] ?? 0);
    }
  }
  const furthest = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - (found[at] ?? 0))), 0);
  assert.ok(furthest < 1e-6, `${furthest}`);
  await hub.close();
});

test('models without each site and of each site are tried at every site that may tell, over a hub that falls', async () => {
  const spec = jobOf({ sites: ['aa', 'bb', 'cc'], rounds: 1, evaluation: EVALUATION, roundDeadlineMs: 1000 });
  const hub = await openHub(spec);
  await hub.runUntil('evaluate-model');
  const alone = initialParameters(spec.model, 7);
  const { sha256: localWeightsSha256 } = await hub.blobs.put(encodeParameters(spec.model, alone));
  const tell = async (siteId: string, scores: ModelScores | null) =>
    await hub.open().receiveEvaluation(hub.jobId, siteId, {
      kind: 'evaluated',
      common: scores,
      personal: null,
      localOnly: scores,
      ...(siteId === 'bb' ? {} : { localWeightsSha256 }),
    });
  await tell('aa', scoresOf('aa', 0.3));
  await clearUnneeded(hub.open(), hub.kept);
  await tell('bb', scoresOf('bb', 0.3));
  // Too few people to tell of: its model is tried elsewhere, and nothing is tried there.
  await tell('cc', null);
  await hub.open().advanceAll();
  const asked = [...hub.work.values()].flatMap((body) => (body.kind === 'compare-models' ? [body] : []));
  assert.deepEqual(
    [...hub.work.keys()].map((key) => key.split(' ')[0]),
    ['aa', 'bb'],
  );
  const names = asked[0]?.models.map(({ kind, siteId }) => `${kind} ${siteId}`);
  assert.deepEqual(names, ['without-site aa', 'without-site bb', 'without-site cc', 'local-only aa', 'local-only cc']);
  await clearUnneeded(hub.open(), hub.kept);
  const models = asked[0]?.models ?? [];
  for (const { weightsSha256 } of models) assert.ok(hub.kept.has(weightsSha256), 'sites may fetch it still');
  const scores = models.map(({ kind, siteId }, at) => ({
    kind,
    siteId,
    scores: scoresOf(`${at}`, at === 0 ? 0.1 : 0.3),
  }));
  await hub.open().receiveComparison(hub.jobId, 'bb', { kind: 'compared', scores: scores.slice(1) });
  await hub.open().receiveComparison(hub.jobId, 'aa', { kind: 'compared', scores });
  const view = await hub.open().view(hub.jobId);
  const comparison = view.evaluation?.comparison ?? assert.fail();
  assert.equal(view.state, 'finished');
  assert.deepEqual(comparison.sites, [
    { siteId: 'aa', state: 'received', because: null },
    { siteId: 'bb', state: 'failed', because: 'it is not of the models that were asked about' },
  ]);
  const [first, second] = comparison.contributions;
  assert.deepEqual([first?.siteId, second?.siteId], ['aa', 'bb']);
  assert.equal(first?.elsewhere, null, 'bb told nothing that can be used');
  assert.ok((first?.everywhere?.aucDifference ?? 0) > (first?.everywhere?.chanceWithin ?? 1), 'aa helped');
  assert.ok(Math.abs((first?.everywhere?.lossDifference ?? 0) - 0.2) < 1e-12);
  assert.ok(
    Math.abs(second?.everywhere?.aucDifference ?? 1) < (second?.everywhere?.chanceWithin ?? 0),
    'may be chance',
  );
  await hub.close();
});

test('a site that does not answer is waited for until the deadline, and a model nobody asked for is refused', async () => {
  const spec = jobOf({ sites: ['aa', 'bb'], rounds: 1, roundDeadlineMs: 1000 });
  const hub = await openHub(spec);
  await hub.runUntil('evaluate-model');
  const told = { kind: 'evaluated', common: scoresOf('x', 0.3), personal: null, localOnly: null } as const;
  await hub.open().receiveEvaluation(hub.jobId, 'aa', { ...told, localWeightsSha256: 'ab'.repeat(32) });
  await hub.open().receiveEvaluation(hub.jobId, 'bb', told);
  const { evaluation } = await hub.open().view(hub.jobId);
  assert.match(evaluation?.sites[0]?.because ?? '', /does not ask for one/);
  assert.deepEqual(
    evaluation?.comparison?.sites.map(({ siteId, state }) => [siteId, state]),
    [['bb', 'working']],
  );
  hub.clock.nowMs = 1001;
  await hub.open().advanceAll();
  const view = await hub.open().view(hub.jobId);
  assert.deepEqual([view.state, hub.work.size], ['finished', 0]);
  assert.deepEqual(view.evaluation?.comparison?.contributions[0]?.everywhere, null);
  await hub.close();
});

test('a difference is told with what may be chance, on the films of all and of the others', () => {
  const common = scoresOf('one', 0.4);
  const without = scoresOf('two', 0.1);
  const told = [
    { siteId: 'aa', common, without },
    { siteId: 'bb', common, without: common },
  ];
  const { everywhere, elsewhere } = contributionOf('aa', told);
  assert.equal(everywhere?.films, 240);
  assert.ok((everywhere?.aucDifference ?? 0) > 0 && (everywhere?.lossDifference ?? 0) > 0);
  assert.deepEqual([elsewhere?.films, elsewhere?.aucDifference, elsewhere?.lossDifference], [120, 0, 0]);
  assert.equal(contributionOf('aa', told.slice(0, 1)).elsewhere, null);
});

describe('what cannot be compared is refused, and why', () => {
  const masked = { updates: 'masked', mostFilms: 1024 } as const;
  // [what, the job, what the refusal says]
  const rows: readonly (readonly [string, Partial<JobSpec>, RegExp])[] = [
    [
      'leaving out under masks',
      { aggregation: masked, evaluation: { localOnly: false, withoutEach: true } },
      /sum alone/,
    ],
    [
      'a site alone under masks',
      { aggregation: masked, evaluation: { localOnly: true, crossSite: true } },
      /for all to see/,
    ],
    ['across sites without training alone', { evaluation: { localOnly: false, crossSite: true } }, /set localOnly/],
    ['one site', { sites: ['aa'] }, /2 to 20 sites/],
    ['FedBuff', { strategy: suggestedStrategy('fedbuff') }, /other models at other times/],
    [
      'as few sites as Krum needs',
      { sites: SITES.slice(0, 4), strategy: { kind: 'krum', badSites: 1, keep: 1 } },
      /one site more/,
    ],
    ['no rounds', { rounds: 0, warmStart: { modelId: 'model-00000001', weightsSha256: 'ab'.repeat(32) } }, /left out/],
  ];
  for (const [what, changed, words] of rows) {
    it(what, () => {
      assert.throws(() => checkEvaluation(jobOf(changed)), words);
    });
  }
  it('and what can is not', () => {
    checkEvaluation(jobOf({ evaluation: EVALUATION }));
    checkEvaluation(jobOf({ strategy: { kind: 'krum', badSites: 1, keep: 1 } }));
  });
});
