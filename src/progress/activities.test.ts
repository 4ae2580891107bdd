import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Activity, type ActivityVersion, OBJECTIVES, publicActivitiesSchema } from '#wire';
import { namedIn, publicActivities, reportedActivities } from './activities.ts';
import { INDICATORS } from './indicators.ts';

function activity(of: Partial<Activity>): Activity {
  return {
    partner: 'eucaim',
    partnerName: 'Cancer Image Europe, technical committee',
    kind: 'meeting',
    title: 'Onboarding of nodes',
    startsOn: '2026-10-01',
    endsOn: null,
    state: 'done',
    outcome: 'Steps of onboarding were agreed.',
    evidence: [],
    objectives: ['eu4health-nodes'],
    isPublic: true,
    people: ['Jane Doe', 'Μαρία Παπαδοπούλου'],
    ...of,
  };
}

function kept(activityId: string, of: Partial<Activity>): ActivityVersion {
  return { activityId, version: 2, ...activity(of), because: 'asked by Jane Doe', by: 'person-1', atMs: 1 };
}

const NAMED: readonly [string, Partial<Activity>, ReturnType<typeof namedIn>][] = [
  ['nowhere', {}, undefined],
  ['a title, in other letters of the same size', { title: 'Talk by JANE  DOE' }, 'title'],
  ['with a comma beside it', { outcome: 'Held by Jane Doe, and well received.' }, 'outcome'],
  ['Greek letters', { partnerName: 'μαρία παπαδοπούλου' }, 'partnerName'],
  ['an address', { evidence: [{ kind: 'link', url: 'https://example.eu/people/jane-doe' }] }, 'evidence'],
  ['an address in its coded form', { evidence: [{ kind: 'link', url: 'https://example.eu/Jane%20Doe' }] }, 'evidence'],
  ['a part of another word is no name', { title: 'Maryjane Doer' }, undefined],
  [
    'names of files are not told, so they may hold one',
    { evidence: [{ kind: 'file', name: 'Jane Doe.pdf', sha256: 'a'.repeat(64) }] },
    undefined,
  ],
  ['a name of signs alone is none', { people: ['–'], title: '– –' }, undefined],
];
for (const [name, of, expected] of NAMED) {
  test(`a name in what is to be public: ${name}`, () => assert.equal(namedIn(activity(of)), expected));
}

test('everybody is told what is marked public, without people, reasons, authors and names of files', () => {
  const file = { kind: 'file', name: 'Minutes of Jane Doe.pdf', sha256: 'b'.repeat(64) } as const;
  const newest = [
    kept('activity-00000001', { evidence: [file] }),
    kept('activity-00000002', { isPublic: false }),
    kept('activity-00000003', { state: 'withdrawn' }),
    kept('activity-00000004', { startsOn: '2026-11-01', state: 'called-off' }),
  ];
  const told = publicActivitiesSchema.parse(publicActivities(newest));
  assert.deepEqual(
    told.activities.map(({ activityId }) => activityId),
    ['activity-00000004', 'activity-00000001'],
  );
  assert.deepEqual(told.activities[1]?.evidence, [{ kind: 'file', sha256: file.sha256 }]);
  assert.doesNotMatch(JSON.stringify(told), /Jane|Μαρία|person-1|because|asked by/);
});

test('the report tells of what is not public too, and of nothing that was entered by mistake, and names nobody', () => {
  const newest = [kept('activity-00000001', { isPublic: false }), kept('activity-00000002', { state: 'withdrawn' })];
  const told = reportedActivities(newest);
  assert.deepEqual(
    told.map(({ activityId, isPublic }) => [activityId, isPublic]),
    [['activity-00000001', false]],
  );
  assert.doesNotMatch(JSON.stringify(told), /Jane|person-1|because/);
});

test('every objective is an indicator with a source, and the other way round', () => {
  assert.deepEqual(INDICATORS.map(({ id }) => id).toSorted(), [...OBJECTIVES].toSorted());
});
