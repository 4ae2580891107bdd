import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHECKER = fileURLToPath(new URL('./check-catalogues.js', import.meta.url));

const ENGLISH = {
  'home.title': 'Hello {{name}}',
  'home.films_one': '{{count}} film',
  'home.films_other': '{{count}} films',
};
const GERMAN = {
  'home.title': 'Hallo {{name}}',
  'home.films_one': '{{count}} Aufnahme',
  'home.films_other': '{{count}} Aufnahmen',
};
const PAGE = "t('home.title', { name }); t('home.films', { count });";

const ROWS = [
  ['complete catalogues', { en: ENGLISH, de: GERMAN, page: PAGE }, /^3 messages, complete in de, en\n$/, 0],
  [
    'a key that is used but not there',
    { en: ENGLISH, de: GERMAN, page: `${PAGE} t('home.end');` },
    /web\/src\/page\.tsx: uses home\.end, which en\.json does not have/,
    1,
  ],
  [
    'a key that nobody uses',
    { en: { ...ENGLISH, 'home.old': 'Old' }, de: { ...GERMAN, 'home.old': 'Alt' }, page: PAGE },
    /en\.json: home\.old is used nowhere/,
    1,
  ],
  [
    'a translation that is missing',
    {
      en: ENGLISH,
      de: { 'home.films_one': '{{count}} Aufnahme', 'home.films_other': '{{count}} Aufnahmen' },
      page: PAGE,
    },
    /de\.json: home\.title is missing/,
    1,
  ],
  [
    'a translation left in English',
    { en: ENGLISH, de: { ...GERMAN, 'home.title': 'Hello {{name}}' }, page: PAGE },
    /de\.json: home\.title is still English/,
    1,
  ],
  [
    'a placeholder that was lost',
    { en: ENGLISH, de: { ...GERMAN, 'home.title': 'Hallo' }, page: PAGE },
    /de\.json: home\.title has the placeholders \[\], English \[name\]/,
    1,
  ],
  [
    'a plural form the language needs',
    {
      en: ENGLISH,
      uk: {
        'home.title': 'Вітаю {{name}}',
        'home.films_one': '{{count}} знімок',
        'home.films_other': '{{count}} знімка',
      },
      page: PAGE,
    },
    /uk\.json: home\.films_few is missing\nuk\.json: home\.films_many is missing/,
    1,
  ],
  [
    'a key built from a fixed start',
    {
      en: { ...ENGLISH, 'state.on': 'On' },
      de: { ...GERMAN, 'state.on': 'An' },
      page: `${PAGE} t(\`state.\${state}\`);`,
    },
    /complete in de, en/,
    0,
  ],
];

const GLOSSARY = [
  {
    term: 'film',
    english: '\\bfilms?\\b',
    meaning: 'A picture of the chest.',
    words: { de: { use: 'Aufnahme', stems: ['aufnahme'], back: 'recording', outcome: 'kept' } },
    apart: [],
  },
];
ROWS.push(
  [
    'a word of the field that is another one than the glossary has',
    {
      en: { ...ENGLISH, 'on.film': 'On a film' },
      de: { ...GERMAN, 'on.film': 'Auf dem Streifen' },
      glossary: GLOSSARY,
      page: `${PAGE} t('on.film');`,
    },
    /de\.json: on\.film says "film" in another word than the glossary \(Aufnahme\)/,
    1,
  ],
  [
    'a word of the glossary that nobody translated back',
    {
      en: { ...ENGLISH, 'on.film': 'On a film' },
      de: { ...GERMAN, 'on.film': 'Auf der Aufnahme' },
      glossary: [{ ...GLOSSARY[0], words: { de: { ...GLOSSARY[0].words.de, back: '' } } }],
      page: `${PAGE} t('on.film');`,
    },
    /glossary\.json: film was not translated back from de/,
    1,
  ],
  [
    'a language that the glossary has no word in',
    { en: ENGLISH, de: GERMAN, glossary: [{ ...GLOSSARY[0], words: {} }], page: PAGE },
    /glossary\.json: film has no word in de/,
    1,
  ],
);

const ROUTER = `const getParentRoute = () => root;
  createRoute({ getParentRoute, path: '/', component: ofHouses({ hub: Home, node: Home }) });
  createRoute({
    getParentRoute,
    path: '/films/$id',
    component: ofHouses({ node: Film, before: Home }),
  });`;
const HELP = "const PAGE_HELP = { hub: { '/': 'home' }, node: { '/': 'home', '/films/$id': 'film' } } as const;";
const helpOf = (...pages) =>
  Object.fromEntries(
    pages.flatMap((page) =>
      ['what', 'do.1', 'do.2', 'kept'].map((part) => [`help.${page}.${part}`, `${page} ${part}`]),
    ),
  );
const HELPED = {
  en: { ...ENGLISH, ...helpOf('home', 'film', 'no-page') },
  page: `${PAGE} t(\`help.\${page}.what\`);`,
  files: { 'router.tsx': ROUTER, 'help/page-help.ts': HELP },
};
ROWS.push(
  ['help for every page', HELPED, /complete in en/, 0],
  [
    'a page without help',
    { ...HELPED, files: { ...HELPED.files, 'help/page-help.ts': HELP.replace("node: { '/': 'home', ", 'node: { ') } },
    /page-help\.ts: \/ of the node has no help/,
    1,
  ],
  [
    'help of a page that the house does not have',
    { ...HELPED, files: { ...HELPED.files, 'router.tsx': ROUTER.replace('hub: Home, ', '') } },
    /page-help\.ts: the hub has no page \//,
    1,
  ],
  [
    'a route that is written in another way',
    { ...HELPED, files: { ...HELPED.files, 'router.tsx': `${ROUTER} createRoute({ path: '/new' });` } },
    /router\.tsx: 3 routes, of which 2 are written/,
    1,
  ],
  [
    'help that is not told in full, or is of no page',
    {
      ...HELPED,
      en: { ...ENGLISH, ...helpOf('home', 'film', 'no-page', 'old'), 'help.film.do.2': undefined },
    },
    /help\.film\.do\.2 is missing\nen\.json: help\.old\.what is the help of no page/,
    1,
  ],
);

const TOLD = { gone: { sentence: '{what} is gone.', mend: 'Run `unica doctor`.' } };
const IN_GERMAN = { gone: { sentence: '{what} ist nicht mehr da.', mend: 'Rufen Sie `unica doctor` auf.' } };
const tablesOf = (german) => ({
  ...{ en: ENGLISH, de: GERMAN, page: PAGE },
  files: {
    '../../src/base/error-table.ts': `export const ERROR_TABLE = ${JSON.stringify(TOLD)} as const;`,
    '../../src/quality/check-table.ts': 'export const CHECK_TABLE = {} as const;',
    'i18n/errors/de.json': JSON.stringify(german),
  },
});
ROWS.push(
  ['a table that houses speak by', tablesOf(IN_GERMAN), /complete in de, en/, 0],
  ['an error that is missing', tablesOf({}), /errors\/de\.json: gone is missing/, 1],
  ['an error that is none', tablesOf({ ...IN_GERMAN, old: IN_GERMAN.gone }), /errors\/de\.json: there is no old/, 1],
  ['an error left in English', tablesOf(TOLD), /errors\/de\.json: gone says "\{what\} is gone\." for/, 1],
  [
    'an error that says a word of the field otherwise than the glossary',
    {
      ...tablesOf({ gone: { ...IN_GERMAN.gone, mend: 'Suchen Sie `unica doctor`.' } }),
      glossary: [
        {
          ...{ term: 'run', english: '\\brun\\b', meaning: 'Start a program.', apart: [] },
          words: { de: { use: 'aufrufen', stems: ['rufen'], back: 'call', outcome: 'kept' } },
        },
      ],
    },
    /errors\/de\.json: gone says "run" in another word than the glossary \(aufrufen\)/,
    1,
  ],
  [
    'an error without its placeholder',
    tablesOf({ gone: { ...IN_GERMAN.gone, sentence: 'Es ist nicht mehr da.' } }),
    /gone has \[\] in its sentence, English \[\{what\}\]/,
    1,
  ],
  [
    'an error with another command',
    tablesOf({ gone: { ...IN_GERMAN.gone, mend: 'Rufen Sie `unica arzt` auf.' } }),
    /gone has \[`unica arzt`\] in its mend, English \[`unica doctor`\]/,
    1,
  ],
);

for (const [name, { page, glossary, files = {}, ...catalogues }, says, status] of ROWS) {
  test(`catalogues: ${name}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'unica-catalogues-'));
    try {
      mkdirSync(join(root, 'web/src/i18n'), { recursive: true });
      writeFileSync(join(root, 'web/src/page.tsx'), page);
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, 'web/src', path)), { recursive: true });
        writeFileSync(join(root, 'web/src', path), text);
      }
      if (glossary !== undefined) writeFileSync(join(root, 'web/glossary.json'), JSON.stringify(glossary));
      for (const [language, texts] of Object.entries(catalogues)) {
        writeFileSync(join(root, `web/src/i18n/${language}.json`), JSON.stringify(texts));
      }
      const done = spawnSync(process.execPath, [CHECKER, root], { encoding: 'utf8' });
      assert.match(done.stdout, says);
      assert.equal(done.status, status);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}
