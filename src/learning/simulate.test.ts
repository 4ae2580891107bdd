import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { binaryCrossEntropy, defineNetwork, dense, type Examples, initialParameters, layerNorm } from '#engine';
import type { RateSchedule, StrategySpec } from '#wire';
import { compareLearning } from './compare-learning.ts';
import { normalisationEntries } from './normalisation.ts';
import { roundRate } from './round-rate.ts';
import { type Simulation, simulate } from './simulate.ts';

const INPUTS = 3;
const HIDDEN = 4;
const model = defineNetwork((network) => {
  const hidden = dense(network.input('x', [INPUTS]), { name: 'first', outputs: HIDDEN });
  const logits = dense(layerNorm(hidden, { name: 'norm' }), { name: 'last', outputs: 1 });
  network.output('logit', logits);
  network.loss(binaryCrossEntropy(logits, network.target('label', [1])));
});

const SIZES = [5, 11, 8];
const ROUNDS = 3;
const STEPS = 3;
const RATE = 0.1;
const count = SIZES.reduce((sum, size) => sum + size, 0);
const random = new SeededRandom('examples');
const x = Float32Array.from({ length: INPUTS * count }, () => random.normal());
const label = Float32Array.from({ length: count }, () => random.below(2));
const data: Examples = { count, inputs: { x }, targets: { label } };
const nodes = SIZES.map((size, node) => {
  const from = SIZES.slice(0, node).reduce((sum, one) => sum + one, 0);
  return Uint32Array.from({ length: size }, (_, index) => from + index);
});

/** Whole batches: nothing depends on the order of the examples. */
const job: Simulation = {
  model,
  strategy: { kind: 'fedavg' },
  data,
  nodes,
  rounds: ROUNDS,
  local: { steps: STEPS },
  batchSize: 16,
  learningRate: RATE,
  optimiser: { kind: 'sgd' },
  seed: 4,
};

// The reference below shares nothing with the product: the network and the strategies as loops over number[] in 64 bits,
// gradients by central differences.
type Vector = number[];

function lossAt(w: Vector, examples: Uint32Array): number {
  const at = (index: number): number => w[index] ?? 0;
  let total = 0;
  for (const example of examples) {
    const hidden: Vector = [];
    for (let unit = 0; unit < HIDDEN; unit += 1) {
      let sum = at(HIDDEN * INPUTS + unit);
      for (let input = 0; input < INPUTS; input += 1)
        sum += at(unit * INPUTS + input) * (x[example * INPUTS + input] ?? 0);
      hidden.push(sum);
    }
    const mean = hidden.reduce((a, b) => a + b, 0) / HIDDEN;
    const variance = hidden.reduce((a, b) => a + (b - mean) ** 2, 0) / HIDDEN;
    const scale = HIDDEN * INPUTS + HIDDEN;
    let logit = at(scale + 3 * HIDDEN);
    hidden.forEach((value, unit) => {
      const normal = ((value - mean) / Math.sqrt(variance + 1e-5)) * at(scale + unit) + at(scale + HIDDEN + unit);
      logit += normal * at(scale + 2 * HIDDEN + unit);
    });
    total += Math.log(1 + Math.exp(logit)) - (label[example] ?? 0) * logit;
  }
  return total / examples.length;
}

function slopeAt(w: Vector, examples: Uint32Array): Vector {
  return w.map((value, index) => {
    const moved = (by: number) => lossAt(w.with(index, value + by), examples);
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
}

/** Local training whose gradient `pull` adds to. */
function local(start: Vector, examples: Uint32Array, pull: (w: Vector, index: number) => number): Vector {
  let w = start.slice();
  for (let step = 0; step < STEPS; step += 1) {
    const slope = slopeAt(w, examples);
    w = w.map((value, index) => value - RATE * ((slope[index] ?? 0) + pull(w, index)));
  }
  return w;
}

const mixed = (rows: readonly Vector[]): Vector =>
  (rows[0] ?? []).map((_, index) =>
    rows.reduce((sum, row, node) => sum + ((row[index] ?? 0) * (SIZES[node] ?? 0)) / count, 0),
  );
const start = [...initialParameters(model, 4)];
const none = (): number => 0;

const REFERENCES: readonly (readonly [StrategySpec, () => { common: Vector; personal: readonly Vector[] }])[] = [
  [
    { kind: 'fedavg' },
    () => {
      let w = start;
      for (let round = 0; round < ROUNDS; round += 1) w = mixed(nodes.map((examples) => local(w, examples, none)));
      return { common: w, personal: nodes.map(() => w) };
    },
  ],
  [
    { kind: 'fedprox', mu: 0.7 },
    () => {
      let w = start;
      for (let round = 0; round < ROUNDS; round += 1) {
        const anchor = w;
        w = mixed(nodes.map((one) => local(w, one, (now, k) => 0.7 * ((now[k] ?? 0) - (anchor[k] ?? 0)))));
      }
      return { common: w, personal: nodes.map(() => w) };
    },
  ],
  [
    { kind: 'scaffold', serverLearningRate: 1 },
    () => {
      let w = start;
      const own = nodes.map(() => start.map(() => 0));
      let common = start.map(() => 0);
      for (let round = 0; round < ROUNDS; round += 1) {
        const [before, variate] = [w, common];
        const ends = nodes.map((one, node) => local(before, one, (_, k) => (variate[k] ?? 0) - (own[node]?.[k] ?? 0)));
        nodes.forEach((_, node) => {
          own[node] = start.map(
            (_, k) =>
              (own[node]?.[k] ?? 0) - (variate[k] ?? 0) + ((before[k] ?? 0) - (ends[node]?.[k] ?? 0)) / (STEPS * RATE),
          );
        });
        // With everybody present c is the mean of the sites' variates.
        common = start.map((_, k) => own.reduce((sum, one) => sum + (one[k] ?? 0), 0) / own.length);
        w = mixed(ends);
      }
      return { common: w, personal: nodes.map(() => w) };
    },
  ],
  [
    { kind: 'ditto', lambda: 0.5 },
    () => {
      let w = start;
      let personal = nodes.map(() => start);
      for (let round = 0; round < ROUNDS; round += 1) {
        const anchor = w;
        personal = nodes.map((one, node) =>
          local(personal[node] ?? [], one, (now, k) => 0.5 * ((now[k] ?? 0) - (anchor[k] ?? 0))),
        );
        w = mixed(nodes.map((one) => local(anchor, one, none)));
      }
      return { common: w, personal };
    },
  ],
  [
    { kind: 'fedbn' },
    () => {
      const first = HIDDEN * INPUTS + HIDDEN;
      const stays = (k: number): boolean => k >= first && k < first + 2 * HIDDEN;
      let w = start;
      let ends = nodes.map(() => start);
      const combined = () => nodes.map((_, node) => w.map((value, k) => (stays(k) ? (ends[node]?.[k] ?? 0) : value)));
      for (let round = 0; round < ROUNDS; round += 1) {
        ends = combined().map((begin, node) => local(begin, nodes[node] ?? new Uint32Array(), none));
        const all = mixed(ends);
        w = w.map((value, k) => (stays(k) ? value : (all[k] ?? 0)));
      }
      return { common: w, personal: combined() };
    },
  ],
];

describe('whole jobs against loops in 64 bits with gradients by central differences', () => {
  for (const [strategy, reference] of REFERENCES)
    it(strategy.kind, async () => {
      const ours = await simulate({ ...job, strategy });
      const expected = reference();
      for (const [index, value] of expected.common.entries())
        assert.ok(
          Math.abs((ours.parameters[index] ?? 9) - value) <= 1e-6,
          `common ${index}: ${ours.parameters[index]}, ${value}`,
        );
      for (const [node, values] of expected.personal.entries())
        for (const [index, value] of values.entries())
          assert.ok(Math.abs((ours.personal[node]?.[index] ?? 9) - value) <= 1e-6, `node ${node}, ${index}`);
    });
});

describe('a simulated job', () => {
  it('is repeated bit for bit, with few sites a round and a schedule', async () => {
    const some: Simulation = {
      ...job,
      sitesPerRound: 2,
      batchSize: 4,
      local: { epochs: 2 },
      rounds: 4,
      schedule: { kind: 'cosine', warmUpRounds: 1, end: 0.1 },
    };
    const once = await simulate(some);
    assert.deepEqual(await simulate(some), once);
    assert.deepEqual(
      once.rounds.map(({ sites }) => sites.length),
      [2, 2, 2, 2],
    );
    assert.notDeepEqual((await simulate({ ...some, seed: 5 })).parameters, once.parameters);
  });

  it('starts warm where it is told', async () => {
    const first = await simulate({ ...job, rounds: 1 });
    const second = await simulate({ ...job, rounds: 1, start: first.parameters });
    assert.deepEqual(first.parameters.length, second.parameters.length);
    assert.notDeepEqual(second.parameters, first.parameters);
  });

  it('refuses a change that is longer than allowed', async () => {
    await assert.rejects(simulate({ ...job, longestChange: 1e-4 }), codeIs('learning.update-refused'));
  });

  it('leaves out nodes without examples', async () => {
    const { parameters } = await simulate(job);
    const more = await simulate({ ...job, nodes: [...nodes, new Uint32Array()] });
    assert.deepEqual(more.parameters, parameters);
  });

  for (const [strategy, optimiser] of [
    [{ kind: 'scaffold', serverLearningRate: 1 }, { kind: 'adam' }],
    [{ kind: 'krum', badSites: 1, keep: 1 }, { kind: 'sgd' }],
  ] as const)
    it(`${strategy.kind} says why it cannot be`, async () => {
      await assert.rejects(simulate({ ...job, strategy, optimiser }), codeIs('learning.strategy-refused'));
    });
});

describe('a comparison', () => {
  it('trains each node alone and everything together as long as the federation', async () => {
    const { federated, localOnly, pooled } = await compareLearning(job);
    assert.deepEqual(federated, await simulate(job));
    const close = (ours: Float32Array, expected: Vector): void => {
      for (const [index, value] of expected.entries()) assert.ok(Math.abs((ours[index] ?? 9) - value) <= 1e-6);
    };
    const trained = (examples: Uint32Array): Vector => {
      let w = start;
      for (let round = 0; round < ROUNDS; round += 1) w = local(w, examples, none);
      return w;
    };
    assert.equal(localOnly.length, nodes.length);
    for (const [node, examples] of nodes.entries()) close(localOnly[node] ?? new Float32Array(), trained(examples));
    const whole = await compareLearning({ ...job, batchSize: count });
    close(whole.pooled, trained(Uint32Array.from({ length: count }, (_, example) => example)));
    assert.notDeepEqual(pooled, whole.pooled);
  });
});

it('the learning rate follows its schedule over the rounds', () => {
  const schedule: RateSchedule = { kind: 'steps', afterRounds: [2], factor: 0.1 };
  const rates = [1, 2, 3, 4].map((round) => roundRate({ learningRate: 1, rounds: 4, schedule }, round));
  assert.deepEqual(rates, [1, 1, 0.1, 0.1]);
});

it('normalisation layers are found by what reads them', () => {
  assert.deepEqual(
    normalisationEntries(model).map(({ name }) => name),
    ['norm.scale', 'norm.bias'],
  );
});

describe('poisoning by labels', () => {
  // Two of seven sites flip every label, and have many more films than the honest ones.
  const sizes = [100, 100, 20, 20, 20, 20, 20];
  const chance = new SeededRandom('flipped');
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const features = Float32Array.from({ length: 2 * total }, () => chance.normal());
  const truth = Float32Array.from({ length: total }, (_, example) =>
    (features[2 * example] ?? 0) > (features[2 * example + 1] ?? 0) ? 1 : 0,
  );
  const linear = defineNetwork((network) => {
    const logits = dense(network.input('x', [2]), { name: 'only', outputs: 1 });
    network.output('logit', logits);
    network.loss(binaryCrossEntropy(logits, network.target('label', [1])));
  });
  const poisoned: Simulation = {
    ...job,
    model: linear,
    data: {
      count: total,
      inputs: { x: features },
      targets: { label: truth.map((value, example) => (example < 200 ? 1 - value : value)) },
    },
    nodes: sizes.map((size, node) => {
      const from = sizes.slice(0, node).reduce((sum, one) => sum + one, 0);
      return Uint32Array.from({ length: size }, (_, index) => from + index);
    }),
    rounds: 6,
    learningRate: 1,
  };
  const accuracy = async (strategy: StrategySpec): Promise<number> => {
    const { parameters: w } = await simulate({ ...poisoned, strategy });
    const right = truth.filter((value, example) => {
      const logit = (w[0] ?? 0) * (features[2 * example] ?? 0) + (w[1] ?? 0) * (features[2 * example + 1] ?? 0);
      return (logit + (w[2] ?? 0) > 0 ? 1 : 0) === value;
    });
    return right.length / total;
  };

  it('turns the weighted mean round', async () => assert.ok((await accuracy({ kind: 'fedavg' })) < 0.3));

  for (const strategy of [
    { kind: 'median' },
    { kind: 'trimmed-mean', trimShare: 0.3 },
    { kind: 'krum', badSites: 2, keep: 3 },
  ] as const)
    it(`does not reach ${JSON.stringify(strategy)}`, async () => assert.ok((await accuracy(strategy)) > 0.9));
});

function codeIs(code: string) {
  return (error: unknown) => error instanceof UnicaError && error.code === code;
}
