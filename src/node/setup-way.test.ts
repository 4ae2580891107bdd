import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { bad, checkupOf, good, note, toldBy } from '#checkup';
import { CHECK_NAMES, type CheckName, type Finding, SETUP_STEPS } from '#wire';
import { type SetupFacts, setupWay } from './setup-way.ts';

const WELL: readonly Finding[] = [
  good('program', 'Node 20.'),
  good('home', 'This is Lisbon.'),
  good('hub-answer', 'The hub answers.'),
  good('hub-membership', 'known'),
  good('dossier', 'complete'),
];

const facts = (findings: readonly Finding[], more: Partial<SetupFacts> = {}): SetupFacts => ({
  checkup: checkupOf({ house: 'node', name: 'lisbon', software: 'unica/0', atMs: 0 }, findings),
  images: 12,
  studies: 3,
  quarantined: 0,
  masked: 2,
  maskedUnseen: 0,
  tablesWaiting: 0,
  tablesLoaded: 1,
  rowsLoaded: 40,
  qualityScore: 98,
  qualityErrors: 0,
  hindrances: [],
  isExample: false,
  answered: 0,
  cores: 2,
  diskFreeBytes: null,
  trainingWorkers: 2,
  approval: 'ask',
  minimumCount: 10,
  privacyEpsilon: 10,
  hasVault: false,
  dicom: null,
  publishedVersion: 1,
  isRunning: true,
  isStopped: false,
  memoryMib: 8192,
  ...more,
});
const without = (...checks: readonly string[]) => WELL.filter(({ check }) => !checks.includes(check));
const states = (given: SetupFacts) => Object.fromEntries(setupWay(given).map(({ step, state }) => [step, state]));

test('a node with everything has come to the end of the way', () => {
  const way = setupWay(facts(WELL));
  assert.deepEqual(
    way.map(({ step }) => step),
    SETUP_STEPS,
  );
  assert.deepEqual([...new Set(way.map(({ state }) => state))], ['done']);
});

test('an empty machine: the address of the hub is the first thing that is asked', () => {
  const nothing = { images: 0, studies: 0, tablesLoaded: 0, publishedVersion: null, isRunning: false };
  const way = setupWay(facts([good('program', 'Node 20.')], nothing));
  assert.deepEqual(
    way.filter(({ state }) => state === 'open').map(({ step }) => step),
    ['way-out'],
  );
  assert.equal(way.find(({ step }) => step === 'enrolment')?.state, 'later');
});

for (const [what, given, step, state, turn] of [
  [
    'a full disk',
    facts([...WELL, bad('folder', new UnicaError('checkup.disk-full', { path: '/x' }))]),
    'machine',
    'blocked',
    'it',
  ],
  [
    'a blocked port',
    facts([...WELL, bad('hub-connection', new UnicaError('checkup.port-refused', { host: 'hub', port: 443 }))]),
    'way-out',
    'blocked',
    'it',
  ],
  [
    'a site that the coordinator has not let in yet',
    facts([
      ...without('hub-membership'),
      toldBy('hub-membership', { code: 'identity.pending', says: 'It waits.', mend: '' }),
    ]),
    'membership',
    'waits',
    'coordinator',
  ],
  [
    'a dossier that lacks something',
    facts([...without('dossier'), note('dossier', new UnicaError('node.dossier-incomplete', { missing: 'dpia' }))]),
    'dossier',
    'open',
    'data-protection',
  ],
  ['no image', facts(WELL, { images: 0 }), 'images', 'open', 'operator'],
  ['files set aside', facts(WELL, { quarantined: 2 }), 'set-aside', 'optional', 'operator'],
  [
    'images that nobody has looked at',
    facts(WELL, { masked: 3, maskedUnseen: 2 }),
    'deidentification',
    'optional',
    'operator',
  ],
  ['errors in the images', facts(WELL, { qualityErrors: 2 }), 'quality', 'optional', 'operator'],
  ['nobody who answers for it', facts(WELL, { hindrances: ['dpo-report'] }), 'responsible', 'open', 'data-protection'],
  ['a table that is not mapped', facts(WELL, { tablesWaiting: 1 }), 'tables', 'open', 'operator'],
  ['nothing published', facts(WELL, { publishedVersion: null }), 'dataset', 'open', 'operator'],
  ['a service that does not run', facts(WELL, { isRunning: false }), 'tier-2', 'open', 'operator'],
  ['a node that its owner stopped', facts(WELL, { isStopped: true }), 'tier-2', 'open', 'operator'],
  ['too little memory to train', facts(WELL, { memoryMib: 512 }), 'tier-3', 'blocked', 'it'],
] as const) {
  test(`the way says what is next and whose turn it is: ${what}`, () => {
    const found = setupWay(given).find((one) => one.step === step);
    assert.deepEqual([found?.state, found?.turn], [state, turn]);
    assert.ok(found?.next !== null && found?.says !== '');
  });
}

test('without images there is nothing to have looked at, but for what was set aside', () => {
  const none = { images: 0, studies: 0, masked: 0, qualityScore: null, publishedVersion: null };
  const empty = states(facts(WELL, none));
  for (const step of ['deidentification', 'set-aside', 'quality', 'tier-1'] as const)
    assert.equal(empty[step], 'later');
  assert.equal(empty['questionnaires'], 'optional');
  const aside = states(facts(WELL, { ...none, quarantined: 3 }));
  assert.deepEqual([aside['images'], aside['set-aside']], ['open', 'optional']);
});

test('a gate stays shut while anything before it is open', () => {
  assert.equal(states(facts(WELL, { publishedVersion: null }))['tier-1'], 'later');
  assert.equal(states(facts(WELL, { publishedVersion: null }))['tier-3'], 'later');
  const pending = toldBy('hub-membership', { code: 'identity.pending', says: 'It waits.', mend: '' });
  const waiting = states(facts([...without('hub-membership'), pending]));
  assert.deepEqual([waiting['tier-1'], waiting['tier-2'], waiting['tier-3']], ['later', 'later', 'later']);
  const runOut = states(
    facts([...without('dossier'), note('dossier', new UnicaError('node.dossier-incomplete', { missing: 'dpia' }))]),
  );
  assert.deepEqual(
    [runOut['dataset'], runOut['tier-1'], runOut['tier-2']],
    ['done', 'later', 'later'],
    'published before it ran out',
  );
  const small = states(facts(WELL, { memoryMib: 512 }));
  assert.deepEqual([small['tier-2'], small['tier-3']], ['done', 'blocked']);
});

/** Checks of a node that are never a fault: what they tell is only to be known. */
const NEVER_BAD: ReadonlySet<CheckName> = new Set(['update', 'dossier', 'flower-certificate']);

for (const check of CHECK_NAMES.filter((name) => !NEVER_BAD.has(name))) {
  test(`whatever the doctor finds has to be mended stands in the way too, with its code and whose it is: ${check}`, () => {
    const fault = bad(check, new UnicaError('checkup.service-unreachable', { what: 'X', url: 'y', reason: 'z' }));
    const way = setupWay(facts([...without(check), fault], { images: 0, publishedVersion: null }));
    const told =
      way.find(({ code }) => code === fault.code) ??
      setupWay(facts([...without(check), fault])).find(({ code }) => code === fault.code);
    assert.ok(told !== undefined, 'no step tells it');
    assert.ok(told.state === 'blocked' || told.state === 'open', told.state);
    assert.ok(told.says.includes(fault.says) && (told.next ?? '').includes(fault.mend ?? '?'));
    assert.equal(told.turn, fault.mender);
  });
}
