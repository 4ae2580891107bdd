import { type Code, dcm, sct } from './code.ts';
import { ANY_CONCEPT, type ConceptRule, group, include, NO_CONCEPT, type Row, row, type Template } from './template.ts';

/** A group names what was measured in one way of four. */
const ONE_PLANAR_REGION = { kind: 'exactly-one', rows: ['R5', 'R7', 'R8', 'R8b'] } as const;
const ONE_VOLUME = { kind: 'exactly-one', rows: ['R5', 'R7', 'R9', 'R12b'] } as const;

const LATERALITY = sct('272741003', 'Laterality');
const SITE = sct('363698007', 'Finding Site');
const REGION = dcm('111030', 'Image Region');
const SEGMENT = dcm('121191', 'Referenced Segment');
const SEGMENTATION_FRAME = dcm('121214', 'Referenced Segmentation Frame');
const SURFACE = dcm('121231', 'Volume Surface');
const SOURCE_IMAGE = dcm('121233', 'Source image for segmentation');
const SOURCE_SERIES = dcm('121232', 'Source series for segmentation');
const REGION_IN_SPACE = dcm('130488', 'Region in Space');
const MAP_USED = dcm('126100', 'Real World Value Map used for measurement');
const QUALITATIVE: Code = { value: 'C0034375', scheme: 'UMLS', meaning: 'Qualitative Evaluations' };

/** Rows that every group of measurements begins with (TID 1501, TID 1410, TID 1411). */
function groupHead(): readonly Row[] {
  return [
    row('1b', 'HAS OBS CONTEXT', 'TEXT', { value: 'C67447', scheme: 'NCIt', meaning: 'Activity Session' }, '1', 'U'),
    row('2', 'HAS OBS CONTEXT', 'TEXT', dcm('112039', 'Tracking Identifier'), '1', 'M'),
    row('3', 'HAS OBS CONTEXT', 'UIDREF', dcm('112040', 'Tracking Unique Identifier'), '1', 'M'),
    row('3b', 'CONTAINS', 'CODE', dcm('121071', 'Finding'), '1', 'U'),
    row('3c', 'CONTAINS', 'CODE', sct('276214006', 'Finding category'), '1', 'U'),
    include('4', 'HAS OBS CONTEXT', 1502, '1', 'U'),
  ];
}

/** Where and how, and the measurements themselves (TID 1419; TID 1501 rows 5 to 12). */
function measured(): readonly Row[] {
  return [
    row('5', 'HAS CONCEPT MOD', 'CODE', sct('370129005', 'Measurement Method'), '1', 'U'),
    row('6', 'HAS CONCEPT MOD', 'CODE', SITE, '1-n', 'U', {
      below: [
        row('7', 'HAS CONCEPT MOD', 'CODE', LATERALITY, '1', 'U', { value: group(244) }),
        row('8', 'HAS CONCEPT MOD', 'CODE', sct('106233006', 'Topographical modifier'), '1', 'U'),
      ],
    }),
    include('9b', 'HAS CONCEPT MOD', 4019, '1', 'U'),
    include('10', 'CONTAINS', 300, '1-n', 'U'),
    row('11', 'CONTAINS', 'CODE', ANY_CONCEPT, '1-n', 'U'),
    row('12', 'CONTAINS', 'TEXT', ANY_CONCEPT, '1-n', 'U'),
  ];
}

function selected(number: string): Row {
  return row(number, 'SELECTED FROM', 'IMAGE', NO_CONCEPT, '1', 'M', { by: 'either' });
}

const GROUP = dcm('125007', 'Measurement Group');

function measurementGroup(tid: number, name: string, rows: readonly Row[]): Template {
  return {
    tid,
    name,
    extensible: true,
    rows: [row('1', undefined, 'CONTAINER', GROUP, '1', 'M', { below: [...groupHead(), ...rows, ...measured()] })],
  };
}

const DOCUMENT_TITLE: ConceptRule = { kind: 'of-group', cid: 7021 };

/** Measurement reports. PS3.16 annex A, "Measurement Report Templates" and "Image Library Templates", edition 2024e. */
export const MEASUREMENT_TEMPLATES: readonly Template[] = [
  {
    tid: 1500,
    name: 'Measurement Report',
    extensible: true,
    rows: [
      row('1', undefined, 'CONTAINER', DOCUMENT_TITLE, '1', 'M', {
        below: [
          include('2', 'HAS CONCEPT MOD', 1204, '1', 'U'),
          include('3', 'HAS OBS CONTEXT', 1001, '1', 'M'),
          row('4', 'HAS CONCEPT MOD', 'CODE', dcm('121058', 'Procedure reported'), '1-n', 'M', { value: group(100) }),
          include('5', 'CONTAINS', 1600, '1', 'U'),
          row('6', 'CONTAINS', 'CONTAINER', dcm('126010', 'Imaging Measurements'), '1', 'MC', {
            when: { kind: 'unless-row', rows: ['10', '12'] },
            below: [
              include('6b', 'HAS CONCEPT MOD', 4019, '1', 'U'),
              include('7', 'CONTAINS', 1410, '1-n', 'U'),
              include('8', 'CONTAINS', 1411, '1-n', 'U'),
              include('9', 'CONTAINS', 1501, '1-n', 'U'),
            ],
          }),
          row('10', 'CONTAINS', 'CONTAINER', dcm('126011', 'Derived Imaging Measurements'), '1', 'MC', {
            when: { kind: 'unless-row', rows: ['6', '12'] },
            below: [include('11', 'CONTAINS', 1420, '1-n', 'U')],
          }),
          row('12', 'CONTAINS', 'CONTAINER', QUALITATIVE, '1', 'MC', {
            when: { kind: 'unless-row', rows: ['6', '10'] },
            below: [
              include('12b', 'HAS CONCEPT MOD', 4019, '1', 'U'),
              row('13', 'CONTAINS', 'CODE', ANY_CONCEPT, '1-n', 'U'),
              row('14', 'CONTAINS', 'TEXT', ANY_CONCEPT, '1-n', 'U'),
            ],
          }),
        ],
      }),
    ],
  },
  measurementGroup(1501, 'Measurement and Qualitative Evaluation Group', []),
  {
    tid: 1502,
    name: 'Time Point Context',
    extensible: true,
    rows: [
      row('1', undefined, 'UIDREF', dcm('126070', 'Subject Time Point Identifier'), '1', 'U'),
      row('2', undefined, 'TEXT', dcm('126071', 'Protocol Time Point Identifier'), '1', 'U'),
      row('3', undefined, 'TEXT', { value: 'C2348792', scheme: 'UMLS', meaning: 'Time Point' }, '1', 'U'),
      row('4', undefined, 'CODE', dcm('126072', 'Time Point Type'), '1', 'U'),
      row('5', undefined, 'NUM', dcm('126073', 'Time Point Order'), '1', 'U'),
    ],
  },
  measurementGroup(1410, 'Planar ROI Measurements and Qualitative Evaluations', [
    row('R5', 'CONTAINS', 'SCOORD', REGION, '1', 'MC', {
      when: ONE_PLANAR_REGION,
      below: [selected('R6')],
    }),
    row('R7', 'CONTAINS', 'IMAGE', SEGMENTATION_FRAME, '1', 'MC', {
      when: ONE_PLANAR_REGION,
    }),
    row('R8', 'CONTAINS', 'SCOORD3D', REGION, '1', 'MC', {
      when: ONE_PLANAR_REGION,
    }),
    row('R8b', 'CONTAINS', 'COMPOSITE', REGION_IN_SPACE, '1', 'MC', {
      when: ONE_PLANAR_REGION,
    }),
    row('R9', 'CONTAINS', 'IMAGE', SOURCE_IMAGE, '1', 'MC', { when: { kind: 'if-row', rows: ['R7'] } }),
    row('R10', 'CONTAINS', 'COMPOSITE', MAP_USED, '1', 'U'),
  ]),
  measurementGroup(1411, 'Volumetric ROI Measurements and Qualitative Evaluations', [
    row('R5', 'CONTAINS', 'SCOORD', REGION, '1-n', 'MC', {
      when: ONE_VOLUME,
      below: [selected('R6')],
    }),
    row('R7', 'CONTAINS', 'IMAGE', SEGMENT, '1', 'MC', {
      when: ONE_VOLUME,
    }),
    row('R9', 'CONTAINS', 'SCOORD3D', SURFACE, '1-n', 'MC', {
      when: ONE_VOLUME,
    }),
    row('R12b', 'CONTAINS', 'COMPOSITE', REGION_IN_SPACE, '1', 'MC', {
      when: ONE_VOLUME,
    }),
    row('R12', 'CONTAINS', 'IMAGE', SOURCE_IMAGE, '1-n', 'UC', { when: { kind: 'if-row', rows: ['R7', 'R9'] } }),
    row('R13', 'CONTAINS', 'UIDREF', SOURCE_SERIES, '1', 'UC', { when: { kind: 'if-row', rows: ['R7', 'R9'] } }),
    row('R14', 'CONTAINS', 'COMPOSITE', MAP_USED, '1', 'U'),
  ]),
  {
    tid: 1420,
    name: 'Measurements Derived From Multiple ROI Measurements',
    extensible: true,
    rows: [row('1', undefined, 'NUM', ANY_CONCEPT, '1', 'M')],
  },
  {
    tid: 1600,
    name: 'Image Library',
    extensible: true,
    rows: [
      row('1', undefined, 'CONTAINER', dcm('111028', 'Image Library'), '1', 'M', {
        below: [
          include('2', 'HAS ACQ CONTEXT', 1602, '1', 'U'),
          row('3', 'CONTAINS', 'CONTAINER', dcm('126200', 'Image Library Group'), '1-n', 'U', {
            below: [include('4', 'HAS ACQ CONTEXT', 1602, '1', 'U'), include('5', 'CONTAINS', 1601, '1-n', 'M')],
          }),
        ],
      }),
    ],
  },
  {
    tid: 1601,
    name: 'Image Library Entry',
    extensible: true,
    rows: [
      row('1', undefined, 'IMAGE', NO_CONCEPT, '1', 'M', {
        below: [include('2', 'HAS ACQ CONTEXT', 1602, '1', 'U')],
      }),
    ],
  },
  {
    tid: 1602,
    name: 'Image Library Entry Descriptors',
    extensible: true,
    rows: [
      row('1', undefined, 'CODE', dcm('121139', 'Modality'), '1', 'U'),
      row('2', undefined, 'CODE', dcm('123014', 'Target Region'), '1-n', 'U'),
      row('3', undefined, 'CODE', dcm('111027', 'Image Laterality'), '1', 'U', { value: group(244) }),
      row('4', undefined, 'CODE', dcm('111031', 'Image View'), '1', 'U'),
      row('5', undefined, 'DATE', dcm('111060', 'Study Date'), '1', 'U'),
      row('6', undefined, 'TIME', dcm('111061', 'Study Time'), '1', 'U'),
      row('7', undefined, 'DATE', dcm('111018', 'Content Date'), '1', 'U'),
      row('8', undefined, 'TIME', dcm('111019', 'Content Time'), '1', 'U'),
      row('9', undefined, 'UIDREF', dcm('112227', 'Frame of Reference UID'), '1', 'U'),
      row('10', undefined, 'NUM', dcm('110910', 'Pixel Data Rows'), '1', 'U'),
      row('11', undefined, 'NUM', dcm('110911', 'Pixel Data Columns'), '1', 'U'),
    ],
  },
];
