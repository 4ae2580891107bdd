// Made-up answers of a hub and a node for developing and testing the portal. Nothing of this ships in web/dist.
// `mapping-fixture.json`, `record-fixture.json` and `setup-fixture.json` are what a node answered about an invented table, dataset and hospital,
// `progress-fixture.json` what a hub did.
import { readFileSync } from 'node:fs';
import { READING_WRITES, readingAnswers } from './reading-fixture.js';
import { watchAnswers } from './watch-fixture.js';

const fixture = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const mapping = fixture('mapping-fixture.json');
/** A record of the node as it would be published. */
export const STANDING = fixture('record-fixture.json');
const progress = fixture('progress-fixture.json');
const campaign = fixture('kit-fixture.json');
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 9, 30);
const digest = (seed) => seed.repeat(64).slice(0, 64);
const id = (prefix, number) => `${prefix}-${String(number).padStart(12, 'a0b1c2d3e4f5')}`;

export const FILM_SHA256 = digest('f1');
export const OVERLAY_SHA256 = digest('0e');
export const JOB_ID = id('job', 1);
export const QUARANTINE_ID = id('quarantine', 1);
export const IMAGE_UID = '2.25.112265113966623343644893758302620145644';
export const TABLE_ID = mapping.studio.table.tableId;
export const SAMPLE_ID = id('sample', 1);
export const RUNNING_JOB_ID = id('job', 2);
export const MODEL_ID = id('model', 1);
export const REQUEST_ID = id('request', 1);
export const OPEN_REQUEST_ID = id('request', 2);
export const DRAFT_ID = id('request', 3);
export const PERMIT_ID = id('permit', 1);

const ROLES = ['operator', 'curator', 'protection-officer', 'researcher', 'committee', 'coordinator', 'auditor'];

export function session(kind, signedIn) {
  return {
    house: {
      kind,
      name: kind === 'hub' ? 'Cancer Image Network' : 'Larissa General Hospital',
      siteId: kind === 'hub' ? null : 'larissa',
      demonstration: true,
      version: '0.1.0',
      accessibilityContact: kind === 'hub' ? 'access@network.example' : null,
    },
    person: signedIn ? { name: 'Eleni Example', roles: kind === 'node' ? [...ROLES, 'clinician'] : ROLES } : null,
    csrfToken: signedIn ? 'fixture-token' : null,
    signInUrl: '/auth/sign-in',
  };
}

const SITES = [
  ['larissa', 'Larissa General Hospital', 'GR', true, 412],
  ['jena', 'Jena University Hospital', 'DE', true, 388],
  ['ljubljana', 'Ljubljana Oncology Institute', 'SI', true, 275],
  ['kaunas', 'Kaunas Clinics', 'LT', false, 190],
  ['porto', 'Porto Oncology Centre', 'PT', true, 301],
];

const site = ([siteId, displayName, country, online, studies], index) => ({
  siteId,
  displayName,
  country,
  state: 'active',
  online,
  lastSeenAtMs: NOW_MS - index * 40_000,
  software: 'unica 0.1.0',
  datasets: 1,
  studies,
});

const dataset = ([siteId, displayName, country, , studies], index) => ({
  siteId,
  name: 'chest-films',
  title: `Chest films, ${displayName}`,
  description: 'Frontal chest films with and without an opacity, from routine care; one film per study.',
  country,
  version: 1 + (index % 2),
  contentSha256: digest('ab'),
  publishedAtMs: NOW_MS - index * DAY_MS,
  persons: { count: studies - 12 },
  studies: { count: studies },
  images: { count: studies },
  modalities: index % 2 === 0 ? ['DX'] : ['CR', 'DX'],
  bodyParts: ['CHEST'],
  manufacturers: ['Example Imaging', 'Sample X-ray'],
  sexes: { F: { count: Math.round(studies * 0.48) }, M: { count: Math.round(studies * 0.51) }, O: { below: 10 } },
  findings: {
    normal: { count: Math.round(studies * 0.6) },
    opacity: { count: Math.round(studies * 0.38) },
    pneumonia: { below: 10 },
  },
  ageYears: { from: 20, to: 90 },
  conditions: ['DUO:0000042', 'DUO:0000021'],
  quality: { score: 97 - index * 4, checked: studies, findings: 3 + index },
  synthetic: true,
});

const network = {
  sites: [
    ...SITES.map(site),
    {
      siteId: 'kyiv',
      displayName: 'Kyiv Cancer Institute',
      country: 'UA',
      state: 'invited',
      online: false,
      lastSeenAtMs: null,
      software: null,
      datasets: 0,
      studies: 0,
    },
  ],
  totals: { sites: 6, online: 4, datasets: 5, studies: 1566, persons: 1506, jobs: 2, models: 1 },
};

const STANDINGS = ['active', 'active', 'pending', 'suspended'];
const members = network.sites.map((one, index) => {
  const state = one.state === 'invited' ? 'invited' : (STANDINGS[index] ?? 'active');
  const enrolled = state !== 'invited';
  return {
    site: { ...one, state, online: one.online && state === 'active' },
    because: state === 'suspended' ? 'The agreement on data use has run out.' : null,
    clockOffsetMs: enrolled ? [40, -9000, 120, 31_000][index % 4] : null,
    fingerprint: enrolled ? '03be 6a5c 91d0 f2f7 8842 b1ce 0d95 6c3a' : null,
    keySinceMs: enrolled ? NOW_MS - 40 * DAY_MS : null,
    readiness: enrolled
      ? { cores: 16, memoryBytes: 68_719_476_736, trainingWorkers: 2, approval: 'ask', codeSha256: digest('cd') }
      : null,
    sameCode: enrolled ? index !== 1 : null,
    datasets: enrolled ? [{ name: 'chest-films', version: 2, qualityScore: 97 - index, atMs: NOW_MS - DAY_MS }] : [],
  };
});

const TRAINING_SITES = ['larissa', 'jena', 'ljubljana'];
const PURPOSE =
  'To learn whether a chest film shows an opacity, and to measure how well this works at hospitals that differ.';

const spec = (rounds, compression) => ({
  title: 'Opacity on chest films',
  task: 'chest-opacity',
  purpose: PURPOSE,
  sites: TRAINING_SITES,
  dataset: 'chest-films',
  cohort: { all: [] },
  model: { architecture: 'resnet8', inputSize: 64, channels: 1, outputs: 1, widths: [16, 32, 64], stemStride: 1 },
  strategy: { kind: 'fedavg' },
  rounds,
  localEpochs: 1,
  batchSize: 32,
  learningRate: 0.001,
  optimiser: { kind: 'adam' },
  seed: 1,
  ...(compression === undefined ? { aggregation: { updates: 'masked', mostFilms: 1024 } } : { compression }),
  quorum: 0.67,
  roundDeadlineMs: 600_000,
});

/** Two bells over [0, 1] that move apart as the rounds go on. */
function histogram(round, index) {
  const bell = (centre) =>
    Array.from({ length: 50 }, (_, bin) => Math.round(12 * Math.exp(-(((bin + 0.5) / 50 - centre) ** 2) / 0.03)));
  const apart = 0.08 + 0.028 * round - 0.02 * index;
  return { negative: bell(0.5 - apart), positive: bell(0.5 + apart) };
}

const siteRound = (round, siteId, index, compression) => ({
  siteId,
  state: 'received',
  ...(compression === undefined ? {} : { changeLength: 0.9 + 0.1 * index, agreement: 0.92 - 0.3 * index }),
  metrics: {
    samples: 320 - index * 45,
    loss: 0.69 * Math.exp(-0.14 * round) + 0.03 * index,
    seconds: 7.4 + index,
    ...(compression === undefined
      ? { bytesOut: 309_248 }
      : { bytesOut: 9_520, compression: { plainBytes: 309_248, leftBehind: 0.62 - 0.01 * round } }),
    validation: { loss: 0.7 - 0.04 * round, samples: 80, histogram: histogram(round, index) },
  },
  because: null,
});

/** Figures of a model that does rather well, of so many films. */
const figures = (films, auc) => ({
  films,
  auc,
  aucWithin: 0.004,
  loss: 0.41,
  calibrationError: 0.036,
  calibrationWithin: 0.01,
  roc: Array.from({ length: 51 }, (_, step) => ({
    falsePositiveRate: step / 50,
    truePositiveRate: (step / 50) ** ((1 - auc) / auc),
  })),
  calibration: Array.from({ length: 10 }, (_, group) => ({
    films: Math.round(films / 10),
    predicted: group / 10 + 0.05,
    observed: Math.min(1, group / 10 + 0.02 + 0.006 * group),
  })),
});

/** The finished model at three sites, one of which may not tell of so few people. */
const evaluation = {
  deadlineMs: NOW_MS,
  merged: figures(160, 0.912),
  sites: [
    {
      siteId: 'larissa',
      state: 'received',
      because: null,
      common: figures(80, 0.921),
      personal: null,
      localOnly: figures(80, 0.874),
    },
    {
      siteId: 'jena',
      state: 'received',
      because: null,
      common: figures(80, 0.905),
      personal: null,
      localOnly: figures(80, 0.911),
    },
    { siteId: 'ljubljana', state: 'received', because: null, common: null, personal: null, localOnly: null },
  ],
  comparison: {
    deadlineMs: NOW_MS,
    sites: [
      { siteId: 'larissa', state: 'received', because: null },
      { siteId: 'jena', state: 'received', because: null },
    ],
    models: ['without-site', 'local-only'].flatMap((kind, at) =>
      ['larissa', 'jena', 'ljubljana'].map((siteId, row) => ({
        kind,
        siteId,
        sites: ['larissa', 'jena'].map((place, column) => ({
          siteId: place,
          figures: {
            films: 80,
            auc: 0.9 - 0.02 * row - 0.03 * column - 0.01 * at,
            aucWithin: 0.004,
            loss: 0.4,
            calibrationError: 0.05,
            calibrationWithin: 0.01,
          },
        })),
      })),
    ),
    contributions: ['larissa', 'jena', 'ljubljana'].map((siteId, row) => {
      const told = (films) => ({
        films,
        auc: 0.912,
        aucWithout: 0.912 - 0.15 + 0.06 * row,
        aucDifference: 0.15 - 0.06 * row,
        aucWithin: 0.008,
        chanceWithin: 0.09,
        lossDifference: 0.04 - 0.01 * row,
      });
      return { siteId, everywhere: told(160), elsewhere: row === 2 ? told(160) : told(80) };
    }),
  },
};

function job(jobId, done, rounds, state, compression) {
  const closed = Array.from({ length: done }, (_, index) => index + 1).map((round) => ({
    round,
    state: 'closed',
    openedAtMs: NOW_MS + round * 10_000,
    closedAtMs: NOW_MS + round * 10_000 + 9_000,
    loss: 0.68 * Math.exp(-0.14 * round),
    auc: 1 - 0.45 * Math.exp(-0.25 * round),
    sites: TRAINING_SITES.map((siteId, index) => siteRound(round, siteId, index, compression)),
  }));
  const open = {
    round: done + 1,
    state: 'open',
    openedAtMs: NOW_MS + (done + 1) * 10_000,
    closedAtMs: null,
    loss: null,
    auc: null,
    sites: [
      siteRound(done + 1, 'larissa', 0, compression),
      { siteId: 'jena', state: 'working', metrics: null, because: null },
      {
        siteId: 'ljubljana',
        state: 'failed',
        metrics: null,
        because: 'The node lost its connection; it will be asked again.',
      },
    ],
  };
  return {
    jobId,
    spec: {
      ...spec(rounds, compression),
      ...(state === 'finished' ? { evaluation: { localOnly: true, crossSite: true, withoutEach: true } } : {}),
    },
    ...(state === 'finished' ? { evaluation } : {}),
    specSha256: digest('5a'),
    state,
    because: null,
    submittedAtMs: NOW_MS,
    updatedAtMs: NOW_MS + 90_000,
    sites: TRAINING_SITES.map((siteId) => ({
      siteId,
      decision: 'approved',
      decidedBy: 'automatic (demo rule)',
      because: 'demonstration',
    })),
    rounds: state === 'running' ? [...closed, open] : closed,
    modelId: state === 'finished' ? MODEL_ID : null,
  };
}

const USE = {
  research: 'disease',
  diseases: ['CLIN1000060'],
  commercial: false,
  notForProfit: true,
  country: 'PT',
  publishes: true,
  returnsResults: false,
  collaborates: false,
};

function holderOf(siteId, change) {
  return {
    siteId,
    datasets: ['chest-films'],
    state: 'submitted',
    turn: 'holder',
    turnSinceMs: NOW_MS - DAY_MS,
    holderSpentMs: DAY_MS,
    dueAtMs: NOW_MS + 89 * DAY_MS,
    ballot: 1,
    isAppeal: false,
    committee: 'own',
    quorum: 2,
    voters: 3,
    version: 1,
    fee: null,
    votes: [],
    recused: [],
    matching: [
      {
        dataset: 'chest-films',
        conditions: [
          { term: 'DUO_0000042', verdict: 'met', reason: 'research-fits' },
          { term: 'DUO_0000021', verdict: 'breached', reason: 'ethics-missing' },
          { term: 'DUO_0000022', verdict: 'people-judge', reason: 'needs-a-person' },
        ],
      },
    ],
    decision: null,
    question: null,
    ...change,
  };
}

function decisionOf(decision, change) {
  return {
    decision,
    atMs: NOW_MS - 2 * DAY_MS,
    because: 'The purpose is clear and the data are needed for it.',
    reason: null,
    conditions: ['Name the hospital in what you publish.'],
    waivers: [{ term: 'DUO_0000021', because: 'Only films without any name are used.' }],
    permitIds: [],
    appealUntilMs: null,
    version: 1,
    fee: null,
    feeAnswer: null,
    ...change,
  };
}

const FEE = {
  currency: 'EUR',
  items: [
    { kind: 'preparation', cents: 120_000, because: 'Three days of a data manager.' },
    { kind: 'processing', cents: 50_000, because: 'A year of the secure environment.' },
  ],
  reduction: { reason: 'university', percent: 50 },
};

const FORM = {
  kind: 'data-permit',
  use: USE,
  people: [{ name: 'Rita Researcher', affiliation: 'University of Examples' }],
  controller: 'University of Examples',
  outputs: 'A model and an article.',
  retentionDays: 365,
  safeguards: 'Nothing is downloaded.',
  ethics: null,
  cohort: null,
  epsilon: 2,
  version: 1,
  entries: [],
  draftMatching: [],
  mayDecideFor: [],
  isOwn: false,
};

const entry = (kind, change = {}) => ({
  atMs: NOW_MS - 3 * DAY_MS,
  by: 'person-3f9a21c07b',
  kind,
  siteId: null,
  text: null,
  internal: false,
  ...change,
});

const requests = [
  {
    ...FORM,
    requestId: id('request', 1),
    title: 'Opacity on chest films',
    purpose: PURPOSE,
    operations: ['train', 'evaluate'],
    datasets: TRAINING_SITES.map((siteId) => ({ siteId, name: 'chest-films' })),
    requestedBy: 'Rita Researcher',
    requestedAtMs: NOW_MS - 3 * DAY_MS,
    days: 365,
    state: 'granted',
    decidedBy: 'Carl Committee',
    decidedAtMs: NOW_MS - 2 * DAY_MS,
    because: 'The purpose is clear and the data are needed for it.',
    permitIds: TRAINING_SITES.map((_, index) => id('permit', index + 1)),
    isOwn: true,
    holders: [
      holderOf(TRAINING_SITES[0], {
        state: 'granted',
        turn: 'nobody',
        dueAtMs: null,
        decision: decisionOf('granted', { permitIds: [id('permit', 1)] }),
      }),
      holderOf('porto', {
        state: 'refused',
        turn: 'nobody',
        dueAtMs: null,
        decision: decisionOf('refused', {
          because: 'We cannot tell what the ages are needed for.',
          reason: 'disproportionate',
          conditions: [],
          waivers: [],
          appealUntilMs: NOW_MS + 28 * DAY_MS,
        }),
      }),
      holderOf('kaunas', {
        state: 'fee-asked',
        turn: 'requester',
        dueAtMs: null,
        fee: FEE,
        version: 2,
        decision: decisionOf('granted', { fee: FEE }),
      }),
    ],
    entries: [
      entry('drafted'),
      entry('submitted'),
      entry('voted', { siteId: 'porto', text: 'Too much is asked.', internal: true, by: 'person-77aa10' }),
      entry('decided', { siteId: 'porto', text: 'We cannot tell what the ages are needed for.', by: 'person-77aa10' }),
    ],
  },
  {
    ...FORM,
    requestId: id('request', 2),
    title: 'Exact counts for a sample-size calculation',
    purpose: 'To plan a reader study.',
    operations: ['count-exact'],
    datasets: [{ siteId: 'porto', name: 'chest-films' }],
    requestedBy: 'Rita Researcher',
    requestedAtMs: NOW_MS - DAY_MS,
    days: 30,
    state: 'submitted',
    decidedBy: null,
    decidedAtMs: null,
    because: null,
    permitIds: [],
    mayDecideFor: ['porto'],
    holders: [
      holderOf('porto', {
        votes: [{ by: 'person-77aa10', atMs: NOW_MS - DAY_MS, vote: 'refuse', because: 'Too much is asked.' }],
        recused: [{ by: 'person-88bb20', because: 'I work with the requester.' }],
        voters: 2,
        fee: FEE,
        version: 2,
      }),
      holderOf('larissa', { state: 'question-asked', turn: 'requester', dueAtMs: null, question: 'Which ages?' }),
    ],
    entries: [entry('submitted'), entry('asked', { siteId: 'larissa', text: 'Which ages?' })],
  },
  {
    ...FORM,
    requestId: id('request', 3),
    title: 'A draft',
    purpose: 'To be written.',
    operations: ['train'],
    datasets: [{ siteId: 'porto', name: 'chest-films' }],
    requestedBy: 'Rita Researcher',
    requestedAtMs: NOW_MS - DAY_MS,
    days: 30,
    state: 'draft',
    decidedBy: null,
    decidedAtMs: null,
    because: null,
    permitIds: [],
    isOwn: true,
    holders: [],
    draftMatching: [{ siteId: 'porto', dataset: 'chest-films', conditions: holderOf('porto').matching[0].conditions }],
    entries: [entry('drafted')],
  },
];

const register = {
  projects: [
    {
      requestId: id('request', 1),
      title: 'Opacity on chest films',
      purpose: PURPOSE,
      kind: 'data-permit',
      research: 'disease',
      commercial: false,
      operations: ['train', 'evaluate'],
      askedAtMs: NOW_MS - 3 * DAY_MS,
      holders: [
        {
          siteId: TRAINING_SITES[0],
          datasets: ['chest-films'],
          outcome: 'granted',
          decidedAtMs: NOW_MS - 2 * DAY_MS,
          permits: [
            {
              permitId: id('permit', 1),
              dataset: 'chest-films',
              state: 'revoked',
              issuedAtMs: NOW_MS - 2 * DAY_MS,
              endsAtMs: NOW_MS,
            },
          ],
        },
        { siteId: 'porto', datasets: ['chest-films'], outcome: 'refused', decidedAtMs: NOW_MS, permits: [] },
      ],
      results: [{ modelId: MODEL_ID, title: 'Opacity on chest films', atMs: NOW_MS - DAY_MS }],
    },
  ],
  refusals: [{ reason: 'disproportionate', count: 1 }],
  asked: 2,
  granted: 1,
  refused: 0,
  fees: { without: 1, accepted: [{ currency: 'EUR', count: 2, cents: 170_000, reduced: 1 }] },
};

const committees = [
  {
    siteId: 'porto',
    isOwn: true,
    quorum: 2,
    members: [
      {
        postId: id('post', 1),
        personId: 'person-77aa10',
        name: 'Mara Member',
        sinceMs: NOW_MS - 9 * DAY_MS,
        awayUntilMs: null,
        standsInUntilMs: null,
        isOwn: true,
      },
      {
        postId: id('post', 2),
        personId: 'person-88bb20',
        name: 'Nils Member',
        sinceMs: NOW_MS - 9 * DAY_MS,
        awayUntilMs: NOW_MS + 9 * DAY_MS,
        plannedAway: { fromMs: NOW_MS + 30 * DAY_MS, untilMs: NOW_MS + 40 * DAY_MS },
        standsInUntilMs: null,
        isOwn: false,
      },
    ],
  },
  {
    siteId: 'larissa',
    isOwn: false,
    quorum: 1,
    members: [
      {
        postId: id('post', 3),
        personId: 'person-77aa10',
        name: 'Mara Member',
        sinceMs: NOW_MS - 9 * DAY_MS,
        awayUntilMs: null,
        plannedAway: { fromMs: NOW_MS + 30 * DAY_MS, untilMs: NOW_MS + 40 * DAY_MS },
        standsInUntilMs: null,
        isOwn: true,
      },
    ],
  },
];

const tableChecks = [
  {
    checkId: id('check', 1),
    permitId: id('permit', 1),
    projectId: REQUEST_ID,
    requestedBy: 'person-1',
    purpose: 'Find opacities on chest films.',
    query: { is: 'finding', in: ['Pneumonia'] },
    fields: ['sex', 'ageYears'],
    answer: {
      persons: { count: 203 },
      studies: { count: 240 },
      facets: [
        {
          field: 'sex',
          cells: [
            { value: 'F', persons: { count: 120 } },
            { value: 'M', persons: { below: 204 } },
          ],
        },
        { field: 'ageYears', cells: [{ from: 50, to: 54, persons: { count: 203 } }] },
      ],
    },
    askedAtMs: NOW_MS - DAY_MS,
    state: 'waiting',
    firstAtMs: NOW_MS - DAY_MS / 2,
    firstByYou: false,
    secondAtMs: null,
    because: null,
  },
  {
    checkId: id('check', 2),
    permitId: id('permit', 1),
    projectId: REQUEST_ID,
    requestedBy: 'person-1',
    purpose: 'Find opacities on chest films.',
    query: { is: 'sex', in: ['F'] },
    fields: [],
    answer: { persons: { count: 120 }, studies: { count: 150 }, facets: [] },
    askedAtMs: NOW_MS - 3 * DAY_MS,
    state: 'refused',
    firstAtMs: null,
    firstByYou: false,
    secondAtMs: NOW_MS - 2 * DAY_MS,
    because: 'The village is small.',
  },
];

const optOutExceptions = [
  {
    exceptionId: id('exception', 1),
    law: 'A law that this example made up',
    place: 'Article 1',
    url: 'https://law.example/1',
    projectId: REQUEST_ID,
    reason: 'The disease is so rare that everybody is needed.',
    untilMs: NOW_MS + 90 * DAY_MS,
    country: 'GR',
    enteredAtMs: NOW_MS - 4 * DAY_MS,
    ownerAgreedAtMs: NOW_MS - 3 * DAY_MS,
    officerAgreedAtMs: null,
    endedAtMs: null,
    endedBecause: null,
    state: 'entered',
  },
];

const visas = [
  {
    type: 'AffiliationAndRole',
    value: 'faculty@university.example',
    source: 'https://university.example',
    by: 'so',
    issuer: 'https://login.example/oidc',
    assertedAtMs: NOW_MS - 200 * DAY_MS,
    expiresAtMs: NOW_MS + DAY_MS,
  },
  {
    type: 'ResearcherStatus',
    value: 'https://doi.org/10.1038/s41431-018-0219-y',
    source: 'https://university.example',
    by: 'so',
    issuer: 'https://login.example/oidc',
    assertedAtMs: NOW_MS - 100 * DAY_MS,
    expiresAtMs: NOW_MS + DAY_MS,
  },
];

const localRules = [
  {
    ruleId: id('rule', 81),
    operations: ['train'],
    datasets: [],
    commercialOnly: true,
    projectId: null,
    because: 'The board of the hospital wants no commercial use.',
    createdBy: 'person-1',
    createdAtMs: NOW_MS - DAY_MS,
  },
];

const policy = {
  clauses: [{ id: 'site', effect: 'forbid', says: 'it is for another site' }],
  cedar: '@id("site")\nforbid (principal, action, resource)\nwhen { !(["porto"].contains(context.site)) };',
};

const permits = TRAINING_SITES.map((siteId, index) => ({
  permitId: id('permit', index + 1),
  siteId,
  dataset: 'chest-films',
  operations: ['train', 'evaluate'],
  purpose: PURPOSE,
  issuedAtMs: NOW_MS - 2 * DAY_MS,
  expiresAtMs: NOW_MS + 3_650 * DAY_MS,
  revokedAtMs: index === 2 ? NOW_MS - DAY_MS : null,
}));

const model = {
  modelId: MODEL_ID,
  jobId: JOB_ID,
  title: 'Opacity on chest films',
  task: 'chest-opacity',
  createdAtMs: NOW_MS,
  parameters: 77_234,
  weightsSha256: digest('3c'),
  specSha256: digest('5a'),
  sites: TRAINING_SITES,
  rounds: 10,
  status: 'research use only, not a medical device',
  evidence: {
    setting: '300 synthetic chest films that no site trained on, drawn with the same seed as the demonstration',
    simulated: true,
    testSamples: 300,
    federated: { auc: 0.951, aucLow: 0.928, aucHigh: 0.971, accuracy: 0.887, ece: 0.041 },
    localOnly: [
      { siteId: 'larissa', samples: 320, auc: 0.884 },
      { siteId: 'jena', samples: 275, auc: 0.861 },
      { siteId: 'ljubljana', samples: 230, auc: 0.809 },
    ],
    pooled: { auc: 0.962, samples: 825 },
    explanations: [
      {
        caption: 'Synthetic film 17, opacity right base',
        probability: 0.93,
        truth: 1,
        imageSha256: FILM_SHA256,
        overlaySha256: OVERLAY_SHA256,
      },
      {
        caption: 'Synthetic film 42, no opacity',
        probability: 0.08,
        truth: 0,
        imageSha256: digest('f2'),
        overlaySha256: digest('0d'),
      },
    ],
  },
};

Object.assign(model, {
  state: 'registered',
  version: 2,
  parentId: id('model', 2),
  history: [
    { state: 'candidate', by: 'hub', because: `came out of ${JOB_ID}`, atMs: NOW_MS - DAY_MS },
    { state: 'registered', by: 'person-4f1c2d', because: 'Better than each site alone on all three.', atMs: NOW_MS },
  ],
});

const modelReport = () => ({
  format: 'unica-model-report/1',
  model,
  parents: [{ modelId: id('model', 2), jobId: id('job', 4), weightsSha256: digest('7b') }],
  reruns: [{ modelId: id('model', 3), createdAtMs: NOW_MS, weightsSha256: model.weightsSha256, isIdentical: true }],
  job: { spec: spec(10), submittedBy: 'person-4f1c2d', submittedAtMs: NOW_MS - DAY_MS, seconds: 342, bytes: 9_277_440 },
  sites: TRAINING_SITES.map((siteId, index) => ({
    siteId,
    dataset: 'chest-films',
    decision: 'approved',
    decidedBy: 'the owner of the node',
    because: '',
    permitId: id('permit', index + 1),
    published: { version: 1 + index, contentSha256: digest(`d${index}`) },
    dataSha256: [digest(`d${index}`)],
    codeSha256: [digest('c0')],
    environments: ['unica/0.1.0 node v20.20.0 linux-x64 onnxruntime-node 1.30.0'],
    rounds: 10,
    films: 300 - 20 * index,
    bytes: 3_092_480,
  })),
  rounds: [],
  evaluation: null,
  hub: {
    software: 'unica/0.1.0',
    codeSha256: digest('c0'),
    environment: 'node v20.20.0 linux-x64 onnxruntime-node 1.30.0',
  },
});

const auditEntry = (sequence, actor, action, subject, because) => ({
  sequence,
  atMs: NOW_MS - (10 - sequence) * 60_000,
  actor,
  action,
  subject,
  because,
  entrySha256: digest(`${sequence % 10}c`),
});

const audit = {
  entries: [
    auditEntry(4, 'researcher', 'job.submitted', JOB_ID, null),
    auditEntry(3, 'committee', 'access.granted', id('request', 1), 'The purpose is clear.'),
    auditEntry(2, 'larissa', 'dataset.published', 'larissa/chest-films', null),
    auditEntry(1, 'coordinator', 'site.invited', 'larissa', null),
  ],
  total: 4,
};

const search = {
  id: id('search', 1),
  total: { persons: 281, studies: 290 },
  nodes: [
    { site: 'larissa', persons: { count: 157 }, studies: { count: 160 }, suppressed: false, ms: 12 },
    { site: 'jena', persons: { count: 124 }, studies: { count: 130 }, suppressed: false, ms: 19 },
    { site: 'ljubljana', persons: { below: 10 }, studies: { below: 10 }, suppressed: true, ms: 9 },
  ],
  pending: [],
  failed: [{ site: 'kaunas', because: 'The node is not in contact.' }],
};

const term = (code, name, dicom = null, within = null) => ({ code, name, dicom, within });
const searchFields = [
  {
    field: 'sex',
    kind: 'one',
    values: [
      term('COM1001366', 'Male', 'M'),
      term('COM1001370', 'Female', 'F'),
      term('COM1001288', 'Unspecified', 'O'),
    ],
  },
  { field: 'ageYears', kind: 'number', values: [] },
  { field: 'birads', kind: 'many', values: [term('IMG1005470', 'BI-RADS 0'), term('IMG1005469', 'BI-RADS 1')] },
];

search.facets = [
  {
    field: 'sex',
    cells: [
      { value: 'COM1001370', persons: 210, withheld: 0 },
      { value: 'COM1001366', persons: 190, withheld: 1 },
      { value: 'COM1001288', persons: 0, withheld: 4 },
    ],
  },
  {
    field: 'ageYears',
    cells: [
      { from: 40, to: 44, persons: 60, withheld: 0 },
      { from: 45, to: 49, persons: 120, withheld: 2 },
      { from: 50, to: null, persons: 0, withheld: 1 },
    ],
    statistics: {
      persons: 180,
      mean: 45.83,
      meanWithin: 2.5,
      standardDeviation: 2.36,
      quartiles: [
        { share: 0.25, from: 40, to: 44, likelyFrom: 40, likelyTo: 44 },
        { share: 0.5, from: 45, to: 49, likelyFrom: 45, likelyTo: 49 },
        { share: 0.75, from: 45, to: 49, likelyFrom: 45, likelyTo: 49 },
      ],
      isOpen: false,
      withheld: 3,
    },
  },
];

const imports = [
  {
    importId: id('import', 2),
    state: 'running',
    because: null,
    startedAtMs: NOW_MS,
    seconds: 12.4,
    source: 'archive-2025',
    received: 140,
    accepted: 132,
    quarantined: 0,
    duplicates: 8,
    optedOut: 0,
    rejected: [],
  },
  {
    importId: id('import', 1),
    state: 'done',
    because: null,
    startedAtMs: NOW_MS - DAY_MS,
    seconds: 58.2,
    source: 'chest-films',
    received: 430,
    accepted: 412,
    quarantined: 3,
    duplicates: 10,
    optedOut: 4,
    rejected: [{ path: 'notes.txt', reason: 'This file is not an image the node can read.' }],
  },
];

const RULE_ID = id('rule', 1);
const TENSORS = [
  ['stem.weight', [16, 1, 3, 3]],
  ['stage1.conv1.weight', [16, 16, 3, 3]],
  ['stage2.conv1.weight', [32, 16, 3, 3]],
  ['stage3.conv1.weight', [64, 32, 3, 3]],
  ['dense.weight', [64, 1]],
  ['dense.bias', [1]],
];

const approval = (number, decision) => ({
  jobId: id('job', number),
  title: decision === 'waiting' ? 'Opacity on chest films, second run' : 'Opacity on chest films',
  purpose: PURPOSE,
  task: 'chest-opacity',
  specSha256: digest('5a'),
  requestedBy: 'person-4f1c2d',
  projectId: id('request', 1),
  permitId: id('permit', 1),
  permitExpiresAtMs: NOW_MS + 200 * DAY_MS,
  operations: ['train', 'evaluate'],
  conditions: ['DUO:0000042', 'DUO:0000021'],
  dataset: 'chest-films',
  cohort: {
    all: [{ is: 'modality', in: ['DX', 'CR'] }, { is: 'ageYears', from: 40 }, { not: { is: 'sex', in: ['O'] } }],
  },
  askedAtMs: NOW_MS,
  persons: { count: 400 },
  own: { persons: 402, films: 412 },
  strategy: 'fedavg',
  rounds: 10,
  updateBytes: 309_248,
  leaving: {
    tensors: TENSORS.map(([name, shape]) => ({ name, shape })),
    parameters: 77_312,
    bytesPerRound: 309_248,
    sentBytesPerRound: 309_248,
    bytesInAll: 3_092_480,
    isMasked: decision === 'waiting',
    evaluation: decision === 'waiting' ? { localOnly: true, crossSite: true, withoutEach: true } : null,
    compression: decision === 'waiting' ? null : { kind: 'top-k', share: 0.02 },
    whyOpen: decision === 'waiting' ? null : 'few-sites',
    privacy: decision === 'waiting' ? { epsilon: 1.87, delta: 0.00001, limit: 2.1, remaining: 5.9 } : null,
  },
  peers:
    decision === 'waiting'
      ? [
          { siteId: 'jena', fingerprint: '9f41 07c2 55ab 1e60 7d3b 20c8 4a19 e5d7', confirmed: true },
          { siteId: 'ljubljana', fingerprint: '03be 6a5c 91d0 f2f7 8842 b1ce 0d95 6c3a', confirmed: false },
        ]
      : [],
  modelSha256: digest('3c'),
  codeSha256: digest('c0'),
  decision,
  decidedBy: decision === 'waiting' ? null : `automatic (${RULE_ID})`,
  decidedAtMs: decision === 'waiting' ? null : NOW_MS,
  because:
    decision === 'waiting'
      ? null
      : `standing rule ${RULE_ID}: training of project ${id('request', 1)} up to 50 rounds, until 2027-02-18`,
  ruleId: decision === 'waiting' ? null : RULE_ID,
});

const rule = {
  ruleId: RULE_ID,
  scope: { kind: 'train', projectId: id('request', 1), rounds: 50, epsilon: 3 },
  because: 'Known group; the board agreed in October.',
  createdBy: 'token:owner',
  createdAtMs: NOW_MS - 5 * DAY_MS,
  expiresAtMs: NOW_MS + 90 * DAY_MS,
  withdrawnAtMs: null,
  state: 'in-force',
  used: { decisions: 1, rounds: 10, epsilon: 1.25 },
};
const rules = [
  rule,
  {
    ...rule,
    ruleId: id('rule', 2),
    scope: { kind: 'count', permitId: id('permit', 1) },
    because: 'Counts under this permit harm nobody.',
    withdrawnAtMs: NOW_MS - DAY_MS,
    state: 'withdrawn',
    used: { decisions: 7, rounds: 0, epsilon: 0 },
  },
];

const KINDS = [
  ['poll', 210, 18_900],
  ['update', 10, 3_092_480],
  ['receipt-round', 10, 9_400],
  ['dataset', 1, 1_830],
  ['enrol', 1, 320],
];

const outgoing = {
  items: KINDS.map(([kind, requests, bytes], index) => ({
    sequence: 232 - index,
    atMs: NOW_MS - index * 30_000,
    kind,
    method: kind === 'update' ? 'PUT' : 'POST',
    path: kind === 'update' ? `/api/v1/node/blobs/${digest('9').slice(0, 12)}…` : `/api/v1/node/${kind}`,
    bytes: Math.round(bytes / requests),
    bodySha256: digest(`${index}a`),
    jobId: kind === 'update' ? JOB_ID : null,
  })),
  total: 232,
  bytes: KINDS.reduce((sum, [, , bytes]) => sum + bytes, 0),
  byKind: KINDS.map(([kind, requests, bytes]) => ({ kind, requests, bytes })),
  jobs: [JOB_ID],
};

const maskSample = {
  sampleId: SAMPLE_ID,
  atMs: NOW_MS - DAY_MS,
  drawnBy: 'Eleni Example',
  reviewers: ['Eleni Example'],
  pictures: [
    { sopInstanceUid: '2.25.9', wasMasked: true, verdict: 'right' },
    { sopInstanceUid: IMAGE_UID, wasMasked: true, verdict: null },
  ],
  masked: { images: 121, drawn: 2, looked: 1, readable: 0, tooMuch: 0, readableAtMost: 0.95 },
  unmasked: { images: 291, drawn: 50, looked: 50, readable: 0, tooMuch: 0, readableAtMost: 0.058155079117 },
};

/** Answers to GET, by house and path, with the name of the #wire schema each must satisfy (or none for lists). */
const { title, description, conditions, card } = STANDING.record;
const guide = {
  steps: [
    { step: 'images', state: 'done' },
    { step: 'tables', state: 'done' },
    { step: 'warehouse', state: 'open' },
    { step: 'dossier', state: 'open' },
    { step: 'publish', state: 'open' },
  ],
  hindrances: ['dpia'],
  images: { images: 412, studies: 412, quarantined: 3 },
  tables: { uploaded: 2, mapped: 1, running: 0, failed: 0, loaded: 1, rows: 1204 },
  published: {
    version: 1,
    publishedAtMs: NOW_MS - DAY_MS,
    isCurrent: false,
    announcement: { title, description, conditions, card },
  },
};
const mappingTable = { ...mapping.studio.table, uploadedAtMs: NOW_MS };
const mappedTable = {
  ...mappingTable,
  tableId: id('table', 2),
  name: 'Mammaregister_2023.csv',
  uploadedAtMs: NOW_MS - 2 * DAY_MS,
  isMapped: true,
  run: { state: 'done', rows: 1204, withoutPerson: 3, problems: { 'value-unmapped': 41 }, because: null },
};

const RECEIPT = 'c'.repeat(64);

const patientRecord = {
  studies: 4,
  inTables: true,
  isUsed: true,
  optedOutAtMs: null,
  consent: {
    purposes: ['cancer-research', 'public-health'],
    atMs: NOW_MS - 30 * DAY_MS,
    givenBy: 'self',
    untilMs: null,
    receiptId: RECEIPT,
  },
  neededPurpose: null,
  effect: { datasets: ['chest-films'], models: [{ jobId: JOB_ID, title: 'Opacities', atMs: NOW_MS - DAY_MS }] },
  projects: [
    {
      projectId: 'request-00000001',
      purpose: 'Find opacities on chest films.',
      controller: 'person-000000000001',
      firstAtMs: NOW_MS - 3 * DAY_MS,
      lastAtMs: NOW_MS - DAY_MS,
      uses: [
        { jobId: JOB_ID, kind: 'train', title: 'Opacities', lastAtMs: NOW_MS - DAY_MS, isRetrainingAsked: false },
        { jobId: JOB_ID, kind: 'evaluate', title: 'Opacities', lastAtMs: NOW_MS - DAY_MS, isRetrainingAsked: false },
      ],
    },
  ],
  counts: { questions: 214, lastAtMs: NOW_MS - DAY_MS },
  similar: [
    { permitId: 'permit-00000001', ground: 'Section 3 of the example act', times: 3, lastAtMs: NOW_MS - DAY_MS },
  ],
  decisions: [
    {
      atMs: NOW_MS - 30 * DAY_MS,
      kind: 'consent',
      purposes: ['cancer-research', 'public-health'],
      givenBy: 'self',
      channel: 'portal',
      receiptId: RECEIPT,
    },
    { atMs: NOW_MS - 90 * DAY_MS, kind: 'opt-out', purposes: [], givenBy: null, channel: null, receiptId: null },
  ],
  complaints: [
    {
      complaintId: 'complaint-00000001',
      atMs: NOW_MS - 2 * DAY_MS,
      text: 'Who is this project?',
      answer: null,
      answeredAtMs: null,
    },
  ],
};

const consentText = {
  version: 1,
  language: 'en',
  text: {
    title: 'Your images and research',
    short: ['You can let research learn from your images.', 'They stay in this hospital.'],
    layers: [{ title: 'What happens', body: 'Computers in the hospital count and learn from them.' }],
    purposes: Object.fromEntries(
      ['cancer-research', 'ai-development', 'public-health', 'education', 'commercial-development', 'outside-eu'].map(
        (purpose) => [purpose, { title: `About ${purpose}`, body: 'What it is for.' }],
      ),
    ),
  },
};

const protection = {
  optedOut: 3,
  consents: { people: 812, byPurpose: { 'cancer-research': 812, 'ai-development': 640, 'public-health': 701 } },
  basis: { kind: 'law', reference: 'ehds-art-51' },
  dataset: 'chest-films',
  waitingForms: 2,
  hindrances: ['dpia'],
  brokenConsent: null,
  retraining: [{ jobId: JOB_ID, title: 'Opacities', people: 2, lastAtMs: NOW_MS - DAY_MS }],
  complaints: patientRecord.complaints,
  references: [
    { id: 'ehds-art-51', title: 'European Health Data Space Regulation (EU) 2025/327', place: 'Art. 51', for: ['law'] },
  ],
};

function paperForm(draftId, isOwn) {
  const form = { draftId, person: 'larissa-7c41d09be2', purposes: ['cancer-research'], givenBy: 'parent' };
  return { ...form, untilMs: NOW_MS + 900 * DAY_MS, enteredAtMs: NOW_MS - DAY_MS, isOwn };
}

function dossierEntry(item, state, more = {}) {
  const document = {
    reference: 'file 2026-114',
    responsible: 'Protection officer',
    validFrom: '2026-01-01',
    validUntil: '2027-01-01',
    enteredAtMs: NOW_MS,
  };
  const law = {
    title: 'General Data Protection Regulation (EU) 2016/679',
    place: 'Art. 35',
    url: 'https://example.org',
  };
  return {
    item,
    isNeeded: true,
    mayNotApply: false,
    monthsAtMost: 24,
    state,
    law: item === 'dpia' ? law : null,
    document: state === 'missing' ? null : document,
    ...more,
  };
}

const dossier = {
  country: 'GR',
  isExample: true,
  hindrances: ['dpia'],
  entries: [
    dossierEntry('representation', 'in-force'),
    dossierEntry('dpia', 'missing'),
    dossierEntry('security-evidence', 'ends-soon'),
    dossierEntry('special-conditions', 'does-not-apply', { mayNotApply: true }),
    dossierEntry('transfer-instrument', 'not-needed', { isNeeded: false, document: null }),
  ],
  rules: {
    inTheUnion: true,
    authority: { name: 'Authority', url: 'https://example.org' },
    ethicsBody: 'Ethics committee of the hospital',
    laws: [
      { title: 'Law 4624/2019, Art. 30', source: 'https://example.org/law' },
      { title: 'Law of the hospital', source: null },
    ],
    lawsHeldOn: '2026-11-29',
    optOutException: null,
    note: 'Hospitals decide on research through their scientific council.',
  },
  drafts: ['dpia', 'record-of-processing', 'information-notice', 'sharing-agreement-annexes'],
};

const altruism = {
  organisation: {
    name: 'Larissa Data Trust',
    registration: 'GR-DAO-7',
    website: 'https://example.org',
    contact: 'trust@example.org',
    purposes: ['cancer-research', 'public-health'],
  },
  textVersion: 1,
  people: { count: 810 },
  years: [
    {
      year: 2026,
      given: { count: 830 },
      withdrawn: { below: 10 },
      projects: [{ projectId: 'request-00000001', purpose: 'Find opacities on chest films.', uses: 2 }],
      complaints: { below: 10 },
    },
  ],
};

/** A record of another catalogue. */
export const FOREIGN_RECORD_ID = 'record-5b0e6a5d2f0c4f6e9d3a7b81c2e4f601';

const FOREIGN_RECORDS = [
  [FOREIGN_RECORD_ID, 'Prostate MR of three hospitals', 'eucaim-valid', { eucaim: 0, r8: 1 }],
  ['record-0c4f6e9d3a7b81c2e4f6015b0e6a5d2f', 'Genes and diseases', 'draft', { eucaim: 6, r8: 11 }],
].map(([recordId, title, state, lacks]) => ({
  recordId,
  sourceId: 'source-3f9a61c20b7d4e58',
  sourceTitle: 'Data point of a university hospital',
  sourceAddress: 'https://fdp.example.eu/',
  iri: `https://fdp.example.eu/dataset/${recordId.slice(7, 13)}`,
  page: `https://fdp.example.eu/dataset/${recordId.slice(7, 13)}`,
  title,
  description: 'As its source describes it.',
  publisher: 'A university hospital',
  keywords: ['prostate', 'MR'],
  licence: 'https://creativecommons.org/licenses/by/4.0/',
  accessRights: 'restricted',
  distributions: 1,
  sha256: 'a'.repeat(64),
  firstSeenAtMs: NOW_MS - 30 * DAY_MS,
  changedAtMs: NOW_MS - 9 * DAY_MS,
  seenAtMs: NOW_MS - DAY_MS / 4,
  state,
  lacks,
}));

const courses = [9, 3].map((joined, index) => ({
  courseId: `course-0000000${index}`,
  code: ['ABCDEFGH', 'JKMNPQRS'][index],
  title: ['Reading room, autumn', 'New node operators'][index],
  track: ['clinician', 'operator'][index],
  startsOn: '2026-10-05',
  endsOn: '2026-11-04',
  isOpen: index === 0,
  deletedAtMs: NOW_MS + 90 * DAY_MS,
  joined,
  nicknames: ['Ana', 'Blue heron', 'Zoë'].slice(0, joined),
  figures:
    joined < 5
      ? null
      : {
          finished: 6,
          lessons: [
            { lesson: 'averages', done: 9, firstTry: 7, tries: 12 },
            { lesson: 'masks', done: 8, firstTry: 4, tries: 15 },
            { lesson: 'budget', done: 6, firstTry: 2, tries: 14 },
          ],
        },
  fewest: 5,
}));

const academyKeys = ['academyKeysSchema', { house: 'UNICA', publicKeys: ['A'.repeat(43)] }];

export const ANSWERS = {
  hub: {
    '/api/academy/keys': academyKeys,
    '/api/academy/courses': ['coursesSchema', { courses }],
    ...watchAnswers(NOW_MS).hub,
    '/api/network': ['networkViewSchema', network],
    '/api/sites': ['memberListSchema', { members }],
    '/api/progress': ['networkProgressSchema', progress.progress],
    '/api/progress/targets': ['targetHistorySchema', progress.targets],
    '/api/state': ['networkStateSchema', progress.state],
    '/api/state/collaborations': ['publicActivitiesSchema', { activities: progress.publicActivities }],
    '/api/collaborations': ['activityListSchema', { activities: progress.activities }],
    '/api/collaborations/activity-00000001': ['activityListSchema', { activities: progress.activities.slice(1) }],
    '/api/collaborations/activity-00000002': ['activityListSchema', { activities: progress.activities.slice(0, 1) }],
    '/api/kit': ['kitSchema', campaign.kit],
    '/api/kit/reach': ['kitReachSchema', campaign.reach],
    '/api/datasets': ['datasetListSchema', { datasets: SITES.map(dataset) }],
    '/api/harvest-sources': [
      'harvestSourcesSchema',
      {
        sources: [
          {
            sourceId: 'source-3f9a61c20b7d4e58',
            address: 'https://fdp.example.eu/',
            title: 'Data point of a university hospital',
            everyHours: 24,
            addedAtMs: NOW_MS - 30 * DAY_MS,
            visitedAtMs: NOW_MS - DAY_MS / 4,
            nextAtMs: NOW_MS + (DAY_MS * 3) / 4,
            isBeingRead: false,
            outcome: 'partial',
            records: 2,
            documents: 7,
            unchanged: 5,
            problems: [
              {
                address: 'https://fdp.example.eu/dataset/old',
                code: 'harvest.gone',
                problem: 'There is nothing at https://fdp.example.eu/dataset/old any more (status 404).',
              },
            ],
          },
          {
            sourceId: 'source-7c41d09be2a81f36',
            address: 'https://catalogue.example.org/fdp',
            title: 'https://catalogue.example.org/fdp',
            everyHours: 168,
            addedAtMs: NOW_MS - DAY_MS / 24,
            visitedAtMs: null,
            nextAtMs: NOW_MS,
            isBeingRead: true,
            outcome: 'never',
            records: 0,
            documents: 0,
            unchanged: 0,
            problems: [],
          },
        ],
      },
    ],
    '/api/foreign-records': ['foreignRecordsSchema', { records: FOREIGN_RECORDS, found: FOREIGN_RECORDS.length }],
    [`/api/foreign-records/${FOREIGN_RECORD_ID}`]: [
      'foreignRecordDetailSchema',
      {
        record: FOREIGN_RECORDS[0],
        missing: [
          { profile: 'eucaim-v2', findings: [] },
          {
            profile: 'healthdcat-r8',
            findings: [
              {
                path: 'http://healthdataportal.eu/ns/health#healthCategory',
                fix: 'Add healthdcatap:healthCategory: at least one value.',
              },
            ],
          },
        ],
      },
    ],
    '/fdp/fair/larissa/chest-films': ['fairScoreSchema', STANDING.fair],
    '/fdp/label/larissa/chest-films': ['utilityLabelSchema', STANDING.label],
    '/api/jobs': [
      null,
      {
        jobs: [job(RUNNING_JOB_ID, 6, 12, 'running', { kind: 'top-k', share: 0.02 }), job(JOB_ID, 10, 10, 'finished')],
      },
    ],
    [`/api/jobs/${JOB_ID}`]: ['jobViewSchema', job(JOB_ID, 10, 10, 'finished')],
    [`/api/jobs/${RUNNING_JOB_ID}`]: [
      'jobViewSchema',
      job(RUNNING_JOB_ID, 6, 12, 'running', { kind: 'top-k', share: 0.02 }),
    ],
    '/api/access-requests': [null, { requests }],
    '/api/search-fields': ['searchFieldsSchema', { fields: searchFields }],
    ...Object.fromEntries(
      requests.map((request) => [`/api/access-requests/${request.requestId}`, ['accessRequestSchema', request]]),
    ),
    ...Object.fromEntries(
      requests.map(({ requestId }) => [`/api/access-requests/${requestId}/vouched`, ['vouchedSchema', { visas }]]),
    ),
    [`/api/permits/${id('permit', 1)}/policy`]: ['permitPolicySchema', policy],
    '/api/register': ['publicRegisterSchema', register],
    '/api/committees': ['committeeListSchema', { committees }],
    '/api/permits': [null, { permits }],
    '/api/models': [null, { models: [model] }],
    [`/api/models/${MODEL_ID}`]: ['modelViewSchema', model],
    [`/api/models/${MODEL_ID}/report`]: ['modelReportSchema', modelReport()],
    '/api/audit': ['auditViewSchema', audit],
    '/api/audit/verification': [null, { entries: 4, intact: true, broken_at: null }],
    [`/api/searches/${search.id}`]: ['searchViewSchema', search],
  },
  node: {
    '/api/academy/keys': academyKeys,
    '/api/status': [
      'nodeStatusSchema',
      {
        siteId: 'larissa',
        displayName: 'Larissa General Hospital',
        hubUrl: 'https://hub.example.org',
        publicKey: 'b7Q2m0hD5nQm3p9Xl1V8sT4yR6uW0eK2jF7gH9aC1dE',
        enrolled: true,
        connected: true,
        lastContactAtMs: NOW_MS,
        hubTrouble: null,
        clockOffsetMs: -9000,
        stopped: false,
        approval: 'automatic',
        images: 412,
        studies: 412,
        persons: 400,
        quarantined: 3,
        optedOut: 1,
        bytesOut: outgoing.bytes,
        diskFreeBytes: 812_000_000_000,
        dicomReceiver: {
          host: '0.0.0.0',
          port: 11112,
          securePort: 2762,
          aeTitle: 'UNICA',
          waiting: 14,
          associations: 2,
          lately: Array.from({ length: 60 }, (_, step) => {
            const objects = step < 12 ? 0 : Math.round(90 + 60 * Math.sin(step / 4));
            return { objects, bytes: objects * 525_000 };
          }),
        },
      },
    ],
    '/api/imports': [null, { items: imports }],
    '/api/quarantine': [
      'quarantineSchema',
      {
        items: [
          {
            quarantineId: id('quarantine', 1),
            atMs: NOW_MS - DAY_MS,
            code: 'deid.burned-in',
            sentence: 'The film says that text is burned into its picture.',
            mend: 'Have the text blackened at the device or leave the film out.',
            sizeBytes: 8_420_000,
          },
        ],
        total: 1,
      },
    ],
    [`/api/quarantine/${id('quarantine', 1)}`]: [
      'quarantinedFileSchema',
      {
        quarantineId: id('quarantine', 1),
        atMs: NOW_MS - DAY_MS,
        code: 'deid.burned-in-text',
        sentence: 'The picture is a page of text, or says that text is burned into it and none was found.',
        mend: 'Have somebody look at it; export it without the overlay if you can.',
        sizeBytes: 8_420_000,
        isReleasable: true,
        picture: { rows: 256, columns: 256, frames: 3 },
        suspects: [{ frame: 0, x: 20, y: 16, width: 90, height: 14 }],
      },
    ],
    '/api/masks': [
      'maskListSchema',
      {
        items: [
          {
            sopInstanceUid: IMAGE_UID,
            modality: 'US',
            manufacturer: 'Philips Medical Systems',
            importedAtMs: NOW_MS - DAY_MS,
            masks: 3,
            reasons: ['outside-regions', 'writing'],
            leastConfidence: 0.82,
            verdict: null,
          },
          {
            sopInstanceUid: '2.25.9',
            modality: 'MG',
            manufacturer: 'HOLOGIC, Inc.',
            importedAtMs: NOW_MS - 2 * DAY_MS,
            masks: 1,
            reasons: ['writing'],
            leastConfidence: 0.97,
            verdict: 'right',
          },
        ],
        isLast: false,
        equipment: [
          { modality: 'US', manufacturer: 'Philips Medical Systems', images: 120, masked: 118 },
          { modality: 'MG', manufacturer: 'HOLOGIC, Inc.', images: 280, masked: 3 },
          { modality: null, manufacturer: null, images: 12, masked: 0 },
        ],
      },
    ],
    [`/api/masks/${IMAGE_UID}`]: [
      'maskedImageSchema',
      {
        sopInstanceUid: IMAGE_UID,
        modality: 'US',
        manufacturer: 'Philips Medical Systems',
        importedAtMs: NOW_MS - DAY_MS,
        picture: { rows: 256, columns: 256, frames: 2 },
        masks: [
          { frame: 0, x: 0, y: 0, width: 256, height: 20, reason: 'outside-regions', confidence: 1 },
          { frame: 0, x: 20, y: 60, width: 90, height: 14, reason: 'writing', confidence: 0.82 },
          { frame: 1, x: 0, y: 0, width: 256, height: 20, reason: 'outside-regions', confidence: 1 },
        ],
        reviews: [{ verdict: 'too-much', reviewer: 'Eleni Example', atMs: NOW_MS - DAY_MS, isSettled: true }],
      },
    ],
    '/api/mask-samples': ['maskSamplesSchema', { items: [maskSample] }],
    [`/api/mask-samples/${SAMPLE_ID}`]: ['maskSampleSchema', maskSample],
    '/api/quality': [
      'dataQualitySchema',
      {
        images: 412,
        unrecorded: 12,
        score: 91.4,
        findings: 233,
        dimensions: [
          {
            dimension: 'completeness',
            score: 82.5,
            because: [{ check: 'body-part', severity: 'warning', images: 120, points: 2.9 }],
          },
          { dimension: 'uniqueness', score: 99.8, because: [] },
          { dimension: 'consistency', score: 97.1, because: [] },
          { dimension: 'accuracy', score: 94, because: [] },
          { dimension: 'integrity', score: 100, because: [] },
        ],
        checks: [
          {
            check: 'laterality-conflict',
            severity: 'error',
            message: 'It says left and right at once: ….',
            mend: 'Look at the side marker and set ImageLaterality, Laterality and the view alike.',
            images: 2,
            studies: ['2.25.1234567890123456789012345678901234567'],
          },
          {
            check: 'body-part',
            severity: 'warning',
            message: 'It does not say which part of the body it shows.',
            mend: 'Set BodyPartExamined, for example CHEST or BREAST.',
            images: 120,
            studies: ['2.25.2234567890123456789012345678901234567', '2.25.3234567890123456789012345678901234567'],
          },
          {
            check: 'lossy',
            severity: 'info',
            message: 'It was compressed with loss once.',
            mend: 'Send the original if the archive still has it.',
            images: 111,
            studies: [],
          },
        ],
      },
    ],
    ...readingAnswers(NOW_MS),
    ...watchAnswers(NOW_MS).node,
    '/api/clinic': [
      'clinicStateSchema',
      {
        scores: 'every-study',
        stopped: false,
        receives: true,
        queue: {
          waiting: 4,
          running: 2,
          heldBytes: 182_452_224,
          limitBytes: 10_737_418_240,
          lately: 37,
          processorMs: 212.4,
          trouble: null,
        },
        orders: 12,
        models: [
          {
            name: 'breast-risk',
            task: 'breast-risk',
            present: { version: '4d8a1f90c2be', digest: 'c1'.repeat(32) },
            trouble: null,
            modalities: ['MG'],
            mode: 'shadow',
            enabled: { version: '4d8a1f90c2be', digest: 'c1'.repeat(32) },
            isChanged: false,
            alarmFrom: 0.03,
            decidedBy: 'person:example',
            decidedAtMs: NOW_MS - 3 * DAY_MS,
          },
          {
            name: 'chest-nodule',
            task: 'chest-nodule',
            present: { version: '90ab33de1f02', digest: 'd2'.repeat(32) },
            trouble: null,
            modalities: ['CR', 'DX'],
            mode: 'shown',
            enabled: { version: '1c6f0be27a55', digest: 'e3'.repeat(32) },
            isChanged: true,
            alarmFrom: 0.5,
            decidedBy: 'person:example',
            decidedAtMs: NOW_MS - 9 * DAY_MS,
          },
        ],
        destinations: [
          {
            name: 'pacs',
            kind: 'dimse',
            address: 'PACS@192.0.2.7:2762/tls',
            refusals: true,
            patientSystem: null,
            isEncrypted: true,
            waiting: 0,
            sent: 214,
            refused: 1,
            lastSentAtMs: NOW_MS - 60_000,
            trouble: null,
            troubleAtMs: null,
          },
          {
            name: 'record',
            kind: 'fhir',
            address: 'http://192.0.2.9/fhir',
            refusals: false,
            patientSystem: 'urn:oid:1.2.3',
            isEncrypted: false,
            waiting: 18,
            sent: 196,
            refused: 0,
            lastSentAtMs: NOW_MS - 600_000,
            trouble: {
              code: 'clinic.peer-unreachable',
              sentence: '192.0.2.9 did not answer as it should (ECONNREFUSED).',
              mend: 'It is tried again by itself.',
            },
            troubleAtMs: NOW_MS - 30_000,
          },
        ],
        events: [
          { what: 'sent', model: '', count: 410 },
          { what: 'scored', model: 'chest-nodule', count: 201 },
          { what: 'left-out', model: '', count: 3 },
        ],
        refusals: [
          { reason: 'unlike', model: 'chest-nodule', count: 9 },
          { reason: 'for-processing', model: 'breast-risk', count: 4 },
        ],
      },
    ],
    '/api/clinic/comparison': [
      'clinicComparisonsSchema',
      {
        items: [
          {
            model: 'chest-nodule',
            version: '1c6f0be27a55',
            task: 'chest-nodule',
            alarmFrom: 0.5,
            refused: 9,
            comparison: {
              kind: 'compared',
              cases: 50,
              counts: { both: 20, modelOnly: 5, readerOnly: 10, neither: 15 },
              agreement: { value: 0.7, low: 0.562, high: 0.809 },
              kappa: 0.4,
              sensitivity: { value: 0.667, low: 0.488, high: 0.808 },
              specificity: { value: 0.75, low: 0.531, high: 0.888 },
              alarmRate: { value: 0.5, low: 0.366, high: 0.634 },
              readerRate: { value: 0.6, low: 0.462, high: 0.724 },
            },
          },
          {
            model: 'breast-risk',
            version: '4d8a1f90c2be',
            task: 'breast-risk',
            alarmFrom: 0.03,
            refused: 2,
            comparison: { kind: 'withheld', cases: 11, least: 20 },
          },
        ],
      },
    ],
    '/api/local-rules': ['localRulesSchema', { items: localRules }],
    '/api/table-checks': ['checkedTablesSchema', { items: tableChecks }],
    '/api/opt-out-exceptions': ['optOutExceptionsSchema', { items: optOutExceptions }],
    '/api/standing-rules': ['standingRulesSchema', { items: rules }],
    '/api/privacy-ledger': [
      'privacyLedgerSchema',
      {
        budget: { epsilon: 10, delta: 0.00001 },
        spent: 4.1,
        intact: true,
        projects: [{ projectId: 'request-5d3a1c70', epsilon: 4.1, rounds: 24 }],
        jobs: [
          { jobId: 'job-5d3a1c70', projectId: 'request-5d3a1c70', epsilon: 4.1, rounds: 24, lastAtMs: NOW_MS - DAY_MS },
        ],
      },
    ],
    '/api/outgoing': ['outgoingSchema', outgoing],
    '/api/approvals': ['approvalsSchema', { items: [approval(7, 'waiting'), approval(1, 'approved')] }],
    '/api/opt-outs': [
      'optOutListSchema',
      { items: [{ person: 'larissa-7c41d09be2', optedOutAtMs: NOW_MS - DAY_MS, studiesLeftOut: 4 }] },
    ],
    '/api/datasets': [
      'nodeDatasetsSchema',
      {
        items: [
          {
            name: 'chest-films',
            title: 'Chest films',
            version: 1,
            publishedAtMs: NOW_MS - DAY_MS,
            persons: { count: 400 },
            studies: { count: 412 },
            qualityScore: 97,
          },
          {
            name: 'mammograms',
            title: 'Mammograms',
            version: null,
            publishedAtMs: null,
            persons: { below: 10 },
            studies: { below: 10 },
            qualityScore: null,
          },
        ],
      },
    ],
    '/api/datasets/chest-films/guide': ['datasetGuideSchema', guide],
    '/api/datasets/chest-films/record': ['recordStandingSchema', STANDING],
    '/api/datasets/chest-films/versions': [
      'datasetVersionsSchema',
      {
        items: [
          {
            version: 1,
            title: 'Chest films, Larissa General Hospital',
            publishedAtMs: NOW_MS - DAY_MS,
            contentSha256: digest('ab'),
            persons: { count: 400 },
            studies: { count: 412 },
          },
        ],
      },
    ],
    '/api/mapping/tables': ['mappingTablesSchema', { items: [mappingTable, mappedTable] }],
    [`/api/mapping/tables/${TABLE_ID}`]: ['mappingStudioSchema', mapping.studio],
    [`/api/mapping/tables/${TABLE_ID}/values`]: ['mappingValuesSchema', mapping.values],
    [`/api/mapping/tables/${TABLE_ID}/versions`]: [
      'mappingVersionsSchema',
      {
        items: [
          { version: 2, actor: 'maria', savedAtMs: NOW_MS, columns: 20, changed: ['Histologie', 'Menopause'] },
          { version: 1, actor: 'maria', savedAtMs: NOW_MS - 3_600_000, columns: 20, changed: [] },
        ],
      },
    ],
    '/api/mapping/elements': ['mappingElementsSchema', mapping.elements],
    '/api/concepts': ['conceptsSchema', mapping.concepts],
    '/api/mapping/loads': [
      'warehouseViewSchema',
      {
        loads: [
          {
            load: 1,
            name: mappedTable.name,
            rows: 1204,
            withoutPerson: 3,
            problems: { 'value-unmapped': 41, 'impossible-date': 2 },
            loadedAtMs: NOW_MS - DAY_MS,
          },
        ],
        build: { contentSha256: digest('7b'), persons: 1187, rows: 9_642, problems: { contradiction: 4 } },
      },
    ],
    '/api/me': ['ownRecordSchema', { record: patientRecord }],
    '/api/consent-text': ['consentTextViewSchema', consentText],
    '/api/protection': ['protectionSchema', protection],
    '/api/paper-consents': [
      'paperConsentsSchema',
      {
        items: [paperForm('form-00000001', false), paperForm('form-00000002', true)],
      },
    ],
    '/api/setup': ['setupViewSchema', fixture('setup-fixture.json')],
    '/api/dossier': ['dossierSchema', dossier],
    '/api/altruism': ['altruismSchema', altruism],
    '/api/audit': ['auditViewSchema', audit],
    '/api/audit/verification': [null, { entries: 4, intact: true, broken_at: null }],
  },
};

/** Answers that are text. */
export const TEXTS = { [`/api/mapping/tables/${id('table', 2)}/mapping`]: mapping.yaml };

const shown = (text) => ({ text, isCut: false });
const element = (path, keyword, vr, before, after, done, rule, note) => ({
  path,
  depth: path.split('.').length - 1,
  tag: path.slice(-8),
  keyword,
  vr,
  before,
  after,
  done,
  rule,
  ...(note === undefined ? {} : { note }),
});
const row = (basic, option, code) => ({ kind: 'row', basic, ...(option === undefined ? {} : { option, code }) });
const elements = [
  element('00080020', 'StudyDate', 'DA', shown('20210920'), shown('20180926'), 'date-shifted', row('Z', 'dates', 'C')),
  element('00080050', 'AccessionNumber', 'SH', shown('RX8816798'), shown(''), 'emptied', row('Z')),
  element('00080060', 'Modality', 'CS', shown('DX'), shown('DX'), 'kept', { kind: 'no-row' }),
  element('00081030', 'StudyDescription', 'LO', shown('Chest PA Meireles'), shown('Chest PA'), 'cleaned', {
    ...row('X', 'descriptors', 'C'),
  }),
  element('00081140', 'ReferencedImageSequence', 'SQ', { items: 1 }, { items: 1 }, 'kept', row('X/Z/U*')),
  element(
    '00081140[1].00081155',
    'ReferencedSOPInstanceUID',
    'UI',
    shown('1.2.840.113619.2.55.3.604688119.971.1448452810.459'),
    shown('2.25.112265113966623343644893758302620145644'),
    'uid-replaced',
    row('U'),
  ),
  element(
    '00100010',
    'PatientName',
    'PN',
    shown('Meireles^Inês'),
    shown('UNICA-d2c7a7ad73f1fc88'),
    'replaced',
    row('Z'),
    'pseudonym',
  ),
  element('00101040', 'PatientAddress', 'LO', shown('Avenida do Moinho Velho 84'), null, 'removed', row('X')),
  element('00120062', 'PatientIdentityRemoved', 'CS', null, shown('YES'), 'added', { kind: 'mark' }),
  element('00191001', null, 'LO', shown('KIS-54321267'), null, 'removed', { kind: 'private' }, 'not-safe-private'),
  element(
    '7fe00010',
    'PixelData',
    'OW',
    { sizeBytes: 2048 },
    { sizeBytes: 2048 },
    'cleaned',
    { kind: 'no-row' },
    'pixels-masked',
  ),
];

/** What de-identification made of a film of nobody. */
export const SAMPLE = {
  isSynthetic: true,
  sizeBytes: 4096,
  setAside: null,
  elements,
  counts: Object.fromEntries(
    [...new Set(elements.map(({ done }) => done))].map((done) => [
      done,
      elements.filter((one) => one.done === done).length,
    ]),
  ),
  picture: {
    rows: 32,
    columns: 32,
    frames: 1,
    frame: 0,
    before:
      'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAzElEQVR4Xo2TURHDIBBEI6IiIgIRiEBERVRERERE5VRCYXePO2bSXDc/hPfmSODYmMfI7sG7mHGSUoorovvHn84RKRdCrXUqZkSh85HF4PJ9Bqi1ZooZ4qIMFRgsAE72nMowIKg+KEMDq5gADvgyRSU2LzAoA0MlKKjAgAeNWcIF8GNExpXQ6QkjCMsKnZ/diGtMwfjbjVX4WSH9hv//4nYfbncyPYv8NJN+SDsq70k3qAjHvncDDgfx5siQYjjw7G6aIWXiyE2BpJHmv6nxIESxm6ScAAAAAElFTkSuQmCC',
    after:
      'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAzElEQVR4Xo2TYRmDMAxEETERE4EIRFTEREwEIhAxWUvuLk27jxHuV+l7XwK0WZiH55nBs1hwknVdUxmMiHFEyi82Ydu2rpwZxj2Twfa2A9RaCyUMcVGGCgwWACd7dcUNCKoPytBAlxDAAd+hqMSSBZwyMFSCggo43Gn0EimA7x4ZZ4LRA8YgTB2MH2aMPboQ/JPGLPytUL7D/a+4/A+Xf7I8i/o0i/tQ3qj6TqZBRTj5aMDhYpoLDR5J4GlubA0FEhe+1Xk93aFA0kr7X7saDJRW5wmDAAAAAElFTkSuQmCC',
  },
  masks: [{ frame: 0, x: 2, y: 2, width: 12, height: 3, reason: 'writing', confidence: 0.97 }],
};

const preflight = {
  refused: null,
  whyOpen: null,
  bytesPerRound: 309_248,
  bytesInAll: 3_092_480,
  parameters: 77_312,
  sites: TRAINING_SITES.map((siteId, index) => ({
    siteId,
    online: index < 2,
    lastSeenAtMs: NOW_MS,
    software: 'unica/0.1.0',
    readiness:
      index === 1
        ? null
        : { cores: 16, memoryBytes: 68_719_476_736, trainingWorkers: 8, approval: 'ask', codeSha256: digest('c0') },
    dataset: {
      version: 1,
      persons: { count: 400 },
      images: { count: 412 },
      findings: { normal: { count: 250 }, opacity: { count: 150 }, pneumonia: { below: 10 } },
      qualityScore: 97,
    },
    permit: { permitId: id('permit', index + 1), expiresAtMs: NOW_MS + 200 * DAY_MS },
    hindrances: index < 2 ? [] : ['offline'],
  })),
};

/** Answers to POST. */
export const WRITES = {
  hub: {
    '/api/jobs/preflight': preflight,
    '/api/searches': search,
    '/api/enrolment-codes': { code: 'K7QM-2XVD-9RTA', expiresAtMs: NOW_MS + 7 * DAY_MS },
  },
  node: {
    '/api/conformance': {
      report: {
        format: 2,
        siteId: 'larissa',
        software: 'unica 0.1.0',
        madeAtMs: NOW_MS,
        lines: [
          {
            contract: 'beam',
            check: 'beam-answers',
            against: 'stand-in',
            outcome: 'passed',
            says: 'The task for everyone is claimed and answered with 1 collections.',
          },
          {
            contract: 'beam',
            check: 'beam-proxy-key',
            against: 'real',
            outcome: 'failed',
            says: 'The proxy does not know this app or its key.',
          },
          {
            contract: 'mediator',
            check: 'mediator-token',
            against: 'own',
            outcome: 'passed',
            says: 'Without a token nothing is told (401).',
          },
          {
            contract: 'journal',
            check: 'journal-trace',
            against: 'real',
            outcome: 'not-tried',
            says: 'The trace log of Cancer Image Europe has no published interface; the export is handed over as a file (`unica audit export`).',
          },
        ],
      },
      publicKey: 'made-up',
      signature: 'made-up',
    },
    [`/api/quarantine/${QUARANTINE_ID}/decision`]: { outcome: 'taken-in' },
    '/api/deidentification-sample/synthetic': SAMPLE,
    '/api/mask-samples': maskSample,
    '/api/datasets/chest-films/preview': STANDING,
    [`/api/mapping/tables/${TABLE_ID}/effect`]: mapping.effect,
    [`/api/mapping/tables/${TABLE_ID}/run`]: mappingTable,
    '/api/mapping/tables': mappingTable,
    [`/api/masks/${IMAGE_UID}/review`]: { outcome: 'withdrawn', quarantineId: QUARANTINE_ID },
    '/api/deidentification-sample': { ...SAMPLE, isSynthetic: false },
    ...READING_WRITES,
    '/api/clinic/destinations/pacs/trial': { answered: true, milliseconds: 14, trouble: null },
    '/api/pacs-check': {
      calledAs: 'UNICA',
      echo: { kind: 'answered', milliseconds: 12 },
      find: {
        kind: 'failed',
        code: 'dimse.not-offered',
        sentence: 'The DICOM system PACS does not offer C-FIND.',
        mend: 'Ask its administrator to allow it for our AE title.',
      },
    },
  },
};
