import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { type Attributes, buildDicom, type DataSet, type GreyPixels, parseDicom, TAGS, writeDicom } from '#dicom';
import { attributeOf, isPrivate, tagHex, tagOf } from '#vocab';
import { Deidentified, reopen } from './deidentified.ts';
import { deidentify } from './deidentify.ts';
import { ALL_OPTIONS } from './options.ts';
import { pseudonymOf, pseudonymousUid, type SiteSecret, shiftedDate } from './pseudonyms.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(7) };
const OTHER_SITE = { siteId: 'porto', secret: SITE.secret };
const OTHER_SECRET = { siteId: 'lisbon', secret: new Uint8Array(32).fill(8) };

const FILM: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'DX',
  PatientID: ' PT-4711 ',
  PatientName: 'Zborowska^Ada',
  StudyDate: '20240301',
};

const PIXELS: GreyPixels = {
  rows: 2,
  columns: 3,
  values: Uint16Array.of(1, 2, 3, 4, 5, 4095),
  bitsStored: 12,
  photometricInterpretation: 'MONOCHROME2',
};

function clean(attributes: Attributes, site = SITE): Deidentified {
  const outcome = deidentify(buildDicom(attributes, PIXELS), site);
  if (outcome.kind !== 'clean') assert.fail(JSON.stringify(outcome));
  return outcome.image;
}

test('the pseudonym of an image is that of the clinical table', () => {
  assert.equal(clean(FILM).person, pseudonymOf(SITE, 'PT-4711'));
  assert.match(clean(FILM).person, /^UNICA-[0-9a-f]{32}$/);
});

test('a pseudonym is of one site and one secret', () => {
  const all = [SITE, OTHER_SITE, OTHER_SECRET].map((site) => pseudonymOf(site, 'PT-4711'));
  assert.equal(new Set(all).size, 3);
});

// Made with: printf 'person\nlisbon\nPT-4711' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07
test('pseudonyms are HMAC-SHA-256, as an independent tool computes it', () => {
  assert.equal(pseudonymOf(SITE, 'PT-4711'), 'UNICA-f8f9f5edbd474820e35219065a5cc0b5');
  assert.equal(pseudonymousUid(SITE, '1.2.3'), '2.25.112407526225456188917792318405467985361');
});

test('a short secret is refused', () => {
  const short = { siteId: 'lisbon', secret: new Uint8Array(31) };
  assert.throws(() => pseudonymOf(short, 'PT-4711'), RangeError);
  assert.throws(() => pseudonymousUid(short, '1.2.3'), RangeError);
});

test('references between files still meet', () => {
  const first = clean(FILM);
  const second = clean({
    ...FILM,
    SOPInstanceUID: '1.3.6.1.4.1.99999.4',
    ReferencedImageSequence: [
      { ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', ReferencedSOPInstanceUID: '1.3.6.1.4.1.99999.1' },
    ],
  });
  const [reference] = second.dataset.items(tagOf('ReferencedImageSequence'));
  assert.equal(reference?.text(tagOf('ReferencedSOPInstanceUID')), first.sopInstanceUid);
  assert.equal(reference?.text(tagOf('ReferencedSOPClassUID')), '1.2.840.10008.5.1.4.1.1.1.1');
  assert.equal(second.studyInstanceUid, first.studyInstanceUid);
  assert.notEqual(second.sopInstanceUid, first.sopInstanceUid);
  assert.equal(pseudonymousUid(SITE, '1.3.6.1.4.1.99999.1'), first.sopInstanceUid);
});

test('the meta header carries the new UID and nothing of the sender', () => {
  const image = clean(FILM);
  const { meta } = parseDicom(image.bytes);
  assert.equal(meta.text(tagOf('MediaStorageSOPInstanceUID')), image.sopInstanceUid);
  assert.equal(meta.text(tagOf('MediaStorageSOPClassUID')), '1.2.840.10008.5.1.4.1.1.1.1');
  assert.ok(!meta.has(tagOf('SourceApplicationEntityTitle')));
  assert.ok(image.bytes.subarray(0, 128).every((byte) => byte === 0));
});

test('a preamble that says something is zeroed', () => {
  const bytes = buildDicom(FILM, PIXELS);
  bytes.set(new TextEncoder().encode('Zborowska Ada'), 10);
  const outcome = deidentify(bytes, SITE);
  assert.ok(outcome.kind === 'clean' && outcome.image.bytes.subarray(0, 128).every((byte) => byte === 0));
});

test('the marks of de-identification are written', () => {
  const { dataset, profile } = clean(FILM);
  assert.equal(dataset.text(tagOf('PatientIdentityRemoved')), 'YES');
  assert.equal(dataset.text(tagOf('LongitudinalTemporalInformationModified')), 'MODIFIED');
  assert.ok(dataset.text(tagOf('DeidentificationMethod')));
  assert.deepEqual(profile, ['113100', '113101', '113104', '113105', '113107', '113108', '113109', '113111']);
});

test('pixels are the very bytes they were', () => {
  const before = parseDicom(buildDicom(FILM, PIXELS)).dataset.element(TAGS.pixelData)?.value;
  assert.deepEqual(clean(FILM).dataset.element(TAGS.pixelData)?.value, before);
});

test('days between the dates of a person stay; another person is moved by other days', () => {
  const day = (text: string) =>
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) / 86_400_000;
  const dates = ['20240301', '20240229', '20231231', '19991231', '20241027'];
  const people = Array.from({ length: 40 }, (_, index) => pseudonymOf(SITE, String(index)));
  const shifts = people.map((person) => {
    const days = dates.map((date) => day(date) - day(shiftedDate(SITE, person, date)));
    assert.equal(new Set(days).size, 1);
    return days[0] ?? 0;
  });
  assert.ok(shifts.every((days) => days >= 1 && days <= 1095));
  assert.ok(new Set(shifts).size > 30);
});

test('all dates of one image move together, also in sequences', () => {
  const { dataset, person } = clean({
    ...FILM,
    AcquisitionDateTime: '20240301101112.5+0100',
    AnatomicRegionSequence: [{ ContentDate: '20240302' }],
  });
  assert.equal(dataset.text(tagOf('StudyDate')), shiftedDate(SITE, person, '20240301'));
  assert.equal(dataset.text(tagOf('AcquisitionDateTime')), `${shiftedDate(SITE, person, '20240301')}101112+0100`);
  const [region] = dataset.items(tagOf('AnatomicRegionSequence'));
  assert.equal(region?.text(tagOf('ContentDate')), shiftedDate(SITE, person, '20240302'));
});

const NO_DATES = [
  '',
  'yesterday',
  '20241301',
  '20240230',
  '17490101',
  '2024',
  '202403',
  '20240301x',
  '20240301-20240401',
];
for (const text of NO_DATES) {
  test(`"${text}" is no date to be shifted`, () => assert.equal(shiftedDate(SITE, 'UNICA-0', text), ''));
}

const SC = '1.2.840.10008.5.1.4.1.1.7';
const CT = '1.2.840.10008.5.1.4.1.1.2';
/** [why, what the file says, code of the refusal or undefined when it is cleaned]. */
const REFUSALS: readonly (readonly [string, Attributes, string | undefined])[] = [
  ['no patient id', { PatientID: undefined }, 'deid.no-patient-id'],
  ['a patient id of blanks', { PatientID: '   ' }, 'deid.no-patient-id'],
  ['text burned in', { BurnedInAnnotation: 'YES' }, 'deid.burned-in-text'],
  ['text burned in, in lower case', { BurnedInAnnotation: 'yes' }, 'deid.burned-in-text'],
  ['a secondary capture that says nothing', { SOPClassUID: SC }, 'deid.burned-in-unknown'],
  ['a secondary capture without text', { SOPClassUID: SC, BurnedInAnnotation: 'NO' }, undefined],
  ['a multi-frame secondary capture', { SOPClassUID: `${SC}.2` }, 'deid.burned-in-unknown'],
  ['a screenshot of a scanner', { ImageType: 'DERIVED\\SECONDARY\\SCREEN SAVE' }, 'deid.burned-in-unknown'],
  ['ultrasound', { Modality: 'US' }, 'deid.burned-in-unknown'],
  ['ultrasound that claims to have no text', { Modality: 'US', BurnedInAnnotation: 'NO' }, 'deid.burned-in-unknown'],
  ['no modality', { Modality: undefined }, 'deid.burned-in-unknown'],
  ['a mammogram', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2', Modality: 'MG' }, undefined],
  ['a report', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.22', Modality: 'SR' }, undefined],
  ['an encapsulated document', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.104.1' }, 'deid.text-object'],
  ['a presentation state', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.11.1' }, 'deid.text-object'],
  ['raw data', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.66' }, 'deid.text-object'],
  ['a private class', { SOPClassUID: '1.3.12.2.1107.5.9.1' }, 'deid.unknown-object'],
  ['no study', { StudyInstanceUID: undefined }, 'deid.unknown-object'],
  ['a face', { RecognizableVisualFeatures: 'YES' }, 'deid.recognisable-face'],
  ['a scan of a head', { SOPClassUID: CT, Modality: 'CT', BodyPartExamined: 'HEAD' }, 'deid.face-unknown'],
  [
    'a defaced scan of a head',
    { SOPClassUID: CT, Modality: 'CT', BodyPartExamined: 'HEAD', RecognizableVisualFeatures: 'NO' },
    undefined,
  ],
  ['a scan of a chest', { SOPClassUID: CT, Modality: 'CT', BodyPartExamined: 'CHEST' }, undefined],
];

/** Without a look at the pixels, only what the header says counts. */
const HEADER_ONLY = new Set([...ALL_OPTIONS].filter((option) => option !== 'pixels'));

for (const [why, attributes, because] of REFUSALS) {
  test(`${because === undefined ? 'cleaned' : 'set aside'}: ${why}`, () => {
    const outcome = deidentify(buildDicom({ ...FILM, ...attributes }, PIXELS), SITE, HEADER_ONLY);
    assert.equal(outcome.kind === 'clean' ? undefined : outcome.because, because);
    if (outcome.kind === 'clean') return;
    for (const planted of ['Zborowska', 'PT-4711']) assert.ok(!JSON.stringify(outcome).includes(planted));
    assert.ok(outcome.sentence.length > 10 && outcome.mend.length > 10);
  });
}

test('set aside: an overlay in the bits above the pixels; cleaned: one with data of its own', () => {
  const overlay: Attributes = { '6000,0100 US': 16, '6000,0102 US': 12 };
  const outcome = deidentify(buildDicom({ ...FILM, ...overlay }, PIXELS), SITE);
  assert.equal(outcome.kind === 'quarantined' && outcome.because, 'deid.hidden-text');
  const apart = { ...overlay, '6000,0102 US': 0, '6000,3000 OW': new Uint8Array(2) };
  assert.equal(deidentify(buildDicom({ ...FILM, ...apart }, PIXELS), SITE).kind, 'clean');
});

/** [what the comment of the JPEG stream says, whether the file is taken]. */
const COMMENTS = [
  ['made by Lumen Codec 3.1', true],
  ['ZBOROWSKA, Ada *1961', false],
  ['study of PT-4711', false],
] as const;
for (const [comment, taken] of COMMENTS) {
  test(`${taken ? 'cleaned' : 'set aside'}: a JPEG stream that says "${comment}"`, () => {
    const text = new TextEncoder().encode(comment);
    const stream = Uint8Array.of(0xff, 0xd8, 0xff, 0xfe, 0, text.length + 2, ...text, 0xff, 0xda, 0, 2, 0xff, 0xd9);
    const outcome = deidentify(encapsulated(stream), SITE);
    assert.equal(outcome.kind === 'clean' || outcome.because, taken || 'deid.hidden-text');
  });
}

/** The film with one fragment in place of its pixels. */
function encapsulated(stream: Uint8Array): Uint8Array {
  const padded = stream.length % 2 === 0 ? stream : Uint8Array.of(...stream, 0);
  const head = parseDicom(buildDicom({ ...FILM, PatientID: 'PT-4711' }));
  const item = (length: number) => Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, length, 0, 0, 0);
  return Buffer.concat([
    writeDicom({ ...head, transferSyntaxUid: '1.2.840.10008.1.2.4.50', sopClassUid: '1.2', sopInstanceUid: '1.3' }),
    Uint8Array.of(0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff),
    item(0),
    item(padded.length),
    padded,
    Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0),
  ]);
}

test('what is no DICOM file is set aside, not thrown', () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(400), new TextEncoder().encode('a letter to the clinic')]) {
    const outcome = deidentify(bytes, SITE);
    assert.equal(outcome.kind === 'quarantined' && outcome.because, 'dicom.not-dicom');
  }
});

test('nobody else can make a Deidentified', () => {
  const file = parseDicom(buildDicom(FILM));
  assert.throws(() => Deidentified.seal(Symbol('mine'), file, new Uint8Array(0)), UnicaError);
  const Constructor = Deidentified as unknown as new (...args: unknown[]) => unknown;
  assert.throws(() => new Constructor(Symbol('mine'), file, new Uint8Array(0)), UnicaError);
});

test('a stored image is opened again; one without the marks is not', () => {
  const image = clean(FILM);
  assert.equal(reopen(image.bytes).sopInstanceUid, image.sopInstanceUid);
  const isOurs = { name: 'UnicaError', code: 'deid.not-deidentified' };
  assert.throws(() => reopen(buildDicom(FILM)), isOurs);
  assert.throws(() => reopen(buildDicom({ ...FILM, PatientIdentityRemoved: 'YES' })), isOurs);
  const claims: Attributes = {
    PatientIdentityRemoved: 'YES',
    DeidentificationMethodCodeSequence: [{ CodeValue: '113100', CodingSchemeDesignator: 'DCM', CodeMeaning: 'x' }],
  };
  assert.throws(() => reopen(buildDicom({ ...FILM, ...claims })), isOurs);
  assert.doesNotThrow(() => reopen(buildDicom({ ...FILM, ...claims, PatientID: image.person })));
});

test('cleaning what is clean changes the pseudonyms only', () => {
  const once = clean(FILM);
  const outcome = deidentify(once.bytes, SITE);
  assert.ok(outcome.kind === 'clean');
  assert.deepEqual(
    outcome.image.dataset.elements.map(({ tag }) => tag),
    once.dataset.elements.map(({ tag }) => tag),
  );
});

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const files = existsSync(data)
  ? readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(zst|gz|dump)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  : [];
const absent = files.length === 0 ? 'no ../shared/data/dicom (UNICA_DATA)' : false;

test('real files: cleaned or set aside, and what is cleaned holds none of their names', { skip: absent }, () => {
  let cleanedFiles = 0;
  for (const path of files) {
    const bytes = new Uint8Array(readFileSync(path));
    const outcome = deidentify(bytes, SITE);
    if (outcome.kind === 'quarantined') continue;
    cleanedFiles += 1;
    const original = parseDicom(bytes).dataset;
    const text = Buffer.from(outcome.image.bytes).toString('latin1');
    for (const identifier of identifiersOf(original))
      assert.ok(!text.includes(identifier), `${path} keeps an identifier`);
    const basic = deidentify(bytes, SITE, new Set());
    if (basic.kind === 'clean') assertPlain(basic.image.dataset, path);
    const pixels = [original, outcome.image.dataset].map((one) => {
      const element = one.element(TAGS.pixelData);
      return Buffer.concat([...(element?.fragments ?? []), element?.value ?? new Uint8Array(0)]);
    });
    if (outcome.maskedLines === 0)
      assert.ok(pixels[0]?.equals(pixels[1] ?? new Uint8Array(1)), `${path} keeps its pixels`);
  }
  assert.ok(cleanedFiles >= 20, `${cleanedFiles} cleaned`);
});

test('what vendors say of technique stays, whatever stands beside it goes', { skip: absent }, () => {
  const path = files.find((one) => one.endsWith('CT_small.dcm')) ?? '';
  const outcome = deidentify(new Uint8Array(readFileSync(path)), SITE);
  assert.ok(outcome.kind === 'clean');
  const kept = outcome.image.dataset.elements.filter(({ tag }) => isPrivate(tag)).map(({ tag }) => tagHex(tag));
  assert.deepEqual(kept, [
    ...['00190010', '00191023', '00191024', '00191027'],
    ...['00250010', '00251007', '00430010', '00431027'],
  ]);
});

const VENDOR: Attributes = { '0019,0010 LO': 'SIEMENS MR HEADER', '0019,100C IS': '1000' };
/** [what, elements, whether the value stays]. */
const PRIVATE: readonly (readonly [string, Attributes, boolean])[] = [
  ['a b-value', VENDOR, true],
  ['a name where the b-value stands', { ...VENDOR, '0019,100C IS': 'Zborowska' }, false],
  ['another element of the block', { '0019,0010 LO': 'SIEMENS MR HEADER', '0019,1008 LO': 'IMAGE NUM 4' }, false],
  ['the element of another creator', { ...VENDOR, '0019,0010 LO': 'SIEMENS CT HEADER' }, false],
  ['an element without a creator', { '0019,100C IS': '1000' }, false],
  ['a sequence', { '0019,0010 LO': 'SIEMENS MR HEADER', '0019,100C SQ': [{ CodeMeaning: 'x' }] }, false],
  ['bytes that are a number', { ...VENDOR, '0019,100C UN': new TextEncoder().encode('1000') }, true],
  ['bytes that are a name', { ...VENDOR, '0019,100C UN': new TextEncoder().encode('Zborow') }, false],
];
for (const [what, elements, stays] of PRIVATE) {
  test(`${stays ? 'stays' : 'goes'}: ${what}`, () => {
    const { dataset } = clean({ ...FILM, ...elements });
    assert.equal(dataset.has(0x0019100c), stays);
    assert.equal(dataset.has(0x00190010), stays);
    assert.ok(!dataset.has(0x00191008));
  });
}

function identifiersOf(dataset: DataSet): readonly string[] {
  const keywords = ['PatientName', 'PatientID', 'AccessionNumber', 'StudyInstanceUID', 'SOPInstanceUID'];
  return keywords
    .concat('InstitutionName', 'ReferringPhysicianName')
    .flatMap((keyword) => dataset.text(tagOf(keyword)) ?? [])
    .filter((text) => text.length > 5);
}

function assertPlain(dataset: DataSet, path: string): void {
  for (const element of dataset.elements) {
    assert.ok(!isPrivate(element.tag) && attributeOf(element.tag) !== undefined, `${path} ${element.tag.toString(16)}`);
    for (const item of element.items ?? []) assertPlain(item, path);
  }
}

test('thousands of damaged files: cleaned or set aside, never another exception', () => {
  const random = new SeededRandom('damage');
  const seeds = [
    buildDicom({ ...FILM, AnatomicRegionSequence: [{ CodeMeaning: 'Chest', ViewCodeSequence: [FILM] }] }, PIXELS),
    ...files
      .filter((path) => /MR_small_(implicit|expb)|nested_priv|image_dfl/.test(path))
      .map((path) => readFileSync(path)),
  ].map((bytes) => new Uint8Array(bytes).subarray(0, 12_000));
  for (let run = 0; run < 4000; run += 1) {
    const bytes = (seeds[run % seeds.length] ?? new Uint8Array(0)).slice();
    for (let hit = 0; hit <= run % 6; hit += 1) bytes[random.below(bytes.length)] = random.below(256);
    const cut = run % 5 === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
    const outcome = deidentify(cut, SITE);
    if (outcome.kind === 'clean') assert.match(outcome.image.person, /^UNICA-/);
  }
});

test('files of several people in turn come out as each does alone: nothing of one is remembered for another', () => {
  const of = (name: string, id: string, text: string) =>
    buildDicom({ ...FILM, PatientName: name, PatientID: id, StudyDescription: text, StudyDate: '20200102' }, PIXELS);
  const files = [
    of('Thorax^Ann', 'A-10001', 'Thorax pa'),
    of('Nobody^Bob', 'B-20002', 'Thorax pa'),
    of('Nobody^Bob', 'B-30003', 'Thorax pa'),
    of('Thorax^Ann', 'A-10001', 'Thorax ap'),
  ];
  const site = () => ({ siteId: 'site', secret: new Uint8Array(32).fill(7) });
  const sharedSite = site();
  const cleaned = (bytes: Uint8Array, by: SiteSecret) => {
    const outcome = deidentify(bytes, by);
    assert.equal(outcome.kind, 'clean');
    return outcome.kind === 'clean' ? parseDicom(outcome.image.bytes).dataset : undefined;
  };
  const facts = (bytes: Uint8Array, by: SiteSecret) =>
    ['PatientID', 'StudyDescription', 'StudyDate', 'SOPInstanceUID'].map((one) => cleaned(bytes, by)?.text(tagOf(one)));
  const alone = files.map((bytes) => facts(bytes, site()));
  for (const round of [1, 2]) {
    assert.deepEqual(
      files.map((bytes) => facts(bytes, sharedSite)),
      alone,
      `round ${round}`,
    );
  }
  // Whose name a word is, it does not keep; for the other person the same word is one of the examination.
  assert.deepEqual(
    alone.map(([, description]) => description),
    ['pa', 'Thorax pa', 'Thorax pa', 'ap'],
  );
  const other = facts(files[0] as Uint8Array, { siteId: 'site', secret: new Uint8Array(32).fill(8) });
  assert.notEqual(other[0], alone[0]?.[0]);
});
