import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { emptySet, put } from './bit-set.ts';
import { type CountedSet, tellsOfFew } from './combined-answers.ts';

const PEOPLE = 70;

function setOf(members: readonly number[], size = PEOPLE): CountedSet {
  const set = emptySet(size);
  for (const member of new Set(members)) put(set, member);
  return { members: set, size: new Set(members).size };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** People for whom the sum is not zero, the plain way, for every choice of signs and of up to three sets and the whole. */
function plainly(
  one: readonly number[],
  earlier: readonly (readonly number[])[],
  whole: readonly number[] | undefined,
  rule: { readonly threshold: number; readonly atMost: number; readonly nobodyToo: boolean },
): boolean {
  const choices = (place: number, left: number, sum: readonly number[], signs: string): boolean => {
    const left_ = sum.filter((value) => value !== 0).length;
    if (signs.includes('-') && left_ < rule.threshold && (rule.nobodyToo || left_ > 0)) return true;
    if (left === 0) return false;
    return range(place, earlier.length).some((at) =>
      [1, -1].some((sign) =>
        choices(at + 1, left - 1, added(sum, earlier[at] ?? [], sign), signs + (sign < 0 ? '-' : '+')),
      ),
    );
  };
  const own = added(
    range(0, PEOPLE).map(() => 0),
    one,
    1,
  );
  const starts: readonly (readonly [readonly number[], string])[] = [
    [own, ''],
    ...(whole === undefined
      ? []
      : ([
          [added(own, whole, 1), '+'],
          [added(own, whole, -1), '-'],
        ] as const)),
  ];
  return starts.some(([sum, signs]) => choices(0, rule.atMost, sum, signs));
}

function added(sum: readonly number[], members: readonly number[], sign: number): readonly number[] {
  const held = new Set(members);
  return sum.map((value, person) => (held.has(person) ? value + sign : value));
}

const WORLD: readonly {
  readonly name: string;
  readonly one: readonly number[];
  readonly earlier: readonly (readonly number[])[];
  readonly tells: boolean;
}[] = [
  { name: 'nothing was told', one: range(0, 30), earlier: [], tells: false },
  { name: 'nearly the same people', one: range(0, 30), earlier: [range(0, 31)], tells: true },
  { name: 'other people', one: range(0, 30), earlier: [range(30, 60)], tells: false },
  { name: 'what is left of all', one: range(0, 30), earlier: [range(0, 70), range(33, 70)], tells: true },
  { name: 'what is left of all, of enough', one: range(0, 30), earlier: [range(0, 70), range(40, 70)], tells: false },
  {
    name: 'three parts and all',
    one: range(0, 20),
    earlier: [range(0, 70), range(22, 44), range(44, 70)],
    tells: true,
  },
  {
    name: 'the general tracker: those of a kind or of a group, of the kind or not of the group, the group, all others',
    one: [...range(0, 3), ...range(3, 30)],
    earlier: [[...range(0, 3), ...range(30, 70)], range(3, 30), range(30, 70)],
    tells: true,
  },
];

for (const { name, one, earlier, tells } of WORLD) {
  test(`a number and earlier ones: ${name}`, () => {
    const rule = { threshold: 10, atMost: 3, nobodyToo: true };
    assert.equal(
      tellsOfFew(
        setOf(one),
        earlier.map((set) => setOf(set)),
        undefined,
        rule,
      ),
      tells,
    );
    assert.equal(plainly(one, earlier, undefined, rule), tells, 'as counted the plain way');
  });
}

test('combinations are found as the plain way finds them, over drawn sets with and without a whole', () => {
  const random = new SeededRandom('combined answers');
  const found = { yes: 0, no: 0 };
  for (let round = 0; round < 600; round += 1) {
    const groups = range(0, 4 + random.below(4)).map(() => range(0, PEOPLE).filter(() => random.uniform() < 0.5));
    // Sets that are made of one another, as those of questions are.
    const drawn = (): readonly number[] => {
      const [a, b] = [groups[random.below(groups.length)] ?? [], groups[random.below(groups.length)] ?? []];
      const kind = random.below(4);
      if (kind === 0) return a;
      if (kind === 1) return a.filter((one) => b.includes(one));
      if (kind === 2) return [...new Set([...a, ...b])];
      return range(0, PEOPLE).filter((one) => !a.includes(one) || one === round % PEOPLE);
    };
    const earlier = range(0, 1 + random.below(5)).map(drawn);
    const one = drawn();
    const whole = random.uniform() < 0.5 ? undefined : range(0, PEOPLE);
    const rule = { threshold: 1 + random.below(9), atMost: 1 + random.below(3), nobodyToo: random.uniform() < 0.5 };
    const expected = plainly(one, earlier, whole, rule);
    const sets = earlier.map((set) => setOf(set));
    assert.equal(tellsOfFew(setOf(one), sets, whole && setOf(whole), rule), expected, JSON.stringify(rule));
    found[expected ? 'yes' : 'no'] += 1;
  }
  assert.ok(found.yes > 40 && found.no > 40, JSON.stringify(found));
});

test('studies of a handful of people are few, however many they are', () => {
  // Ten people have eight studies each; an eleventh has sixteen.
  const personOf = Uint32Array.from([...range(0, 80).map((study) => study >> 3), ...range(0, 16).map(() => 10)]);
  const belonging = { personOf, mostOfOne: 16 };
  const [all, without] = [setOf(range(0, 96), 96), setOf(range(0, 80), 96)];
  const rule = { threshold: 3, atMost: 1, nobodyToo: true };
  assert.equal(tellsOfFew(without, [all], undefined, { ...rule, belonging }), true);
  assert.equal(tellsOfFew(without, [all], undefined, rule), false, 'sixteen people would be enough');
});

test('two hundred and fifty numbers about twenty thousand people are gone through', () => {
  const random = new SeededRandom('many numbers');
  const words = 625;
  const sets = range(0, 250).map(() => {
    const share = random.uniform();
    const members = emptySet(words * 32);
    let size = 0;
    for (let person = 0; person < words * 32; person += 1) {
      if (random.uniform() >= share) continue;
      put(members, person);
      size += 1;
    }
    return { members, size };
  });
  const [one, ...earlier] = sets;
  assert.ok(one);
  const rule = { threshold: 10, atMost: 3, nobodyToo: true };
  assert.equal(tellsOfFew(one, earlier, undefined, rule), false);
  const [a, b] = earlier;
  assert.ok(a && b);
  const rest = emptySet(words * 32);
  let size = 0;
  for (let person = 0; person < words * 32; person += 1) {
    const inA = ((a.members[person >>> 5] ?? 0) >>> (person & 31)) & 1;
    const inB = ((b.members[person >>> 5] ?? 0) >>> (person & 31)) & 1;
    if (inA === 0 || (inB === 1 && person % 5000 !== 0)) continue;
    put(rest, person);
    size += 1;
  }
  const both = { members: emptySet(words * 32), size: 0 };
  for (let person = 0; person < words * 32; person += 1) {
    const held = (set: CountedSet) => ((set.members[person >>> 5] ?? 0) >>> (person & 31)) & 1;
    if (held(a) === 0 || held(b) === 0) continue;
    put(both.members, person);
    both.size += 1;
  }
  assert.equal(
    tellsOfFew({ members: rest, size }, [...earlier, both], undefined, rule),
    true,
    'of all of them, the two that are',
  );
});
