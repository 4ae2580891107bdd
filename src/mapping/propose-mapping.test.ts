import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hyperOntologyConcepts } from '#vocab';
import { type AnswerList, answerIn, answersOf } from './answers.ts';
import { ELEMENTS } from './elements.ts';
import { type MappingDocument, rulesFrom } from './mapping-document.ts';
import { profileTable } from './profile-column.ts';
import { NOTHING_LEARNT, proposeMapping, proposeValues } from './propose-mapping.ts';

const TODAY = '2026-11-24';

/** A table from a heading, its label and its cells in columns. */
function proposals(columns: Readonly<Record<string, string>>, learnt = NOTHING_LEARNT) {
  const header = Object.keys(columns);
  const cells = Object.values(columns).map((column) => column.split('|'));
  const rows = Array.from({ length: Math.max(...cells.map(({ length }) => length)) }, (_, row) =>
    cells.map((column) => column[row] ?? ''),
  );
  return proposeMapping(profileTable({ header, rows }, TODAY), learnt);
}

const TABLES: readonly (readonly [string, Readonly<Record<string, readonly [cells: string, expected: string]>>])[] = [
  [
    'German, breast',
    {
      'Pat.-Nr.': ['M-10001|M-10002|M-10003|M-10004|M-10005', 'patient-id'],
      'Geb.-Datum': ['01.02.1960|11.12.1955|21.07.1970||', 'leave-out'],
      Geschlecht: ['w|w|w|w|m', 'sex'],
      'Datum ED': ['12.03.2018|05.05.2019|30.02.2020|17.09.2019|', 'diagnosis-date'],
      Tumordiagnose: ['Mammakarzinom links|Mammakarzinom rechts|Mammakarzinom links||', 'diagnosis'],
      'Histolog. Typ': ['invasiv-duktal|invasiv-lobulär|DCIS|muzinös|', 'histology'],
      pT: ['pT1c|pT2|pTis|pT1b|pT1a', 'pathological-t'],
      UICC: ['IA|IIB|0|IA|IA', 'stage'],
      'Her2/neu': ['neg|3+|1+|2+|neg', 'her2-status'],
      'Tumorgröße (cm)': ['1,8|3,2|0,9|0,8|0,4', 'tumour-size'],
      'BI-RADS': ['4b|5|4a|5|4c', 'birads'],
      'Menop.-Status': ['post|post|prä|post|peri', 'menopause'],
      Bemerkung: ['kam über Screening|Rezidiv|||', 'none'],
    },
  ],
  [
    'Ukrainian, prostate',
    {
      '№ пацієнта': ['1001|1002|1003|1004|1005', 'patient-id'],
      ПІБ: ['Іваненко|Петренко|Бондар|Кравець|Мельник', 'leave-out'],
      'Вік на момент дг': ['67|71|59|64|70', 'age-at-diagnosis'],
      'ПСА, нг/мл': ['8,4|22,1|5,2|140,3|11,7', 'psa'],
      'Сума Глісона': ['7 (3+4)|8 (4+4)|6 (3+3)|9 (4+5)|7 (4+3)', 'gleason-score'],
      Лікування: [
        'хірургічне|променева терапія|активне спостереження|гормональна терапія|хірургічне',
        'treatment-type',
      ],
      Куріння: ['курить|не курить|колишній|не курить|курить', 'smoking'],
    },
  ],
  [
    'Greek, lung',
    {
      'Κωδ. ασθενούς': ['Α123|Β234|Γ345|Δ456|Ε567', 'patient-id'],
      Φύλο: ['Α|Θ|Α|Θ|Α', 'sex'],
      Εντόπιση: ['δεξιός άνω λοβός|αριστερός κάτω λοβός|δεξιός κάτω λοβός|μέσος λοβός|', 'tumour-location'],
      'Πακέτα/έτη': ['40|55|0|20|60', 'pack-years'],
      Έκβαση: ['ζει|απεβίωσε|ζει|ζει|ζει', 'deceased'],
    },
  ],
];
for (const [name, columns] of TABLES) {
  test(`proposals: ${name}`, () => {
    const found = proposals(Object.fromEntries(Object.entries(columns).map(([heading, [cells]]) => [heading, cells])));
    for (const { column, element, decision, values } of found) {
      const expected = columns[column]?.[1];
      assert.equal(decision === 'leave-out' ? 'leave-out' : (element ?? 'none'), expected, column);
      assert.deepEqual(
        values.filter(({ code }) => code === null).map(({ value }) => value),
        [],
        column,
      );
    }
  });
}

test('proposals: an element is given to one column only, the better one', () => {
  const found = proposals({ 'age years': '51|62|73|44', 'age at diagnosis': '50|61|70|40', age: '1|2|3|4' });
  assert.equal(found.filter(({ element }) => element === 'age-at-diagnosis').length, 1);
});

test('proposals: a person with many rows has the number in each of them', () => {
  const [person, group] = proposals({ 'patient id': '7|7|7|8|8|8|8', 'patient group': 'a|a|a|b|b|b|b' });
  assert.equal(person?.element, 'patient-id');
  assert.notEqual(group?.element, 'patient-id');
});

test('proposals: a heading whose cells are something else is not believed', () => {
  const [found] = proposals({ 'date of diagnosis': 'left|right|left|left' });
  assert.notEqual(found?.element, 'diagnosis-date');
});

test('proposals: what was accepted before is proposed again, headings and values', () => {
  const accepted: MappingDocument = {
    mapping: 1,
    columns: [
      { column: 'Merkmal 17', element: 'laterality', values: { A: 'IMG1016670', B: 'IMG1016682' } },
      { column: 'Merkmal 18', leave_out: 'unneeded' },
    ],
  };
  const columns = { 'merkmal 17': 'A|B|A|A', 'MERKMAL 18': 'x|y|z|x' };
  const [before] = proposals(columns);
  assert.notEqual(before?.element, 'laterality');
  const [side, other] = proposals(columns, rulesFrom([accepted]));
  assert.deepEqual(
    [side?.element, side?.values.map(({ code }) => code), side?.confidence],
    ['laterality', ['IMG1016670', 'IMG1016682'], 0.99],
  );
  assert.equal(other?.decision, 'leave-out');
});

test('answers: every code is a concept of the ontology, every element has a column of the model', () => {
  const lists = new Set<AnswerList>(ELEMENTS.flatMap(({ answers }) => answers ?? []));
  for (const list of lists) {
    for (const { code, name } of answersOf(list)) {
      assert.ok(
        hyperOntologyConcepts().has(code) || (list === 'deceased' && /^(true|false)$/.test(code)),
        `${list}: ${code}`,
      );
      const found = answerIn(list, name);
      assert.equal(found?.code, code, `${list}: ${name}`);
    }
  }
});

const ANSWERS: readonly (readonly [AnswerList, string, string | undefined])[] = [
  ['sex', 'чол', 'COM1001366'],
  ['histology', 'nicht kleinzellig', 'CLIN1063178'],
  ['histology', 'kleinzellig', 'CLIN1049678'],
  ['her2', '2+', 'COM1000044'],
  ['her2', '0', 'COM1001332'],
  ['gleason', '3+4=7', 'CLIN1026298'],
  ['gleason', '4 + 4', 'CLIN1026397'],
  ['stage', 'Stadium IIIA (UICC)', 'CLIN1000420'],
  ['clinical-t', 'cT2a', 'CLIN1017343'],
  ['pathological-t', 'ypT2', 'CLIN1001173'],
  ['birads', 'BIRADS-4B', 'IMG1005472'],
  ['side', 'linke Brust', undefined],
  ['side', 'left and right', undefined],
  ['histology', 'adenocarcinma', 'CLIN1047138'],
  ['diagnosis', 'Carcinoma of breast', 'CLIN1000169'],
  ['diagnosis', 'broken leg', undefined],
];
for (const [list, value, code] of ANSWERS) {
  test(`answers: ${list}, ${value}`, () => assert.equal(answerIn(list, value)?.code, code));
}

const FEMALE = 'COM1001370';
const MALE = 'COM1001366';
const SEXES: readonly (readonly [heading: string, cells: string, expected: Readonly<Record<string, string | null>>])[] =
  [
    ['Geschlecht', 'M|W|M|W', { M: MALE, W: FEMALE }],
    ['Płeć', 'M|K|M|K', { M: MALE, K: FEMALE }],
    ['Sexo', 'H|M|M|M', { M: FEMALE, H: null }],
    ['Lytis', 'V|M|M|M', { V: MALE, M: FEMALE }],
    // In Dutch V is a woman: nobody is given the other sex.
    ['Geslacht', 'V|M|V|V', { V: null, M: null }],
    ['Geslacht', 'V|V|V|V', { V: null }],
  ];
for (const [heading, cells, expected] of SEXES) {
  test(`answers: letters of ${heading}, ${cells}`, () => {
    const [profile] = profileTable({ header: [heading], rows: cells.split('|').map((cell) => [cell]) }, TODAY);
    assert.ok(profile);
    const found = proposeValues(profile, 'sex').map(({ value, code }) => [value, code]);
    assert.deepEqual(Object.fromEntries(found), expected);
  });
}

test('proposals: a heading of first letters is the name of several words, but not DOD, the date of diagnosis or of death', () => {
  const [years, day] = proposals({ uma: '10|20|30|40', DOD: '12.03.2018|05.05.2019|13.02.2020|17.09.2019' });
  assert.equal(years?.element, 'pack-years');
  assert.equal(day?.decision, 'undecided');
});

test('proposals: a point with a space behind it parts the numbers of a date', () => {
  const [found] = proposals({ 'Datum diagnoze': '12. 3. 2019|5. 11. 2020|30. 1. 2018|1. 2. 2021' });
  assert.equal(found?.element, 'diagnosis-date');
});

for (const heading of [
  'Nazwisko i imię',
  'Name, Vorname',
  'Cognome e nome',
  'Ime in priimek',
  'Прізвище та імя',
  'nome_apelido',
  'Nom',
  'Nom et prénom',
  'Achternaam',
  'Date de naissance',
  'Geboortedatum',
]) {
  test(`mapping: a column "${heading}" names people and is left out`, () => {
    const table = { header: ['nr', heading], rows: [...'abcdefgh'].map((letter, at) => [String(at), `X${letter} Y`]) };
    const [, proposal] = proposeMapping(profileTable(table, '2026-11-24'));
    assert.equal(proposal?.decision, 'leave-out');
  });
}

for (const heading of ['Tumour name', 'code of tumour', 'name of the site in words']) {
  test(`mapping: a column "${heading}" says more than names of people`, () => {
    const table = { header: ['nr', heading], rows: [...'abcdefgh'].map((letter, at) => [String(at), `X${letter} Y`]) };
    const [, proposal] = proposeMapping(profileTable(table, '2026-11-24'));
    assert.notEqual(proposal?.decision, 'leave-out');
  });
}
