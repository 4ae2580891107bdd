import { UnicaError } from '#base';
import { ELEMENTS, type Element } from './elements.ts';
import { HeadingLikeness } from './heading-likeness.ts';
import { type ColumnMapping, type MappingDocument, readMapping, writeMapping } from './mapping-document.ts';
import { elementOf } from './propose-mapping.ts';

const STANDARD = 'EUCAIM hyper-ontology';
const CUSTOM = 'custom';
/** Rows above the correspondences of values: source variable, entity, element, coding standard, example. */
const HEADING_ROWS = 5;

/**
 * A mapping as the template of EUCAIM has it, a column for each that is mapped: source variable, entity, element, coding standard, example, then
 * `source,code` for every value. What the entity's row says beside the value (which marker, which score) stands in square brackets
 * behind the element, because the template has no row for it.
 */
export function templateOf({ columns }: MappingDocument): readonly (readonly string[])[] {
  const mapped = columns.flatMap(({ column, element: id, values, unit }) => {
    const element = id === undefined ? undefined : elementOf(id);
    if (element === undefined) return [];
    const pairs = Object.entries(values ?? {}).flatMap(([value, code]) =>
      code === null ? [] : [[value, code] as const],
    );
    const said = Object.entries(element.fixed).map(([name, code]) => `${name}=${code}`);
    return [
      [
        column,
        element.table,
        said.length === 0 ? element.column : `${element.column} [${said.join(' ')}]`,
        element.kind === 'coded' || element.kind === 'yes-no' ? STANDARD : (unit ?? CUSTOM),
        pairs[0]?.[0] ?? '',
        ...pairs.map(([value, code]) => `${value},${code}`),
      ],
    ];
  });
  const height = Math.max(HEADING_ROWS, ...mapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) => mapped.map((cells) => cells[row] ?? ''));
}

/**
 * Reads a filled template.
 * @param rows all rows, the source variables first
 * @throws UnicaError `mapping.unreadable` naming the column and what is wrong with it
 */
export function readTemplate(rows: readonly (readonly string[])[]): MappingDocument {
  const [names = [], entities = [], elements = [], standards = []] = rows;
  if (rows.length < HEADING_ROWS) throw unreadable('the template has fewer than five rows');
  const columns = names.flatMap((name, at): ColumnMapping[] => {
    const column = name.trim();
    const [table, place] = [(entities[at] ?? '').trim(), (elements[at] ?? '').trim()];
    if (column === '') return [];
    if (table === '' && place === '') return [{ column, leave_out: 'undecided' }];
    const element = meant(column, table, place);
    const values: Record<string, string> = {};
    for (const row of rows.slice(HEADING_ROWS)) {
      const cell = (row[at] ?? '').trim();
      if (cell === '') continue;
      const comma = cell.lastIndexOf(',');
      if (comma < 1) throw unreadable(`the column ${column} has "${cell.slice(0, 60)}" where source,code is expected`);
      values[cell.slice(0, comma).trim()] = cell.slice(comma + 1).trim();
    }
    const unit = (standards[at] ?? '').trim();
    const told = element.unit !== undefined && unit !== '' && unit.toLowerCase() !== CUSTOM && unit !== STANDARD;
    return [
      {
        column,
        element: element.id,
        ...(told ? { unit } : {}),
        ...(Object.keys(values).length === 0 ? {} : { values }),
      },
    ];
  });
  // The same rules as for a mapping that is written by hand.
  return readMapping(writeMapping({ mapping: 1, columns }));
}

/** The element that a place of the model is: by what stands in brackets, or by the heading where several go there. */
function meant(column: string, table: string, place: string): Element {
  const [, name = '', , said = ''] = /^([^[\s]+)(\s*\[(.*)\])?\s*$/.exec(place) ?? [];
  const found = ELEMENTS.filter(
    (element) =>
      element.table.toLowerCase() === table.toLowerCase() && element.column.toLowerCase() === name.toLowerCase(),
  );
  const exact = found.filter(({ fixed }) => {
    const own = Object.entries(fixed).map(([key, code]) => `${key}=${code}`);
    return said !== '' && own.length > 0 && own.every((one) => said.split(/\s+/).includes(one));
  });
  const [only, ...others] = exact.length > 0 ? exact : found;
  if (only === undefined)
    throw unreadable(`the column ${column} is mapped to ${table}.${place}, which nothing here fills`);
  if (others.length === 0) return only;
  const candidates = exact.length > 0 ? exact : found;
  const [best] = new HeadingLikeness(candidates.map((thing) => ({ thing, names: thing.names }))).matches(column);
  if (best === undefined)
    throw unreadable(`the column ${column} could be one of several: ${candidates.map(({ id }) => id).join(', ')}`);
  return best.thing;
}

function unreadable(problem: string): UnicaError {
  return new UnicaError('mapping.unreadable', { problem });
}
