import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, SeededRandom, utf8 } from '#base';
import {
  DataSet,
  type DicomFile,
  type Element,
  type Encoding,
  newElement,
  newSequence,
  parseDicom,
  TAGS,
  textValue,
  writeDicom,
} from '#dicom';
import { tagOf } from '#vocab';
import { withoutIdentity } from './deidentify.ts';
import { knownIdentifiers } from './known-identifiers.ts';
import { ALL_OPTIONS } from './options.ts';

const SITE = { siteId: 'here', secret: new Uint8Array(32).fill(3) };
const EXPLICIT: Encoding = { explicit: true, littleEndian: true };
const IMPLICIT: Encoding = { explicit: false, littleEndian: true };
const BIG: Encoding = { explicit: true, littleEndian: false };

/** What items hold, with values that stay, that change, that name the person, and that are not what they should be. */
const VALUES: readonly (readonly [tag: string | number, vr: string, values: readonly (string | Uint8Array)[]])[] = [
  [TAGS.specificCharacterSet, 'CS', ['ISO_IR 192', 'ISO_IR 100']],
  ['ReferencedSOPClassUID', 'UI', ['1.2.840.10008.5.1.4.1.1.2']],
  [
    'ReferencedSOPInstanceUID',
    'UI',
    ['1.2.3.4', '1.2.3.5', ' 1.2.3.5', '1.2.840.10008.1.2', '1.2.3\\1.2.4', '', 'no uid', '9'.repeat(66)],
  ],
  ['ContentDate', 'DA', ['20200102', '20200103', 'rubbish', '']],
  ['ContentTime', 'TM', ['101112.5', 'noon', '']],
  ['FrameReferenceDateTime', 'DT', ['20200102101112', '2020']],
  ['CodeMeaning', 'LO', ['Chest', 'Erika Mustermann', Uint8Array.of(0xe4, 0x41), '']],
  ['StackID', 'SH', ['1', 'Mustermann', '1']],
  ['StackID', 'UN', ['1']],
  ['InStackPositionNumber', 'UL', [Uint8Array.of(1, 0, 0, 0)]],
  ['DerivationDescription', 'ST', ['slice of a volume', 'seen by Mustermann', 'x'.repeat(70), '']],
  ['ImagePositionPatient', 'DS', ['1\\2\\3', 'left', '123456789', '345678\\1', ' 1.5 \\.5E-3', '1e', '']],
  ['PatientAge', 'AS', ['095Y', '020Y', 'old']],
  ['PatientSex', 'CS', ['M', 'X', 'MUSTERMANN', Uint8Array.of(0x4d, 0xe4)]],
  ['PersonName', 'PN', ['Other^Person', 'Mustermann^Erika']],
  ['InstanceNumber', 'IS', ['1', '12 ', '+5', '1.5', '456789', '1\\2', '']],
  ['RealWorldValueSlope', 'FD', [new Uint8Array(8), utf8('mustermann12')]],
  ['TextValue', 'UT', ['A shadow', 'Mustermann has a shadow']],
  ['VerificationFlag', 'CS', ['VERIFIED']],
  ['InstitutionName', 'LO', ['Nowhere']],
  ['OperatorsName', 'PN', ['Op^A']],
  ['StationName', 'LT', ['CT1']],
  [0x00190010, 'LO', ['SIEMENS MR HEADER', 'SOMEBODY']],
  [0x0019100c, 'IS', ['1000', 'Mustermann']],
  [0x00191010, 'OB', [new Uint8Array(10)]],
  [0x00080000, 'UL', [Uint8Array.of(1, 0, 0, 0)]],
  [0x00089999, 'LO', ['nobody knows this tag']],
  [0x60003000, 'OW', [new Uint8Array(4)]],
  [TAGS.pixelData, 'OW', [new Uint8Array(4)]],
];
const SEQUENCES = [
  'SourceImageSequence',
  'FrameContentSequence',
  'VerifyingObserverSequence',
  'RequestAttributesSequence',
  'ConceptNameCodeSequence',
  0x00191020,
] as const;

class Writer {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  sequence(tag: number, encoding: Encoding, depth: number): Uint8Array {
    const isUnknown = encoding.explicit && this.#isOne(12);
    const inner = isUnknown ? IMPLICIT : encoding;
    const items = Array.from({ length: this.#random.below(4) }, () => this.#item(inner, depth));
    return this.#framed(tag, isUnknown ? 'UN' : 'SQ', concatBytes(items), { encoding, inner });
  }

  #item(encoding: Encoding, depth: number): Uint8Array {
    const content = concatBytes(this.#elements(encoding, depth));
    const isOpen = this.#isOne(3);
    return concatBytes([
      tagBytes(TAGS.item, encoding),
      number32(isOpen ? 0xffffffff : content.length, encoding),
      content,
      ...(isOpen ? [tagBytes(TAGS.itemEnd, encoding), number32(0, encoding)] : []),
    ]);
  }

  #elements(encoding: Encoding, depth: number): readonly Uint8Array[] {
    const written = new Map<number, Uint8Array>();
    for (let count = this.#random.below(5); count > 0; count -= 1) {
      const [key, vr, values] = this.#one(VALUES);
      const tag = typeof key === 'number' ? key : tagOf(key);
      const value = this.#one(values);
      const bytes = typeof value === 'string' ? textValue(vr, value) : value;
      written.set(tag, newElement(tag, vr, bytes, encoding).raw);
    }
    if (depth < 3 && this.#isOne(2)) {
      const key = this.#one(SEQUENCES);
      const tag = typeof key === 'number' ? key : tagOf(key);
      written.set(tag, this.sequence(tag, encoding, depth + 1));
    }
    const inOrder = [...written].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    // As no file should be, and some are.
    if (this.#isOne(10)) inOrder.reverse();
    const twice = this.#isOne(10) ? inOrder.slice(0, 1) : [];
    return [...inOrder, ...twice];
  }

  #framed(tag: number, vr: string, content: Uint8Array, { encoding, inner }: { encoding: Encoding; inner: Encoding }) {
    const isOpen = this.#isOne(3);
    const length = number32(isOpen ? 0xffffffff : content.length, encoding);
    const head = encoding.explicit ? [utf8(vr), new Uint8Array(2), length] : [length];
    const end = isOpen ? [tagBytes(TAGS.sequenceEnd, inner), number32(0, inner)] : [];
    return concatBytes([tagBytes(tag, encoding), ...head, content, ...end]);
  }

  #one<Each>(of: readonly Each[]): Each {
    return of[this.#random.below(of.length)] as Each;
  }

  #isOne(of: number): boolean {
    return this.#random.below(of) === 0;
  }
}

function tagBytes(tag: number, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, littleEndian);
  view.setUint16(2, tag & 0xffff, littleEndian);
  return bytes;
}

function number32(value: number, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

function fileWith(random: SeededRandom, encoding: Encoding): Uint8Array {
  const text = (keyword: string, vr: string, value: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, value), encoding).raw;
  const frames = new Writer(random).sequence(tagOf('PerFrameFunctionalGroupsSequence'), encoding, 0);
  return concatBytes([
    text('SOPClassUID', 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    text('SOPInstanceUID', 'UI', '1.2.3'),
    text('PatientName', 'PN', 'Mustermann^Erika'),
    text('PatientID', 'LO', '123456789'),
    frames,
  ]);
}

/** The same, but every element is made, and every item: nothing is left to be decided quickly. */
function allMade(dataset: DataSet): DataSet {
  const elements = dataset.elements.map((element): Element => {
    const { tag, vr, items, fragments, undefinedLength, value, raw } = element;
    if (items === undefined) return element;
    return { tag, vr, value, fragments, undefinedLength, raw, items: items.map(allMade) };
  });
  return new DataSet(elements, dataset.encoding, dataset.characterSet);
}

function cleaned(file: DicomFile): Uint8Array {
  return writeDicom(withoutIdentity(file, SITE, { options: ALL_OPTIONS, means: {}, looked: false }));
}

for (const [name, encoding] of [
  ['explicit little endian', EXPLICIT],
  ['implicit little endian', IMPLICIT],
  ['explicit big endian', BIG],
] as const)
  test(`quick decisions: what stands in items comes out as from the editor, ${name}`, () => {
    const random = new SeededRandom(`quick ${name}`);
    let changed = 0;
    for (let round = 0; round < 400; round += 1) {
      const bytes = fileWith(random, encoding);
      const file = parseDicom(bytes);
      const quick = cleaned(file);
      const thorough = cleaned({ ...file, dataset: allMade(parseDicom(bytes).dataset) });
      assert.deepEqual(quick, thorough, `round ${round}`);
      // What is written can be read, and cleaning it leaves nobody named.
      const again = parseDicom(quick).dataset.items(tagOf('PerFrameFunctionalGroupsSequence'));
      if (again.length > 0) changed += 1;
      assert.doesNotMatch(Buffer.from(quick).toString('latin1'), /Mustermann|Op\^A|mustermann/);
    }
    assert.ok(changed > 100, 'most have something in them');
  });

test('quick decisions: a flag of verification that is a sequence is made a flag, as by the editor', () => {
  const flag = newSequence(tagOf('VerificationFlag'), 'SQ', [new DataSet([], EXPLICIT)], EXPLICIT);
  const item = new DataSet([flag], EXPLICIT);
  const name = newElement(tagOf('PatientName'), 'PN', utf8('Mustermann^Erika'), EXPLICIT);
  const frames = newSequence(tagOf('PerFrameFunctionalGroupsSequence'), 'SQ', [item], EXPLICIT);
  const uid = newElement(TAGS.sopClassUid, 'UI', textValue('UI', '1.2.840.10008.5.1.4.1.1.88.11'), EXPLICIT);
  const instance = newElement(TAGS.sopInstanceUid, 'UI', textValue('UI', '1.2.3'), EXPLICIT);
  const bytes = concatBytes([uid, instance, name, frames].map(({ raw }) => raw));
  const file = parseDicom(bytes);
  const quick = cleaned(file);
  assert.deepEqual(quick, cleaned({ ...file, dataset: allMade(parseDicom(bytes).dataset) }));
  const [again] = parseDicom(quick).dataset.items(tagOf('PerFrameFunctionalGroupsSequence'));
  assert.equal(again?.text(tagOf('VerificationFlag')), 'UNVERIFIED');
});

test('quick decisions: who is named many levels deep is found without looking through all of it at every level', () => {
  let looks = 0;
  let level = new DataSet([newElement(tagOf('PersonName'), 'PN', utf8('Other^Person'), EXPLICIT)], EXPLICIT);
  for (let depth = 0; depth < 25; depth += 1) {
    const items = [level];
    const { tag, vr, value, raw, undefinedLength } = newSequence(tagOf('ContentSequence'), 'SQ', items, EXPLICIT);
    const itemsWith = () => {
      looks += 1;
      return items;
    };
    level = new DataSet([{ tag, vr, value, raw, undefinedLength, items, itemsWith }], EXPLICIT);
  }
  const { names } = knownIdentifiers(level, ALL_OPTIONS);
  assert.deepEqual([names.has('other'), names.has('person'), looks], [true, true, 1]);
});
