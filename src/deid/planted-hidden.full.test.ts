import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, utf8 } from '#base';
import {
  type Attributes,
  buildDicom,
  DataSet,
  type Element,
  newElement,
  newSequence,
  parseDicom,
  writeDicom,
} from '#dicom';
import { attributeOf, tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';
import { deidentifyInPieces } from './deidentify-in-pieces.ts';
import { leftOf } from './planted-words.test.ts';

const SITE = { siteId: 'athens', secret: new Uint8Array(32).fill(3) };
const LITTLE = { explicit: true, littleEndian: true };
const WORDS = ['zborowska', 'oksana', '77120488', '19610314', 'zaimi', 'kappa.77'];
const TEXT = 'Zborowska^Oksana PID-77120488 19610314 Zaimi 77 kappa.77@example.org';
const DX = '1.2.840.10008.5.1.4.1.1.1.1';

const FILM: Attributes = {
  SOPClassUID: DX,
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'DX',
  BurnedInAnnotation: 'NO',
  PatientName: 'Zborowska^Oksana',
  PatientID: 'PID-77120488',
  PatientBirthDate: '19610314',
  PatientAddress: 'Zaimi 77, 26224 Patra',
  PatientSex: 'F',
  KVP: '110',
  BodyPartExamined: 'CHEST',
  ViewPosition: 'PA',
};
const PIXELS = {
  rows: 8,
  columns: 8,
  values: Uint8Array.from({ length: 64 }, (_, index) => index * 3),
  bitsStored: 8,
  photometricInterpretation: 'MONOCHROME2',
} as const;

interface Whole {
  /** In the element of the pixels: undefined for those of `PIXELS`. */
  readonly fragments?: readonly Uint8Array[];
  readonly table?: Uint8Array;
  readonly syntax?: string;
  readonly more?: readonly Element[];
  readonly attributes?: Attributes;
}

function fileOf({
  fragments,
  table = new Uint8Array(0),
  syntax = '1.2.840.10008.1.2.4.50',
  more = [],
  attributes,
}: Whole): Uint8Array {
  const { dataset } = parseDicom(buildDicom({ ...FILM, ...attributes }, PIXELS));
  const tags = new Set(more.map(({ tag }) => tag));
  const kept = dataset.elements.filter(({ tag }) => !tags.has(tag) && (fragments === undefined || tag !== 0x7fe00010));
  const elements = [...kept, ...more].sort((a, b) => a.tag - b.tag);
  const bytes = writeDicom({
    dataset: new DataSet(elements, LITTLE),
    transferSyntaxUid: fragments === undefined ? '1.2.840.10008.1.2.1' : syntax,
    sopClassUid: dataset.text(tagOf('SOPClassUID')) ?? '',
    sopInstanceUid: '1.3.6.1.4.1.99999.1',
  });
  if (fragments === undefined) return bytes;
  const item = (content: Uint8Array) => {
    const even = content.length % 2 === 0 ? content : concatBytes([content, new Uint8Array(1)]);
    const header = Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0);
    new DataView(header.buffer).setUint32(4, even.length, true);
    return concatBytes([header, even]);
  };
  return concatBytes([
    bytes,
    Uint8Array.of(0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff),
    ...[table, ...fragments].map(item),
    Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0),
  ]);
}

/** Both ways of cleaning: what they give is the same, and holds nothing of the person. */
function fateOf(bytes: Uint8Array): string {
  const outcome = deidentify(bytes, SITE);
  const source = {
    sizeBytes: bytes.length,
    read: (start: number, length: number) => bytes.subarray(start, start + length),
  };
  const inPieces = deidentifyInPieces(source, SITE);
  if (inPieces !== undefined) assert.equal(inPieces.kind, outcome.kind);
  if (outcome.kind === 'quarantined') {
    // The reason goes into logs and onto screens.
    assert.deepEqual(leftOf(utf8(`${outcome.sentence} ${outcome.mend}`), WORDS), []);
    return outcome.because;
  }
  assert.deepEqual(leftOf(outcome.image.bytes, WORDS), []);
  if (inPieces?.kind === 'clean')
    assert.deepEqual(Buffer.concat([...inPieces.contents()]), Buffer.from(outcome.image.bytes));
  const { dataset } = outcome.image;
  for (const keyword of ['PatientSex', 'KVP', 'BodyPartExamined', 'ViewPosition']) {
    if (FILM[keyword] !== undefined && dataset.text(tagOf('Modality')) === 'DX')
      assert.equal(dataset.text(tagOf(keyword)), FILM[keyword]);
  }
  return 'clean';
}

const element = (tag: number, vr: string, value: Uint8Array) => newElement(tag, vr, value, LITTLE);
const ascii = (text: string) => utf8(text);
const wide = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));

const segment = (marker: number, content: Uint8Array) =>
  concatBytes([Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255), content]);
const SOI = Uint8Array.of(0xff, 0xd8);
const SCAN = concatBytes([segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)), Uint8Array.of(0x12, 0xff, 0x00, 0x34)]);
const EOI = Uint8Array.of(0xff, 0xd9);
const jpeg = (...before: readonly Uint8Array[]) => concatBytes([SOI, ...before, SCAN, EOI]);
const SIZ = segment(0x51, new Uint8Array(36));
const SOT = (length: number) => segment(0x90, Uint8Array.of(0, 0, 0, 0, length >> 8, length & 255, 0, 1));
const SOD = Uint8Array.of(0xff, 0x93, 1, 2, 3, 4);
const j2k = (main: readonly Uint8Array[], tile: readonly Uint8Array[] = []) => {
  const inTile = concatBytes(tile);
  return concatBytes([Uint8Array.of(0xff, 0x4f), SIZ, ...main, SOT(12 + inTile.length + 6), inTile, SOD, EOI]);
};
const latinComment = (text: string) => concatBytes([Uint8Array.of(0, 1), ascii(text)]);
const box = (type: string, content: Uint8Array) => {
  const header = new Uint8Array(8);
  new DataView(header.buffer).setUint32(0, 8 + content.length);
  header.set(ascii(type), 4);
  return concatBytes([header, content]);
};
const J2K = '1.2.840.10008.1.2.4.90';
const SIGNATURE = box('jP  ', Uint8Array.of(0x0d, 0x0a, 0x87, 0x0a));

/** [where, file, what becomes of it] */
const PLACES: readonly (readonly [where: string, file: () => Uint8Array, fate: string])[] = [
  ['nowhere but in its own place', () => fileOf({}), 'clean'],
  [
    'the preamble',
    () => {
      const bytes = fileOf({}).slice();
      bytes.set(ascii(TEXT).subarray(0, 120), 4);
      return bytes;
    },
    'clean',
  ],
  [
    'the meta header',
    () =>
      withMeta([
        element(0x00020016, 'AE', ascii('ZBOROWSKA')),
        element(0x00020100, 'UI', ascii('1.2.3')),
        element(0x00020102, 'OB', ascii(TEXT)),
      ]),
    'clean',
  ],
  ['padding at the end', () => concatBytes([fileOf({}), element(0xfffcfffc, 'OB', ascii(TEXT)).raw]), 'clean'],
  [
    'zeros and text behind the end',
    () => concatBytes([fileOf({}), new Uint8Array(16), ascii(TEXT)]),
    'dicom.malformed',
  ],
  ['overlay data, label and description', () => fileOf({ more: overlay(0x6000) }), 'clean'],
  ['the last overlay', () => fileOf({ more: overlay(0x601e) }), 'clean'],
  [
    'a curve',
    () =>
      fileOf({
        more: [
          element(0x50003000, 'OW', ascii(TEXT)),
          element(0x50000022, 'LO', ascii(TEXT)),
          element(0x50002600, 'SH', ascii('Zborowska')),
        ],
      }),
    'clean',
  ],
  [
    'a known private creator',
    () =>
      fileOf({
        attributes: {
          '0019,0010 LO': 'SIEMENS MR HEADER',
          '0019,100C IS': '77120488',
          '0019,100E FD': ascii('Zborowska^Oksana'),
        },
      }),
    'clean',
  ],
  [
    'an unknown private creator',
    () => fileOf({ attributes: { '0019,0010 LO': TEXT, '0019,1001 LO': TEXT, '0019,1002 UN': ascii(TEXT) } }),
    'clean',
  ],
  [
    'private sequences in UN',
    () =>
      fileOf({
        more: [
          element(0x00290010, 'LO', ascii('VENDOR')),
          element(
            0x00291001,
            'UN',
            newSequence(
              0x00291001,
              'SQ',
              [new DataSet([newElement(0x00100010, 'PN', ascii(TEXT), IMPLICIT)], IMPLICIT)],
              IMPLICIT,
            ).raw.subarray(8),
          ),
        ],
      }),
    'clean',
  ],
  [
    'a known sequence in UN',
    () =>
      fileOf({
        more: [
          element(
            tagOf('AnatomicRegionSequence'),
            'UN',
            newSequence(
              1,
              'SQ',
              [new DataSet([newElement(0x00080104, 'LO', ascii(TEXT), IMPLICIT)], IMPLICIT)],
              IMPLICIT,
            ).raw.subarray(8),
          ),
        ],
      }),
    'clean',
  ],
  [
    'text behind NULs',
    () =>
      fileOf({
        more: [
          'ManufacturerModelName',
          'BodyPartExamined2',
          'DetectorID',
          'FilterType',
          'ScanOptions',
          'PatientOrientation',
        ]
          .filter((keyword) => !keyword.endsWith('2'))
          .map((keyword) => element(tagOf(keyword), attributeOf(tagOf(keyword))?.vr ?? 'LO', ascii(`AB\0\0${TEXT}`))),
      }),
    'clean',
  ],
  ['a character set that is a name', () => fileOf({ attributes: { SpecificCharacterSet: TEXT } }), 'clean'],
  [
    'text behind a long character set',
    () => fileOf({ attributes: { SpecificCharacterSet: `${'ISO_IR 100\\'.repeat(200)}${TEXT}` } }),
    'clean',
  ],
  ['elements that stand twice', () => doubled(), 'clean'],
  [
    'look-up tables',
    () =>
      fileOf({
        attributes: {
          VOILUTSequence: [{ LUTData: ascii(TEXT), LUTExplanation: TEXT }],
          RedPaletteColorLookupTableData: wide(TEXT),
          ICCProfile: ascii(TEXT),
        },
      }),
    'clean',
  ],
  [
    'bytes behind native pixels',
    () => fileOf({ more: [element(0x7fe00010, 'OB', concatBytes([PIXELS.values, ascii(TEXT)]))] }),
    'deid.hidden-text',
  ],
  [
    'bytes behind native pixels, two a character',
    () => fileOf({ more: [element(0x7fe00010, 'OB', concatBytes([PIXELS.values, wide(TEXT)]))] }),
    'deid.hidden-text',
  ],
  [
    'offsets of frames that are text',
    () => fileOf({ more: [element(0x7fe00001, 'OV', ascii(TEXT.slice(0, 64)))] }),
    'clean',
  ],
  ['the table of compressed frames', () => fileOf({ fragments: [jpeg()], table: ascii(TEXT) }), 'deid.hidden-text'],
  ['no comment', () => fileOf({ fragments: [jpeg()] }), 'clean'],
  [
    'a comment of an encoder',
    () => fileOf({ fragments: [jpeg(segment(0xfe, ascii('LEAD Technologies Inc. V1.01')))] }),
    'clean',
  ],
  ['a JPEG comment', () => fileOf({ fragments: [jpeg(segment(0xfe, ascii(TEXT)))] }), 'deid.hidden-text'],
  [
    'a JPEG comment, two bytes a character',
    () => fileOf({ fragments: [jpeg(segment(0xfe, wide(TEXT)))] }),
    'deid.hidden-text',
  ],
  [
    'EXIF of a JPEG',
    () => fileOf({ fragments: [jpeg(segment(0xe1, ascii(`Exif\0\0MM\0*\0\0${TEXT}`)))] }),
    'deid.hidden-text',
  ],
  ['the last application segment', () => fileOf({ fragments: [jpeg(segment(0xef, ascii(TEXT)))] }), 'deid.hidden-text'],
  [
    'a comment between scans',
    () => fileOf({ fragments: [concatBytes([SOI, SCAN, segment(0xfe, ascii(TEXT)), SCAN, EOI])] }),
    'deid.hidden-text',
  ],
  [
    'bytes behind the end of a JPEG',
    () => fileOf({ fragments: [concatBytes([jpeg(), ascii(TEXT)])] }),
    'deid.hidden-text',
  ],
  [
    'a comment over two fragments',
    () => {
      const whole = jpeg(segment(0xfe, ascii(TEXT)));
      return fileOf({ fragments: [whole.slice(0, 14), whole.slice(14)] });
    },
    'deid.hidden-text',
  ],
  [
    'a comment in the second frame',
    () => fileOf({ fragments: [jpeg(), jpeg(segment(0xfe, ascii(TEXT)))], attributes: { NumberOfFrames: '2' } }),
    'deid.hidden-text',
  ],
  ['a fragment that is text', () => fileOf({ fragments: [jpeg(), ascii(TEXT)] }), 'deid.hidden-text'],
  ['no JPEG 2000 comment', () => fileOf({ fragments: [j2k([])], syntax: J2K }), 'clean'],
  [
    'a JPEG 2000 comment',
    () => fileOf({ fragments: [j2k([segment(0x64, latinComment(TEXT))])], syntax: J2K }),
    'deid.hidden-text',
  ],
  [
    'a comment in a tile-part',
    () => fileOf({ fragments: [j2k([], [segment(0x64, latinComment(TEXT))])], syntax: J2K }),
    'deid.hidden-text',
  ],
  [
    'bytes behind a JPEG 2000 code stream',
    () => fileOf({ fragments: [concatBytes([j2k([]), ascii(TEXT)])], syntax: J2K }),
    'deid.hidden-text',
  ],
  [
    'an XML box',
    () =>
      fileOf({ fragments: [concatBytes([SIGNATURE, box('xml ', ascii(TEXT)), box('jp2c', j2k([]))])], syntax: J2K }),
    'deid.hidden-text',
  ],
  [
    'a comment inside a box',
    () =>
      fileOf({
        fragments: [concatBytes([SIGNATURE, box('jp2c', j2k([segment(0x64, latinComment(TEXT))]))])],
        syntax: J2K,
      }),
    'deid.hidden-text',
  ],
  [
    'a UUID box behind the code stream',
    () =>
      fileOf({ fragments: [concatBytes([SIGNATURE, box('jp2c', j2k([])), box('uuid', ascii(TEXT))])], syntax: J2K }),
    'deid.hidden-text',
  ],
  [
    'icons and thumbnails',
    () =>
      fileOf({
        attributes: {
          IconImageSequence: [{ PixelData: ascii(TEXT), ImageComments: TEXT }],
          ReferencedImageSequence: [{ IconImageSequence: [{ PixelData: ascii(TEXT) }], PixelData: ascii(TEXT) }],
        },
      }),
    'clean',
  ],
  [
    'graphic annotations',
    () =>
      fileOf({
        attributes: {
          GraphicAnnotationSequence: [
            {
              GraphicLayer: TEXT,
              TextObjectSequence: [{ UnformattedTextValue: TEXT }],
              GraphicObjectSequence: [{ GraphicType: TEXT }],
            },
          ],
          GraphicLayerSequence: [{ GraphicLayer: 'ZBOROWSKA', GraphicLayerDescription: TEXT }],
        },
      }),
    'clean',
  ],
  [
    'waveforms and their annotations',
    () =>
      fileOf({
        attributes: {
          WaveformSequence: [
            {
              MultiplexGroupLabel: 'Zborowska',
              WaveformData: ascii(TEXT),
              ChannelDefinitionSequence: [{ ChannelLabel: 'Zborowska' }],
            },
          ],
          WaveformAnnotationSequence: [
            { UnformattedTextValue: TEXT, ConceptNameCodeSequence: [{ CodeMeaning: TEXT }] },
          ],
        },
      }),
    'clean',
  ],
  [
    'signatures and original attributes',
    () =>
      fileOf({
        attributes: {
          DigitalSignaturesSequence: [{ CertificateOfSigner: ascii(TEXT), Signature: ascii(TEXT) }],
          OriginalAttributesSequence: [
            { SourceOfPreviousValues: TEXT, ModifiedAttributesSequence: [{ PatientName: TEXT, PatientID: TEXT }] },
          ],
          EncryptedAttributesSequence: [{ EncryptedContent: ascii(TEXT) }],
        },
      }),
    'clean',
  ],
  ['an encapsulated PDF', () => document('1.2.840.10008.5.1.4.1.1.104.1', 'application/pdf'), 'deid.text-object'],
  ['an encapsulated CDA', () => document('1.2.840.10008.5.1.4.1.1.104.2', 'text/XML'), 'deid.text-object'],
  ['an encapsulated STL', () => document('1.2.840.10008.5.1.4.1.1.104.3', 'model/stl'), 'deid.text-object'],
  ['an ECG', () => document('1.2.840.10008.5.1.4.1.1.9.1.1', ''), 'deid.text-object'],
  [
    'a document inside a film',
    () =>
      fileOf({
        attributes: { EncapsulatedDocument: ascii(TEXT), DocumentTitle: TEXT, MIMETypeOfEncapsulatedDocument: TEXT },
      }),
    'clean',
  ],
  ['every content item of a report', () => report(), 'clean'],
];
for (const [where, file, fate] of PLACES)
  test(`planted in ${where}: ${fate}`, () => assert.equal(fateOf(file()), fate));

const IMPLICIT = { explicit: false, littleEndian: true };

/** Text in the bits of an overlay, as a device draws it, beside text in its own words. */
function overlay(group: number): readonly Element[] {
  const tag = (number: number) => (group * 0x10000 + number) >>> 0;
  const eight = Uint8Array.of(8, 0);
  return [
    ...[
      element(tag(0x10), 'US', eight),
      element(tag(0x11), 'US', eight),
      element(tag(0x40), 'CS', ascii('G ')),
      element(tag(0x100), 'US', Uint8Array.of(1, 0)),
    ],
    ...[
      element(tag(0x22), 'LO', ascii(TEXT)),
      element(tag(0x1500), 'LO', ascii(TEXT)),
      element(tag(0x4000), 'LT', ascii(TEXT)),
    ],
    element(tag(0x3000), 'OW', ascii(TEXT)),
  ];
}

function withMeta(more: readonly Element[]): Uint8Array {
  const bytes = fileOf({});
  const { meta } = parseDicom(bytes);
  const elements = [...meta.elements.filter(({ tag }) => tag !== 0x00020000), ...more].map(({ raw }) => raw);
  const rest = concatBytes(elements);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, rest.length, true);
  const head = 132 + meta.elements.reduce((sum, { raw }) => sum + raw.length, 0);
  return concatBytes([bytes.subarray(0, 132), element(0x00020000, 'UL', length).raw, rest, bytes.subarray(head)]);
}

/** Everything that stays stands there once more before it, with a name. */
function doubled(): Uint8Array {
  const { dataset } = parseDicom(fileOf({}));
  const twice = dataset.elements.flatMap((one) =>
    one.tag > 0x00080018 && one.tag < 0x7fe00000 && !one.items
      ? [element(one.tag, one.vr, ascii('Zborowska^Oksana')), one]
      : [one],
  );
  return writeDicom({
    dataset: new DataSet(twice, LITTLE),
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    sopClassUid: DX,
    sopInstanceUid: '1.3.6.1.4.1.99999.1',
  });
}

function document(SOPClassUID: string, MIMETypeOfEncapsulatedDocument: string): Uint8Array {
  return buildDicom({
    ...FILM,
    SOPClassUID,
    Modality: 'DOC',
    MIMETypeOfEncapsulatedDocument,
    EncapsulatedDocument: ascii(`%PDF-1.4 ${TEXT}`),
  });
}

function report(): Uint8Array {
  const name = { CodeValue: '121071', CodingSchemeDesignator: 'DCM', CodeMeaning: `Finding of ${TEXT.slice(0, 20)}` };
  const item = (ValueType: string, content: Attributes): Attributes => ({
    RelationshipType: 'CONTAINS',
    ValueType,
    ConceptNameCodeSequence: [name],
    ...content,
  });
  const items = [
    item('TEXT', { TextValue: `Mass in the left breast of ${TEXT}` }),
    item('PNAME', { PersonName: 'Zborowska^Oksana' }),
    item('CODE', { ConceptCodeSequence: [{ ...name, CodeMeaning: 'Oksana Zborowska' }] }),
    item('NUM', { MeasuredValueSequence: [{ NumericValue: '77120488', MeasurementUnitsCodeSequence: [name] }] }),
    item('DATE', { Date: '19610314' }),
    item('TIME', { Time: '101112.19610314' }),
    item('DATETIME', { DateTime: '19610314101112' }),
    item('UIDREF', { UID: '1.2.77120488.1' }),
    item('IMAGE', {
      ReferencedSOPSequence: [{ ReferencedSOPClassUID: DX, ReferencedSOPInstanceUID: '1.2.77120488.2' }],
    }),
    item('WAVEFORM', { ReferencedSOPSequence: [{ ReferencedSOPInstanceUID: '1.2.77120488.3' }] }),
    item('COMPOSITE', {
      ReferencedSOPSequence: [{ ReferencedSOPInstanceUID: '1.2.77120488.4', PurposeOfReferenceCodeSequence: [name] }],
    }),
    item('SCOORD', { GraphicType: 'POINT', GraphicData: ascii('Zborowska^Oksana') }),
    item('TCOORD', { TemporalRangeType: 'POINT', ReferencedDateTime: '19610314101112' }),
  ];
  return buildDicom({
    ...FILM,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.11',
    Modality: 'SR',
    ...item('CONTAINER', { ContentSequence: [...items, item('CONTAINER', { ContentSequence: items })] }),
    VerifyingObserverSequence: [{ VerifyingObserverName: 'Zborowska^Oksana', VerifyingOrganization: TEXT }],
    AuthorObserverSequence: [{ PersonName: 'Zborowska^Oksana' }],
    PredecessorDocumentsSequence: [{ StudyInstanceUID: '1.2.77120488.5' }],
  });
}

test('planted in an item of every sequence of PS3.6', () => {
  const sequences: number[] = [];
  for (let group = 8; group < 0x5000; group += 2) {
    for (let number = 0; number < 0x10000; number += 1) {
      const tag = group * 0x10000 + number;
      if (attributeOf(tag)?.vr === 'SQ') sequences.push(tag);
    }
  }
  assert.ok(sequences.length > 900, `${sequences.length}`);
  const item: readonly Element[] = [
    element(0x00080060, 'CS', ascii('ZBOROWSKA')),
    element(0x00080104, 'LO', ascii(TEXT)),
    element(0x00081090, 'LO', ascii(TEXT)),
    element(0x00090010, 'LO', ascii(TEXT)),
    element(0x00100010, 'PN', ascii(TEXT)),
    element(0x00180015, 'CS', ascii('PID-77120488')),
    element(0x00280010, 'US', ascii('Zborowska^Oksana')),
    element(0x00283006, 'OW', ascii(TEXT)),
    element(0x0040a160, 'UT', ascii(TEXT)),
  ];
  const more = sequences.map((tag) => newSequence(tag, 'SQ', [new DataSet(item, LITTLE)], LITTLE));
  assert.equal(fateOf(fileOf({ more })), 'clean');
});
