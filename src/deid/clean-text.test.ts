import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataSet, newElement } from '#dicom';
import { tagOf } from '#vocab';
import { cleanText } from './clean-text.ts';
import { knownIdentifiers } from './known-identifiers.ts';

const NOBODY = { names: new Set<string>(), identifiers: [] };
const KNOWN = { names: new Set(['zborowska', 'ada', 'li', 'gray']), identifiers: ['st. anna hospital', 'pt-4711'] };

/** Descriptions as departments write them; all of each stays. */
const KEPT = [
  ...[
    'MAMMOGRAPHY SCREENING BILATERAL',
    'R CC',
    'L-MLO Tomo',
    'CHEST PA/LAT',
    'THORAX p.a. stehend',
    'Thorax ap liegend',
  ],
  ...[
    't1_mprage_sag_p2_iso',
    'T2W_TSE_ax',
    'ep2d_diff_b50_b400_b800 ADC',
    'DCE dynamic 3D VIBE',
    'STIR GR 512',
    'T1W/SE/1024',
  ],
  ...[
    'CT ABDOMEN W CONTRAST, portal venous phase, 5mm',
    'Br40f 1.5mm',
    'PET WB AC',
    '5/5mm Plain',
    'JPEG 2000 irreversible (lossy) 16:1',
  ],
  ...[
    'Malignant mass with micro-calcifications',
    'Isovue300/100',
    'Lung nodule follow-up',
    'Whole Body Bone',
    'KNEE-RT.',
  ],
  ...['Μαστογραφία προληπτικός έλεγχος', 'ΑΚΤΙΝΟΓΡΑΦΙΑ ΘΩΡΑΚΟΣ', 'Röntgen Thorax seitlich', 'Mammographie beidseits'],
  ...[
    'Рентгенографія органів грудної клітки'.replace('органів ', ''),
    'Мамографія ліва пряма проекція',
    'Radiografia tórax perfil',
  ],
  ...[
    'Krūtinės ląstos rentgenograma',
    'Klatka piersiowa boczne',
    'Mammografia sinistra',
    'Radiografía de tórax',
    'Rindkere ülevaade',
  ],
  ...['RTG pljuč stranska slika'],
];
for (const text of KEPT) test(`stays as it is: ${text}`, () => assert.equal(cleanText(text, NOBODY), text));

/** [before, after] */
const CLEANED: readonly (readonly [string, string])[] = [
  ['CHEST PA Zborowska Ada', 'CHEST PA'],
  ['ZBOROWSKA^ADA mammography', 'mammography'],
  ['gray scale view', 'scale view'],
  ['mammo at St. Anna Hospital', 'mammo at'],
  ['DR CHEST', 'DR CHEST'],
  ['for PT-4711 left', 'for left'],
  ['Wintergreen, chest', 'chest'],
  ['Dr. Papadopoulos: THORAX', 'THORAX'],
  ['Dr Παπαδόπουλος θώρακας', 'θώρακας'],
  ['Frau Müller-Lüdenscheidt Mammographie', 'Mammographie'],
  ['пані Шевченко мамографія', 'мамографія'],
  ['mammo 14.03.2019', 'mammo'],
  ['mammo 2019-03-14 left', 'mammo left'],
  ['mammo 3/14/19 left', 'mammo left'],
  ['mammo 14 marca 2019', 'mammo 14'],
  ['mammo 20190314', 'mammo'],
  ['tel 0211 / 123 45 67 chest', 'chest'],
  ['call +370 612 34567 chest', 'call chest'],
  ['ada@example.org chest', 'chest'],
  ['chest https://pacs.example.org/x?id=7', 'chest'],
  ['ACC1234567 chest', 'chest'],
  ['id 85031412345 chest', 'id chest'],
  ['123-45-6789 chest', 'chest'],
  ['chest (Wintergreen)', 'chest'],
  // As little of each as points at somebody: less is not looked at.
  ['CT +1 ( ) /-2', 'CT'],
  ['CT 01 2   3', 'CT'],
  ['CT 1/1/20', 'CT'],
  ['CT 2019', 'CT'],
  ['CT WWW.x', 'CT'],
  ['CT FTP:x', 'CT'],
  ['CT \\\\srv', 'CT'],
  ['CT a@b', 'CT'],
  ['CT Dr Chest', 'CT Chest'],
  ["it's5 chest", '5 chest'],
  ['Wintergreen', ''],
  ['', ''],
  ['\u001b$B;3ED\u001b(B chest', ''],
];
for (const [before, after] of CLEANED) {
  test(`"${before}" becomes "${after}"`, () => assert.equal(cleanText(before, KNOWN), after));
}

test('no word that was made up survives, wherever it stands and however it is written', () => {
  const word = fc.stringMatching(/^[A-ZŠŽĄĘ][a-zšžąęėóß]{7,12}(q[xz]|ž[đw])[a-z]{2}$/);
  const other = fc.constantFrom('CHEST', 'PA', 'left', '5mm', 'T2W', '-', '^', '_', '/', '512', 'μαστός');
  const form = fc.constantFrom(
    (text: string) => text,
    (text: string) => text.toUpperCase(),
    (text: string) => text.normalize('NFD'),
    (text: string) => `${text}'s`,
    (text: string) => `${text}77`,
  );
  fc.assert(
    fc.property(
      fc.array(other),
      word,
      form,
      fc.array(other),
      fc.constantFrom(' ', '_', '^', ','),
      (a, made, as, b, by) => {
        const cleaned = cleanText([...a, as(made), ...b].join(by), NOBODY)
          .normalize('NFC')
          .toLowerCase();
        assert.ok(!cleaned.includes(made.toLowerCase()), cleaned);
      },
    ),
    { numRuns: 2000, seed: 7 },
  );
});

test('names and numbers are known from wherever the file gives them', () => {
  const encoding = { explicit: true, littleEndian: true };
  const element = (keyword: string, vr: string, text: string) =>
    newElement(tagOf(keyword), vr, new TextEncoder().encode(text), encoding);
  const dataset = new DataSet(
    [element('PatientName', 'PN', 'Zborowska^Ada'), element('StationName', 'SH', 'MAMMO-77')],
    encoding,
  );
  assert.deepEqual([...knownIdentifiers(dataset, new Set()).names], ['zborowska', 'ada']);
  assert.deepEqual(knownIdentifiers(dataset, new Set()).identifiers, ['mammo-77']);
  assert.deepEqual(knownIdentifiers(dataset, new Set(['device'] as const)).identifiers, []);
});
