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
import { attributeOf, tagHex, tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';
import { ALL_OPTIONS, type DeidOptions } from './options.ts';
import { codedText, leftOf } from './planted-words.test.ts';

const SITE = { siteId: 'athens', secret: new Uint8Array(32).fill(3) };
const LITTLE = { explicit: true, littleEndian: true };

/** A made-up person as a header gives her, and every way in which people and devices write it elsewhere. */
interface Person {
  readonly header: Attributes;
  readonly forms: readonly string[];
  /** What must not be found, in any encoding. */
  readonly words: readonly string[];
}

const COMMON: Attributes = {
  PatientID: 'PID-77120488',
  PatientBirthDate: '19610314',
  PatientTelephoneNumbers: '+30 2610 998877',
  PatientAddress: 'Zaimi 77, 26224 Patra',
  PatientTelecomInformation: 'kappa.77@example.org',
  AccessionNumber: 'ACC9004411',
};
const NUMBERS = ['PID-77120488', 'pid 77120488', 'PID_77120488', '1961-03-14', '14.03.1961', '19610314', 'ACC9004411'];
const CONTACTS = ['+30 2610 998877', 'tel 2610998877', 'kappa.77@example.org', 'Zaimi 77, 26224 Patra'];
const GONE = [
  '77120488',
  '1961-03-14',
  '14.03.1961',
  '19610314',
  '9004411',
  '2610 998877',
  '2610998877',
  'kappa.77',
  'zaimi',
];

const PEOPLE: Readonly<Record<string, Person>> = {
  latin: {
    header: { ...COMMON, PatientName: 'Zborowska^Oksana' },
    forms: ['Zborowska^Oksana', 'ZBOROWSKA OKSANA', 'oksana zborowska', 'Zborowska,Oksana', 'dr Zborowska'],
    words: ['zborowska', 'oksana'],
  },
  greek: {
    header: { ...COMMON, PatientName: 'Παπαδοπούλου^Ευαγγελία' },
    forms: [
      'Παπαδοπούλου^Ευαγγελία',
      'ΠΑΠΑΔΟΠΟΥΛΟΥ ΕΥΑΓΓΕΛΙΑ',
      'Ευαγγελία Παπαδοπούλου',
      'Papadopoulou Evangelia',
      'PAPADOPOULOU^EVANGELIA',
    ],
    words: ['παπαδοπούλου', 'παπαδοπουλου', 'ευαγγελία', 'ευαγγελια', 'papadopoulou', 'evangelia'],
  },
  cyrillic: {
    header: { ...COMMON, PatientName: 'Шевченко^Оксана' },
    forms: ['Шевченко^Оксана', 'ШЕВЧЕНКО ОКСАНА', 'Оксана Шевченко', 'Shevchenko Oksana', 'SHEVCHENKO^OKSANA'],
    words: ['шевченко', 'оксана', 'shevchenko', 'oksana'],
  },
};

const FILE: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'DX',
  BurnedInAnnotation: 'NO',
};

/** What research lives on: has to be there, unchanged, whatever else was planted. */
const CLINICAL: Attributes = {
  PatientSex: 'F',
  BodyPartExamined: 'CHEST',
  ViewPosition: 'PA',
  KVP: '110',
  Exposure: '4',
  PixelSpacing: '0.14\\0.14',
  Manufacturer: 'Lumen Imaging',
  ManufacturerModelName: 'Lumen DX 4',
  StudyDescription: 'CHEST PA',
  ImageLaterality: 'U',
  PhotometricInterpretation: 'MONOCHROME2',
};

/** Those that decide whether a file is taken at all. */
const DECIDING = new Set([
  'SpecificCharacterSet',
  'RecognizableVisualFeatures',
  ...Object.keys(FILE),
  ...Object.keys(COMMON),
  'PatientName',
]);

const GROUPS = [
  ...[
    0x08, 0x10, 0x12, 0x14, 0x16, 0x18, 0x20, 0x22, 0x24, 0x28, 0x2a, 0x32, 0x34, 0x38, 0x3a, 0x40, 0x42, 0x44, 0x46,
    0x48, 0x50,
  ],
  ...[
    0x52, 0x54, 0x56, 0x60, 0x62, 0x64, 0x66, 0x68, 0x6a, 0x70, 0x72, 0x74, 0x76, 0x78, 0x80, 0x82, 0x86, 0x88, 0x100,
    0x400,
  ],
  ...[
    0x2000, 0x2010, 0x2020, 0x2030, 0x2040, 0x2050, 0x2100, 0x2110, 0x2120, 0x2130, 0x2200, 0x3002, 0x3004, 0x3006,
    0x3008,
  ],
  ...[0x300a, 0x300c, 0x300e, 0x3010, 0x4000, 0x4008, 0x4010, 0x4ffe, 0x5000, 0x5400, 0x5600, 0x6000],
];

/** Every attribute of PS3.6 but sequences. */
const ATTRIBUTES = GROUPS.flatMap((group) =>
  Array.from({ length: 0x10000 }, (_, element) => group * 0x10000 + element).filter((tag) => {
    const attribute = attributeOf(tag);
    return (
      attribute !== undefined && attribute.vr !== 'SQ' && attribute.vr !== '--' && !DECIDING.has(attribute.keyword)
    );
  }),
);

/** Sequences that stay, one in the other: the depth of what lies in them. */
const DOWN = [
  'AnatomicRegionSequence',
  'ViewCodeSequence',
  'ReferencedImageSequence',
  'VOILUTSequence',
  'ModalityLUTSequence',
];

/** A file with elements planted at a depth, in an encoding; text in UTF-8. */
function fileOf(person: Person, elements: readonly Element[], depth: number, explicit = true): Uint8Array {
  const encoding = { explicit, littleEndian: true };
  const top = parseDicom(buildDicom({ ...FILE, ...CLINICAL, ...person.header })).dataset;
  const own = top.elements.map(({ tag, vr, value }) => newElement(tag, vr, value, encoding));
  let inner = [...elements].sort((a, b) => a.tag - b.tag);
  for (const keyword of DOWN.slice(0, depth))
    inner = [newSequence(tagOf(keyword), 'SQ', [new DataSet(inner, encoding)], encoding)];
  const tags = new Set(inner.map(({ tag }) => tag));
  const dataset = new DataSet(
    [...own.filter(({ tag }) => !tags.has(tag)), ...inner].sort((a, b) => a.tag - b.tag),
    encoding,
  );
  return writeDicom({
    dataset,
    transferSyntaxUid: explicit ? '1.2.840.10008.1.2.1' : '1.2.840.10008.1.2',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1',
    sopInstanceUid: '1.3.6.1.4.1.99999.1',
  });
}

/** The clean file, of which nothing of the person is left. */
function cleanOf(bytes: Uint8Array, words: readonly string[], options: DeidOptions = ALL_OPTIONS): DataSet {
  const outcome = deidentify(bytes, SITE, options);
  assert.equal(outcome.kind, 'clean', outcome.kind === 'clean' ? '' : outcome.sentence);
  if (outcome.kind !== 'clean') throw new Error();
  assert.deepEqual(
    leftOf(outcome.image.bytes, words).map((word) => `${word} in ${placesOf(outcome.image.dataset, word)}`),
    [],
  );
  return outcome.image.dataset;
}

/** Where a word stands, for a message that helps. */
function placesOf(dataset: DataSet, word: string): string {
  return dataset.elements
    .flatMap(({ tag, vr, value, items }) =>
      items === undefined
        ? leftOf(value, [word]).map(() => `${tagHex(tag)} ${vr}`)
        : items.flatMap((item) =>
            [placesOf(item, word)].filter((place) => place !== '').map((place) => `${tagHex(tag)}>${place}`),
          ),
    )
    .join(' ');
}

function keptOf(dataset: DataSet): void {
  for (const [keyword, value] of Object.entries(CLINICAL))
    assert.equal(dataset.strings(tagOf(keyword)).join('\\'), value, keyword);
}

/** Representations in which attributes are written: their own, and others that hold text or bytes. */
const WRITTEN = ['own', 'LO', 'CS', 'UT', 'UN', 'OB', 'PN'] as const;

for (const [who, person] of Object.entries(PEOPLE)) {
  const forms = [...person.forms, ...NUMBERS, ...CONTACTS];
  const words = [...person.words, ...GONE];
  for (const written of WRITTEN) {
    test(`every attribute of PS3.6 with a ${who} person in it, written as ${written}`, () => {
      for (let depth = 0; depth <= DOWN.length; depth += 1) {
        const tops = new Set(Object.keys(CLINICAL).map(tagOf));
        const elements = ATTRIBUTES.filter((tag) => depth > 0 || !tops.has(tag)).map((tag, index) => {
          const text = forms[(index + depth) % forms.length] ?? '';
          return newElement(tag, written === 'own' ? (attributeOf(tag)?.vr ?? 'UN') : written, utf8(text), LITTLE);
        });
        keptOf(cleanOf(fileOf(person, elements, depth), words));
      }
    });
  }
  test(`every attribute of PS3.6 with a ${who} person in it, representations not written`, () => {
    const implicit = { explicit: false, littleEndian: true };
    const tops = new Set(Object.keys(CLINICAL).map(tagOf));
    const elements = ATTRIBUTES.filter((tag) => !tops.has(tag)).map((tag, index) =>
      newElement(tag, attributeOf(tag)?.vr ?? 'UN', utf8(forms[index % forms.length] ?? ''), implicit),
    );
    keptOf(cleanOf(fileOf(person, elements, 0, false), words));
  });
}

/** [term, name, codec of planted-words] */
const CHARACTER_SETS: readonly (readonly [term: string, family: string, label: string])[] = [
  ['ISO_IR 100', 'Müllerschön', 'iso-8859-1'],
  ['ISO_IR 101', 'Szczepańska', 'iso-8859-2'],
  ['ISO_IR 109', 'Ħaġjiet', 'iso-8859-3'],
  ['ISO_IR 110', 'Kazlauskienė', 'iso-8859-4'],
  ['ISO_IR 126', 'Παπαδοπούλου', 'iso-8859-7'],
  ['ISO_IR 127', 'النجار', 'iso-8859-6'],
  ['ISO_IR 138', 'שרוןכהן', 'iso-8859-8'],
  ['ISO_IR 144', 'Шевченко', 'iso-8859-5'],
  ['ISO_IR 148', 'Çağlayan', 'windows-1254'],
  ['ISO_IR 166', 'สมชายใจดี', 'windows-874'],
  ['ISO_IR 13', 'ﾔﾏﾀﾞﾀﾛｳ', 'shift_jis'],
  ['ISO_IR 192', 'Шевченко山田', 'utf-8'],
  ['GB18030', '张小东李明', 'gb18030'],
  ['GBK', '张小东李明', 'gbk'],
  ['\\ISO 2022 IR 87', '山田太郎', 'iso-2022-jp'],
  ['ISO 2022 IR 13\\ISO 2022 IR 87', '山田太郎', 'iso-2022-jp'],
  ['\\ISO 2022 IR 149', '김희중박', 'iso-2022-kr'],
  ['\\ISO 2022 IR 58', '张小东李', 'iso-2022-cn'],
  ['ISO 2022 IR 6\\ISO 2022 IR 126', 'Παπαδοπούλου', 'iso-2022-greek'],
  ['ISO 2022 IR 6\\ISO 2022 IR 144', 'Шевченко', 'iso-2022-cyrillic'],
  ['ISO 2022 IR 6\\ISO 2022 IR 110', 'Kazlauskienė', 'iso-2022-baltic'],
];

for (const [term, family, label] of CHARACTER_SETS) {
  test(`a name in the character set ${term}`, () => {
    const bytes = codedText(family, label);
    const put = (keyword: string, vr: string, value: Uint8Array) => newElement(tagOf(keyword), vr, value, LITTLE);
    const echo = concatBytes([utf8('Chest '), bytes, utf8(' PA')]);
    const elements = [
      put('SpecificCharacterSet', 'CS', utf8(term)),
      put('PatientName', 'PN', concatBytes([utf8('Xy^'), bytes])),
      ...['InstitutionName', 'StationName', 'ManufacturerModelName', 'FilterMaterial', 'DetectorID'].map((keyword) =>
        put(keyword, 'LO', echo),
      ),
      ...[
        'SeriesDescription',
        'ProtocolName',
        'ImageComments',
        'ContrastBolusAgent',
        'AcquisitionDeviceProcessingDescription',
      ].map((keyword) => put(keyword, attributeOf(tagOf(keyword))?.vr ?? 'LO', echo)),
      newSequence(
        tagOf('AnatomicRegionSequence'),
        'SQ',
        [new DataSet([put('CodeMeaning', 'LO', echo)], LITTLE)],
        LITTLE,
      ),
    ];
    const person = { ...(PEOPLE['latin'] as Person), header: COMMON };
    const file = fileOf({ ...person, header: { ...COMMON, SpecificCharacterSet: undefined } }, elements, 0);
    const outcome = deidentify(file, SITE);
    assert.equal(outcome.kind, 'clean');
    if (outcome.kind !== 'clean') return;
    assert.deepEqual(leftOf(outcome.image.bytes, [family.toLowerCase()]), []);
    assert.equal(Buffer.from(outcome.image.bytes).includes(Buffer.from(bytes)), false, 'the bytes of the name');
  });
}
