// The pages the browser test visits. `sample` names an address with an id, found at a live house by looking for a link.
import {
  DRAFT_ID,
  FOREIGN_RECORD_ID,
  IMAGE_UID,
  JOB_ID,
  MODEL_ID,
  OPEN_REQUEST_ID,
  PERMIT_ID,
  QUARANTINE_ID,
  REQUEST_ID,
  RUNNING_JOB_ID,
  SAMPLE_ID,
  TABLE_ID,
} from '../dev/fixture-data.js';
import { STUDY_UID } from '../dev/reading-fixture.js';
import { WATCH_ID } from '../dev/watch-fixture.js';

/** Every lesson of the academy, in both houses. */
const LESSONS = [
  'averages',
  'budget',
  'calibration',
  'consent',
  'leaves',
  'masks',
  'role',
  'subgroups',
  'together',
].map((lesson) => `/academy/lessons/${lesson}`);

export const ROUTES = {
  hub: [
    '/',
    '/datasets',
    '/datasets/larissa/chest-films',
    '/cohorts',
    '/access',
    '/access/new',
    `/access/${REQUEST_ID}`,
    `/access/${OPEN_REQUEST_ID}`,
    `/access/${DRAFT_ID}`,
    `/access/${DRAFT_ID}/edit`,
    `/access/${REQUEST_ID}/letters/porto`,
    `/permits/${PERMIT_ID}`,
    '/register',
    '/committees',
    '/jobs',
    '/jobs/new',
    '/jobs/compare',
    `/jobs/${JOB_ID}`,
    `/jobs/${RUNNING_JOB_ID}`,
    '/models',
    `/models/${MODEL_ID}`,
    '/clinics',
    `/clinics/${WATCH_ID}`,
    '/catalogues',
    `/foreign-records/${FOREIGN_RECORD_ID}`,
    '/sites',
    '/progress',
    '/collaborations',
    '/state',
    '/kit',
    '/kit/poster-a4',
    '/kit/leaflet',
    '/kit/screen',
    '/outreach',
    '/accessibility',
    '/errors',
    '/academy',
    '/academy/sandbox',
    '/academy/certificate',
    '/academy/courses',
    ...LESSONS,
    '/audit',
    '/no-such-page',
  ],
  node: [
    '/',
    '/arrivals',
    '/conformance',
    '/quarantine',
    `/quarantine/${QUARANTINE_ID}`,
    '/deidentification',
    '/masks',
    `/masks/${IMAGE_UID}`,
    `/mask-samples/${SAMPLE_ID}`,
    '/clinic',
    '/clinic/film',
    '/quality',
    '/mapping',
    `/mapping/${TABLE_ID}`,
    '/datasets',
    '/datasets/chest-films',
    '/approvals',
    '/outgoing',
    '/opt-outs',
    '/reading',
    `/reading/${STUDY_UID}`,
    `/reading/${STUDY_UID}/plan`,
    `/reading/${STUDY_UID}/explanation`,
    '/reading-quality',
    '/paper-consents',
    '/my-data',
    '/protection',
    '/guide',
    '/welcome',
    '/dossier',
    '/altruism',
    '/accessibility',
    '/errors',
    '/academy',
    '/academy/sandbox',
    '/academy/certificate',
    ...LESSONS,
    '/audit',
  ],
};

/** Of each page: colours do not depend on words, so that each scheme and each alphabet is looked at once, not each with each. */
export const SWEEPS = [
  ['light', 'en'],
  ['dark', 'el'],
  ['light', 'uk'],
];

/** What axe is asked for: WCAG 2.0 to 2.2, levels A and AA, and its own best practice. */
export const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What stands in an address that only the stand-in knows, and pages that begin or compare something. */
const NOT_LIVE = [
  DRAFT_ID,
  FOREIGN_RECORD_ID,
  IMAGE_UID,
  JOB_ID,
  MODEL_ID,
  OPEN_REQUEST_ID,
  PERMIT_ID,
  QUARANTINE_ID,
  REQUEST_ID,
  RUNNING_JOB_ID,
  SAMPLE_ID,
  TABLE_ID,
  STUDY_UID,
  WATCH_ID,
  '/larissa/',
  '/new',
  '/compare',
  '/no-such-page',
];

/** At a live house the ids are not known: only addresses without one are visited, and the first link below each list. */
export const LIVE_ROUTES = Object.fromEntries(
  Object.entries(ROUTES).map(([kind, routes]) => [
    kind,
    routes.filter((route) => !NOT_LIVE.some((part) => route.includes(part))),
  ]),
);

/** Lists whose first entry is visited too. */
export const LIVE_LISTS = { '/datasets': '/datasets/', '/jobs': '/jobs/job-', '/models': '/models/model-' };

/** What people use most of both houses: what axe cannot see is tried on them (accessibility.browser.js). */
export const MAIN_PAGES = {
  hub: [
    '/',
    '/datasets',
    '/cohorts',
    '/access/new',
    '/jobs/new',
    '/models',
    '/progress',
    '/collaborations',
    '/state',
    '/accessibility',
  ],
  node: [
    '/',
    '/arrivals',
    '/quarantine',
    '/approvals',
    '/mapping',
    '/opt-outs',
    '/my-data',
    '/guide',
    '/reading',
    '/accessibility',
  ],
};

/** Checks that are tried on some of the pages only, by the id that web/src/accessibility/manual-checks.json has. */
export const TRIED_ELSEWHERE = { language: { hub: ['/'], node: ['/'] }, errors: { node: ['/approvals'] } };
