import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { NearestCases } from './nearest-cases.ts';

const everybody = () => true;
const caseOf = (at: number) => ({ person: `person-${at}`, study: `study-${at}` });

function filled(count: number, length: number, most = count) {
  const random = new SeededRandom('nearest cases');
  const kept = new NearestCases(length, most);
  const vectors: Float32Array[] = [];
  for (let at = 0; at < count; at += 1) {
    // Numbers of very different sizes, as those of a network are.
    const vector = Float32Array.from({ length }, (_, place) => random.normal() * 10 ** ((place % 5) - 2));
    kept.put(`key-${at}`, caseOf(at), vector);
    vectors.push(vector);
  }
  return { kept, vectors, random };
}

test('a copy with a little noise is nearest to what it is a copy of, whatever the sizes of the numbers', () => {
  const { kept, vectors, random } = filled(500, 40);
  for (const at of [0, 17, 499]) {
    const noisy = (vectors[at] ?? new Float32Array()).map(
      (value, place) => value + 0.05 * random.normal() * 10 ** ((place % 5) - 2),
    );
    const { cases, searched, medianDistance } = kept.nearest([noisy], everybody);
    assert.equal(cases[0]?.study, `study-${at}`);
    assert.ok((cases[0]?.distance ?? 1) < 0.1 && (cases[1]?.distance ?? 0) > 0.8);
    assert.equal(searched, 500);
    assert.ok((medianDistance ?? 0) > 1.2 && (medianDistance ?? 9) < 1.6, 'two of many lie √2 apart');
  }
});

test('distances are those of the definition, worked out another way', () => {
  const { kept, vectors } = filled(30, 7);
  const [asked = new Float32Array()] = vectors;
  const deviations = Array.from({ length: 7 }, (_, place) => {
    const values = vectors.map((vector) => vector[place] ?? 0);
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  });
  const expected = new Map(
    vectors.map((vector, at) => {
      const squares = deviations.map(
        (deviation, place) => (((vector[place] ?? 0) - (asked[place] ?? 0)) / deviation) ** 2,
      );
      return [`study-${at}`, Math.sqrt(squares.reduce((a, b) => a + b) / 7)];
    }),
  );
  for (const { study, distance } of kept.nearest([asked], everybody).cases)
    assert.ok(Math.abs(distance - (expected.get(study) ?? 9)) < 1e-4, `${study}: ${distance}`);
});

test('a study of several films counts once, by the nearest; what may not be told is not looked at', () => {
  const { kept, vectors } = filled(20, 5, 30);
  kept.put('second film', caseOf(3), vectors[9] ?? new Float32Array());
  const { cases, searched } = kept.nearest([vectors[9] ?? new Float32Array()], ({ person }) => person !== 'person-9');
  assert.deepEqual([cases[0]?.study, cases[0]?.distance, searched], ['study-3', 0, 19]);
  assert.equal(new Set(cases.map(({ study }) => study)).size, cases.length);
});

test('a key put again takes the place of what was there; the oldest go when there are too many; what is removed is gone', () => {
  const { kept, vectors } = filled(20, 5, 10);
  assert.equal(kept.size, 10);
  assert.ok(
    !kept.nearest([vectors[0] ?? new Float32Array()], everybody).cases.some(({ study }) => study === 'study-9'),
  );
  kept.put('key-15', caseOf(15), vectors[0] ?? new Float32Array());
  assert.equal(kept.size, 10);
  assert.deepEqual(kept.nearest([vectors[0] ?? new Float32Array()], everybody).cases[0], {
    ...caseOf(15),
    distance: 0,
  });
  kept.removeWhere(({ person }) => person === 'person-15');
  assert.equal(kept.size, 9);
  assert.ok(
    !kept.nearest([vectors[0] ?? new Float32Array()], everybody).cases.some(({ study }) => study === 'study-15'),
  );
  for (const wrong of [new Float32Array(4), new Float32Array(5).fill(Number.NaN)]) kept.put('wrong', caseOf(99), wrong);
  assert.equal(kept.size, 9);
  assert.deepEqual(new NearestCases(5, 10).nearest([new Float32Array(5)], everybody), {
    ...{ cases: [], searched: 0, medianDistance: null },
  });
});

test('a hundred thousand exams are searched while somebody looks', (context) => {
  const length = 131;
  const kept = new NearestCases(length, 100_000);
  const vector = new Float32Array(length);
  for (let at = 0; at < 100_000; at += 1) {
    vector[0] = at;
    for (let place = 1; place < length; place += 1) vector[place] = ((at * 7919 + place * 104_729) % 65_537) / 65_537;
    kept.put(`${at}`, caseOf(at), vector);
  }
  const began = process.cpuUsage();
  const { cases } = kept.nearest([vector], everybody);
  const { user } = process.cpuUsage(began);
  context.diagnostic(`searched in ${Math.round(user / 1000)} ms of processor time`);
  assert.deepEqual([cases[0]?.study, cases[0]?.distance], ['study-99999', 0]);
  assert.ok(user < 5_000_000, 'not a matter of seconds, however busy the machine is');
});
