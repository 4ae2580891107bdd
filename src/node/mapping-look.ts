import { UnicaError } from '#base';
import { pseudonymOf, pseudonymousUid, type SiteSecret, shiftDays } from '#deid';
import { type OpenTable, openTable } from '#intake';
import {
  applyMapping,
  type LearntRules,
  type MappingDocument,
  type MappingMeans,
  mappingOf,
  profileColumn,
  profileTable,
  proposeMapping,
  proposeValues,
  type SourceTable,
  type ValueProposal,
} from '#mapping';
import type { MappingEffect, MappingStudio } from '#wire';

/** So many rows decide what a column seems to mean. */
const SAMPLE_ROWS = 20_000;
const MOST_ISSUES = 500;
/** So much of a cell is shown to whoever has to mend it. */
const CELL_SHOWN = 80;

/** What is to be known of a table. */
export type LookOrder =
  | { readonly kind: 'studio'; readonly path: string; readonly today: string; readonly learnt: LearntRules }
  | {
      readonly kind: 'values';
      readonly path: string;
      readonly today: string;
      readonly learnt: LearntRules;
      readonly column: string;
      readonly element: string;
    }
  | {
      readonly kind: 'effect';
      readonly path: string;
      readonly today: string;
      readonly document: MappingDocument;
      readonly site: SiteSecret;
      readonly datasetId: string;
    };

/** What was found. */
export type Look =
  | { readonly kind: 'studio'; readonly studio: Omit<MappingStudio, 'table'> }
  | { readonly kind: 'values'; readonly values: readonly ValueProposal[] }
  | { readonly kind: 'effect'; readonly effect: MappingEffect };

/** Looks at the first rows of a table. @throws UnicaError what reading it throws */
export async function lookAtTable(order: LookOrder): Promise<Look> {
  switch (order.kind) {
    case 'studio':
      return { kind: 'studio', studio: await studioOf(order) };
    case 'values':
      return { kind: 'values', values: await valuesOf(order) };
    case 'effect':
      return { kind: 'effect', effect: await effectOf(order) };
  }
}

/** What turns what a site knows into what may be told. @param today ISO 8601 */
export function mappingMeans(site: SiteSecret, datasetId: string, today: string): MappingMeans {
  return {
    personOf: (identifier) => pseudonymOf(site, identifier),
    uidOf: (uid) => pseudonymousUid(site, uid),
    daysBackOf: (person) => shiftDays(site, person),
    datasetId,
    today,
  };
}

async function studioOf({
  path,
  today,
  learnt,
}: Extract<LookOrder, { kind: 'studio' }>): Promise<Omit<MappingStudio, 'table'>> {
  const open = await openTable(path);
  const { sample, isSample } = await sampleOf(open);
  const profiles = profileTable(sample, today);
  const proposals = proposeMapping(profiles, learnt);
  return {
    encoding: open.encoding,
    rows: sample.rows.length,
    isSample,
    notes: [...open.notes],
    columns: proposals.map(({ column, decision, element, confidence, reasons, values, unit, alternatives }, at) => {
      const profile = profiles[at];
      if (profile === undefined) throw new RangeError('a column without a profile');
      const { kind, filled, missing, distinct, decimalMark, dateOrder, range, days, oddities, oddCells } = profile;
      return {
        column,
        profile: {
          ...{ kind, filled, missing, distinct, decimalMark, dateOrder, oddCells, unit: profile.unit },
          range: range === null ? null : [...range],
          days: days === null ? null : [...days],
          oddities: oddities.map(({ row, oddity }) => ({ row: sample.numbers[row] ?? row + 1, oddity })),
        },
        proposal: {
          ...{ decision, element, confidence, unit },
          reasons: [...reasons],
          values: [...values],
          alternatives: [...alternatives],
        },
      };
    }),
    document: JSON.parse(JSON.stringify(withoutOpen(mappingOf(proposals)))) as MappingStudio['document'],
  };
}

async function valuesOf({
  path,
  today,
  learnt,
  column,
  element,
}: Extract<LookOrder, { kind: 'values' }>): Promise<readonly ValueProposal[]> {
  const { sample } = await sampleOf(await openTable(path));
  const at = sample.header.indexOf(column);
  if (at < 0) throw new UnicaError('http.not-found', { what: 'column of that name' });
  const cells = sample.rows.map((row) => row[at] ?? '');
  return proposeValues(profileColumn(column, cells, today), element, learnt);
}

async function effectOf({
  path,
  today,
  document,
  site,
  datasetId,
}: Extract<LookOrder, { kind: 'effect' }>): Promise<MappingEffect> {
  const { sample, isSample } = await sampleOf(await openTable(path));
  const mapped = applyMapping(sample, document, mappingMeans(site, datasetId, today));
  const tables: Record<string, number> = {};
  for (const { table } of mapped.rows) tables[table] = (tables[table] ?? 0) + 1;
  const problems: Record<string, number> = {};
  for (const { problem } of mapped.issues) problems[problem] = (problems[problem] ?? 0) + 1;
  const used = document.columns.filter(({ element }) => element !== undefined);
  const byColumn = used.flatMap(({ column }) => {
    const at = sample.header.indexOf(column);
    if (at < 0) return [];
    const filled = sample.rows.filter((cells) => (cells[at] ?? '') !== '').length;
    return [{ column, filled, taken: filled, problems: {} as Record<string, number> }];
  });
  const ofColumn = new Map(byColumn.map((one) => [one.column, one]));
  for (const { column, problem } of mapped.issues) {
    const one = ofColumn.get(column);
    if (one === undefined) continue;
    one.problems[problem] = (one.problems[problem] ?? 0) + 1;
    // A bound is taken over as its value; a row without a person has no cell to lose.
    if (problem !== 'bound-taken-as-value' && problem !== 'no-person') one.taken = Math.max(0, one.taken - 1);
  }
  const total = (of: 'filled' | 'taken') => byColumn.reduce((sum, one) => sum + one[of], 0);
  return {
    rows: mapped.read,
    isSample,
    persons: tables['patient'] ?? 0,
    withoutPerson: mapped.withoutPerson,
    columns: {
      mapped: used.length,
      leftOut: document.columns.filter(({ leave_out }) => leave_out !== undefined && leave_out !== 'undecided').length,
      undecided: document.columns.filter(({ leave_out }) => leave_out === 'undecided').length,
    },
    cells: { filled: total('filled'), taken: total('taken') },
    tables,
    problems,
    issues: mapped.issues.slice(0, MOST_ISSUES).map(({ row, column, problem }) => ({
      ...{ row: sample.numbers[row - 1] ?? row, column, problem },
      cell: (sample.rows[row - 1]?.[sample.header.indexOf(column)] ?? '').slice(0, CELL_SHOWN),
    })),
    byColumn,
    missingColumns: [...mapped.missingColumns],
    unmappedColumns: [...mapped.unmappedColumns],
  };
}

async function sampleOf(
  table: OpenTable,
): Promise<{ readonly sample: SourceTable & { readonly numbers: readonly number[] }; readonly isSample: boolean }> {
  const rows: (readonly string[])[] = [];
  const numbers: number[] = [];
  let isSample = false;
  for await (const batch of table.rows()) {
    for (const { row, cells } of batch) {
      if (rows.length === SAMPLE_ROWS) {
        isSample = true;
        break;
      }
      rows.push(cells);
      numbers.push(row);
    }
    if (isSample) break;
  }
  return { sample: { header: table.header, rows, numbers }, isSample };
}

/** Values of which nobody knows the answer are left open, so that trying the mapping tells of their cells. */
function withoutOpen(document: MappingDocument): MappingDocument {
  return {
    ...document,
    columns: document.columns.map((column) =>
      column.values === undefined
        ? column
        : { ...column, values: Object.fromEntries(Object.entries(column.values).filter(([, code]) => code !== null)) },
    ),
  };
}
