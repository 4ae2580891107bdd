import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { z } from 'zod';
import { SeededRandom } from '#base';
import { streamCohort } from '#consent';
import { openDatabase } from '#store';
import { type LensAst, type LensCondition, lensAstSchema } from '#wire';
import { canonicalQuery } from './canonical-query.ts';
import type { Searchable } from './matches.ts';
import { readLensAst } from './read-lens-ast.ts';
import { openTestDesk } from './search-desk-fixture.ts';
import { SearchIndex } from './search-index.ts';

/**
 * The counts of the index beside those of SQLite, over the same rows. The SQL is written from the tree of the explorer and
 * the pages of EUCAIM, not from our language: its own tables of keys, of values, of what belongs to what, of bins.
 */
const shared = process.env['UNICA_SHARED'] ?? join(fileURLToPath(new URL('../..', import.meta.url)), '../shared');
const file = join(shared, 'eucaim/federated-search-catalogue.json');
const skip = existsSync(file) ? false : 'no ../shared/eucaim (UNICA_SHARED)';
const PREFIX = 'EUCAIM_Hyper-Ontology_V1.0.';

/** [column of the oracle, DICOM value or code as the row has it, key of the explorer, code]. */
const PLAIN: readonly (readonly ['sex' | 'modality' | 'body' | 'maker', string | null, string, string])[] = [
  ['sex', 'M', 'SNOMEDCT248153007', 'COM1001366'],
  ['sex', 'F', 'SNOMEDCT248152002', 'COM1001370'],
  ['sex', 'O', 'SNOMEDCT74964007', 'COM1001288'],
  ['sex', null, 'SNOMEDCT261665006', 'COM1002760'],
  ['modality', 'MR', 'RID10312', 'IMG1000022'],
  ['modality', 'PT', 'RID10337', 'IMG1000037'],
  ['modality', 'IMG1000061', 'RID10334', 'IMG1000061'],
  ['modality', 'CT', 'RID10321', 'IMG1000026'],
  ['modality', 'MG', '', 'IMG1000030'],
  ['body', 'BREAST', 'SNOMEDCT76752008', 'BP1000136'],
  ['body', 'BP1000165', '', 'BP1000165'],
  ['body', 'COLON', 'SNOMEDCT71854001', 'BP1000257'],
  ['body', 'LUNG', 'SNOMEDCT39607008', 'BP1000113'],
  ['body', 'PELVIS', 'SNOMEDCT12921003', 'BP1000092'],
  ['body', 'PROSTATE', 'SNOMEDCT41216001', 'BP1000021'],
  ['body', 'CHEST', '', 'BP1000067'],
  ['maker', 'SIEMENS', 'birnlex_3066', 'IMG1000044'],
  ['maker', 'Siemens Healthineers', 'C200140', 'IMG1000044'],
  ['maker', 'GE MEDICAL SYSTEMS', 'birnlex_12833', 'IMG1000047'],
  ['maker', 'Philips Medical Systems', 'birnlex_3065', 'IMG1000046'],
  ['maker', 'TOSHIBA_MEC', 'birnlex_3067', 'IMG1000045'],
  ['maker', 'HOLOGIC, Inc.', '', 'IMG1000064'],
];
const COLUMN: Readonly<Record<string, string>> = {
  SNOMEDCT263495000: 'sex',
  RID10311: 'modality',
  SNOMEDCT123037004: 'body',
  C25392: 'maker',
  SNOMEDCT439401001: 'diagnosis',
};
const DIAGNOSES: Readonly<Record<string, string>> = {
  SNOMEDCT363406005: 'CLIN1000057',
  SNOMEDCT254837009: 'CLIN1000060',
  SNOMEDCT363358000: 'CLIN1000065',
  SNOMEDCT363484005: 'CLIN1000087',
  SNOMEDCT399068003: 'CLIN1000075',
};
/** [code, the code it belongs to], of codes that the rows have. */
const WITHIN: readonly (readonly [string, string])[] = [
  ['BP1000165', 'BP1000136'],
  ['CLIN1000169', 'CLIN1000060'],
  ['IMG1005460', 'IMG1005465'],
  ['IMG1005471', 'IMG1005465'],
  ...['COM1000370', 'COM1000390', 'COM1000411'].map((code) => [code, 'COM1000351'] as const),
  ...['COM1000456', 'COM1000480'].map((code) => [code, 'COM1000433'] as const),
  ...['COM1000810', 'COM1000846', 'COM1000883'].map((code) => [code, 'COM1000775'] as const),
  ...['COM1000960', 'COM1001000'].map((code) => [code, 'COM1000921'] as const),
  ...['COM1000258', 'COM1000271'].map((code) => [code, 'COM1000246'] as const),
  ...['COM1000558', 'COM1000586', 'COM1000615'].map((code) => [code, 'COM1000531'] as const),
];
const NUMBERS: Readonly<Record<string, string>> = {
  SNOMEDCT423493009: 'age_dx',
  SNOMEDCT432213005: 'year_dx',
  [`${PREFIX}CLIN1033410`]: 'psa',
  [`${PREFIX}CLIN1045913`]: 'ki67',
};
/** The bin of a number, in SQL. */
const BIN: Readonly<Record<string, (x: string) => string>> = {
  age_dx: (x) => `min(18, cast(${x} / 5 as integer))`,
  year_dx: (x) => `cast(${x} as integer)`,
  psa: (x) =>
    `(case when ${x} < 4 then 0 when ${x} < 10 then 1 when ${x} < 20 then 2 when ${x} < 50 then 3 when ${x} < 100 then 4 else 5 end)`,
  ki67: (x) =>
    `(case when ${x} < 5 then 0 when ${x} < 10 then 1 when ${x} < 15 then 2 when ${x} < 20 then 3 when ${x} < 30 then 4 when ${x} < 50 then 5 else 6 end)`,
};

const catalogueSchema = z.array(
  z.object({
    childCategories: z.array(
      z.object({
        key: z.string(),
        fieldType: z.string(),
        system: z.string().optional(),
        criteria: z.array(z.object({ key: z.string() })).optional(),
      }),
    ),
  }),
);

/** What a criterion of a field with values is in the database: `[column or kind of fact, code]`. */
function codeOf(key: string, value: string): readonly [string, string] {
  const column = COLUMN[key];
  if (column === 'diagnosis') return ['diagnosis', DIAGNOSES[value] ?? ''];
  const row = PLAIN.find(([name, , explorer]) => name === column && explorer === value);
  if (row !== undefined) return [row[0], row[3]];
  // BI-RADS and PI-RADS share a key: a fact is told by its code alone.
  return ['fact', value.replace(PREFIX, '')];
}

function sqlOf(ast: LensAst): string {
  if ('operand' in ast) {
    if (ast.children.length === 0) return ast.operand === 'OR' ? '0' : '1';
    return `(${ast.children.map(sqlOf).join(` ${ast.operand} `)})`;
  }
  const column = NUMBERS[ast.key];
  return column === undefined ? sqlOfValues(ast) : sqlOfNumber(ast, column);
}

function sqlOfValues({ key, type, value }: LensCondition): string {
  const values = (Array.isArray(value) ? value : [value]).map((one) => codeOf(key, String(one)));
  const codes = values.map(([, code]) => `'${code}'`).join();
  const table = `exists (select 1 from facts f where f.row = r.row and f.kind = '${values[0]?.[0]}' and
    (f.code in (${codes}) or f.code in (select code from within_codes where parent in (${codes}))))`;
  return type === 'NOT_EQUALS' ? `not ${table}` : table;
}

function sqlOfNumber({ type, value }: LensCondition, column: string): string {
  const bin = BIN[column] ?? ((x: string) => x);
  const has = `r.${column} is not null`;
  if (type === 'BETWEEN' && typeof value === 'object' && !Array.isArray(value)) {
    return `(${has} and ${bin(`r.${column}`)} between ${bin(String(value.min))} and ${bin(String(value.max))})`;
  }
  const number = Number(value);
  if (type === 'GREATER_THAN') {
    return `(${has} and ${bin(`r.${column}`)} >= ${bin(String(column === 'year_dx' ? number + 1 : number))})`;
  }
  return `(${has} and ${bin(`r.${column}`)} <= ${bin(String(number - 1))})`;
}

test('the explorer’s own criteria and 200 random trees count what SQL counts', { skip }, async (context) => {
  const fields = catalogueSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).flatMap((one) => one.childCategories);
  const random = new SeededRandom('oracle');
  const database = await openDatabase({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  const run = async (text: string) => await sql.raw(text).execute(database.kysely);
  await run(
    'create table rows (row integer primary key, person text, study text, age_dx real, year_dx real, psa real, ki67 real)',
  );
  await run('create table facts (row integer, kind text, code text)');
  await run('create index facts_row on facts (row, kind)');
  await run('create table within_codes (code text, parent text)');
  for (const [code, parent] of WITHIN) await run(`insert into within_codes values ('${code}', '${parent}')`);

  const clinical = fields.filter(({ key, criteria = [] }) => key.startsWith(PREFIX) && criteria.length > 0);
  const rows: Searchable[] = [];
  const inserts: string[] = [];
  const facts: string[] = [];
  for (let row = 0; row < 2500; row += 1) {
    const person = `p${String(random.below(900)).padStart(4, '0')}`;
    const study = random.uniform() < 0.1 ? null : `${person}.${random.below(3)}`;
    const pick = (column: string) => random.pick(PLAIN.filter(([name]) => name === column));
    const said = { sex: pick('sex'), modality: pick('modality'), body: pick('body'), maker: pick('maker') };
    for (const [kind, , , code] of Object.values(said)) facts.push(`(${row}, '${kind}', '${code}')`);
    const diagnosis = random.uniform() < 0.3 ? [] : [random.pick([...Object.values(DIAGNOSES), 'CLIN1000169'])];
    for (const code of diagnosis) facts.push(`(${row}, 'diagnosis', '${code}')`);
    const found = [...random.permutation(clinical.length)].slice(0, random.below(5)).flatMap((index) => {
      const code = random.pick(clinical[index]?.criteria ?? []).key.replace(PREFIX, '');
      return code === 'IMG1005465' && random.uniform() < 0.5 ? ['IMG1005460'] : [code];
    });
    const number = (chance: number, draw: () => number) => (random.uniform() < chance ? draw() : null);
    const age = number(0.8, () => Math.round(random.between(0, 99) * 10) / 10);
    const year = number(0.8, () => 2000 + random.below(25));
    const psa = number(0.4, () => Math.round(random.between(0, 130) * 100) / 100);
    const ki67 = number(0.4, () => random.below(101));
    inserts.push(`(${row}, '${person}', ${study === null ? 'null' : `'${study}'`}, ${age}, ${year}, ${psa}, ${ki67})`);
    const byField = clinicalFacts(found);
    for (const codes of Object.values(byField)) for (const code of codes) facts.push(`(${row}, 'fact', '${code}')`);
    rows.push({
      person,
      studyInstanceUid: study,
      sex: said.sex[1],
      modality: said.modality[1],
      bodyPart: said.body[1],
      manufacturer: said.maker[1],
      ageYears: null,
      studyYear: null,
      findings: [],
      coded: { ...byField, diagnosis },
      numbers: {
        ...(age === null ? {} : { ageAtDiagnosis: age }),
        ...(year === null ? {} : { diagnosisYear: year }),
        ...(psa === null ? {} : { psa }),
        ...(ki67 === null ? {} : { ki67 }),
      },
    });
  }
  await run(`insert into rows values ${inserts.join()}`);
  await run(`insert into facts values ${facts.join()}`);
  const { optOuts } = await openTestDesk(context, { rows: () => [] });
  const members = rows.toSorted((a, b) => (a.person < b.person ? -1 : a.person > b.person ? 1 : 0));
  const index = await SearchIndex.build(streamCohort({ dataset: 'd', dataVersion: 'v', members, standing: optOuts }));

  const leaves = fields.flatMap(({ key, fieldType, criteria = [] }): LensCondition[] =>
    fieldType === 'number'
      ? [
          {
            key,
            type: 'BETWEEN',
            system: '',
            value: key === 'SNOMEDCT432213005' ? { min: 2005, max: 2012 } : { min: 7, max: 52 },
          },
          { key, type: 'GREATER_THAN', system: '', value: key === 'SNOMEDCT432213005' ? 2010 : 20 },
          { key, type: 'LOWER_THAN', system: '', value: key === 'SNOMEDCT432213005' ? 2010 : 21 },
        ]
      : criteria.flatMap((one): LensCondition[] => [
          { key, type: 'EQUALS', system: '', value: one.key },
          { key, type: 'NOT_EQUALS', system: '', value: one.key },
        ]),
  );
  const several = fields.flatMap(({ key, criteria = [] }): LensCondition[] =>
    criteria.length > 2 ? [{ key, type: 'IN', value: criteria.slice(0, 3).map((one) => one.key) }] : [],
  );
  assert.ok(leaves.length > 150, 'every criterion of the explorer');
  const group = (operand: 'AND' | 'OR', most: number, child: () => LensAst): LensAst => ({
    operand,
    children: Array.from({ length: 1 + random.below(most) }, child),
  });
  const randomTree = () =>
    group('OR', 2, () => group('AND', 3, () => group('OR', 3, () => random.pick([...leaves, ...several]))));
  const trees: LensAst[] = [
    { operand: 'AND', children: [] },
    ...leaves.map(
      (leaf): LensAst => ({
        operand: 'OR',
        children: [{ operand: 'AND', children: [{ operand: 'OR', children: [leaf] }] }],
      }),
    ),
    ...several,
    ...Array.from({ length: 200 }, randomTree),
  ];
  let some = 0;
  for (const tree of trees) {
    const { query, unsupported } = readLensAst(lensAstSchema.parse(tree));
    assert.deepEqual(unsupported, [], JSON.stringify(tree));
    const ours = index.count(index.find(canonicalQuery(query)));
    const { rows: counted } = await sql
      .raw<{ persons: number; studies: number }>(
        `select count(distinct person) persons, count(distinct study) studies from rows r where ${sqlOf(tree)}`,
      )
      .execute(database.kysely);
    assert.deepEqual(
      ours,
      { persons: Number(counted[0]?.persons), studies: Number(counted[0]?.studies) },
      JSON.stringify(tree),
    );
    if (ours.persons > 0 && ours.persons < 800) some += 1;
  }
  assert.ok(some > trees.length / 3, `${some} of ${trees.length} trees hold of some and not of all`);
});

/** Codes by our fields, as a warehouse would tell them; the names of the fields come from the columns they are kept in. */
function clinicalFacts(codes: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const field = (code: string): string => {
    if (/^IMG10054(6|70)/.test(code)) return 'birads';
    if (/^IMG10054/.test(code)) return 'pirads';
    if (/^CLIN102/.test(code)) return 'gleason';
    if (/^COM10013(6[2-9])$/.test(code)) return 'isup';
    if (/^COM1001(310|332)$/.test(code)) return 'estrogenReceptor';
    if (/^COM1002257|^COM10018/.test(code)) return 'her2';
    const stage = STAGES.find(([first, last]) => code >= first && code <= last);
    return stage?.[2] ?? 'density';
  };
  const byField: Record<string, string[]> = {};
  for (const code of codes) {
    const name = field(code);
    byField[name] = [...(byField[name] ?? []), code];
    // The explorer asks for both receptors by the same two codes.
    if (name === 'estrogenReceptor') byField['progesteroneReceptor'] = byField[name] ?? [];
  }
  return byField;
}

const STAGES: readonly (readonly [string, string, string])[] = [
  ['COM1000246', 'COM1000271', 'clinicalM'],
  ['COM1000285', 'COM1000300', 'clinicalN'],
  ['COM1000316', 'COM1000505', 'clinicalT'],
  ['COM1000531', 'COM1000615', 'pathologicalM'],
  ['COM1000645', 'COM1000676', 'pathologicalN'],
  ['COM1000708', 'COM1001041', 'pathologicalT'],
];
