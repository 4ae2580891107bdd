import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuardedCount, NetworkProgress, TargetHistory } from '#wire';
import { networkProgressSchema, networkStateSchema } from '#wire';
import { INDICATORS } from './indicators.ts';
import { type KnownNetwork, networkProgress, networkState } from './network-progress.ts';
import type { PublishedVersion } from './published-version.ts';
import { reportPdf } from './report-pdf.ts';
import { reportCsv, reportTable, reportWorkbook } from './report-tables.ts';
import type { SeenSite } from './seen-site.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 15);

function version(of: Partial<PublishedVersion> & Pick<PublishedVersion, 'siteId'>): PublishedVersion {
  return {
    name: 'films',
    version: 1,
    country: 'PT',
    publishedAtMs: NOW - DAY,
    persons: { count: 100 },
    studies: { count: 200 },
    images: { count: 800 },
    modalities: ['MG'],
    cancer: 'CLIN1000060',
    isCoded: true,
    isSynthetic: false,
    quality: 90,
    fair: 80,
    label: 60,
    ...of,
  };
}

function site(of: Partial<SeenSite> & Pick<SeenSite, 'siteId'>): SeenSite {
  return {
    displayName: of.siteId,
    country: 'PT',
    state: 'active',
    software: 'unica/1',
    lastSeenAtMs: NOW - 1000,
    clockOffsetMs: 0,
    sameCode: true,
    steps: { invited: NOW - 30 * DAY, enrolled: NOW - 20 * DAY, approved: NOW - 18 * DAY, published: NOW - 10 * DAY },
    lastInvitedAtMs: NOW - 30 * DAY,
    learnedFrom: new Set(),
    isAsked: false,
    ...of,
  };
}

function known(of: Partial<KnownNetwork>): KnownNetwork {
  return {
    nowMs: NOW,
    network: 'Test network',
    software: 'unica/1',
    sites: [],
    versions: [],
    access: {
      requests: { asked: 0, open: 0, granted: 0, refused: 0 },
      permits: { valid: 0, expired: 0, revoked: 0 },
      projects: [],
    },
    learning: { jobs: [], roundsDone: 0, models: { candidate: 0, registered: 0, retired: 0, evaluated: 0 } },
    incidents: [],
    training: { people: 0, months: [] },
    outreach: [],
    targets: [],
    activities: [],
    ...of,
  };
}

test('of each dataset the newest version counts, and every dataset is in one row of each table', () => {
  const versions = [
    version({ siteId: 'porto', studies: { count: 50 }, publishedAtMs: NOW - 40 * DAY }),
    version({ siteId: 'porto', version: 2, studies: { count: 70 } }),
    version({ siteId: 'athens', country: 'GR', modalities: ['CR', 'DX'], cancer: null, studies: { below: 10 } }),
    version({ siteId: 'athens', name: 'more', country: 'GR', cancer: 'CLIN1000065', modalities: [] }),
  ];
  const { totals, groups, months } = networkProgress(known({ versions }));
  assert.equal(totals.studies, 270);
  assert.deepEqual([totals.datasets, totals.withheld, totals.withheldBelow], [3, 1, 10]);
  for (const rows of Object.values(groups)) {
    assert.equal(
      rows.reduce((sum, { studies }) => sum + studies, 0),
      totals.studies,
    );
    assert.equal(
      rows.reduce((sum, { datasets }) => sum + datasets, 0),
      totals.datasets,
    );
  }
  assert.deepEqual(
    groups.modality.map(({ key }) => key),
    [null, 'MG', 'CR+DX'],
  );
  assert.deepEqual(
    groups.cancer.map(({ key, name }) => [key, name]),
    [
      ['CLIN1000065', 'Malignant tumor of lung'],
      ['CLIN1000060', 'Malignant neoplasm of breast'],
      [null, null],
    ],
  );
  assert.deepEqual(
    months.map(({ month, studies }) => [month, studies]),
    [
      ['2026-10', 50],
      ['2026-11', 270],
    ],
  );
});

test('a year turns, and a month in which nothing came is there all the same', () => {
  const versions = [version({ siteId: 'porto', publishedAtMs: Date.UTC(2025, 11, 31, 23, 59, 59) })];
  const { months } = networkProgress(known({ nowMs: Date.UTC(2026, 1, 1), versions }));
  assert.deepEqual(
    months.map(({ month, datasets }) => [month, datasets]),
    [
      ['2025-12', 1],
      ['2026-01', 1],
      ['2026-02', 1],
    ],
  );
});

const seen = { invited: NOW - 30 * DAY, enrolled: NOW - 20 * DAY, approved: NOW - 18 * DAY, published: NOW - 10 * DAY };
const JOINING: readonly [string, Partial<SeenSite>, Partial<PublishedVersion> | null, string, number | null, string][] =
  [
    [
      'invited yesterday: the hospital has its code',
      { state: 'invited', steps: { invited: NOW - DAY }, lastInvitedAtMs: NOW - DAY },
      null,
      'invited',
      1,
      'operator',
    ],
    [
      'invited a month ago: the code is worthless',
      { state: 'invited', steps: { invited: NOW - 30 * DAY } },
      null,
      'invited',
      30,
      'coordinator',
    ],
    ['enrolled and not let in', { state: 'pending' }, null, 'enrolled', 20, 'coordinator'],
    ['let in, nothing published', {}, null, 'approved', 18, 'operator'],
    ['published without codes', {}, { isCoded: false }, 'published', 10, 'curator'],
    ['published, asked by nobody', {}, {}, 'published', 10, 'researcher'],
    ['a count answered', { steps: { ...seen, counted: NOW - 3 * DAY } }, {}, 'counted', 3, 'researcher'],
    [
      'a job waits for its decision',
      { steps: { ...seen, counted: NOW - 3 * DAY }, isAsked: true },
      {},
      'counted',
      3,
      'operator',
    ],
    [
      'has learned',
      { steps: { ...seen, counted: NOW - 3 * DAY, learning: NOW - DAY }, learnedFrom: new Set(['films']) },
      {},
      'learning',
      null,
      'nobody',
    ],
    ['suspended', { state: 'suspended' }, {}, 'published', 10, 'coordinator'],
    ['from before steps were written down', { steps: {} }, {}, 'published', null, 'researcher'],
  ];

for (const [name, of, dataset, step, days, turn] of JOINING) {
  test(`whose turn it is and since when: ${name}`, () => {
    const { joining } = networkProgress(
      known({
        sites: [site({ siteId: 'porto', ...of })],
        versions: dataset === null ? [] : [version({ siteId: 'porto', ...dataset })],
      }),
    );
    const [only] = joining.sites;
    assert.deepEqual([only?.step, only?.days, only?.turn], [step, days, turn]);
  });
}

test('the steps of joining tell how many came so far, who waits, and how long each step takes in the middle', () => {
  const { joining } = networkProgress(
    known({
      sites: [site({ siteId: 'porto' }), site({ siteId: 'jena', steps: { ...seen, enrolled: NOW - 26 * DAY } })],
      versions: [version({ siteId: 'porto' })],
    }),
  );
  const of = (step: string) => joining.steps.find((one) => one.step === step);
  assert.deepEqual([of('invited')?.reached, of('approved')?.reached, of('published')?.reached], [2, 2, 1]);
  assert.deepEqual([of('approved')?.waiting, of('approved')?.longestWaitDays], [1, 18]);
  assert.equal(of('enrolled')?.medianDays, 7, 'ten days and four days');
});

test('the tier is what was seen: in the catalogue, coded and counted, learned from', () => {
  const tierOf = (of: Partial<SeenSite>, dataset: Partial<PublishedVersion>) =>
    networkProgress(
      known({ sites: [site({ siteId: 'porto', ...of })], versions: [version({ siteId: 'porto', ...dataset })] }),
    ).sites[0]?.tier;
  const counted = { ...seen, counted: NOW };
  assert.equal(tierOf({}, {}), 1);
  assert.equal(tierOf({ steps: counted }, {}), 2);
  assert.equal(tierOf({ steps: counted }, { isCoded: false }), 1);
  assert.equal(tierOf({ steps: counted, learnedFrom: new Set(['films']) }, {}), 3);
  assert.equal(tierOf({ steps: counted, learnedFrom: new Set(['others']) }, {}), 2);
});

test('health says what is wrong', () => {
  const health = (of: Partial<SeenSite>) => {
    const [only] = networkProgress(known({ sites: [site({ siteId: 'porto', ...of })] })).sites;
    return [only?.health, ...(only?.flags ?? [])];
  };
  assert.deepEqual(health({}), ['good']);
  assert.deepEqual(health({ lastSeenAtMs: NOW - 60_000 }), ['attention', 'offline']);
  assert.deepEqual(health({ lastSeenAtMs: NOW - 2 * DAY }), ['silent', 'silent']);
  assert.deepEqual(health({ clockOffsetMs: -31_000 }), ['attention', 'clock']);
  assert.deepEqual(health({ software: 'unica/0', sameCode: false }), ['attention', 'other-code', 'other-software']);
  assert.deepEqual(health({ state: 'invited', lastSeenAtMs: null }), ['not-started']);
});

function change(of: Partial<TargetHistory['changes'][number]>): TargetHistory['changes'][number] {
  return {
    measure: 'studies',
    scope: 'network',
    key: '',
    value: 5,
    dueOn: null,
    because: 'agreed',
    by: 'x',
    atMs: 1,
    ...of,
  };
}

test('the last word on a target counts; without one it is that of the programme; one that was taken back is none', () => {
  const versions = [version({ siteId: 'porto' })];
  const targets = (changes: readonly TargetHistory['changes'][number][]) =>
    networkProgress(known({ versions, targets: [...changes] })).targets.map(
      ({ measure, key, value, reached }) => `${measure} ${key}: ${reached} of ${value}`,
    );
  assert.deepEqual(targets([]), ['studies : 200 of 100000']);
  assert.deepEqual(targets([change({ value: 7, atMs: 9 }), change({ value: 5, atMs: 3 })]), ['studies : 200 of 7']);
  assert.deepEqual(targets([change({ value: null })]), []);
  assert.deepEqual(
    targets([
      change({ value: null }),
      change({ scope: 'country', key: 'PT' }),
      change({ scope: 'country', key: 'GR' }),
    ]),
    ['studies PT: 200 of 5', 'studies GR: 0 of 5'],
  );
});

test('every indicator names its source, and a figure that is not known is not nought', () => {
  for (const { id, source, asks } of INDICATORS) {
    assert.match(source.url, /^https:\/\//, id);
    assert.ok(source.title.length > 10 && source.place.length > 3 && asks.endsWith('.'), id);
  }
  assert.equal(new Set(INDICATORS.map(({ id }) => id)).size, INDICATORS.length);
  const { indicators } = networkProgress(known({}));
  const label = indicators.find(({ id }) => id === 'ehds-label');
  assert.deepEqual(label?.figures, [{ figure: 'label-mean', value: null, aim: null }]);
});

test('a project is public from its first permit on, also beyond those that are listed', () => {
  const project = (granted: number, waitingForHolder: number) => ({
    requestId: 'request-00000001',
    title: 'T',
    askedAtMs: NOW,
    holders: 2,
    granted,
    waitingForHolder,
    waitingForRequester: 0,
    permits: granted,
  });
  const projects = [...Array.from({ length: 120 }, () => project(0, 2)), project(1, 1), project(2, 0)];
  const requests = { asked: 122, open: 121, granted: 1, refused: 0 };
  const { access, indicators } = networkProgress(known({ access: { ...known({}).access, requests, projects } }));
  assert.equal(access.projects.length, 100);
  const figures = indicators.find(({ id }) => id === 'ehds-public')?.figures;
  assert.deepEqual(figures, [{ figure: 'projects-public', value: 2, aim: null }]);
});

const withheldLast: GuardedCount = { below: 10 };

test('the public state tells nothing that the records do not, however it is subtracted, of one page or of two days', () => {
  const before = [
    version({ siteId: 'porto', studies: { count: 120 } }),
    version({ siteId: 'athens', country: 'GR', cancer: 'CLIN1000065', studies: withheldLast, persons: withheldLast }),
  ];
  const state = (versions: readonly PublishedVersion[]) => networkState(networkProgress(known({ versions })));
  const [one, other] = [
    state(before),
    state([...before, version({ siteId: 'porto', version: 2, studies: { count: 130 } })]),
  ];
  // The whole less the rows that are told would be what is withheld: it is nought, whatever the truth.
  const rows = one.groups.country;
  assert.equal(one.totals.studies - rows.reduce((sum, { studies }) => sum + studies, 0), 0);
  assert.deepEqual(
    rows.map(({ key, studies, withheld, withheldBelow }) => [key, studies, withheld, withheldBelow]),
    [
      ['PT', 120, 0, 0],
      ['GR', 0, 1, 10],
    ],
  );
  // From one day to the next, by what the two records differ in, which is rounded and noised.
  assert.equal(other.totals.studies - one.totals.studies, 10);
  assert.deepEqual(other.groups.country[1], rows[1]);
  const told = JSON.stringify(networkStateSchema.parse(one));
  for (const private_ of ['porto', 'athens', 'displayName', 'fingerprint', 'lastSeenAtMs', 'because']) {
    assert.ok(!told.includes(private_), private_);
  }
});

function whole(): NetworkProgress {
  return networkProgress(
    known({
      sites: [site({ siteId: 'porto', displayName: 'Νοσοκομείο' }), site({ siteId: 'jena', country: 'DE' })],
      versions: [version({ siteId: 'porto' })],
      targets: [change({ value: 400, dueOn: '2027-12-31' })],
      outreach: [
        { material: 'leaflet', language: 'et', view: 11, print: 2, download: 3, copy: 4, 'handed-out': 500 },
        { material: 'sms', language: 'el', view: 7, print: 0, download: 0, copy: 1, 'handed-out': 2600 },
      ],
      incidents: [{ kind: 'site.suspended', subject: 'jena', because: '=HYPERLINK("x")', atMs: NOW }],
      activities: [
        {
          activityId: 'activity-00000001',
          version: 2,
          partner: 'cancer-mission',
          partnerName: 'Łódź screening project',
          kind: 'joint-work',
          title: 'Κοινό πρωτόκολλο',
          startsOn: '2026-10-01',
          endsOn: '2026-10-02',
          state: 'done',
          outcome: 'A protocol.\nTwo sites take part.',
          evidence: [
            { kind: 'link', url: 'https://example.eu/protocol' },
            { kind: 'file', name: 'minutes.pdf', sha256: 'c'.repeat(64) },
          ],
          objectives: ['mission-prevention'],
          isPublic: false,
          people: ['Jane Doe'],
          because: 'a date was wrong',
          by: 'person-1',
          atMs: NOW,
        },
      ],
    }),
  );
}

test('what is answered fits its schema', () => {
  assert.deepEqual(networkProgressSchema.parse(whole()), whole());
});

test('a table as CSV: no cell is a formula', () => {
  const csv = reportCsv(reportTable('incidents', whole()));
  assert.match(csv, /^when,what,about,why\r\n2026-11-15T/);
  assert.doesNotMatch(csv, /,"?=HYPERLINK/);
});

test('what the network does with others is a table, without the people', () => {
  const csv = reportCsv(reportTable('collaborations', whole()));
  assert.match(
    csv,
    /\r\n2026-10-01,2026-10-02,project of the Cancer Mission,Łódź screening project,joint work,Κοινό πρωτόκολλο,done,/,
  );
  assert.match(csv, /Cancer Mission: Cancer is prevented, and found early by screening\./);
  assert.doesNotMatch(csv, /Jane|minutes|person-1/);
});

test('what the campaign kit reached is a table beside the activities, and its sums are in the summary', () => {
  assert.deepEqual(reportTable('outreach', whole()).rows, [
    ['leaflet', 'Estonian', 11, 2, 3, 4, 500],
    ['text message', 'Greek', 7, 0, 0, 1, 2600],
  ]);
  const summary = new Map(reportTable('summary', whole()).rows.map(([figure, value]) => [figure, value]));
  assert.equal(summary.get('materials of the campaign kit opened'), 18);
  assert.equal(summary.get('materials printed, kept as files or copied'), 10);
  assert.equal(summary.get('materials handed out'), 3100);
  assert.match(
    Buffer.from(reportPdf(whole())).toString('latin1'),
    /Reach of the campaign kit[\s\S]*Estonian[\s\S]*Work with others/,
  );
});

test('report and workbook hold the figures and are the same each time', () => {
  const pdf = Buffer.from(reportPdf(whole())).toString('latin1');
  assert.match(pdf, /^%PDF-1\.7/);
  for (const words of [
    'Samples by country',
    '200 of 400',
    'Article 78',
    'EU4H-2024-PJ-02-1',
    'Nothing that the network counts',
    'With Lodz screening project',
    'in an alphabet that this page cannot show',
    'A protocol. Two sites take part.',
    'Cancer Mission: Cancer is prevented',
    'https://example.eu/protocol',
    'c'.repeat(64),
  ])
    assert.ok(pdf.includes(words), words);
  for (const hidden of ['Jane Doe', 'minutes.pdf', 'person-1']) assert.ok(!pdf.includes(hidden), hidden);
  assert.equal(Buffer.from(reportPdf(whole())).toString('latin1'), pdf);
  assert.deepEqual(reportWorkbook(whole()), reportWorkbook(whole()));
});
