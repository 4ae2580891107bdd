import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lessonCalibration } from './lesson-calibration.ts';
import { lessonLeftOut } from './lesson-consent.ts';
import { LESSON_MODELS, lessonCount, lessonLeaving } from './lesson-leaving.ts';
import { lessonOversight, lessonRole } from './lesson-role.ts';
import { LESSON_LAWS, LESSON_SOURCES } from './lesson-sources.ts';
import { lessonSubgroups } from './lesson-subgroups.ts';
import { LESSONS, TRACKS } from './lessons.ts';
import { sharedNumber } from './shared-number.ts';

test('what is learned together nears the share among all patients, and one hospital nears its own', () => {
  const hospitals = [
    { patients: 800, share: 0.1 },
    { patients: 200, share: 0.6 },
  ];
  const { common, sent, pooled } = sharedNumber(hospitals, 20);
  assert.ok(Math.abs(pooled - 0.2) < 1e-12);
  assert.ok(Math.abs((common.at(-1) ?? 0) - pooled) < 1e-3);
  // Three steps of a fifth of the way each: 1 − 0.8³ of it.
  assert.ok(Math.abs((sent[0] ?? 0) - (0.1 - 0.5) * (1 - 0.8 ** 3)) < 1e-6);
  assert.ok(Math.abs((sharedNumber(hospitals.slice(1), 20).common.at(-1) ?? 0) - 0.6) < 1e-3);
});

test('the networks of the lesson are those of the models that ship', () => {
  for (const [name, spec] of Object.entries(LESSON_MODELS)) {
    const folder: unknown = JSON.parse(readFileSync(`models/${name}/model.json`, 'utf8'));
    assert.deepEqual((folder as { spec: unknown }).spec, spec);
  }
});

test('what leaves grows with the rounds and not with the archive', () => {
  const archive = { studies: 1000, megabytesOfStudy: 50, model: 'breast-risk', rounds: 10, isMasked: true } as const;
  const small = lessonLeaving(archive);
  const large = lessonLeaving({ ...archive, studies: 100_000 });
  assert.equal(small.staysBytes, 50e9);
  assert.equal(large.leavesBytes, small.leavesBytes);
  assert.equal(lessonLeaving({ ...archive, rounds: 20 }).leavesBytes, 2 * small.leavesBytes);
  assert.equal(small.leavesBytes, 10 * 4 * small.numbersOfRound);
});

for (const [people, told] of [
  [0, { below: 10 }],
  [3, { below: 10 }],
  [9, { below: 10 }],
] as const) {
  test(`${people} patients are told as fewer than ten`, () => assert.deepEqual(lessonCount(people), told));
}

test('many patients are told in tens, near the truth, and the same each time', () => {
  const told = lessonCount(500);
  assert.deepEqual(lessonCount(500), told);
  assert.ok('count' in told && told.count % 10 === 0 && Math.abs(told.count - 500) < 100);
});

for (const [says, found, verdict] of [
  ['half of what was said', [0.05, 0.15, 0.25, 0.35, 0.45], 'too-high'],
  ['more than was said', [0.3, 0.5, 0.7, 0.9, 1], 'too-low'],
  ['what was said', [0.1, 0.3, 0.5, 0.7, 0.9], 'fits'],
  ['nothing', [0, 0, 0, 0, 0], 'unknown'],
] as const) {
  test(`calibration where was found ${says}: ${verdict}`, () =>
    assert.equal(lessonCalibration(1000, found).verdict, verdict));
}

test('a fitting model has ratio and slope 1, and more people narrow the interval', () => {
  const fitting = [0.1, 0.3, 0.5, 0.7, 0.9];
  const { ratio, slope } = lessonCalibration(1000, fitting);
  assert.ok(Math.abs((ratio?.value ?? 0) - 1) < 1e-9);
  assert.ok(Math.abs((slope?.value ?? 0) - 1) < 1e-6);
  const few = lessonCalibration(50, fitting).ratio;
  assert.ok(few !== null && ratio !== null && few.high - few.low > ratio.high - ratio.low);
});

test('a small group that the model sees badly hardly shows in the whole, and shows by itself', () => {
  const { all, groups } = lessonSubgroups({
    large: { people: 1800, sight: 'well' },
    small: { people: 200, sight: 'poorly' },
  });
  const [large, small] = groups.map(({ figures }) => figures);
  assert.ok(all !== null && large?.auc && small?.auc);
  assert.ok(large.auc.auc - all.auc < 0.05);
  assert.ok(large.auc.auc - small.auc.auc > 0.15);
  assert.ok((large.found ?? 0) > (small.found ?? 1) + 0.2);
  assert.ok(small.auc.high - small.auc.low > large.auc.high - large.auc.low);
});

test('fewer than 20 people are not told of, nor the other group', () => {
  const groups = (people: number) =>
    lessonSubgroups({ large: { people: 1800, sight: 'well' }, small: { people, sight: 'well' } }).groups;
  assert.deepEqual(
    groups(19).map(({ figures }) => figures),
    [null, null],
  );
  assert.ok(groups(20).every(({ figures }) => figures !== null));
});

const BY_LAW = { purpose: null, isLifted: false } as const;
for (const [saying, basis, outcome] of [
  ['nothing', BY_LAW, null],
  ['opted-out', BY_LAW, 'opt-out'],
  ['opted-out', { purpose: null, isLifted: true }, null],
  ['nothing', { purpose: 'cancer-research', isLifted: false }, 'no-consent'],
  ['public-research', { purpose: 'cancer-research', isLifted: false }, null],
  ['public-research', { purpose: 'commercial-development', isLifted: false }, 'no-consent'],
  ['everything', { purpose: 'commercial-development', isLifted: false }, null],
  ['allowed-then-out', { purpose: 'cancer-research', isLifted: false }, 'opt-out'],
  ['opted-out', { purpose: 'cancer-research', isLifted: true }, 'no-consent'],
] as const) {
  test(`${saying}, ${JSON.stringify(basis)}: ${outcome ?? 'used'}`, () =>
    assert.equal(lessonLeftOut(saying, basis), outcome));
}

for (const [says, deeds, roles, isHighRisk, duty] of [
  ['nothing yet', [], [], false, null],
  ['research alone', ['research', 'device'], ['outside'], false, null],
  ['use in care', ['uses'], ['deployer'], false, 'literacy'],
  ['use of a device in care', ['uses', 'device'], ['deployer'], true, 'oversight'],
  ['a device with the own name put on it', ['uses', 'device', 'changes'], ['provider', 'deployer'], true, 'conformity'],
  ['a change of what is not high-risk', ['uses', 'changes'], ['deployer'], false, 'literacy'],
  ['a system of one’s own', ['own-name', 'device'], ['provider', 'deployer'], true, 'logs'],
  ['research that came into care', ['research', 'uses', 'device'], ['deployer'], true, 'monitor'],
] as const) {
  test(`${says}: ${roles.join(' and ') || 'no role'}`, () => {
    const role = lessonRole(new Set(deeds));
    assert.deepEqual([role.roles, role.isHighRisk], [roles, isHighRisk]);
    if (duty === null) assert.deepEqual(role.duties, []);
    else assert.ok(role.duties.includes(duty));
    assert.equal(role.duties.includes('quality'), isHighRisk && role.roles.includes('provider'));
  });
}

test('alarms are the found and the wrong ones; a lower threshold misses fewer and asks for more hours', () => {
  const week = { pictures: 500, illShare: 0.02, specificity: 0.9, minutesOfAlarm: 6 };
  const at90 = lessonOversight(week);
  const at70 = lessonOversight({ ...week, specificity: 0.7 });
  assert.ok(Math.abs(at90.alarms - (10 - at90.missed) - 490 * 0.1) < 1);
  assert.ok(Math.abs(at90.hours - at90.alarms / 10) < 1e-9);
  assert.ok(at70.missed < at90.missed && at70.hours > at90.hours && (at70.right ?? 1) < (at90.right ?? 0));
});

test('every lesson stands in a track, and every source is of a law with a page', () => {
  const inTracks = new Set<string>(Object.values(TRACKS).flat());
  for (const lesson of LESSONS) {
    assert.ok(inTracks.has(lesson), lesson);
    for (const { law, articles } of LESSON_SOURCES[lesson]) {
      assert.match(LESSON_LAWS[law], /^https:\/\/eur-lex\.europa\.eu\/eli\/reg\/20\d\d\/\d+\/oj$/);
      assert.match(articles, /^\d/);
    }
  }
});
