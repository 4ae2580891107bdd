/**
 * Which help belongs to which address of which house: the name stands for the messages `help.NAME.what`, `.do.1`, `.do.2` and `.kept`.
 * `scripts/check-catalogues.js` holds the table against the routes: a page without help, or help without a page, is refused.
 */
const PAGE_HELP = {
  hub: {
    '/': 'network',
    '/datasets': 'datasets',
    '/datasets/$siteId/$name': 'dataset',
    '/cohorts': 'cohorts',
    '/jobs': 'jobs',
    '/jobs/new': 'new-job',
    '/jobs/compare': 'compare-jobs',
    '/jobs/$jobId': 'job',
    '/access': 'access',
    '/access/new': 'new-access',
    '/access/$requestId': 'request',
    '/access/$requestId/edit': 'new-access',
    '/access/$requestId/letters/$siteId': 'request',
    '/permits/$permitId': 'permit',
    '/register': 'register',
    '/committees': 'committees',
    '/models': 'models',
    '/models/$modelId': 'model',
    '/clinics': 'watches',
    '/clinics/$watchId': 'watches',
    '/progress': 'progress',
    '/collaborations': 'collaborations',
    '/kit': 'kit',
    '/kit/$sheet': 'kit',
    '/outreach': 'outreach',
    '/state': 'state',
    '/catalogues': 'catalogues',
    '/foreign-records/$recordId': 'catalogues',
    '/sites': 'sites',
    '/academy': 'academy',
    '/academy/lessons/$lesson': 'lesson',
    '/academy/courses': 'courses',
    '/academy/certificate': 'certificate',
    '/academy/sandbox': 'sandbox',
    '/accessibility': 'accessibility',
    '/errors': 'errors',
    '/audit': 'audit',
  },
  node: {
    '/': 'overview',
    '/guide': 'guide',
    '/welcome': 'guide',
    '/datasets': 'own-datasets',
    '/datasets/$name': 'own-dataset',
    '/arrivals': 'arrivals',
    '/quality': 'quality',
    '/quarantine': 'quarantine',
    '/quarantine/$quarantineId': 'quarantined-file',
    '/deidentification': 'deidentification',
    '/clinic': 'clinic',
    '/clinic/film': 'film-trial',
    '/masks': 'masks',
    '/masks/$sopInstanceUid': 'masks',
    '/mask-samples/$sampleId': 'masks',
    '/pacs': 'pacs',
    '/conformance': 'conformance',
    '/mapping': 'mapping',
    '/mapping/$tableId': 'mapping-studio',
    '/outgoing': 'outgoing',
    '/approvals': 'approvals',
    '/my-data': 'my-data',
    '/protection': 'protection',
    '/dossier': 'dossier',
    '/altruism': 'altruism',
    '/paper-consents': 'paper-consents',
    '/opt-outs': 'opt-outs',
    '/reading': 'reading',
    '/reading/$study': 'reading-study',
    '/reading/$study/plan': 'plan',
    '/reading/$study/explanation': 'explanation',
    '/reading-quality': 'reading-quality',
    '/academy': 'academy',
    '/academy/lessons/$lesson': 'lesson',
    '/academy/certificate': 'certificate',
    '/academy/sandbox': 'sandbox',
    '/accessibility': 'accessibility',
    '/errors': 'errors',
    '/audit': 'audit',
  },
} as const;

type Houses = typeof PAGE_HELP;
/** Name of a help text. */
export type HelpPage = { [House in keyof Houses]: Houses[House][keyof Houses[House]] }[keyof Houses] | 'no-page';

/** Where to read on in the academy; absent: at its first page. */
export const HELP_LESSONS = {
  cohorts: 'budget',
  jobs: 'together',
  'new-job': 'averages',
  'compare-jobs': 'averages',
  job: 'masks',
  access: 'consent',
  'new-access': 'consent',
  models: 'role',
  model: 'calibration',
  watches: 'calibration',
  network: 'together',
  overview: 'leaves',
  guide: 'leaves',
  outgoing: 'leaves',
  approvals: 'leaves',
  'own-dataset': 'leaves',
  clinic: 'role',
  'film-trial': 'role',
  reading: 'role',
  'reading-study': 'role',
  'reading-quality': 'subgroups',
  'my-data': 'consent',
  protection: 'consent',
  'opt-outs': 'consent',
  'paper-consents': 'consent',
  altruism: 'consent',
  kit: 'consent',
} as const satisfies Partial<Record<HelpPage, string>>;

/**
 * The help of the page at an address of a house.
 * @param route pattern of the address; undefined where it leads nowhere
 * @param isBefore a node that has not joined a network yet: its first page is the guide
 */
export function helpPageOf(kind: keyof Houses, route: string | undefined, isBefore: boolean): HelpPage {
  if (route === undefined) return 'no-page';
  if (isBefore && route === '/') return 'guide';
  const pages: Readonly<Record<string, HelpPage>> = PAGE_HELP[kind];
  return pages[route] ?? 'no-page';
}
