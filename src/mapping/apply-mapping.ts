import { CDM } from '#vocab';
import { answerIn } from './answers.ts';
import type { Element } from './elements.ts';
import { fitNumber } from './fit-number.ts';
import type { CellIssue, CellProblem, MappingMeans, ReadCell } from './mapped-cell.ts';
import type { MappingDocument } from './mapping-document.ts';
import { profileColumn, type SourceTable } from './profile-column.ts';
import { elementOf } from './propose-mapping.ts';
import { type DateOrder, type DecimalMark, readDate, readNumber, saysNothing } from './read-cell.ts';
import { factorBetween } from './units.ts';
import { Warehouse, type WarehouseRow } from './warehouse.ts';

/** What a table became. */
export interface MappedTable {
  readonly rows: readonly WarehouseRow[];
  readonly issues: readonly CellIssue[];
  /** Rows that were read, and of these without a person. */
  readonly read: number;
  readonly withoutPerson: number;
  /** Columns of the mapping that the table does not have, and the other way round. */
  readonly missingColumns: readonly string[];
  readonly unmappedColumns: readonly string[];
}

interface Column {
  readonly index: number;
  readonly heading: string;
  readonly element: Element;
  readonly values: ReadonlyMap<string, string | null>;
  readonly factor: number | undefined;
  readonly mark: DecimalMark;
  readonly order: DateOrder;
}

/** Turns rows into rows of the common data model; cells that cannot be taken over are told, each with its place. */
export function applyMapping(table: SourceTable, document: MappingDocument, means: MappingMeans): MappedTable {
  const columns = columnsOf(table, document, means.today);
  const issues: CellIssue[] = [];
  const warehouse = new Warehouse(means, (issue) => issues.push(issue));
  const idColumn = columns.find(({ element }) => element.id === 'patient-id');
  let withoutPerson = 0;
  table.rows.forEach((cells, index) => {
    const row = index + 1;
    const identifier = idColumn === undefined ? '' : (cells[idColumn.index] ?? '').trim();
    if (saysNothing(identifier)) {
      withoutPerson += 1;
      issues.push({ row, column: idColumn?.heading ?? '', problem: 'no-person' });
      return;
    }
    const person = means.personOf(identifier);
    const read = new Map<string, ReadCell>();
    for (const column of columns) {
      const cell = (cells[column.index] ?? '').trim();
      if (column === idColumn || saysNothing(cell)) continue;
      const tell = (problem: CellProblem) => issues.push({ row, column: column.heading, problem });
      const value = answerOf(cell, column, means, tell);
      if (value !== undefined) read.set(column.element.id, { value, row, column: column.heading, cell });
    }
    warehouse.add(person, read);
  });
  const headings = new Set(table.header);
  const mapped = new Set(document.columns.map(({ column }) => column));
  return {
    rows: warehouse.rows(),
    issues,
    read: table.rows.length,
    withoutPerson,
    missingColumns: document.columns
      .filter(({ column, element }) => element !== undefined && !headings.has(column))
      .map(({ column }) => column),
    unmappedColumns: table.header.filter((heading) => !mapped.has(heading)),
  };
}

function columnsOf(table: SourceTable, { columns }: MappingDocument, today: string): readonly Column[] {
  return columns.flatMap(({ column: heading, element: id, values, unit }): Column[] => {
    const index = table.header.indexOf(heading);
    const element = id === undefined ? undefined : elementOf(id);
    if (index < 0 || element === undefined) return [];
    const {
      decimalMark: mark,
      dateOrder: order,
      unit: told,
    } = profileColumn(
      heading,
      table.rows.map((row) => row[index] ?? ''),
      today,
    );
    const from = unit ?? told;
    const factor = element.unit === undefined || from === '' ? 1 : factorBetween(from, element.unit.unit);
    return [{ index, heading, element, values: new Map(Object.entries(values ?? {})), factor, mark, order }];
  });
}

function answerOf(
  cell: string,
  { element, values, factor, mark, order }: Column,
  { today, uidOf }: MappingMeans,
  tell: (problem: CellProblem) => void,
): ReadCell['value'] | undefined {
  switch (element.kind) {
    case 'identifier':
      return element.id === 'study-uid' ? uidOf(cell) : cell;
    case 'text':
      return cell;
    case 'number':
      return numberOf(cell, element, factor, mark, tell);
    case 'date': {
      const date = readDate(cell, order);
      if (date === undefined) tell('not-a-date');
      else if (date.kind === 'impossible') tell('impossible-date');
      else if (date.iso > today) tell('future-date');
      else return date.iso;
      return undefined;
    }
    default: {
      const said = values.get(cell);
      if (said === null) return undefined;
      const code = said ?? (element.answers === undefined ? undefined : answerIn(element.answers, cell)?.code);
      if (code === undefined) {
        tell('value-unmapped');
        return undefined;
      }
      return typeOf(element) === 'BOOLEAN' ? booleanOf(code) : code;
    }
  }
}

function numberOf(
  cell: string,
  element: Element,
  factor: number | undefined,
  mark: DecimalMark,
  tell: (problem: CellProblem) => void,
): number | undefined {
  const number = readNumber(cell, mark) ?? readNumber(cell);
  if (number === undefined) {
    tell('not-a-number');
    return undefined;
  }
  // A unit behind the number itself counts more than that of the column.
  const own =
    number.unit === '' || element.unit === undefined
      ? factor
      : (factorBetween(number.unit, element.unit.unit) ?? undefined);
  if (own === undefined) {
    tell('unit-unknown');
    return undefined;
  }
  const value = number.value * own;
  if (element.range !== undefined && (value < element.range[0] || value > element.range[1])) {
    tell('out-of-range');
    return undefined;
  }
  if (number.sign !== '') tell('bound-taken-as-value');
  const fitted = fitNumber(value, typeOf(element));
  if (fitted === undefined) tell('too-large-for-the-model');
  return fitted;
}

function typeOf({ table, column }: Element): string {
  return CDM.find((candidate) => candidate.table === table && candidate.column === column)?.sqlType ?? '';
}

function booleanOf(code: string): boolean | undefined {
  if (code === 'true' || code === 'COM1001363') return true;
  return code === 'false' || code === 'COM1001078' ? false : undefined;
}
