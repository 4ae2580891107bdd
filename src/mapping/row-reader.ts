import { CDM } from '#vocab';
import { answerBeside } from './answers.ts';
import { ColumnHabits } from './column-habits.ts';
import type { Element } from './elements.ts';
import { fitNumber } from './fit-number.ts';
import type { CellIssue, CellProblem, MappingMeans, ReadCell } from './mapped-cell.ts';
import type { ColumnMapping, MappingDocument } from './mapping-document.ts';
import { plainWords } from './plain-words.ts';
import { elementOf } from './propose-mapping.ts';
import { type DateOrder, type DecimalMark, readDate, readNumber, saysNothing } from './read-cell.ts';
import { factorBetween } from './units.ts';

interface Column {
  readonly index: number;
  readonly heading: string;
  readonly element: Element;
  readonly values: ReadonlyMap<string, string | null>;
  /** Single letters that stand in it, of those that mean another thing beside one another. */
  readonly letters: ReadonlySet<string>;
  readonly factor: number | undefined;
  readonly mark: DecimalMark;
  readonly order: DateOrder;
}

/** What a row says of a person, by element. */
export interface ReadRow {
  readonly person: string;
  readonly cells: ReadonlyMap<string, ReadCell>;
}

/**
 * Reads rows as a mapping says. First every row is looked at, for how numbers and dates are written in each column; then every row is
 * read. Nothing is held but what was learnt of the columns, so a table may be of any length.
 */
export class RowReader {
  /** Columns of the mapping that the table does not have, and the other way round. */
  readonly missingColumns: readonly string[];
  readonly unmappedColumns: readonly string[];
  readonly #mapped: readonly { readonly index: number; readonly element: Element; readonly mapping: ColumnMapping }[];
  readonly #habits: readonly (ColumnHabits | undefined)[];
  readonly #letters: readonly (Set<string> | undefined)[];
  readonly #means: MappingMeans;
  readonly #answers = new Map<string, Map<string, string | undefined>>();
  #columns: readonly Column[] | undefined;

  constructor(header: readonly string[], { columns }: MappingDocument, means: MappingMeans) {
    this.#means = means;
    this.#mapped = columns.flatMap((mapping) => {
      const index = header.indexOf(mapping.column);
      const element = mapping.element === undefined ? undefined : elementOf(mapping.element);
      return index < 0 || element === undefined ? [] : [{ index, element, mapping }];
    });
    this.#habits = this.#mapped.map(({ element, mapping }) =>
      element.kind === 'number' || element.kind === 'date' ? new ColumnHabits(mapping.column) : undefined,
    );
    this.#letters = this.#mapped.map(({ element }) => (element.answers === 'sex' ? new Set<string>() : undefined));
    const headings = new Set(header);
    const mapped = new Set(columns.map(({ column }) => column));
    this.missingColumns = columns
      .filter(({ column, element }) => element !== undefined && !headings.has(column))
      .map(({ column }) => column);
    this.unmappedColumns = header.filter((heading) => !mapped.has(heading));
  }

  /** Looks at a row, for how its numbers, dates and letters are written. */
  look(cells: readonly string[]): void {
    this.#mapped.forEach(({ index }, at) => {
      const cell = cells[index] ?? '';
      this.#habits[at]?.add(cell);
      if (cell.trim().length === 1) this.#letters[at]?.add(plainWords(cell).join(''));
    });
  }

  /**
   * What a row says; undefined where it names no person, which is told.
   * @param row number of the row, from 1; the heading is row 0
   */
  read(cells: readonly string[], row: number, tell: (issue: CellIssue) => void): ReadRow | undefined {
    this.#columns ??= this.#columnsOf();
    const idColumn = this.#columns.find(({ element }) => element.id === 'patient-id');
    const identifier = idColumn === undefined ? '' : (cells[idColumn.index] ?? '').trim();
    if (saysNothing(identifier)) {
      tell({ row, column: idColumn?.heading ?? '', problem: 'no-person' });
      return undefined;
    }
    const read = new Map<string, ReadCell>();
    for (const column of this.#columns) {
      const cell = (cells[column.index] ?? '').trim();
      if (column === idColumn || saysNothing(cell)) continue;
      const told = (problem: CellProblem) => tell({ row, column: column.heading, problem });
      const value = this.#valueOf(cell, column, told);
      if (value !== undefined) read.set(column.element.id, { value, row, column: column.heading, cell });
    }
    return { person: this.#means.personOf(identifier), cells: read };
  }

  #columnsOf(): readonly Column[] {
    return this.#mapped.map(({ index, element, mapping }, at): Column => {
      const habits = this.#habits[at];
      const from = mapping.unit ?? habits?.unit ?? '';
      return {
        index,
        heading: mapping.column,
        element,
        values: new Map(Object.entries(mapping.values ?? {})),
        letters: this.#letters[at] ?? new Set(),
        factor: element.unit === undefined || from === '' ? 1 : factorBetween(from, element.unit.unit),
        mark: habits?.decimalMark ?? '.',
        order: habits?.dateOrder ?? 'dmy',
      };
    });
  }

  #valueOf(cell: string, column: Column, tell: (problem: CellProblem) => void): ReadCell['value'] | undefined {
    const { element, factor, mark, order } = column;
    const { today, uidOf } = this.#means;
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
        const said = column.values.get(cell);
        if (said === null) return undefined;
        const code = said ?? this.#answer(column, cell);
        if (code === undefined) {
          tell('value-unmapped');
          return undefined;
        }
        return typeOf(element) === 'BOOLEAN' ? booleanOf(code) : code;
      }
    }
  }

  /** Columns repeat their few answers; looking one up costs more than remembering it. */
  #answer({ element: { id, answers }, heading, letters }: Column, cell: string): string | undefined {
    if (answers === undefined) return undefined;
    let known = this.#answers.get(id);
    if (known === undefined) {
      known = new Map();
      this.#answers.set(id, known);
    }
    if (known.has(cell)) return known.get(cell);
    const code = answerBeside(answers, cell, { heading, values: letters })?.code;
    if (known.size < MOST_ANSWERS) known.set(cell, code);
    return code;
  }
}

const MOST_ANSWERS = 10_000;

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

const types = new Map(CDM.map(({ table, column, sqlType }) => [`${table}.${column}`, sqlType]));

function typeOf({ table, column }: Element): string {
  return types.get(`${table}.${column}`) ?? '';
}

function booleanOf(code: string): boolean | undefined {
  if (code === 'true' || code === 'COM1001363') return true;
  return code === 'false' || code === 'COM1001078' ? false : undefined;
}
