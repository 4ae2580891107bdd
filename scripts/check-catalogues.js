// The portal's message catalogues: no key missing, none unused, none left in English, equal placeholders, the words of the
// field as web/glossary.json has them, help for every page, and the tables that houses speak by.
//   node scripts/check-catalogues.js [ROOT]
// Prints one line for each problem and exits 1 when there is any.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorTable, moduleWithoutImports } from './errors-page.js';

const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)));
const sourceFolder = join(root, 'web/src');
const catalogueFolder = join(sourceFolder, 'i18n');
const FIXED = /\{\w+\}|`[^`]*`|docs\/[\w/.#-]+|(?<![\w-])--[a-z-]+|UNICA_[A-Z_]+/g;
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Texts that are rightly the same as in English: names, abbreviations, and words both languages share. */
const SAME_AS_ENGLISH = {
  any: [
    'shell.version',
    'models.auc',
    'model.auc',
    'sites.site',
    'permits.permit',
    'watch.formula',
    'collab.partner.eucaim',
  ],
  el: [],
  sl: ['job.model', 'watch.model', 'collab.register'],
  uk: [],
  de: [
    'dataset.name',
    'dataset.version',
    'quarantine.code',
    'job.stream.live',
    'job.site',
    'rounds.site',
    'what-left.site',
    'cohorts.site',
  ],
  es: ['access.no', 'role.auditor', 'finding.normal', 'fair.letter.I'],
  et: ['outgoing.number', 'collab.register'],
  pt: ['role.auditor', 'finding.normal', 'finding.pneumonia'],
  pl: ['job.model', 'watch.model'],
  it: ['access.no', 'arrivals.file'],
};

const problems = [];
const english = read('en');
const englishStems = stemsOf(english);
const languages = readdirSync(catalogueFolder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -5));

checkUse();
checkPlurals('en', english);
for (const language of languages.filter((code) => code !== 'en')) checkTranslation(language, read(language));
checkGlossary();
await checkHelp();
await checkTold();

for (const problem of problems) process.stdout.write(`${problem}\n`);
if (problems.length === 0) {
  process.stdout.write(`${Object.keys(english).length} messages, complete in ${languages.sort().join(', ')}\n`);
}
process.exitCode = problems.length === 0 ? 0 : 1;

/** Every key the sources name is there; every key there is named, whole or by the fixed start of a template. */
function checkUse() {
  const sources = filesBelow(sourceFolder).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  const named = new Set();
  const starts = new Set();
  const stems = new Set(Object.keys(english).map((key) => key.replace(PLURAL, '')));
  for (const { path, text } of sources) {
    for (const [, key] of text.matchAll(/\bt\(\s*'([^']+)'/g)) {
      if (!stems.has(key)) problems.push(`${relative(root, path)}: uses ${key}, which en.json does not have`);
    }
    for (const [, word] of text.matchAll(/'([a-z][A-Za-z0-9.:-]*)'/g)) named.add(word);
    for (const [, start] of text.matchAll(/\b(?:t|word)\(\s*`([^`$]+)\$\{/g)) {
      starts.add(start);
      if (![...stems].some((stem) => stem.startsWith(start))) {
        problems.push(`${relative(root, path)}: no message in en.json starts with ${start}`);
      }
    }
  }
  for (const key of Object.keys(english)) {
    const stem = key.replace(PLURAL, '');
    if (!named.has(stem) && ![...starts].some((start) => stem.startsWith(start))) {
      problems.push(`en.json: ${key} is used nowhere`);
    }
  }
}

function checkTranslation(language, catalogue) {
  checkPlurals(language, catalogue);
  const stems = stemsOf(catalogue);
  for (const [stem, texts] of englishStems) {
    const translated = stems.get(stem);
    if (translated === undefined) {
      problems.push(`${language}.json: ${stem} is missing`);
      continue;
    }
    const wanted = placeholders(texts[0]);
    for (const text of translated) {
      if (placeholders(text) !== wanted) {
        problems.push(`${language}.json: ${stem} has the placeholders [${placeholders(text)}], English [${wanted}]`);
      }
      if (texts.includes(text) && !allowedSame(language, stem)) {
        problems.push(`${language}.json: ${stem} is still English ("${text}")`);
      }
    }
  }
  for (const stem of stems.keys()) {
    if (!englishStems.has(stem)) problems.push(`${language}.json: ${stem} is not in en.json`);
  }
}

/** Where English says a word of the field, every language says the word that its glossary has for it. */
function checkGlossary() {
  const path = join(root, 'web/glossary.json');
  if (!existsSync(path)) return;
  const translated = languages.filter((code) => code !== 'en').map((code) => [code, stemsOf(read(code))]);
  for (const { term, english: pattern, words, apart } of JSON.parse(readFileSync(path, 'utf8'))) {
    const says = new RegExp(pattern, 'i');
    const stems = [...englishStems].filter(([, texts]) => texts.some((text) => says.test(wordsOf(text))));
    if (stems.length === 0) problems.push(`glossary.json: ${term} is in no message`);
    const isApart = new Set(apart);
    for (const [language, catalogue] of translated) {
      const own = words[language];
      if (own === undefined || own.stems.length === 0) {
        problems.push(`glossary.json: ${term} has no word in ${language}`);
        continue;
      }
      if (!['kept', 'changed'].includes(own.outcome) || !own.back?.trim()) {
        problems.push(`glossary.json: ${term} was not translated back from ${language} (back, outcome)`);
      }
      for (const [stem] of stems) {
        const texts = catalogue.get(stem);
        if (texts === undefined) continue;
        const has = texts.some((text) => own.stems.some((part) => wordsOf(text).toLowerCase().includes(part)));
        const place = `${language} ${stem}`;
        if (!has && !isApart.delete(place)) {
          problems.push(`${language}.json: ${stem} says "${term}" in another word than the glossary (${own.use})`);
        }
      }
    }
    for (const place of isApart) problems.push(`glossary.json: ${term} need not be apart in ${place}`);
  }
}

/** Every page that a house has stands in the table of help, the table names no other, and every help is told in full. */
async function checkHelp() {
  const router = join(sourceFolder, 'router.tsx');
  if (!existsSync(router)) return;
  const help = await helpTable();
  const source = readFileSync(router, 'utf8');
  const routes = [
    ...source.matchAll(/\bcreateRoute\(\{\s*getParentRoute,\s*path: '([^']+)',\s*component: ofHouses\(\{([^}]*)\}\)/g),
  ].map(([, path, pages]) => ({ path, houses: [...pages.matchAll(/\b(hub|node):/g)].map(([, house]) => house) }));
  const written = source.match(/\bcreateRoute\(/g)?.length ?? 0;
  if (routes.length !== written)
    problems.push(
      `router.tsx: ${written} routes, of which ${routes.length} are written as the check of help reads them`,
    );
  for (const [house, pages] of Object.entries(help)) {
    const there = new Set(routes.filter(({ houses }) => houses.includes(house)).map(({ path }) => path));
    for (const path of there) {
      if (!(path in pages)) problems.push(`help/page-help.ts: ${path} of the ${house} has no help`);
    }
    for (const path of Object.keys(pages)) {
      if (!there.has(path)) problems.push(`help/page-help.ts: the ${house} has no page ${path}`);
    }
  }
  const named = new Set([...Object.values(help).flatMap((pages) => Object.values(pages)), 'no-page']);
  const told = Object.keys(english).filter((key) => key.startsWith('help.'));
  const wanted = [...named].flatMap((page) => ['what', 'do.1', 'do.2', 'kept'].map((part) => `help.${page}.${part}`));
  for (const key of wanted.filter((one) => !told.includes(one))) problems.push(`en.json: ${key} is missing`);
  for (const key of told.filter((one) => !wanted.includes(one)))
    problems.push(`en.json: ${key} is the help of no page`);
}

/** The text without what is the same in every language, names of a vocabulary (`dcat:Dataset`) among it. */
function freeWords(text) {
  return text.replace(FIXED, ' ').replace(/\w+:\w+/g, ' ');
}

/** What houses say in English, by the tables of errors and of checks of quality, stands in every other language too. */
async function checkTold() {
  if (!existsSync(join(root, 'src/base/error-table.ts'))) return;
  checkTable('errors', await errorTable(root));
  const { CHECK_TABLE } = await moduleWithoutImports(join(root, 'src/quality/check-table.ts'));
  const checks = Object.entries(CHECK_TABLE).map(([check, { message, mend }]) => [check, { sentence: message, mend }]);
  checkTable('checks', Object.fromEntries(checks));
}

/** Each row in every language but English, no other row, with what has to stay as it is. */
function checkTable(folder, table) {
  const glossaryPath = join(root, 'web/glossary.json');
  const glossary = existsSync(glossaryPath) ? JSON.parse(readFileSync(glossaryPath, 'utf8')) : [];
  for (const language of languages.filter((code) => code !== 'en')) {
    const place = `${folder}/${language}.json`;
    const path = join(catalogueFolder, place);
    const own = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
    for (const row of Object.keys(own).filter((one) => !(one in table))) problems.push(`${place}: there is no ${row}`);
    for (const [name, row] of Object.entries(table)) {
      if (own[name] === undefined) {
        problems.push(`${place}: ${name} is missing`);
        continue;
      }
      for (const part of ['sentence', 'mend']) {
        const [says, wanted] = [own[name][part] ?? '', row[part]];
        if (fixedParts(says) !== fixedParts(wanted)) {
          problems.push(`${place}: ${name} has [${fixedParts(says)}] in its ${part}, English [${fixedParts(wanted)}]`);
        }
        if (says === wanted ? /\p{L}{4}/u.test(wanted.replace(FIXED, '')) : says === '' || wanted === '') {
          problems.push(`${place}: ${name} says "${says}" for "${wanted}"`);
        }
        for (const { term, english: pattern, words } of glossary) {
          const { use, stems = [] } = words[language] ?? {};
          if (!new RegExp(pattern, 'i').test(freeWords(wanted))) continue;
          if (!stems.some((stem) => freeWords(says).toLowerCase().includes(stem))) {
            problems.push(`${place}: ${name} says "${term}" in another word than the glossary (${use})`);
          }
        }
      }
    }
  }
}

/** Placeholders, commands, documents, options and variables, which are the same in every language. */
function fixedParts(text) {
  return [...text.matchAll(FIXED)]
    .map(([part]) => part)
    .sort()
    .join(' ');
}

async function helpTable() {
  const path = join(sourceFolder, 'help/page-help.ts');
  if (!existsSync(path)) return { hub: {}, node: {} };
  return (await moduleWithoutImports(path, 'export { PAGE_HELP };')).PAGE_HELP;
}

/** A key with plural endings has exactly those that the language needs. */
function checkPlurals(language, catalogue) {
  const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const endings = new Map();
  for (const key of Object.keys(catalogue)) {
    const ending = PLURAL.exec(key)?.[1];
    if (ending === undefined) continue;
    const stem = key.replace(PLURAL, '');
    endings.set(stem, [...(endings.get(stem) ?? []), ending]);
  }
  for (const [stem, have] of endings) {
    for (const ending of needed.filter((wanted) => !have.includes(wanted))) {
      problems.push(`${language}.json: ${stem}_${ending} is missing`);
    }
    for (const ending of have.filter((given) => !needed.includes(given))) {
      problems.push(`${language}.json: ${stem}_${ending} is never used in this language`);
    }
  }
}

function allowedSame(language, stem) {
  return SAME_AS_ENGLISH.any.includes(stem) || (SAME_AS_ENGLISH[language] ?? []).includes(stem);
}

function stemsOf(catalogue) {
  const stems = new Map();
  for (const [key, text] of Object.entries(catalogue)) {
    const stem = key.replace(PLURAL, '');
    stems.set(stem, [...(stems.get(stem) ?? []), text]);
  }
  return stems;
}

/** Without what is filled in. */
function wordsOf(text) {
  return text.replace(/\{\{[^}]*\}\}/g, '');
}

function placeholders(text) {
  return [...text.matchAll(/\{\{\s*(\w+)/g)]
    .map(([, name]) => name)
    .filter((name, index, all) => all.indexOf(name) === index)
    .sort()
    .join(', ');
}

function read(language) {
  const path = join(catalogueFolder, `${language}.json`);
  if (!existsSync(path)) return {};
  const catalogue = JSON.parse(readFileSync(path, 'utf8'));
  for (const [key, text] of Object.entries(catalogue)) {
    if (typeof text !== 'string' || text.trim() === '') problems.push(`${language}.json: ${key} is empty`);
  }
  return catalogue;
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}
