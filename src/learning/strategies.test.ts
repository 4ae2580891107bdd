import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { SeededRandom, UnicaError } from '#base';
import { type StrategySpec, strategySchema } from '#wire';
import { nextControl } from './scaffold.ts';
import { decodeState, encodeState } from './state-file.ts';
import { serverStrategy } from './strategies.ts';
import type { ServerStrategy, SiteUpdate, StrategyState } from './strategy.ts';

// Every expected number of this file comes from fixtures/strategies_reference.py (numpy, float64, the papers' formulas).
const numbers = z.array(z.number());
const reference = z
  .object({
    start: numbers,
    films: numbers,
    steps: numbers,
    learningRate: z.number(),
    rounds: z.array(z.object({ present: numbers, change: z.array(numbers), staleness: numbers })),
    cases: z.array(z.object({ strategy: z.record(z.string(), z.unknown()), parameters: z.array(numbers) })),
    controls: z.array(z.object({ common: numbers, own: z.array(numbers) })),
  })
  .parse(JSON.parse(await readFile(new URL('../../src/learning/fixtures/strategies.json', import.meta.url), 'utf8')));
const { start, films, steps, learningRate, rounds } = reference;
const TOLERANCE = 1e-6;

const strategyOf = (spec: unknown): ServerStrategy => serverStrategy(strategySchema.parse(spec));

function updatesOf({ present, change, staleness }: (typeof rounds)[number]): readonly SiteUpdate[] {
  return present.map((site) => ({
    siteId: `site-${site}`,
    change: Float32Array.from(change[site] ?? []),
    films: films[site] ?? 0,
    steps: steps[site] ?? 0,
    learningRate,
    staleness: staleness[site] ?? 0,
  }));
}

/** Parameters after every round; `shuffle` changes the order of arrival, `reload` writes the state and reads it again. */
function runAll(strategy: ServerStrategy, { seed, reload = false }: { seed?: string; reload?: boolean } = {}) {
  let parameters = Float32Array.from(start);
  let state: StrategyState = {};
  return rounds.map((round) => {
    const open = strategy.openRound({ length: start.length, sites: films.length, state });
    const updates = updatesOf(round);
    const order = seed === undefined ? updates.keys() : new SeededRandom(seed).permutation(updates.length);
    for (const index of order) open.add(updates[index] ?? assert.fail());
    const closed = open.close(parameters);
    ({ parameters } = closed as { parameters: Float32Array<ArrayBuffer> });
    state = reload ? decodeState(encodeState(closed.state)) : closed.state;
    return { parameters, state };
  });
}

describe('strategies of the hub against numpy', () => {
  for (const { strategy, parameters } of reference.cases) {
    it(`${JSON.stringify(strategy)}`, () => {
      for (const [round, { parameters: ours }] of runAll(strategyOf(strategy)).entries()) {
        for (const [index, expected] of (parameters[round] ?? assert.fail()).entries()) {
          const apart = Math.abs((ours[index] ?? Number.NaN) - expected);
          assert.ok(apart <= TOLERANCE, `round ${round + 1}, parameter ${index}: ${ours[index]} is not ${expected}`);
        }
      }
    });

    it(`${JSON.stringify(strategy)}: the same bits in any order of arrival and after every restart`, () => {
      const undisturbed = runAll(strategyOf(strategy));
      for (const seed of ['one', 'two', 'three'])
        assert.deepEqual(runAll(strategyOf(strategy), { seed, reload: true }), undisturbed);
    });
  }

  it('every strategy of the wire is among them, or does at the hub what FedAvg does', () => {
    const tried = new Set(reference.cases.map(({ strategy }) => strategy['kind']));
    const atSites = ['fedprox', 'fedbn', 'ditto'];
    for (const option of strategySchema.options) {
      const kind = option.shape.kind.value;
      assert.ok(tried.has(kind) || atSites.includes(kind), kind);
    }
  });
});

it("SCAFFOLD: control variates of hub and sites are the reference's, though the hub never receives those of the sites", () => {
  const ours = runAll(strategyOf({ kind: 'scaffold', serverLearningRate: 1 }));
  let own = films.map(() => new Float64Array(start.length));
  let common = new Float64Array(start.length);
  for (const [number, round] of rounds.entries()) {
    own = own.map((variate, site) =>
      round.present.includes(site)
        ? (nextControl({
            own: variate,
            common,
            change: Float32Array.from(round.change[site] ?? []),
            steps: steps[site] ?? 0,
            learningRate,
          }) as Float64Array<ArrayBuffer>)
        : variate,
    );
    common = (ours[number]?.state['control'] ?? assert.fail()) as Float64Array<ArrayBuffer>;
    const expected = reference.controls[number] ?? assert.fail();
    for (const [index, value] of expected.common.entries())
      assert.ok(Math.abs((common[index] ?? Number.NaN) - value) <= TOLERANCE);
    for (const [site, values] of expected.own.entries())
      for (const [index, value] of values.entries())
        assert.ok(Math.abs((own[site]?.[index] ?? Number.NaN) - value) <= TOLERANCE);
  }
});

describe('bad updates', () => {
  const good: SiteUpdate = {
    siteId: 'aa',
    change: new Float32Array(4).fill(0.1),
    films: 5,
    steps: 2,
    learningRate: 0.1,
    staleness: 0,
  };
  const specs: readonly StrategySpec[] = [
    { kind: 'fedavg' },
    { kind: 'scaffold', serverLearningRate: 1 },
    { kind: 'median' },
    { kind: 'krum', badSites: 0, keep: 1 },
  ];
  for (const spec of specs) {
    for (const [what, update] of [
      ['not finite', { ...good, change: Float32Array.of(0, Number.NaN, 0, 0) }],
      ['without end', { ...good, change: Float32Array.of(0, Number.POSITIVE_INFINITY, 0, 0) }],
      ['of another size', { ...good, change: new Float32Array(3) }],
      ['too large', { ...good, change: new Float32Array(4).fill(8) }],
    ] as const) {
      it(`${spec.kind} refuses an update that is ${what} and stays as it was`, () => {
        const close = (updates: readonly SiteUpdate[]) => {
          const round = serverStrategy(spec).openRound({ length: 4, sites: 5, state: {} });
          for (const one of updates) {
            if (one === update) assert.throws(() => round.add(one), codeIs('learning.update-refused'));
            else round.add(one);
          }
          return round.close(new Float32Array(4));
        };
        const others = ['bb', 'cc', 'dd'].map((siteId) => ({ ...good, siteId }));
        assert.deepEqual(close([update, ...others]), close(others));
      });
    }
  }

  it('Krum with too few sites says so', () => {
    const round = serverStrategy({ kind: 'krum', badSites: 1, keep: 1 }).openRound({ length: 4, sites: 5, state: {} });
    for (const siteId of ['aa', 'bb', 'cc']) round.add({ ...good, siteId });
    assert.throws(() => round.close(new Float32Array(4)), codeIs('learning.strategy-refused'));
  });
});

describe('poisoning: one of seven sites', () => {
  const honest = (site: number): Float32Array => {
    const random = new SeededRandom(`site ${site}`);
    return Float32Array.from({ length: 20 }, () => 0.05 + 0.01 * random.normal());
  };
  const attacks: readonly (readonly [string, (change: Float32Array) => Float32Array])[] = [
    ['flips the sign', (change) => change.map((value) => -5 * value)],
    ['scales up', (change) => change.map((value) => 100 * value)],
    ['sends noise', (change) => change.map((_, index) => (index % 2 === 0 ? 3 : -3))],
  ];
  const close = (spec: StrategySpec, attack: (change: Float32Array) => Float32Array) => {
    const round = serverStrategy(spec).openRound({ length: 20, sites: 7, state: {} });
    for (let site = 0; site < 7; site += 1) {
      const change = site === 2 ? attack(honest(site)) : honest(site);
      round.add({ siteId: `s${site}`, change, films: 10, steps: 1, learningRate: 0.1, staleness: 0 });
    }
    const { parameters } = round.close(new Float32Array(20));
    return Math.max(...parameters.map((value) => Math.abs(value - 0.05)));
  };
  for (const [name, attack] of attacks) {
    it(`${name}: the robust rules stay near the honest sites, the mean does not`, () => {
      assert.ok(close({ kind: 'fedavg' }, attack) > 0.04);
      for (const spec of [
        { kind: 'median' },
        { kind: 'trimmed-mean', trimShare: 0.2 },
        { kind: 'krum', badSites: 1, keep: 1 },
        { kind: 'krum', badSites: 1, keep: 4 },
      ] as const)
        assert.ok(close(spec, attack) < 0.035, `${JSON.stringify(spec)} ${close(spec, attack)}`);
    });
  }
});

it('a damaged state file is refused', () => {
  const whole = encodeState({ a: Float64Array.of(1, 2), b: Float64Array.of(3) });
  assert.deepEqual(decodeState(whole), { a: Float64Array.of(1, 2), b: Float64Array.of(3) });
  for (let length = 0; length < whole.length; length += 1)
    assert.throws(() => decodeState(whole.subarray(0, length)), codeIs('learning.state-damaged'));
});

function codeIs(code: string) {
  return (error: unknown) => error instanceof UnicaError && error.code === code;
}
