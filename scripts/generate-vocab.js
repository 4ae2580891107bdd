// Makes src/vocab/generated/ from the published tables in ../shared (override: UNICA_SHARED). With --check it writes
// nothing and fails when the committed files differ.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = process.env.UNICA_SHARED ?? join(root, '..', 'shared');
const target = join(root, 'src/vocab/generated');
const check = process.argv.includes('--check');

if (!existsSync(join(shared, 'dicom-standard/attributes.csv'))) {
  console.log('skipped: the published tables are not beside this checkout');
  process.exit(0);
}

const read = (path) => readFileSync(join(shared, path), 'utf8');

/** Rows of a comma-separated text with quotes. */
function csv(text) {
  const rows = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
    );
    rows.push(cells);
  }
  return rows;
}

/** (0008,0005) → 00080005, with x for the varying digits of repeating groups. */
const tagText = (tag) => tag.replace(/[(),\s]/g, '').toLowerCase();

function dictionary() {
  return csv(read('dicom-standard/attributes.csv'))
    .slice(1)
    .map(([tag, keyword, , vr, vm]) => [tagText(tag), keyword, vr, vm])
    .filter(([tag, keyword]) => /^[0-9a-fx]{8}$/.test(tag) && keyword !== '')
    .map(
      ([tag, keyword, vr, vm]) =>
        `${tag} ${keyword} ${(vr.split(/ or |\s/)[0] || '').replace(/[^A-Z]/g, '') || '--'} ${vm || '1'}`,
    )
    .sort()
    .join('\n');
}

function confidentiality() {
  const letters = {
    rtnLongModifDatesOpt: 'dates',
    rtnLongFullDatesOpt: 'fullDates',
    rtnPatCharsOpt: 'patient',
    rtnDevIdOpt: 'device',
    rtnUIDsOpt: 'uids',
    rtnInstIdOpt: 'institution',
    cleanDescOpt: 'descriptors',
    cleanStructContOpt: 'structured',
    cleanGraphOpt: 'graphics',
  };
  return JSON.parse(read('dicom-standard/confidentiality_profile_attributes.json'))
    .filter((row) => /^[0-9a-fx]{8}$/.test(row.id))
    .map((row) => {
      const options = Object.entries(letters).flatMap(([key, name]) => (row[key] ? [`${name}:${row[key]}`] : []));
      return [row.id, row.basicProfile, ...options].join(' ');
    })
    .sort()
    .join('\n');
}

function sopClasses() {
  return JSON.parse(read('dicom-standard/sop-classes.json'))
    .map((row) => `${row.id} ${row.name}`)
    .sort()
    .join('\n');
}

function cdmTables() {
  return csv(read('eucaim/cdm-tables.csv'))
    .slice(1)
    .map(([table, column, type, key, notNull, references]) =>
      [
        table,
        column,
        type.replace(/\s/g, ''),
        key === 'yes' ? 'key' : '-',
        notNull === 'yes' ? 'required' : '-',
        references || '-',
      ].join(' '),
    )
    .join('\n');
}

/** The concepts the product writes or asks for; the whole hyper-ontology is issue of the mapping studio. */
const CONCEPTS = [
  'COM1001366',
  'COM1001370',
  'COM1001288',
  'COM1002760',
  'COM1001084',
  'COM1001087',
  'COM1002624',
  'COM1002625',
  'COM1002626',
  'COM1002628',
  'IMG1000022',
  'IMG1000024',
  'IMG1000026',
  'IMG1000028',
  'IMG1000030',
  'IMG1000044',
  'IMG1000046',
  'IMG1000047',
  'IMG1000051',
  'IMG1000060',
  'IMG1000064',
  'BP1000067',
  'BP1000113',
  'BP1000136',
  'BP1000021',
  'BP1000165',
  'BP1000223',
  'IMG1016670',
  'IMG1016682',
  'GEN1000005',
  'GEN1000006',
  'GEN1000007',
  'GEN1000008',
  'GEN1000009',
  'GEN1000010',
  'SPEC1000009',
  'SPEC1000010',
  'SPEC1000011',
];

function concepts() {
  const names = new Map(csv(read('eucaim/hyperontology-concepts.csv')).map(([code, , name]) => [code, name]));
  return CONCEPTS.map((code) => {
    if (!names.has(code)) throw new Error(`the hyper-ontology has no concept ${code}`);
    return `${code} ${names.get(code)}`;
  }).join('\n');
}

/** Words of attribute names and of concept names: what may stand in a description without speaking of anybody. */
function medicalWords() {
  const attributes = csv(read('dicom-standard/attributes.csv'))
    .slice(1)
    .map(([, , name]) => name);
  const names = csv(read('eucaim/hyperontology-concepts.csv'))
    .slice(1)
    .map(([, , name]) => name);
  const words = [...attributes, ...names].flatMap((name) => name.toLowerCase().match(/\p{L}{2,}/gu) ?? []);
  return [...new Set(words)]
    .sort()
    .join(' ')
    .replace(/(.{1,110})( |$)/g, '$1\n')
    .trim();
}

const files = [
  [
    'dicom-dictionary.ts',
    'DICTIONARY',
    'PS3.6 data elements: tag keyword VR VM',
    'innolitics/dicom-standard 2025-01 (MIT)',
    dictionary(),
  ],
  [
    'confidentiality.ts',
    'CONFIDENTIALITY',
    'PS3.15 Table E.1-1: tag, basic profile, option:action …',
    'innolitics/dicom-standard 2025-01 (MIT)',
    confidentiality(),
  ],
  [
    'sop-classes.ts',
    'SOP_CLASSES',
    'PS3.4 SOP classes: uid name',
    'innolitics/dicom-standard 2025-01 (MIT)',
    sopClasses(),
  ],
  [
    'cdm-columns.ts',
    'CDM_COLUMNS',
    'EUCAIM common data model: table column type key required references',
    'EUCAIM etl-toolset 7a69a4b9 (Apache-2.0)',
    cdmTables(),
  ],
  [
    'concepts.ts',
    'CONCEPTS',
    'EUCAIM hyper-ontology 2.0, the concepts in use: code name',
    'EUCAIM hyper-ontology V2.0 (CC BY 4.0)',
    concepts(),
  ],
  [
    'medical-words.ts',
    'MEDICAL_WORDS',
    'words of DICOM attribute names and of EUCAIM concept names',
    'innolitics/dicom-standard 2025-01 (MIT), EUCAIM hyper-ontology V2.0 (CC BY 4.0)',
    medicalWords(),
  ],
];

mkdirSync(target, { recursive: true });
let differs = false;
for (const [file, name, what, source, text] of files) {
  const content = `// Generated by scripts/generate-vocab.js. ${what}.\n// Source: ${source}.\nexport const ${name} = \`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\`;\n`;
  const path = join(target, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
  differs = true;
  if (check) console.error(`${file} differs from its source: run node scripts/generate-vocab.js`);
  else writeFileSync(path, content);
}
process.exitCode = check && differs ? 1 : 0;
