import { CDM_COLUMNS } from './generated/cdm-columns.ts';
import { CONCEPTS } from './generated/concepts.ts';

/** A column of the EUCAIM common data model. */
export interface CdmColumn {
  readonly table: string;
  readonly column: string;
  readonly sqlType: string;
  readonly key: boolean;
  readonly required: boolean;
  readonly references: string | null;
}

/** All columns, in the order of the deployed schema. */
export const CDM: readonly CdmColumn[] = CDM_COLUMNS.split('\n').map((row) => {
  const [table = '', column = '', sqlType = '', key, required, references] = row.split(' ');
  return {
    table,
    column,
    sqlType,
    key: key === 'key',
    required: required === 'required',
    references: references === '-' || references === undefined ? null : references,
  };
});

const names = new Map(
  CONCEPTS.split('\n').map((row) => {
    const space = row.indexOf(' ');
    return [row.slice(0, space), row.slice(space + 1)] as const;
  }),
);

/** Name of a hyper-ontology concept in use. @throws RangeError when the product does not use it. */
export function conceptName(code: string): string {
  const name = names.get(code);
  if (name === undefined) throw new RangeError(`no concept ${code} in use`);
  return name;
}
