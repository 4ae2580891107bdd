import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { auc } from '#engine';
import { bootstrapInterval } from './bootstrap.ts';
import { pairedAuc } from './paired-auc.ts';

/** People whose films differ much from one another and little with a finding: their own pairs are the easy ones. */
const examples = Array.from({ length: 25 }, (_, person) => {
  const random = new SeededRandom(`person/${person}`);
  const own = 3 * random.normal();
  return [0, 0, 1, 1].map((label) => ({
    person: `${person}`,
    label: label as 0 | 1,
    score: own + 0.3 * label + 0.02 * random.normal(),
  }));
}).flat();
const area = (chosen: typeof examples) =>
  auc(
    Float32Array.from(chosen, ({ label }) => label),
    Float32Array.from(chosen, ({ score }) => score),
  );

test('the value is the AUC of all pairs', () => {
  const found = pairedAuc(examples, { seed: 1, repeats: 10 });
  assert.ok(found && Math.abs(found.value - (area(examples) ?? 0)) < 1e-6);
});

test('drawing people again does not lift the AUC of pairs, as a plain bootstrap does', () => {
  const found = pairedAuc(examples, { seed: 1, repeats: 400 });
  assert.ok(found);
  assert.ok(found.low < found.value && found.value < found.high, JSON.stringify(found));
  const plain = bootstrapInterval(
    examples.map(({ person }) => person),
    (places) => area(places.map((place) => examples[place] as (typeof examples)[number])),
    { seed: 1, repeats: 400 },
  );
  assert.ok(plain);
  const off = ({ value, low, high }: { value: number; low: number; high: number }) => (low + high) / 2 - value;
  assert.ok(off(plain) > 0.005, `${off(plain)}`);
  assert.ok(Math.abs(off(found)) < off(plain) / 2, `${off(found)} against ${off(plain)}`);
});

test('without an example on either side there is no AUC', () => {
  assert.equal(pairedAuc([{ person: 'a', label: 1, score: 1 }], { seed: 1 }), null);
  assert.equal(pairedAuc([], { seed: 1 }), null);
});
