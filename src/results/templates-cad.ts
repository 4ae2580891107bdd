import { type Code, dcm, MILLIMETRE, PERCENT, sameCode, sct, ucum } from './code.ts';
import { ANY_CONCEPT, group, include, NO_CONCEPT, type Row, row, type Template, type ValueRule } from './template.ts';

const SHARE: ValueRule = { kind: 'number', units: [PERCENT], least: 0, most: 100 };
/** Older reports say micrometres. */
const SPACING: ValueRule = { kind: 'number', units: [MILLIMETRE, ucum('um', 'micrometer')], least: 0 };
const CERTAINTY = dcm('111012', 'Certainty of Finding');
const PROBABILITY = dcm('111047', 'Probability of cancer');
const LATERALITY = sct('272741003', 'Laterality');

const NOT_ATTEMPTED = [dcm('111225', 'Not Attempted')];
const WENT_WELL = [dcm('111222', 'Succeeded'), dcm('111223', 'Partially Succeeded')];
const WENT_BADLY = [dcm('111224', 'Failed'), dcm('111223', 'Partially Succeeded')];
const WITH_FINDINGS = [
  dcm('111242', 'All algorithms succeeded; with findings'),
  dcm('111244', 'Not all algorithms succeeded; with findings'),
];

const COMPOSITION = sct('129715009', 'Breast composition');
const BREAST_GEOMETRY = dcm('111100', 'Breast geometry');
const IMAGE_QUALITY = dcm('111101', 'Image Quality');
const NON_LESION = dcm('111102', 'Non-lesion');
const SELECTED_REGION = dcm('111099', 'Selected region');
const NIPPLE = sct('24142002', 'Nipple');

const CALCIFICATION = sct('129770007', 'Individual Calcification');
const CLUSTER = sct('129769006', 'Calcification Cluster');
const DENSITY = sct('129793001', 'Mammography breast density');

/** Findings whose further properties stand in templates that are not kept here: TID 4008 and TID 4012 to TID 4014. */
const DESCRIBED_ELSEWHERE = [BREAST_GEOMETRY, NIPPLE, SELECTED_REGION, IMAGE_QUALITY, NON_LESION];
/** Rows 1 to 3 of TID 4023, which TID 4017 includes. */
const OPERATING_POINTS = [
  dcm('111072', 'Maximum CAD Operating Point'),
  dcm('111092', 'Recommended CAD Operating Point'),
  dcm('111093', 'CAD Operating Point Table'),
];

/** An item that none of the rows here has a place for, with what it stands below. */
interface Stranger {
  readonly tid: number;
  readonly parent: { readonly valueType: string; readonly concept: Code | undefined };
  readonly parentValue: Code | undefined;
  readonly valueType: string;
  readonly concept: Code | undefined;
}

/** The rows of the standard that may have a place for it and are not kept here; undefined where there are none. */
export function rowsNotKept({ tid, parent, parentValue, valueType, concept }: Stranger): string | undefined {
  const isOneOf = (codes: readonly Code[], code: Code | undefined) =>
    code !== undefined && codes.some((one) => sameCode(one, code));
  if (tid === 4006 && isOneOf(DESCRIBED_ELSEWHERE, parentValue)) return 'TID 4008, TID 4012 to TID 4014';
  if (tid === 4004 && valueType === 'NUM') return 'TID 4005 rows 7 to 9 and 11';
  if (tid === 4017 && isOneOf(OPERATING_POINTS, concept)) return 'TID 4023';
  const isMeasured = parent.valueType === 'NUM' && !isOneOf([CERTAINTY, PROBABILITY], parent.concept);
  return tid === 4104 && isMeasured ? 'TID 1400 to TID 1402' : undefined;
}

const IMPRESSION = dcm('111034', 'Individual Impression/Recommendation');
const INTENT = row('2', 'HAS CONCEPT MOD', 'CODE', dcm('111056', 'Rendering Intent'), '1', 'M', { value: group(6034) });
const CALCIFICATION_TYPE = dcm('111009', 'Calcification Type');
const CENTER = dcm('111010', 'Center');
const OUTLINE = dcm('111041', 'Outline');

/** A feature is inferred from something, below it or elsewhere. */
const SOURCES = { kind: 'at-least-one', rows: ['4', '5', '6', '7'] } as const;

/** TID 4000 and TID 4100 have the same lower half. */
function performed(detections: readonly number[], analyses: readonly number[]): readonly Row[] {
  return [
    row('6', 'CONTAINS', 'CODE', dcm('111064', 'Summary of Detections'), '1', 'M', {
      value: group(6042),
      below: [
        include('7', 'INFERRED FROM', 4015, '1', 'MC', {
          when: { kind: 'parent-is-not', codes: NOT_ATTEMPTED, onlyIf: true },
          parameters: { detection: detections },
        }),
      ],
    }),
    row('8', 'CONTAINS', 'CODE', dcm('111065', 'Summary of Analyses'), '1', 'M', {
      value: group(6042),
      below: [
        include('9', 'INFERRED FROM', 4016, '1', 'MC', {
          when: { kind: 'parent-is-not', codes: NOT_ATTEMPTED, onlyIf: true },
          parameters: { analysis: analyses },
        }),
      ],
    }),
  ];
}

/** TID 4015 and TID 4016: what went well, and what did not. */
function lists(tid: number, name: string, good: ReturnType<typeof dcm>, bad: ReturnType<typeof dcm>): Template {
  return {
    tid,
    name,
    extensible: false,
    rows: [
      row('1', undefined, 'CONTAINER', good, '1', 'MC', {
        when: { kind: 'parent-is', codes: WENT_WELL, onlyIf: true },
        below: [include('2', 'CONTAINS', tid + 2, '1-n', 'M')],
      }),
      row('3', undefined, 'CONTAINER', bad, '1', 'MC', {
        when: { kind: 'parent-is', codes: WENT_BADLY, onlyIf: true },
        below: [include('4', 'CONTAINS', tid + 2, '1-n', 'M')],
      }),
    ],
  };
}

/** TID 4017 and TID 4018: an algorithm and the images that it looked at. */
function one(tid: number, name: string, concept: ReturnType<typeof dcm>, parameter: string): Template {
  const some = { kind: 'at-least-one', rows: ['3', '5', '7'] } as const;
  return {
    tid,
    name,
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', concept, '1', 'M', {
        value: { kind: 'parameter', name: parameter },
        below: [
          include('2', 'HAS PROPERTIES', 4019, '1', 'M'),
          row('3', 'HAS PROPERTIES', 'IMAGE', NO_CONCEPT, '1-n', 'MC', { when: some, by: 'either' }),
          row('5', 'HAS PROPERTIES', 'UIDREF', dcm('112002', 'Series Instance UID'), '1-n', 'MC', { when: some }),
          row('7', 'HAS PROPERTIES', 'SCOORD', NO_CONCEPT, '1-n', 'MC', {
            when: some,
            below: [row('8', 'SELECTED FROM', 'IMAGE', NO_CONCEPT, '1', 'M', { by: 'either' })],
          }),
        ],
      }),
    ],
  };
}

/** TID 4021 and TID 4107. */
function geometry(tid: number, name: string): Template {
  const image = (number: string) =>
    row(number, 'SELECTED FROM', 'IMAGE', NO_CONCEPT, '1', 'M', { by: tid === 4021 ? 'reference' : 'either' });
  return {
    tid,
    name,
    extensible: false,
    rows: [
      row('1', undefined, 'SCOORD', CENTER, '1', 'M', {
        value: { kind: 'graphic', types: ['POINT'] },
        below: [image('2')],
      }),
      row('3', undefined, 'SCOORD', OUTLINE, '1', 'U', {
        value: { kind: 'graphic', types: ['POLYLINE', 'CIRCLE', 'ELLIPSE'] },
        below: [image('4')],
      }),
    ],
  };
}

const IMPRESSIONS = { kind: 'at-least-one', rows: ['1', '3', '5', '6', '8', '9'] } as const;
const SIDE = (number: string) => row(number, 'HAS CONCEPT MOD', 'CODE', LATERALITY, '1', 'U', { value: group(6022) });

const MAMMOGRAPHY: readonly Template[] = [
  {
    tid: 4000,
    name: 'Mammography CAD Document Root',
    extensible: false,
    rows: [
      row('1', undefined, 'CONTAINER', dcm('111036', 'Mammography CAD Report'), '1', 'M', {
        below: [
          include('2', 'HAS CONCEPT MOD', 1204, '1', 'M'),
          row('3', 'CONTAINS', 'CONTAINER', dcm('111028', 'Image Library'), '1', 'M', {
            below: [
              include('4', 'CONTAINS', 4020, '1-n', 'M', {
                parameters: { laterality: [6022], view: [4014], modifier: [4015] },
              }),
            ],
          }),
          include('5', 'CONTAINS', 4001, '1', 'M'),
          ...performed([6014], [6043]),
        ],
      }),
    ],
  },
  {
    tid: 4001,
    name: 'Mammography CAD Overall Impression/Recommendation',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111017', 'CAD Processing and Findings Summary'), '1', 'M', {
        value: group(6047),
        below: [
          include('2', 'HAS PROPERTIES', 4002, '1', 'U'),
          include('3', 'INFERRED FROM', 4003, '1-n', 'MC', {
            when: { kind: 'parent-is', codes: WITH_FINDINGS, onlyIf: true },
          }),
        ],
      }),
    ],
  },
  {
    tid: 4002,
    name: 'Mammography CAD Impression/Recommendation Body',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111005', 'Assessment Category'), '1-n', 'MC', {
        when: IMPRESSIONS,
        below: [SIDE('2')],
      }),
      row('3', undefined, 'CODE', dcm('111023', 'Differential Diagnosis/Impression'), '1-n', 'MC', {
        when: IMPRESSIONS,
        below: [SIDE('4')],
      }),
      row('5', undefined, 'TEXT', dcm('111033', 'Impression Description'), '1', 'MC', { when: IMPRESSIONS }),
      row('6', undefined, 'CODE', dcm('111053', 'Recommended Follow-up'), '1-n', 'MC', {
        when: IMPRESSIONS,
        value: group(6028),
        below: [SIDE('7')],
      }),
      row('8', undefined, 'NUM', dcm('111055', 'Recommended Follow-up Interval'), '1', 'MC', {
        when: IMPRESSIONS,
        value: { kind: 'number', units: { cids: [6046] }, least: 0 },
      }),
      row('9', undefined, 'DATE', dcm('111054', 'Recommended Follow-up Date'), '1', 'MC', { when: IMPRESSIONS }),
      row('10', undefined, 'NUM', dcm('111013', 'Certainty of Impression'), '1', 'UC', {
        when: { kind: 'if-row', rows: ['1', '3', '5'] },
        value: SHARE,
      }),
      include('11', undefined, 4019, '1-n', 'M'),
      row('12', undefined, 'NUM', PROBABILITY, '1-n', 'U', {
        value: SHARE,
        below: [SIDE('13')],
      }),
    ],
  },
  {
    tid: 4003,
    name: 'Mammography CAD Individual Impression/Recommendation',
    extensible: false,
    rows: [
      row('1', undefined, 'CONTAINER', IMPRESSION, '1', 'M', {
        below: [
          INTENT,
          include('3', 'CONTAINS', 4002, '1', 'U'),
          include('4', 'CONTAINS', 4004, '1-n', 'MC', { when: { kind: 'at-least-one', rows: ['4', '5'] } }),
          include('5', 'CONTAINS', 4006, '1-n', 'MC', { when: { kind: 'at-least-one', rows: ['4', '5'] } }),
        ],
      }),
    ],
  },
  {
    tid: 4004,
    name: 'Mammography CAD Composite Feature',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111015', 'Composite Feature'), '1', 'M', {
        value: group(6016),
        below: [
          INTENT,
          ...tracked(),
          include('3', 'HAS PROPERTIES', 4005, '1', 'M'),
          include('4', 'INFERRED FROM', 4004, '1-n', 'MC', { when: SOURCES }),
          include('5', 'INFERRED FROM', 4006, '1-n', 'MC', { when: SOURCES }),
          row('6', 'INFERRED FROM', 'CODE', dcm('111015', 'Composite Feature'), '1-n', 'MC', {
            when: SOURCES,
            by: 'reference',
          }),
          row('7', 'INFERRED FROM', 'CODE', dcm('111059', 'Single Image Finding'), '1-n', 'MC', {
            when: SOURCES,
            by: 'reference',
          }),
        ],
      }),
    ],
  },
  {
    tid: 4005,
    name: 'Mammography CAD Composite Feature Body',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111016', 'Composite type'), '1', 'M', { value: group(6035) }),
      row('2', undefined, 'CODE', dcm('111057', 'Scope of Feature'), '1', 'M', { value: group(6036) }),
      include('3', undefined, 4019, '1', 'M'),
      row('4', undefined, 'NUM', dcm('111011', 'Certainty of Feature'), '1', 'U', { value: SHARE }),
      row('5', undefined, 'NUM', PROBABILITY, '1', 'UC', {
        when: { kind: 'parent-is-not', codes: [NON_LESION], onlyIf: true },
        value: SHARE,
      }),
      row('6', undefined, 'CODE', dcm('111042', 'Pathology'), '1-n', 'U'),
      include('10', undefined, 4021, '1-n', 'U'),
    ],
  },
  {
    tid: 4006,
    name: 'Mammography CAD Single Image Finding',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111059', 'Single Image Finding'), '1', 'M', {
        value: group(6014),
        below: [
          INTENT,
          ...tracked(),
          include('5', 'HAS PROPERTIES', 4019, '1', 'M'),
          row('6', 'HAS PROPERTIES', 'NUM', CERTAINTY, '1', 'U', { value: SHARE }),
          row('7', 'HAS PROPERTIES', 'NUM', PROBABILITY, '1', 'UC', {
            when: {
              kind: 'parent-is-not',
              codes: [COMPOSITION, BREAST_GEOMETRY, NIPPLE, SELECTED_REGION, IMAGE_QUALITY, NON_LESION],
              onlyIf: true,
            },
            value: SHARE,
          }),
          include('8', 'HAS PROPERTIES', 4021, '1', 'MC', {
            when: { kind: 'parent-is-not', codes: [COMPOSITION, BREAST_GEOMETRY, IMAGE_QUALITY], onlyIf: true },
          }),
          include('9', 'HAS PROPERTIES', 4007, '1', 'MC', {
            when: { kind: 'parent-is', codes: [COMPOSITION], onlyIf: true },
          }),
          include('11', 'HAS PROPERTIES', 4009, '1', 'UC', {
            when: { kind: 'parent-is', codes: [CALCIFICATION], onlyIf: true },
          }),
          include('12', 'HAS PROPERTIES', 4010, '1', 'UC', {
            when: { kind: 'parent-is', codes: [CLUSTER], onlyIf: true },
          }),
          include('14', 'HAS PROPERTIES', 4011, '1', 'UC', {
            when: { kind: 'parent-is', codes: [DENSITY], onlyIf: true },
          }),
        ],
      }),
    ],
  },
  {
    tid: 4007,
    name: 'Mammography CAD Breast Composition',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', COMPOSITION, '1', 'M', { value: group(6000) }),
      row('2', undefined, 'NUM', dcm('111046', 'Percent Fibroglandular Tissue'), '1', 'U', { value: SHARE }),
    ],
  },
  {
    tid: 4009,
    name: 'Mammography CAD Individual Calcification',
    extensible: false,
    rows: [row('1', undefined, 'CODE', CALCIFICATION_TYPE, '1-n', 'U')],
  },
  {
    tid: 4010,
    name: 'Mammography CAD Calcification Cluster',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', CALCIFICATION_TYPE, '1-n', 'U'),
      row('2', undefined, 'CODE', dcm('111008', 'Calcification Distribution'), '1', 'U'),
      row('3', undefined, 'NUM', dcm('111038', 'Number of calcifications'), '1', 'U'),
    ],
  },
  {
    tid: 4011,
    name: 'Mammography CAD Density',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111035', 'Lesion Density'), '1', 'U'),
      row('2', undefined, 'CODE', sct('107644003', 'Shape'), '1', 'U'),
      row(
        '3',
        undefined,
        'CODE',
        { kind: 'one-of', codes: [dcm('111037', 'Margins'), sct('112233002', 'Margin')] },
        '1-n',
        'U',
      ),
    ],
  },
  geometry(4021, 'Mammography CAD Geometry'),
];

/** Names under which a finding is followed from one report to the next. */
function tracked(): readonly Row[] {
  return [
    row('T1', 'HAS OBS CONTEXT', 'TEXT', dcm('112039', 'Tracking Identifier'), '1', 'U'),
    row('T2', 'HAS OBS CONTEXT', 'UIDREF', dcm('112040', 'Tracking Unique Identifier'), '1', 'U'),
  ];
}

/** Concepts of the other rows of TID 4105, whose values are not judged here. */
const OTHER_DESCRIPTORS = [
  ...['112006', '112007', '112008', '112009', '112010', '112014', '112015', '112027', '112028', '112030'].map((value) =>
    dcm(value, 'descriptor of TID 4105'),
  ),
  sct('246112005', 'Severity'),
];

/** Whoever says that there are findings lists one at least, and nobody else does. */
const FINDINGS_BELOW = { kind: 'at-least-one', rows: ['2', '3'], ifParent: WITH_FINDINGS } as const;

const CHEST: readonly Template[] = [
  {
    tid: 4100,
    name: 'Chest CAD Document Root',
    extensible: false,
    rows: [
      row('1', undefined, 'CONTAINER', dcm('112000', 'Chest CAD Report'), '1', 'M', {
        below: [
          include('2', 'HAS CONCEPT MOD', 1204, '1', 'M'),
          row('3', 'CONTAINS', 'CONTAINER', dcm('111028', 'Image Library'), '1', 'U', {
            below: [
              include('4', 'CONTAINS', 4020, '1-n', 'M', {
                parameters: { laterality: [244], view: [4010], modifier: [] },
              }),
            ],
          }),
          include('5', 'CONTAINS', 4101, '1', 'M'),
          ...performed([6101, 6104], [6137]),
        ],
      }),
    ],
  },
  {
    tid: 4101,
    name: 'Chest CAD Findings Summary',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111017', 'CAD Processing and Findings Summary'), '1', 'M', {
        value: group(6047),
        below: [
          include('2', 'INFERRED FROM', 4102, '1-n', 'MC', { when: FINDINGS_BELOW }),
          include('3', 'INFERRED FROM', 4104, '1-n', 'MC', { when: FINDINGS_BELOW }),
        ],
      }),
    ],
  },
  {
    tid: 4102,
    name: 'Chest CAD Composite Feature',
    // Only its head is kept here: what stands below it is not judged.
    extensible: true,
    rows: [row('1', undefined, 'CODE', dcm('111015', 'Composite Feature'), '1', 'M')],
  },
  {
    tid: 4104,
    name: 'Chest CAD Single Image Finding',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('111059', 'Single Image Finding'), '1', 'M', {
        value: group(6101),
        below: [
          row('2', 'HAS CONCEPT MOD', 'CODE', dcm('112024', 'Single Image Finding Modifier'), '1', 'U', {
            value: group(6104),
          }),
          { ...INTENT, row: '6' },
          ...tracked(),
          include('11', 'HAS OBS CONTEXT', 4019, '1', 'M'),
          row('12', 'HAS PROPERTIES', 'NUM', CERTAINTY, '1', 'U', { value: SHARE }),
          row('13', 'HAS PROPERTIES', 'NUM', PROBABILITY, '1', 'U', { value: SHARE }),
          include('14', 'HAS PROPERTIES', 4107, '1', 'MC', {
            when: { kind: 'parent-is-not', codes: [IMAGE_QUALITY], onlyIf: true },
          }),
          // TID 1400 to TID 1402: lengths, areas, volumes.
          row('15', 'HAS PROPERTIES', 'NUM', ANY_CONCEPT, '1-n', 'U', {
            value: { kind: 'number', units: { cids: [7460, 7461, 7462] } },
          }),
          include('18', 'HAS PROPERTIES', 4105, '1', 'U'),
        ],
      }),
    ],
  },
  {
    tid: 4105,
    name: 'Chest CAD Descriptors',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('112025', 'Size Descriptor'), '1', 'U'),
      row('2', undefined, 'CODE', dcm('112026', 'Width Descriptor'), '1', 'U'),
      row('8', undefined, 'CODE', dcm('112013', 'Location in Chest'), '1', 'U'),
      row('9', undefined, 'CODE', LATERALITY, '1', 'U', { value: group(244) }),
      row('10', undefined, 'CODE', { kind: 'one-of', codes: OTHER_DESCRIPTORS }, '1-n', 'U'),
    ],
  },
  geometry(4107, 'Chest CAD Geometry'),
];

const SHARED: readonly Template[] = [
  lists(4015, 'CAD Detections Performed', dcm('111063', 'Successful Detections'), dcm('111025', 'Failed Detections')),
  lists(4016, 'CAD Analyses Performed', dcm('111062', 'Successful Analyses'), dcm('111024', 'Failed Analyses')),
  one(4017, 'CAD Detection Performed', dcm('111022', 'Detection Performed'), 'detection'),
  one(4018, 'CAD Analysis Performed', dcm('111004', 'Analysis Performed'), 'analysis'),
  {
    tid: 4019,
    name: 'Algorithm Identification',
    extensible: false,
    rows: [
      row('1', undefined, 'TEXT', dcm('111001', 'Algorithm Name'), '1', 'M'),
      row('1b', undefined, 'CODE', dcm('111001', 'Algorithm Name'), '1', 'U'),
      row('2', undefined, 'TEXT', dcm('111003', 'Algorithm Version'), '1', 'M'),
      row('2b', undefined, 'TEXT', dcm('122405', 'Algorithm Manufacturer'), '1', 'U'),
      row('3', undefined, 'TEXT', dcm('111002', 'Algorithm Parameters'), '1-n', 'U'),
      row('4', undefined, 'CODE', dcm('111000', 'Algorithm Family'), '1', 'U'),
    ],
  },
  {
    tid: 4020,
    name: 'CAD Image Library Entry',
    extensible: false,
    rows: [
      row('1', undefined, 'IMAGE', NO_CONCEPT, '1', 'M', {
        below: [
          row('2', 'HAS ACQ CONTEXT', 'CODE', dcm('111027', 'Image Laterality'), '1', 'U', {
            value: { kind: 'parameter', name: 'laterality' },
          }),
          row('3', 'HAS ACQ CONTEXT', 'CODE', dcm('111031', 'Image View'), '1', 'U', {
            value: { kind: 'parameter', name: 'view' },
            below: [
              row('4', 'HAS CONCEPT MOD', 'CODE', dcm('111032', 'Image View Modifier'), '1-n', 'U', {
                value: { kind: 'parameter', name: 'modifier' },
              }),
            ],
          }),
          row('5', 'HAS ACQ CONTEXT', 'TEXT', dcm('111044', 'Patient Orientation Row'), '1', 'U'),
          row('6', 'HAS ACQ CONTEXT', 'TEXT', dcm('111043', 'Patient Orientation Column'), '1', 'U'),
          row('7', 'HAS ACQ CONTEXT', 'DATE', dcm('111060', 'Study Date'), '1', 'U'),
          row('8', 'HAS ACQ CONTEXT', 'TIME', dcm('111061', 'Study Time'), '1', 'U'),
          row('9', 'HAS ACQ CONTEXT', 'DATE', dcm('111018', 'Content Date'), '1', 'U'),
          row('10', 'HAS ACQ CONTEXT', 'TIME', dcm('111019', 'Content Time'), '1', 'U'),
          row('11', 'HAS ACQ CONTEXT', 'NUM', dcm('111026', 'Horizontal Pixel Spacing'), '1', 'U', { value: SPACING }),
          row('12', 'HAS ACQ CONTEXT', 'NUM', dcm('111066', 'Vertical Pixel Spacing'), '1', 'U', { value: SPACING }),
        ],
      }),
    ],
  },
];

/**
 * Reports of computer-aided detection. PS3.16 annex A, "Mammography CAD SR IOD Templates" and "Chest CAD SR IOD Templates",
 * edition 2024e. What stands in a row on the condition that an image has an element is optional here: the image is not at
 * hand. Not kept are TID 4008, TID 4012 to TID 4014, TID 4023, rows 7 to 9 and 11 of TID 4005, what TID 1400 to TID 1402 have
 * below their numbers, what TID 4102 has below its head, and that rows 8 and 9 of TID 4002 exclude each other.
 */
export const CAD_TEMPLATES: readonly Template[] = [...MAMMOGRAPHY, ...CHEST, ...SHARED];
