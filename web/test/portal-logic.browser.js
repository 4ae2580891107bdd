// What the portal works out for itself, held against the wire's schemas and a brute-force oracle. Needs no browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { ERROR_TABLE, UnicaError } from '../../dist/base/index.js';
import {
  cohortQuerySchema,
  jobSpecSchema,
  mappingDocumentSchema,
  publishDatasetSchema,
} from '../../dist/wire/index.js';
import { ANSWERS, STANDING, TABLE_ID } from '../dev/fixture-data.js';

/** A module of the portal, whose rooms are found as its compiler finds them. */
const portal = async (path) =>
  await tsImport(path, {
    parentURL: import.meta.url,
    tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
  });

const { aucOfHistogram } = await portal('../src/charts/auc-of-histogram.ts');
const { cohortQueryOf, newFilter } = await portal('../src/hub/cohort-filter.ts');
const { datasetsIn, filterOf, searchOf, valuesOf } = await portal('../src/hub/catalogue-filter.ts');
const { placeLabels } = await portal('../src/hub/place-labels.ts');
const { findWords } = await portal('../src/mapping/find-words.ts');
const { acceptAll, decide, decisionOf, documentOf, draftOf, proposedFor, sureColumns } = await portal(
  '../src/mapping/mapping-draft.ts',
);
const { announcementOf, recordDraftOf } = await portal('../src/node/record-draft.ts');
const { helpPageOf } = await portal('../src/help/page-help.ts');
const { HouseWords } = await portal('../src/i18n/house-words.ts');
const { firstDraft, specOf } = await portal('../src/hub/job-draft.ts');

/** Share of pairs in which the positive scores higher; a tie counts half. */
function aucByPairs(negative, positive) {
  let won = 0;
  let pairs = 0;
  for (const [n, misses] of negative.entries()) {
    for (const [p, hits] of positive.entries()) {
      won += misses * hits * (p > n ? 1 : p === n ? 0.5 : 0);
      pairs += misses * hits;
    }
  }
  return won / pairs;
}

const HISTOGRAMS = [
  ['apart', [5, 3, 0, 0], [0, 0, 2, 4], 1],
  ['reversed', [0, 0, 2, 4], [5, 3, 0, 0], 0],
  ['all in one bin', [0, 7, 0], [0, 9, 0], 0.5],
  ['overlapping', [4, 3, 2, 1], [1, 2, 3, 4], undefined],
];

for (const [name, negative, positive, known] of HISTOGRAMS) {
  test(`AUC of binned scores: ${name}`, () => {
    const auc = aucOfHistogram({ negative, positive });
    assert.ok(Math.abs(auc - aucByPairs(negative, positive)) < 1e-12);
    if (known !== undefined) assert.equal(auc, known);
  });
}

test('AUC of binned scores: unknown where a class is absent', () => {
  assert.equal(aucOfHistogram({ negative: [0, 0], positive: [1, 2] }), null);
  assert.equal(aucOfHistogram({ negative: [1, 2], positive: [0, 0] }), null);
});

const sex = { ...newFilter('sex', 1), values: ['F'] };
const age = { ...newFilter('ageYears', 2), from: 50 };
const QUESTIONS = [
  ['nothing chosen asks about everyone', 'any', [newFilter('finding', 1), newFilter('ageYears', 2)], { all: [] }],
  [
    'all',
    'all',
    [sex, age],
    {
      all: [
        { is: 'sex', in: ['F'] },
        { is: 'ageYears', from: 50 },
      ],
    },
  ],
  [
    'any',
    'any',
    [sex, age],
    {
      any: [
        { is: 'sex', in: ['F'] },
        { is: 'ageYears', from: 50 },
      ],
    },
  ],
  ['not', 'all', [{ ...sex, negated: true }], { all: [{ not: { is: 'sex', in: ['F'] } }] }],
];

for (const [name, join, filters, expected] of QUESTIONS) {
  test(`cohort question: ${name}`, () => {
    const query = cohortQueryOf(join, filters);
    assert.deepEqual(query, expected);
    assert.deepEqual(cohortQuerySchema.parse(query), expected);
  });
}

test('a first draft of a job satisfies the wire and asks only the sites that hold the dataset', () => {
  const [granted] = ANSWERS.hub['/api/access-requests'][1].requests;
  const request = { ...granted, datasets: [...granted.datasets, { siteId: 'porto', name: 'mammograms' }] };
  const spec = jobSpecSchema.parse(specOf(request, firstDraft(request, 'chest-opacity')));
  assert.deepEqual(spec.sites, ['larissa', 'jena', 'ljubljana']);
});

const studio = ANSWERS.node[`/api/mapping/tables/${TABLE_ID}`][1];
const column = (name) => studio.columns.find((one) => one.column === name);

test('a mapping begins with nothing decided; what is tried takes the proposals, what is saved does not', () => {
  const draft = draftOf(studio);
  assert.equal(draft.size, 0);
  const saved = mappingDocumentSchema.parse(documentOf(studio.columns, draft, 'open'));
  assert.ok(saved.columns.every(({ leave_out }) => leave_out === 'undecided'));
  const tried = mappingDocumentSchema.parse(documentOf(studio.columns, draft, 'as-proposed'));
  assert.equal(tried.columns.find((one) => one.column === 'Geschlecht').element, 'sex');
  assert.deepEqual(
    draftOf({ ...studio, document: tried, table: { ...studio.table, isMapped: true } }),
    acceptAll(draft, sureColumns(studio.columns, draft, 0)),
    'what was saved is what was decided',
  );
});

test('an element is given once: who takes it over opens the column that had it', () => {
  const first = decide(new Map(), 'Geschlecht', proposedFor(column('Geschlecht')));
  const second = decide(first, 'Interner Code', { kind: 'map', element: 'sex', unit: null, values: {} });
  assert.equal(decisionOf(second, 'Geschlecht').kind, 'open');
  assert.ok(!sureColumns(studio.columns, second, 0).includes(column('Geschlecht')), 'nor is it proposed again');
  const columns = documentOf(studio.columns, second, 'as-proposed').columns.filter(({ element }) => element === 'sex');
  assert.deepEqual(
    columns.map((one) => one.column),
    ['Interner Code'],
  );
});

const THINGS = [
  { id: 'size', names: ['tumour size', 'Tumorgröße', 'μέγεθος όγκου'] },
  { id: 'grade', names: ['tumour grade', 'Grading'] },
  { id: 'sex', names: ['sex', 'Geschlecht', 'φύλο'] },
];
const FOUND = [
  ['nothing typed', '', ['size', 'grade', 'sex']],
  ['the start of a word', 'tum', ['size', 'grade']],
  ['without accents', 'φυλο', ['sex']],
  ['a slip', 'tumuor size', ['size']],
  ['no slip in short words', 'sax', []],
  ['something else', 'horoscope', []],
];
for (const [name, typed, expected] of FOUND) {
  test(`finding by names: ${name}`, () =>
    assert.deepEqual(
      findWords(THINGS, typed)
        .map(({ id }) => id)
        .sort(),
      [...expected].sort(),
    ));
}

test('a filter of the catalogue is its address, and each value tells what it would list', () => {
  const { datasets } = ANSWERS.hub['/api/datasets'][1];
  const filter = filterOf('?q=films&order=largest&modality=CR&country=DE&country=GR');
  assert.equal(searchOf(filter), '?q=films&order=largest&modality=CR&country=DE&country=GR');
  assert.equal(searchOf(filterOf('')), '');
  assert.deepEqual(
    datasetsIn(datasets, filter).map(({ siteId }) => siteId),
    ['jena'],
  );
  for (const { value, datasets: count } of valuesOf(datasets, 'country', filter)) {
    const only = { ...filter, chosen: { ...filter.chosen, country: [value] } };
    assert.equal(datasetsIn(datasets, only).length, count, value);
  }
  const sizes = datasetsIn(datasets, filterOf('?order=largest')).map(({ studies }) => studies.count);
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
  );
});

test('what was typed for a version is typed again for the next, and empty fields are left out', () => {
  const { title, description, conditions, card } = STANDING.record;
  const draft = recordDraftOf('chest-films', { title, description, conditions, card });
  assert.deepEqual(announcementOf(draft), { title, description, conditions, card });
  publishDatasetSchema.parse(announcementOf(draft));
  assert.deepEqual(announcementOf(recordDraftOf('films', undefined)), {
    title: 'films',
    description: '',
    conditions: [],
  });
});

test('names on the map cover neither one another, nor a point, nor the edge, however crowded it is; alone each is there', () => {
  // A small generator, so that every run looks at the same maps.
  let state = 7;
  const chance = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (const [width, height, number] of [
    [980, 460, 50],
    [390, 260, 50],
    [390, 260, 8],
    [980, 460, 1],
  ]) {
    const labelled = Array.from({ length: number }, (_, index) => ({
      key: String(index),
      name: 'University Hospital'.slice(0, 4 + Math.floor(chance() * 15)),
      x: 40 + chance() * (width - 80),
      y: 30 + chance() * (height - 60),
      gapPx: 12,
    }));
    const placed = placeLabels(labelled, labelled, { width, height });
    const boxes = placed.map(({ name, x, y, anchor }) => {
      const wide = 7.8 * name.length;
      const left = anchor === 'start' ? x : anchor === 'end' ? x - wide : x - wide / 2;
      return { left, right: left + wide, top: y - 13, bottom: y + 4 };
    });
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    for (const [index, box] of boxes.entries()) {
      assert.ok(box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height, 'within the map');
      for (const other of boxes.slice(index + 1)) assert.ok(!meet(box, other), `${width}: two names meet`);
      for (const { x, y } of labelled)
        assert.ok(
          !meet(box, { left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 }),
          `${width}: a name covers a point`,
        );
    }
    assert.ok(placed.length >= Math.min(number, 8) / 2, `${placed.length} of ${number} have room`);
    if (number === 1) assert.equal(placed.length, 1);
  }
});

test('help belongs to the house and the address; before a node has joined, its first page is the guide', () => {
  assert.equal(helpPageOf('hub', '/', false), 'network');
  assert.equal(helpPageOf('node', '/', false), 'overview');
  assert.equal(helpPageOf('node', '/', true), 'guide');
  assert.equal(helpPageOf('node', '/arrivals', true), 'arrivals');
  assert.equal(helpPageOf('hub', '/arrivals', false), 'no-page');
  assert.equal(helpPageOf('hub', undefined, false), 'no-page');
});

const LANGUAGES = ['el', 'de', 'sl', 'uk', 'pt', 'lt', 'pl', 'it', 'es', 'et'];
const toldIn = (table, language) =>
  JSON.parse(readFileSync(new URL(`../src/i18n/${table}/${language}.json`, import.meta.url), 'utf8'));
const wordsOf = (language) => new HouseWords(toldIn('errors', language), toldIn('checks', language));
const plain = (pieces) => pieces?.map(({ text }) => text).join('');

/** Something else for every placeholder, as houses give: numbers, names, paths, English phrases. */
function factsFor(text, round) {
  const values = [
    [3, 'lisbon', '/srv/node', 'the file ends early'],
    ['larissa', 0.5, 'two of them (2)', 'C:\\films a'],
  ][round];
  const names = [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))];
  return Object.fromEntries(names.map((name, at) => [name, values[at % values.length]]));
}

for (const language of LANGUAGES) {
  test(`what a house says is said in ${language}: every sentence of the table, whatever fills it`, () => {
    const words = wordsOf(language);
    const unsaid = new Set();
    for (const [code, row] of Object.entries(ERROR_TABLE)) {
      for (const round of [0, 1]) {
        const facts = factsFor(`${row.sentence} ${row.mend}`, round);
        const error = new UnicaError(code, facts);
        const fill = (text) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
        // One English sentence may belong to two codes, in which case either translation is right.
        const alike = (part) =>
          Object.keys(ERROR_TABLE)
            .filter((one) => ERROR_TABLE[one][part] === row[part])
            .map((one) => fill(words.errors[one][part]));
        for (const [english, wanted] of [
          [error.sentence, alike('sentence')],
          [error.mend, alike('mend')],
          [error.message, [fill(`${words.errors[code].sentence} ${words.errors[code].mend}`).trim()]],
        ]) {
          const said = plain(words.said(english));
          if (said === undefined) unsaid.add(code);
          else if (english !== '') assert.ok(wanted.includes(said), `${code}: ${english} → ${said}, not ${wanted[0]}`);
        }
      }
    }
    assert.ok(unsaid.size <= 20, `not understood: ${[...unsaid].join(', ')}`);
  });
}

test('what a check of quality found, and what to do, is said as well', () => {
  const words = wordsOf('uk');
  const { sentence, mend } = toldIn('checks', 'uk')['pixel-length'];
  assert.equal(
    plain(words.said('Its pixels end too early: 12 bytes of 4096.')),
    sentence.replace('{found}', '12').replace('{wanted}', '4096'),
  );
  assert.equal(plain(words.said('The transfer broke off; send it again from the archive.')), mend);
});

test('what fills a sentence of a house is said as well where it is one, and marked as English where it is a phrase', () => {
  const words = wordsOf('el');
  const { sentence: refused } = words.errors['node.hub-refused'];
  const because = new UnicaError('hub.no-permit', { dataset: 'chest-films', siteId: 'larissa' }).sentence;
  const said = words.said(new UnicaError('node.hub-refused', { what: 'the job', because }).sentence);
  const inner = words.errors['hub.no-permit'].sentence
    .replace('{dataset}', 'chest-films')
    .replace('{siteId}', 'larissa');
  assert.equal(plain(said), refused.replace('{what}', 'the job').replace('{because}', inner));
  assert.deepEqual(
    said.filter(({ isForeign }) => isForeign),
    [{ text: 'the job', isForeign: true }],
  );
  assert.equal(words.said('A person wrote this sentence.'), undefined);
  assert.equal(words.said(''), undefined);
  assert.equal(words.said('3'), undefined);
});
