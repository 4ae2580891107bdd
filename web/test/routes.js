// The pages the browser test visits. `sample` names an address with an id, found at a live house by looking for a link.
import {
  DRAFT_ID,
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
    '/sites',
    '/audit',
    '/no-such-page',
  ],
  node: [
    '/',
    '/arrivals',
    '/quarantine',
    `/quarantine/${QUARANTINE_ID}`,
    '/deidentification',
    '/masks',
    `/masks/${IMAGE_UID}`,
    `/mask-samples/${SAMPLE_ID}`,
    '/quality',
    '/mapping',
    `/mapping/${TABLE_ID}`,
    '/datasets',
    '/datasets/chest-films',
    '/approvals',
    '/outgoing',
    '/opt-outs',
    '/paper-consents',
    '/my-data',
    '/protection',
    '/dossier',
    '/altruism',
    '/audit',
  ],
};

/** At a live house the ids are not known: only addresses without one are visited, and the first link below each list. */
export const LIVE_ROUTES = {
  hub: ['/', '/datasets', '/cohorts', '/access', '/register', '/committees', '/jobs', '/models', '/sites', '/audit'],
  node: ROUTES.node.filter(
    (route) => ![QUARANTINE_ID, IMAGE_UID, SAMPLE_ID, TABLE_ID].some((one) => route.endsWith(one)),
  ),
};

/** Lists whose first entry is visited too. */
export const LIVE_LISTS = { '/datasets': '/datasets/', '/jobs': '/jobs/job-', '/models': '/models/model-' };
