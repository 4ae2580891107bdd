import type {
  CollaborationKind,
  CollaborationPartner,
  CollaborationState,
  IndicatorFigure,
  KitMaterial,
  NetworkProgress,
  ProgressTable,
  TargetStanding,
} from '#wire';

/** Headings of the report's tables. */
export const TABLE_TITLES: Readonly<Record<ProgressTable, string>> = {
  summary: 'In short',
  targets: 'Targets',
  country: 'Samples by country',
  cancer: 'Samples by cancer',
  modality: 'Samples by modality',
  readiness: 'Samples by readiness',
  months: 'Month by month',
  sites: 'Sites',
  joining: 'On the way into the network',
  projects: 'Projects and permits',
  jobs: 'Learning jobs',
  training: 'Training',
  incidents: 'Incidents',
  outreach: 'Reach of the campaign kit',
  collaborations: 'Work with others',
  indicators: 'Indicators',
};

export const FRAME_TITLES: Readonly<Record<NetworkProgress['indicators'][number]['frame'], string>> = {
  eu4health: 'EU4Health',
  ehds: 'European Health Data Space',
  'beating-cancer': "Europe's Beating Cancer Plan",
  'cancer-mission': 'Cancer Mission',
};

export const PARTNER_TITLES: Readonly<Record<CollaborationPartner, string>> = {
  eucaim: 'EUCAIM (Cancer Image Europe)',
  ehds: 'body of the European Health Data Space',
  'cancer-mission': 'project of the Cancer Mission',
  other: 'other',
};

export const MATERIAL_TITLES: Readonly<Record<KitMaterial, string>> = {
  pages: 'pages to read',
  'poster-a3': 'poster, A3',
  'poster-a4': 'poster, A4',
  leaflet: 'leaflet',
  email: 'e-mail',
  sms: 'text message',
  screen: 'screen of a waiting room',
};

export const KIND_TITLES: Readonly<Record<CollaborationKind, string>> = {
  meeting: 'meeting',
  'joint-work': 'joint work',
  standard: 'standard or guideline',
  training: 'training',
  publication: 'publication',
  event: 'event',
  agreement: 'agreement',
};

export const STATE_TITLES: Readonly<Record<CollaborationState, string>> = {
  planned: 'planned',
  'under-way': 'under way',
  done: 'done',
  'called-off': 'called off',
  withdrawn: 'entered by mistake',
};

export const FIGURE_TITLES: Readonly<Record<IndicatorFigure, string>> = {
  'sites-active': 'sites that take part',
  'sites-publishing': 'sites with a published dataset',
  countries: 'countries with a site that takes part',
  datasets: 'datasets described in the catalogue',
  'datasets-tier-1': 'datasets of tier 1 or higher',
  'datasets-tier-2': 'datasets of tier 2 or higher',
  'datasets-tier-3': 'datasets of tier 3',
  'datasets-reviewed': 'datasets whose record is at most a year old',
  'label-mean': 'mean score of the label, of 100',
  studies: 'studies published',
  persons: 'persons published',
  images: 'images published',
  'studies-breast': 'studies of breast cancer datasets',
  'studies-lung': 'studies of lung cancer datasets',
  'studies-prostate': 'studies of prostate cancer datasets',
  requests: 'requests for access',
  'requests-granted': 'requests granted by at least one holder',
  'requests-refused': 'requests refused by all holders',
  'permits-valid': 'permits in force',
  'projects-public': 'projects in the public register',
  rounds: 'rounds of learning finished',
  models: 'models made and not retired',
  'models-evaluated': 'models with an evaluation',
  cancers: 'cancers named by datasets',
};

export const STEP_TITLES: Readonly<Record<NetworkProgress['joining']['sites'][number]['step'], string>> = {
  invited: 'invited',
  enrolled: 'node enrolled',
  approved: 'let in',
  published: 'first dataset published',
  counted: 'first count answered',
  learning: 'first round learned',
};

export const TURN_TITLES: Readonly<Record<NetworkProgress['joining']['sites'][number]['turn'], string>> = {
  operator: 'node operator',
  curator: 'data curator',
  coordinator: 'coordinator',
  researcher: 'researcher',
  nobody: 'nobody',
};

/** A target in words. */
export function targetWords({ measure, scope, key }: Pick<TargetStanding, 'measure' | 'scope' | 'key'>): string {
  return scope === 'network' ? measure : `${measure} of ${scope} ${key}`;
}
