import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { centralDifference } from './gradient-check.ts';
import { GradientSession } from './gradient-session.ts';
import { add, reshape, sum } from './layers.ts';
import { defineNetwork } from './network-builder.ts';
import { parameterTable } from './parameter-table.ts';
import { findingOfSides, sideFindingLoss } from './side-findings.ts';

const SIDES = [0, 1, 0, 1] as const;
const NUMBERS = 3;
const HIDDEN = 5;
/** Which pictures are there: all, one missing, one side missing, one picture alone, none. */
const MASKS = [
  [1, 1, 1, 1],
  [1, 1, 0, 1],
  [0, 1, 0, 1],
  [0, 0, 1, 0],
  [0, 0, 0, 0],
] as const;
const BATCH = MASKS.length;

const NETWORK = defineNetwork((network) => {
  const numbers = network.input('numbers', [4, NUMBERS]);
  const mask = network.input('mask', [4]);
  const found = network.target('found', [4]);
  const told = findingOfSides(numbers, mask, { sides: SIDES, hidden: HIDDEN });
  network.output('logits', told.logits);
  const loss = sideFindingLoss(told, SIDES, { found, known: mask });
  // What risk is read from has its gradient in it too.
  network.loss(add(reshape(loss, [-1]), reshape(sum(add(told.either, told.apart), [1]), [-1])));
});

/** The same in 64 bits, from what it is meant to be; shares no code with it. */
function lossOf(
  row: { readonly numbers: readonly number[][]; readonly mask: readonly number[]; readonly found: readonly number[] },
  parameters: Float64Array,
  kept: (side: number, unit: number) => number,
): number {
  const part = (name: string) => {
    const entry = parameterTable(NETWORK).entries.find((one) => one.name === name);
    assert.ok(entry, name);
    return parameters.subarray(entry.offset, entry.offset + entry.size);
  };
  const there = [0, 1].map((side) => [0, 1, 2, 3].filter((at) => SIDES[at] === side && row.mask[at] === 1));
  const told = there.map((places) => {
    const of = (number: number) => places.map((at) => row.numbers[at]?.[number] ?? 0);
    const numbers = Array.from({ length: NUMBERS }, (_, number) => of(number));
    return [
      ...numbers.map((all) => all.reduce((total, value) => total + value, 0) / Math.max(1, all.length)),
      ...numbers.map((all) => (all.length === 0 ? 0 : Math.max(...all))),
    ];
  });
  const isBoth = there.every((places) => places.length > 0);
  const logits = [0, 1].map((side) => {
    const own = told[side] ?? [];
    const away = own.map((value, at) => (isBoth ? value - (told[1 - side]?.[at] ?? 0) : 0));
    const masks = [side, 1 - side].flatMap((one) => [0, 1, 2, 3].filter((at) => SIDES[at] === one));
    const x = [...own, ...away, ...masks.map((at) => row.mask[at] ?? 0)];
    return Array.from({ length: HIDDEN }).reduce<number>((total, _, unit) => {
      const weights = part('sides.hidden.weight').subarray(unit * x.length, (unit + 1) * x.length);
      const sumOf = x.reduce((all, value, at) => all + value * (weights[at] ?? 0), 0);
      const active = Math.max(0, sumOf + (part('sides.hidden.bias')[unit] ?? 0)) * kept(side, unit);
      return total + active * (part('sides.finding.weight')[unit] ?? 0);
    }, part('sides.finding.bias')[0] ?? 0);
  });
  const known = [0, 1].filter((side) => there[side]?.length !== 0);
  const cross = known.map((side) => {
    const isFound = there[side]?.some((at) => row.found[at] === 1) ?? false;
    return Math.log1p(Math.exp(isFound ? -(logits[side] ?? 0) : (logits[side] ?? 0)));
  });
  const loss = cross.reduce((total, one) => total + one, 0) / Math.max(1, known.length);
  const either = known.length === 0 ? 0 : Math.max(...known.map((side) => logits[side] ?? 0));
  return loss + either + (isBoth ? Math.abs((logits[0] ?? 0) - (logits[1] ?? 0)) : 0);
}

describe('findings of the two sides of the body', () => {
  it('are put together from the pictures that are there, and their slopes are those of the definition in 64 bits', async () => {
    const random = new SeededRandom('sides');
    const numbers = Float32Array.from({ length: BATCH * 4 * NUMBERS }, () => random.normal());
    const found = Float32Array.from({ length: BATCH * 4 }, () => random.below(2));
    const parameters = Float64Array.from({ length: parameterTable(NETWORK).total }, () =>
      Math.fround(0.5 * random.normal()),
    );
    const session = await GradientSession.open(NETWORK, { batch: BATCH });
    const masks = session.masks.map(({ name, shape }) => {
      const length = shape.reduce((product, one) => product * one, 1);
      return [name, { data: Float32Array.from({ length }, () => (random.uniform() < 0.3 ? 0 : 1.25)), shape }] as const;
    });
    assert.equal(masks.length, 1);
    const answered = await session.run(Float32Array.from(parameters), {
      numbers: { data: numbers, shape: [BATCH, 4, NUMBERS] },
      mask: { data: Float32Array.from(MASKS.flat()), shape: [BATCH, 4] },
      found: { data: found, shape: [BATCH, 4] },
      weights: { data: new Float32Array(BATCH).fill(1), shape: [BATCH] },
      ...Object.fromEntries(masks),
    });
    const gradient = answered.gradient.slice();
    await session.close();
    const loss = (): number =>
      MASKS.reduce((total, mask, row) => {
        const at = (picture: number) => (row * 4 + picture) * NUMBERS;
        const own = {
          numbers: [0, 1, 2, 3].map((picture) => [...numbers.subarray(at(picture), at(picture) + NUMBERS)]),
          found: [...found.subarray(row * 4, row * 4 + 4)],
        };
        const kept = (side: number, unit: number) => masks[0]?.[1].data[(row * 2 + side) * HIDDEN + unit] ?? 0;
        return total + lossOf({ ...own, mask }, parameters, kept);
      }, 0);
    assert.ok(Math.abs(answered.loss - loss()) < 1e-4, `${answered.loss} instead of ${loss()}`);
    for (const [index, slope] of gradient.entries()) {
      const expected = centralDifference(parameters, index, loss);
      assert.ok(Math.abs(slope - expected) < 1e-3 * (1 + Math.abs(expected)), `slope ${index}: ${slope}, ${expected}`);
    }
  });
});
