// What a node answers about reading: one mammogram with the earlier exam, its plan sheet, how reading goes, and how it is done.
const DAY_MS = 86_400_000;

export const STUDY_UID = '2.25.310000000000000000000000000000000001';
const PRIOR_UID = '2.25.310000000000000000000000000000000002';
const SERIES_UID = '2.25.310000000000000000000000000000000003';
/** As large as the pictures that the stand-in draws. */
const SIDE = 64;

const VIEWS = [
  ['R', 'CC'],
  ['L', 'CC'],
  ['R', 'MLO'],
  ['L', 'MLO'],
];

const imagesOf = (studyInstanceUid) =>
  VIEWS.map(([laterality, view], at) => ({
    studyInstanceUid,
    seriesInstanceUid: SERIES_UID,
    sopInstanceUid: `${studyInstanceUid}${at + 1}`,
    rows: SIDE,
    columns: SIDE,
    frames: 1,
    laterality,
    view,
  }));

const valued = (vr, ...Value) => ({ vr, Value });

/** DICOM JSON, as much of it as the viewer reads. */
const metadataOf = (study) =>
  imagesOf(study).map(({ sopInstanceUid }) => ({
    '00080018': valued('UI', sopInstanceUid),
    '00181164': valued('DS', '0.1', '0.1'),
    '00280002': valued('US', 1),
    '00280004': valued('CS', 'MONOCHROME2'),
    '00280010': valued('US', SIDE),
    '00280011': valued('US', SIDE),
    '00280100': valued('US', 8),
    '00280101': valued('US', 8),
    '00280103': valued('US', 0),
    '00281050': valued('DS', '128'),
    '00281051': valued('DS', '256'),
  }));

const ownRead = { task: 'mammography', right: '2', left: '1', density: 'd', places: [] };
const range = (low, high) => ({ low, high, level: 0.95 });

function sheet(nowMs) {
  return {
    studyInstanceUid: STUDY_UID,
    person: 'larissa-7c41d09be2',
    date: '20250319',
    task: 'mammography',
    ageYears: 65,
    ownRead,
    risk: {
      years: 5,
      estimate: { value: 0.065, interval: range(0.029, 0.12) },
      model: 'breast-risk',
      version: '4d8a1f90c2be',
    },
    proposed: [
      {
        table: 'example',
        value: { part: 'interval', months: 1 },
        source: {
          title: 'A table that this example made up',
          year: 2025,
          place: 'Table 1',
          url: 'https://example.org/table',
        },
      },
      {
        table: 'example',
        value: { part: 'supplemental', exam: 'mri', everyMonths: { from: 24, to: 48 } },
        source: { title: 'Another table that this example made up', year: 2025, place: 'Section 3', url: null },
      },
    ],
    suggestion: { intervalMonths: 1, supplemental: 'mri', pathway: 'routine' },
    siteTableMissing: true,
    versions: [
      {
        version: 1,
        plan: { intervalMonths: 24, supplemental: 'ultrasound', pathway: 'routine' },
        asProposed: false,
        by: 'person-65b949d8dc04',
        atMs: nowMs - DAY_MS,
      },
    ],
  };
}

/** Answers to GET, with the schemas of the wire they are held against. */
export const readingAnswers = (nowMs) => ({
  '/api/reading/studies': [
    'readingListSchema',
    {
      items: [
        {
          studyInstanceUid: STUDY_UID,
          person: 'larissa-7c41d09be2',
          date: '20250319',
          task: 'mammography',
          description: 'Mammography screening',
          images: 4,
          readAtMs: nowMs - DAY_MS,
        },
        {
          studyInstanceUid: PRIOR_UID,
          person: 'larissa-7c41d09be2',
          date: '20230311',
          task: 'mammography',
          description: '',
          images: 4,
          readAtMs: null,
        },
      ],
      page: 1,
      hasMore: true,
      mode: 'own-read-first',
    },
  ],
  [`/api/reading/studies/${STUDY_UID}/plan`]: ['planSheetSchema', sheet(nowMs)],
  '/api/reading/quality': [
    'readingQualitySchema',
    {
      models: [
        {
          name: 'breast-risk',
          version: '4d8a1f90c2be',
          judged: { count: 240 },
          agreement: { share: 0.8, low: 0.745, high: 0.846 },
          reasons: [
            { reason: 'missed-finding', count: { below: 20 } },
            { reason: 'score-too-high', count: { count: 26 } },
            { reason: 'known-from-priors', count: { below: 20 } },
          ],
        },
      ],
      times: [
        { task: 'mammography', reads: { count: 260 }, seconds: { quarter: 41, median: 63, threeQuarters: 104 } },
        { task: 'chest', reads: { below: 20 }, seconds: null },
      ],
    },
  ],
  '/api/reading/similar-permits': [
    'similarPermitsSchema',
    {
      items: [
        {
          permitId: 'similar-b0c1d2e3f4a5',
          dataset: 'films',
          ground: 'Decision 7 of the hospital’s protection officer, for care alone',
          grantedBy: 'user-a1b2c3d4e5f6',
          grantedAtMs: nowMs - 30 * DAY_MS,
          untilMs: nowMs + 300 * DAY_MS,
          withdrawnAtMs: null,
        },
      ],
      refusal: null,
    },
  ],
  '/api/reading/settings': [
    'readingSettingsViewSchema',
    {
      mode: 'own-read-first',
      siteTable: {
        source: { title: 'Protocol of the example site', year: 2025, place: 'Page 1', url: null },
        years: 5,
        bands: [{ from: 0, below: 0.07, intervalMonths: 24, supplemental: null }],
      },
      siteTableVersion: 2,
    },
  ],
});

/** Answers to POST. */
export const READING_WRITES = {
  [`/api/reading/studies/${STUDY_UID}/openings`]: {
    readingId: 'reading-a0b1c2d3e4f1',
    studyInstanceUid: STUDY_UID,
    person: 'larissa-7c41d09be2',
    date: '20250319',
    description: 'Mammography screening',
    task: 'mammography',
    images: imagesOf(STUDY_UID),
    priors: [{ studyInstanceUid: PRIOR_UID, date: '20230311', description: '', images: imagesOf(PRIOR_UID) }],
    mode: 'own-read-first',
    ownRead,
    recordedAtMs: 1_795_000_000_000,
    nextStudy: PRIOR_UID,
  },
};

/** Answers of DICOMweb: headers, and eight bits of a gradient for every frame. */
export function dicomwebAnswer(pathname) {
  const [, study, part] = /^\/dicom-web\/studies\/([\d.]+)\/(metadata$|.*\/frames\/1$)/.exec(pathname) ?? [];
  if (study === undefined) return undefined;
  if (part === 'metadata') return { type: 'application/dicom+json', body: JSON.stringify(metadataOf(study)) };
  const right = /[13]\/frames/.test(part);
  const body = Buffer.from(
    Array.from({ length: SIDE * SIDE }, (_, at) => {
      const [x, y] = [right ? SIDE - 1 - (at % SIDE) : at % SIDE, Math.floor(at / SIDE)];
      return Math.max(0, Math.round(220 - 4.5 * Math.hypot(x, y - SIDE / 2)));
    }),
  );
  return { type: 'application/octet-stream', body };
}
