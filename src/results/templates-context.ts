import { type Code, dcm, sct } from './code.ts';
import { ANY_CONCEPT, group, include, NO_CONCEPT, row, type Template } from './template.ts';

const PERSON = dcm('121006', 'Person');
const DEVICE = dcm('121007', 'Device');
const LATERALITY = sct('272741003', 'Laterality');
const METHOD = sct('370129005', 'Measurement Method');
const SITE = sct('363698007', 'Finding Site');
const TOPOGRAPHY = sct('106233006', 'Topographical modifier');

/** A text or code of the context that may stand there. */
function optional(number: string, type: 'TEXT' | 'CODE' | 'UIDREF' | 'DATE' | 'NUM' | 'PNAME', concept: Code) {
  return row(number, undefined, type, concept, '1', 'U');
}

/**
 * Who observed whom, in which language, and what is measured how: templates that others include. PS3.16 annex A,
 * "General Templates" and "Measurement Templates", edition 2024e.
 */
export const CONTEXT_TEMPLATES: readonly Template[] = [
  {
    tid: 1204,
    name: 'Language of Content Item and Descendants',
    extensible: false,
    rows: [
      row('1', 'HAS CONCEPT MOD', 'CODE', dcm('121049', 'Language of Content Item and Descendants'), '1', 'M', {
        below: [row('2', 'HAS CONCEPT MOD', 'CODE', dcm('121046', 'Country of Language'), '1', 'U')],
      }),
    ],
  },
  {
    tid: 1001,
    name: 'Observation Context',
    extensible: false,
    rows: [
      include('1', 'HAS OBS CONTEXT', 1002, '1-n', 'M'),
      include('2', 'HAS OBS CONTEXT', 1005, '1', 'U'),
      include('3', 'HAS OBS CONTEXT', 1006, '1', 'U'),
    ],
  },
  {
    tid: 1002,
    name: 'Observer Context',
    extensible: false,
    rows: [
      row('1', undefined, 'CODE', dcm('121005', 'Observer Type'), '1', 'MC', {
        when: { kind: 'if-row', rows: ['3'] },
        value: group(270),
      }),
      include('2', undefined, 1003, '1', 'MC', {
        when: { kind: 'row-is', row: '1', codes: [PERSON], orAbsent: true },
      }),
      include('3', undefined, 1004, '1', 'MC', {
        when: { kind: 'row-is', row: '1', codes: [DEVICE], orAbsent: false },
      }),
    ],
  },
  {
    tid: 1003,
    name: 'Person Observer Identifying Attributes',
    extensible: false,
    rows: [
      row('1', undefined, 'PNAME', dcm('121008', 'Person Observer Name'), '1', 'M'),
      optional('2', 'TEXT', dcm('121009', "Person Observer's Organization Name")),
      optional('3', 'CODE', dcm('121010', "Person Observer's Role in the Organization")),
      optional('4', 'CODE', dcm('121011', "Person Observer's Role in this Procedure")),
      optional('5', 'TEXT', dcm('128774', "Person Observer's Login Name")),
      optional('6', 'TEXT', dcm('128775', "Identifier within Person Observer's Role")),
    ],
  },
  {
    tid: 1004,
    name: 'Device Observer Identifying Attributes',
    extensible: false,
    rows: [
      row('1', undefined, 'UIDREF', dcm('121012', 'Device Observer UID'), '1', 'M'),
      optional('2', 'TEXT', dcm('121013', 'Device Observer Name')),
      optional('3', 'TEXT', dcm('121014', 'Device Observer Manufacturer')),
      optional('4', 'TEXT', dcm('121015', 'Device Observer Model Name')),
      optional('5', 'TEXT', dcm('121016', 'Device Observer Serial Number')),
      optional('6', 'TEXT', dcm('121017', 'Device Observer Physical Location During Observation')),
      row('7', undefined, 'CODE', dcm('113876', 'Device Role in Procedure'), '1-n', 'U'),
      optional('8', 'TEXT', dcm('110119', 'Station AE Title')),
    ],
  },
  {
    tid: 1005,
    name: 'Procedure Study Context',
    extensible: false,
    rows: [
      optional('1', 'UIDREF', dcm('121018', 'Procedure Study Instance UID')),
      optional('2', 'UIDREF', dcm('121019', 'Procedure Study Component UID')),
      optional('3', 'TEXT', dcm('121020', 'Placer Number')),
      optional('4', 'TEXT', dcm('121021', 'Filler Number')),
      optional('5', 'TEXT', dcm('121022', 'Accession Number')),
      row('6', undefined, 'CODE', dcm('121023', 'Procedure Code'), '1-n', 'U'),
    ],
  },
  {
    tid: 1006,
    name: 'Subject Context',
    extensible: true,
    rows: [
      optional('1', 'CODE', dcm('121024', 'Subject Class')),
      optional('2', 'TEXT', dcm('121030', 'Subject ID')),
      optional('3', 'PNAME', dcm('121029', 'Subject Name')),
      optional('4', 'UIDREF', dcm('121028', 'Subject UID')),
      optional('5', 'DATE', dcm('121031', 'Subject Birth Date')),
      optional('6', 'CODE', dcm('121032', 'Subject Sex')),
      optional('7', 'NUM', dcm('121033', 'Subject Age')),
    ],
  },
  {
    tid: 300,
    name: 'Measurement',
    extensible: true,
    rows: [
      row('1', undefined, 'NUM', ANY_CONCEPT, '1', 'M', {
        below: [
          row('3', 'HAS CONCEPT MOD', 'CODE', METHOD, '1', 'U'),
          row('4', 'HAS CONCEPT MOD', 'CODE', dcm('121401', 'Derivation'), '1', 'U'),
          row('5', 'HAS CONCEPT MOD', 'CODE', SITE, '1-n', 'U', {
            below: [
              row('6', 'HAS CONCEPT MOD', 'CODE', LATERALITY, '1', 'U', { value: group(244) }),
              row('7', 'HAS CONCEPT MOD', 'CODE', TOPOGRAPHY, '1', 'U'),
            ],
          }),
          include('13', 'INFERRED FROM', 320, '1-n', 'U'),
        ],
      }),
    ],
  },
  {
    tid: 320,
    name: 'Image or Spatial Coordinates',
    extensible: true,
    rows: [
      row('1', undefined, 'IMAGE', dcm('121112', 'Source of Measurement'), '1-n', 'U'),
      row('3', undefined, 'SCOORD', dcm('121112', 'Source of Measurement'), '1-n', 'U', {
        below: [row('4', 'SELECTED FROM', 'IMAGE', NO_CONCEPT, '1', 'M', { by: 'either' })],
      }),
    ],
  },
];
