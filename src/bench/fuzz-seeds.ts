import { deflateRawSync } from 'node:zlib';
import { concatBytes } from '#base';
import { buildDicom, parseDicom, TRANSFER_SYNTAX } from '#dicom';

const FILM = '1.2.840.10008.5.1.4.1.1.1.1';

/** Small files of every encoding, of nobody: what the campaign against the parser and the de-identification damages. */
export function fuzzSeeds(): readonly Uint8Array[] {
  const film = buildDicom(PERSON, {
    ...{ rows: 12, columns: 10, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' as const },
    values: Uint16Array.from({ length: 120 }, (_, index) => (index * 37) % 4096),
  });
  const body = film.subarray(bodyOffset(film));
  const implicit = elementsAs(film, { explicit: false, littleEndian: true });
  const big = elementsAs(film, { explicit: true, littleEndian: false });
  return [
    film,
    withSyntax(TRANSFER_SYNTAX.implicitLittle, implicit),
    withSyntax(TRANSFER_SYNTAX.explicitBig, big),
    withSyntax(TRANSFER_SYNTAX.deflatedLittle, new Uint8Array(deflateRawSync(body))),
    withSyntax(TRANSFER_SYNTAX.rle, concatBytes([plainElements(), encapsulated([rleFrame()])])),
    withSyntax(TRANSFER_SYNTAX.rle, concatBytes([plainElements('2'), encapsulated([rleFrame(), rleFrame()])])),
    withSyntax('1.2.840.10008.1.2.4.70', concatBytes([plainElements(), encapsulated([jpegHead()])])),
    withSyntax(TRANSFER_SYNTAX.explicitLittle, concatBytes([plainElements(), undefinedSequences()])),
    buildDicom(REPORT),
  ];
}

const PERSON = {
  SOPClassUID: FILM,
  SOPInstanceUID: '1.2.3.4',
  StudyInstanceUID: '1.2.3',
  SeriesInstanceUID: '1.2.3.1',
  ...{
    PatientName: 'Fuzz^Nobody',
    PatientID: '0000',
    PatientBirthDate: '19500101',
    PatientSex: 'F',
    PatientAge: '070Y',
  },
  ...{ StudyDate: '20200102', StudyTime: '101112.5', Modality: 'DX', BodyPartExamined: 'CHEST', Manufacturer: 'None' },
  ...{ StudyDescription: 'Thorax pa of Fuzz', PixelSpacing: ['0.1', '0.1'], WindowCenter: 2000, WindowWidth: 4000 },
  ReferencedStudySequence: [{ ReferencedSOPClassUID: '1.2', ReferencedSOPInstanceUID: '1.2.9' }],
  ViewCodeSequence: [{ CodeValue: 'R-1', CodeMeaning: 'lateral', ViewModifierCodeSequence: [{ CodeValue: 'x' }] }],
  '0009,0010 LO': 'NOBODY',
  '0009,1001 UN': Uint8Array.of(1, 2, 3, 4),
  '6000,0010 US': [8],
  '6000,0011 US': [8],
  '6000,3000 OW': new Uint8Array(8),
};

const REPORT = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.22',
  SOPInstanceUID: '1.2.3.5',
  Modality: 'SR',
  PatientID: '0000',
  ValueType: 'CONTAINER',
  ConceptNameCodeSequence: [{ CodeValue: '111036', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Report' }],
  ContentSequence: [
    { ValueType: 'TEXT', TextValue: 'Nobody was seen.', RelationshipType: 'CONTAINS' },
    { ValueType: 'PNAME', PersonName: 'Fuzz^Nobody', RelationshipType: 'HAS OBS CONTEXT' },
    { ValueType: 'CONTAINER', ContentSequence: [{ ValueType: 'UIDREF', UID: '1.2.3' }] },
  ],
};

function bodyOffset(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset);
  return 144 + view.getUint32(140, true);
}

interface Coding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** The top elements of a file in another encoding; sequences, whose items have one too, are left out. */
function elementsAs(file: Uint8Array, coding: Coding): Uint8Array {
  const { dataset } = parseDicom(file);
  return concatBytes(
    dataset.elements.flatMap(({ tag, vr, value }) => {
      if (vr === 'SQ') return [];
      const words = !coding.littleEndian && (vr === 'US' || vr === 'OW');
      return [element({ tag, vr, value: words ? swapped(value) : value }, coding)];
    }),
  );
}

function swapped(value: Uint8Array): Uint8Array {
  return value.map((_, index) => value[index ^ 1] ?? 0);
}

const LONG_FORM = new Set(['OB', 'OW', 'UN', 'UT', 'SQ']);

function element(
  { tag, vr, value }: { readonly tag: number; readonly vr: string; readonly value: Uint8Array },
  { explicit, littleEndian }: Coding,
): Uint8Array {
  const long = !explicit || LONG_FORM.has(vr);
  const head = new Uint8Array(explicit && long ? 12 : 8);
  const view = new DataView(head.buffer);
  view.setUint16(0, tag >>> 16, littleEndian);
  view.setUint16(2, tag & 0xffff, littleEndian);
  if (explicit) {
    head[4] = vr.charCodeAt(0);
    head[5] = vr.charCodeAt(1);
  }
  if (long) view.setUint32(explicit ? 8 : 4, value.length, littleEndian);
  else view.setUint16(6, value.length, littleEndian);
  return concatBytes([head, value]);
}

const EXPLICIT: Coding = { explicit: true, littleEndian: true };

function text(tag: number, vr: string, value: string): Uint8Array {
  return element({ tag, vr, value: new TextEncoder().encode(value.length % 2 === 0 ? value : `${value}\0`) }, EXPLICIT);
}

function short(tag: number, value: number): Uint8Array {
  return element({ tag, vr: 'US', value: Uint8Array.of(value & 0xff, value >> 8) }, EXPLICIT);
}

function withSyntax(transferSyntax: string, body: Uint8Array): Uint8Array {
  const meta = concatBytes([
    text(0x00020002, 'UI', FILM),
    text(0x00020003, 'UI', '1.2.3.4'),
    text(0x00020010, 'UI', transferSyntax),
  ]);
  const length = Uint8Array.of(meta.length, 0, 0, 0);
  const group = element({ tag: 0x00020000, vr: 'UL', value: length }, EXPLICIT);
  return concatBytes([new Uint8Array(128), new TextEncoder().encode('DICM'), group, meta, body]);
}

/** A picture of 4 × 4 bytes, but for its pixels. */
function plainElements(frames = '1'): Uint8Array {
  return concatBytes([
    text(0x00080005, 'CS', 'ISO 2022 IR 100\\ISO 2022 IR 126'),
    text(0x00080016, 'UI', FILM),
    text(0x00080018, 'UI', '1.2.3.4'),
    text(0x00080060, 'CS', 'DX'),
    text(0x00100010, 'PN', 'Fuzz^Nobody'),
    text(0x00100020, 'LO', '0000'),
    text(0x0020000d, 'UI', '1.2.3'),
    text(0x0020000e, 'UI', '1.2.3.1'),
    short(0x00280002, 1),
    text(0x00280004, 'CS', 'MONOCHROME2'),
    text(0x00280008, 'IS', frames),
    short(0x00280010, 4),
    short(0x00280011, 4),
    short(0x00280100, 8),
    short(0x00280101, 8),
    short(0x00280102, 7),
    short(0x00280103, 0),
  ]);
}

/** One segment: a run of four, a literal of twelve (PS3.5 annex G). */
function rleFrame(): Uint8Array {
  const head = new Uint8Array(64);
  head[0] = 1;
  head[4] = 64;
  return concatBytes([head, Uint8Array.of(0xfd, 9, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0)]);
}

/** Lossless JPEG up to its first scan. */
function jpegHead(): Uint8Array {
  const frame = [0xff, 0xc3, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0];
  const table = [0xff, 0xc4, 0, 22, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2];
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0];
  return Uint8Array.from([0xff, 0xd8, ...frame, ...table, ...scan, 0x35, 0x8a, 0x91, 0xc2, 0x5d, 0xff, 0xd9]);
}

function encapsulated(fragments: readonly Uint8Array[]): Uint8Array {
  const item = (tag: number, value: Uint8Array): Uint8Array =>
    element({ tag, vr: '', value }, { explicit: false, littleEndian: true });
  const begin = Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff);
  const parts = [new Uint8Array(0), ...fragments].map((fragment) => item(0xfffee000, fragment));
  return concatBytes([begin, ...parts, item(0xfffee0dd, new Uint8Array(0))]);
}

/** Sequences and items of undefined length, one of unknown representation with an implicit inside. */
function undefinedSequences(): Uint8Array {
  const inside = concatBytes([text(0x00080100, 'SH', 'R-1'), text(0x00080104, 'LO', 'lateral of Fuzz')]);
  const open = (vr: string): Uint8Array =>
    Uint8Array.of(0x54, 0, 0x20, 2, vr.charCodeAt(0), vr.charCodeAt(1), 0, 0, 0xff, 0xff, 0xff, 0xff);
  const item = Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff);
  const itemEnd = Uint8Array.of(0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0);
  const end = Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0);
  const implicit = element(
    { tag: 0x00080100, vr: 'SH', value: Uint8Array.of(65, 66) },
    { explicit: false, littleEndian: true },
  );
  return concatBytes([open('SQ'), item, inside, itemEnd, item, itemEnd, end, open('UN'), item, implicit, itemEnd, end]);
}
