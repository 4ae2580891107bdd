import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom, sha256Hex, silentLog, UnicaError } from '#base';
import { examplesOf, initialParameters, parameterTable } from '#engine';
import { type JobsTables, jobsMigrations, openEventLog } from '#jobs';
import { type BlobStore, migrate, openDatabase } from '#store';
import {
  exampleJob,
  type JobEvent,
  type JobSpec,
  type JobView,
  jobEventSchema,
  jobSpecSchema,
  type StrategySpec,
  type TaskBody,
} from '#wire';
import { openLearning } from './learning.ts';
import { clearUnneeded, memoryBlobs, rigSurroundings } from './learning-rig.ts';
import { partition } from './partition.ts';
import { roundRate } from './round-rate.ts';
import { simulate } from './simulate.ts';
import { decodeState } from './state-file.ts';
import { decodeParameters, encodeParameters } from './update-file.ts';
import { examplesAt, openVirtualNode, type VirtualNode } from './virtual-node.ts';

// Hub and sites exchange what they exchange over the network; the same job simulated must end with the same bits.

const SITES = ['node-001', 'node-002', 'node-003', 'node-004', 'node-005'];
const SPEC = exampleJob({
  sites: SITES,
  rounds: 2,
  learningRate: 0.02,
  schedule: { kind: 'cosine', warmUpRounds: 0, end: 0.1 },
  optimiser: { kind: 'sgd' },
  quorum: 1,
});
const random = new SeededRandom('films');
const COUNT = 24;
const images = Float32Array.from({ length: COUNT * 64 }, () => random.normal());
const labels = Float32Array.from({ length: COUNT }, () => random.below(2));
const data = examplesOf({ images, labels, count: COUNT });
const nodes = partition({ kind: 'quantity', nodes: SITES.length, alpha: 3 }, labels, 1);

async function simulated(spec: JobSpec, start?: Float32Array): Promise<Float32Array> {
  const local = spec.localSteps === undefined ? { epochs: spec.localEpochs } : { steps: spec.localSteps };
  return (await simulate({ ...spec, data, nodes, local, start })).parameters;
}

interface Run {
  readonly view: JobView;
  /** Of the finished model. */
  readonly weights: Float32Array | undefined;
  readonly events: readonly JobEvent[];
  /** Updates that sites sent, each counted once. */
  readonly answered: number;
  /** How often the hub fell between two rounds. */
  readonly falls: number;
  readonly blobs: BlobStore;
}

/** A whole job; `order` chooses who answers next, `restarts` where the hub is opened anew, as after kill −9. What is not needed is thrown away. */
async function run(
  spec: JobSpec,
  order: string,
  registered: ReadonlyMap<string, Float32Array> = new Map(),
  restarts = order,
  /** So often the hub falls after it has closed a round and before it opens the next. */
  fallsBetween = 0,
): Promise<Run> {
  const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: ':memory:' });
  await migrate(database, jobsMigrations);
  const kept = new Map<string, Uint8Array>();
  const blobs = memoryBlobs(kept);
  /** Also what the hub has thrown away. */
  const everything = new Map<string, Uint8Array>();
  const work = new Map<string, TaskBody>();
  let finished: string | undefined;
  const models = new Map<string, string>();
  for (const [modelId, weights] of registered)
    models.set(modelId, (await blobs.put(encodeParameters(spec.model, weights))).sha256);
  const eventLog = openEventLog(database, () => 0);
  const died = new Set<number>();
  const answered = new Set<string>();
  const open = () =>
    openLearning({
      eventLog: {
        ...eventLog,
        async append(stream, version, events) {
          const [event] = events;
          const opens = jobEventSchema.safeParse(event).data;
          if (opens?.kind === 'round-opened' && opens.round > 1 && !died.has(opens.round) && died.size < fallsBetween) {
            died.add(opens.round);
            throw new Error('the hub fell');
          }
          return await eventLog.append(stream, version, events);
        },
      },
      blobs,
      clock: () => 0,
      newId: (prefix) => `${prefix}-00000001`,
      log: silentLog,
      surroundings: {
        ...rigSurroundings(work),
        weightsOf: async (modelId) => models.get(modelId) ?? assert.fail(),
        async registerModel({ weightsSha256 }) {
          finished = weightsSha256;
          return 'model-00000001';
        },
      },
    });
  const sites = new Map<string, VirtualNode>();
  const local = spec.localSteps === undefined ? { epochs: spec.localEpochs } : { steps: spec.localSteps };
  for (const [index, siteId] of SITES.entries())
    sites.set(
      siteId,
      await openVirtualNode(siteId, examplesAt(spec.model, data, nodes[index] ?? new Uint32Array()), {
        ...spec,
        local,
      }),
    );
  try {
    let learning = open();
    const permits = Object.fromEntries(SITES.map((siteId) => [siteId, 'permit-00000001']));
    const { jobId } = await learning.submit({ spec, permits, submittedBy: 'r' });
    const chance = new SeededRandom(order);
    const restart = new SeededRandom(`falls ${restarts}`);
    let fallen = false;
    while (work.size > 0) {
      if (restart.uniform() < 0.3) learning = open();
      if (!fallen) await learning.advanceAll();
      for (const [sha256, content] of kept) everything.set(sha256, content);
      await clearUnneeded(learning, kept, models.values());
      fallen = false;
      const [key, body] = chance.pick([...work]);
      const siteId = key.split(' ')[0] ?? '';
      work.delete(key);
      if (body.kind === 'decide-job')
        await learning.decide(jobId, siteId, { kind: 'decided', decision: 'approved', by: 'test', because: '' });
      if (body.kind !== 'train-round') continue;
      const update = await (sites.get(siteId) ?? assert.fail()).train({
        number: body.round,
        weights: decodeParameters(spec.model, await blobs.get(body.weightsSha256)),
        common: body.stateSha256 === undefined ? {} : decodeState(await blobs.get(body.stateSha256)),
        learningRate: roundRate(spec, body.round),
      });
      const { sha256 } = await blobs.put(update.file ?? encodeParameters(spec.model, update.change));
      const metrics = { samples: update.films, loss: update.loss, seconds: 1, bytesOut: 1, validation: null };
      // A hub may ask again for what it has not yet written down that it has.
      answered.add(key);
      const receive = () =>
        learning.receive(jobId, siteId, body.round, { kind: 'trained', updateSha256: sha256, metrics });
      await receive().catch((error: unknown) => {
        if (!(error instanceof Error && error.message === 'the hub fell')) throw error;
        // A hub that is opened anew; the next site speaks before it has looked at its jobs.
        learning = open();
        fallen = true;
      });
    }
    const weights = finished === undefined ? undefined : decodeParameters(spec.model, await blobs.get(finished));
    const events: JobEvent[] = [];
    for await (const { data: event } of learning.follow(jobId, 0, new AbortController().signal)) events.push(event);
    for (const [sha256, content] of kept) everything.set(sha256, content);
    const all = memoryBlobs(everything);
    return { view: await learning.view(jobId), weights, events, blobs: all, answered: answered.size, falls: died.size };
  } finally {
    for (const site of sites.values()) await site.close();
    await database.close();
  }
}

const adaptive = { serverLearningRate: 0.05, beta1: 0.9, beta2: 0.99, tau: 1e-3 };
const STRATEGIES: readonly StrategySpec[] = [
  { kind: 'fedavg' },
  { kind: 'fedavgm', serverLearningRate: 0.9, momentum: 0.5 },
  { kind: 'fedprox', mu: 0.1 },
  { kind: 'fedadam', ...adaptive },
  { kind: 'fedyogi', ...adaptive },
  { kind: 'fedadagrad', serverLearningRate: 0.05, beta1: 0.9, tau: 1e-3 },
  { kind: 'scaffold', serverLearningRate: 1 },
  { kind: 'fedbn' },
  { kind: 'ditto', lambda: 0.1 },
  { kind: 'median' },
  { kind: 'trimmed-mean', trimShare: 0.2 },
  { kind: 'krum', badSites: 1, keep: 2 },
];

describe('a job through the hub ends with the bits of the same job simulated, restarts and all', () => {
  for (const strategy of STRATEGIES)
    it(strategy.kind, async () => {
      const spec = jobSpecSchema.parse({ ...SPEC, strategy });
      const expected = await simulated(spec);
      assert.deepEqual((await run(spec, strategy.kind)).weights, expected);
    });

  for (const strategy of [
    { kind: 'fedavg' },
    { kind: 'fedadam', ...adaptive },
    { kind: 'fedbn' },
    { kind: 'ditto', lambda: 0.1 },
  ] as const)
    for (const compression of [{ kind: 'int8' }, { kind: 'top-k', share: 0.05 }] as const)
      it(`${strategy.kind}, made smaller by ${compression.kind}`, async () => {
        const spec = jobSpecSchema.parse({ ...SPEC, strategy, compression, rounds: 3 });
        const expected = await simulated(spec);
        assert.deepEqual((await run(spec, strategy.kind)).weights, expected);
        assert.notDeepEqual(expected, await simulated(jobSpecSchema.parse({ ...SPEC, strategy, rounds: 3 })));
      });

  it('the median of changes of 8 bits', async () => {
    const spec = jobSpecSchema.parse({ ...SPEC, strategy: { kind: 'median' }, compression: { kind: 'int8' } });
    assert.deepEqual((await run(spec, 'median')).weights, await simulated(spec));
  });

  it('with few sites a round and steps in place of epochs', async () => {
    const spec = jobSpecSchema.parse({
      ...SPEC,
      strategy: { kind: 'scaffold', serverLearningRate: 1 },
      localSteps: 3,
      sitesPerRound: 3,
      rounds: 4,
    });
    const { view, weights } = await run(spec, 'one');
    assert.deepEqual(weights, await simulated(spec));
    assert.deepEqual(
      view.rounds.map(({ sites }) => sites.length),
      [3, 3, 3, 3],
    );
  });
});

describe('FedBuff through the hub', () => {
  const spec = jobSpecSchema.parse({
    ...SPEC,
    strategy: { kind: 'fedbuff', bufferSize: 2, serverLearningRate: 0.8, exponent: 0.5 },
    rounds: 6,
  });

  it('moves on with every second update and weighs late ones as the paper does', async () => {
    const { events, blobs, weights } = await run(spec, 'buffer');
    const expected = [...initialParameters(spec.model, spec.seed)];
    let buffer: { readonly change: Float32Array; readonly staleness: number }[] = [];
    let late = 0;
    for (const event of events) {
      if (event.kind === 'update-received') {
        const staleness = event.round - (event.baseRound ?? event.round);
        if (staleness > 0) late += 1;
        buffer.push({ change: decodeParameters(spec.model, await blobs.get(event.updateSha256)), staleness });
      }
      if (event.kind !== 'round-closed') continue;
      assert.equal(buffer.length, 2);
      for (const index of expected.keys()) {
        let sum = 0;
        for (const { change, staleness } of buffer) sum += (change[index] ?? 0) / Math.sqrt(1 + staleness);
        expected[index] = (expected[index] ?? 0) + (0.8 * sum) / 2;
      }
      buffer = [];
    }
    assert.ok(late >= 2, `only ${late} came late`);
    for (const [index, value] of expected.entries())
      assert.ok(Math.abs((weights?.[index] ?? Number.NaN) - value) <= 1e-6, `parameter ${index}`);
  });

  it('gives the same bits wherever the hub falls', async () => {
    const { weights } = await run(spec, 'buffer');
    for (const restarts of ['one', 'two'])
      assert.deepEqual((await run(spec, 'buffer', new Map(), restarts)).weights, weights);
  });

  it('counts a late update that comes while the hub is down between two rounds', async () => {
    const { view, events, answered, falls } = await run(spec, 'buffer', new Map(), 'none', 5);
    assert.deepEqual([view.state, falls], ['finished', 5]);
    assert.equal(events.filter(({ kind }) => kind === 'update-received').length, answered, 'none was lost');
  });

  it('simulated, a slow node does not hold up the others and comes late', async () => {
    const slow = {
      ...spec,
      rounds: 8,
      data,
      nodes,
      local: { epochs: 1 },
      secondsOfRound: (site: string) => (site === 'node-002' ? 4 : 1),
    };
    const { rounds, parameters } = await simulate(slow);
    assert.ok(rounds.every(({ sites }) => sites.length === 2));
    assert.ok(rounds.slice(0, 2).every(({ sites }) => !sites.includes('node-002')));
    assert.ok(rounds.some(({ sites }) => sites.includes('node-002')));
    assert.deepEqual((await simulate(slow)).parameters, parameters);
  });
});

describe('a warm start', () => {
  const start = initialParameters(SPEC.model, 'another');
  const registered = new Map([['model-00000007', start]]);
  const weightsSha256 = sha256Hex(encodeParameters(SPEC.model, start));
  const warm = jobSpecSchema.parse({ ...SPEC, warmStart: { modelId: 'model-00000007', weightsSha256 } });

  it('goes on from the weights of a registered model', async () => {
    assert.deepEqual((await run(warm, 'one', registered)).weights, await simulated(warm, start));
  });

  it('is refused where the registered model has other weights', async () => {
    const other = { ...warm, warmStart: { modelId: 'model-00000007', weightsSha256: 'ab'.repeat(32) } };
    await assert.rejects(run(other, 'one', registered), codeIs('learning.strategy-refused'));
  });

  it('is refused where the model is of another shape', async () => {
    const model = { ...warm.model, widths: [4, 4, 8] };
    await assert.rejects(
      run({ ...warm, model }, 'one', new Map([['model-00000007', new Float32Array(parameterTable(model).total)]])),
      codeIs('learning.strategy-refused'),
    );
  });
});

describe('what cannot be is said before anybody is asked', () => {
  for (const [what, changed] of [
    ['SCAFFOLD with Adam', { strategy: { kind: 'scaffold', serverLearningRate: 1 }, optimiser: { kind: 'adam' } }],
    ['Krum with too few sites', { strategy: { kind: 'krum', badSites: 2, keep: 1 } }],
    [
      'a buffer larger than the federation',
      { strategy: { kind: 'fedbuff', bufferSize: 6, serverLearningRate: 1, exponent: 0.5 } },
    ],
    [
      'compression of masked updates',
      { compression: { kind: 'int8' }, aggregation: { updates: 'masked', mostFilms: 256 } },
    ],
    [
      'compression under SCAFFOLD',
      { compression: { kind: 'int8' }, strategy: { kind: 'scaffold', serverLearningRate: 1 } },
    ],
    [
      'compression under FedBuff',
      {
        compression: { kind: 'int8' },
        strategy: { kind: 'fedbuff', bufferSize: 2, serverLearningRate: 1, exponent: 0.5 },
      },
    ],
    [
      'a median of what is mostly left out',
      { compression: { kind: 'top-k', share: 0.1 }, strategy: { kind: 'median' } },
    ],
    ['Krum that keeps more than a round has', { strategy: { kind: 'krum', badSites: 0, keep: 4 }, sitesPerRound: 3 }],
  ] as const)
    it(what, async () => {
      await assert.rejects(
        run(jobSpecSchema.parse({ ...SPEC, ...changed }), 'one'),
        codeIs('learning.strategy-refused'),
      );
    });
});

it('a site whose change is longer than allowed fails, and the round says why', async () => {
  const { view } = await run(jobSpecSchema.parse({ ...SPEC, longestChange: 1e-6 }), 'one');
  assert.equal(view.state, 'failed');
  assert.match(view.rounds[0]?.sites[0]?.because ?? '', /longer than the job allows/);
});

function codeIs(code: string) {
  return (error: unknown) => error instanceof UnicaError && error.code === code;
}
