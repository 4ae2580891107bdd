import type { Code } from './code.ts';
import type { Relationship } from './content-item.ts';

export type ValueType =
  | 'CONTAINER'
  | 'CODE'
  | 'TEXT'
  | 'NUM'
  | 'UIDREF'
  | 'PNAME'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'IMAGE'
  | 'COMPOSITE'
  | 'WAVEFORM'
  | 'SCOORD'
  | 'SCOORD3D'
  | 'TCOORD';

/** M and MC: has to be there (if the condition holds); U and UC: may be (PS3.16 section 6.1.7). */
export type Requirement = 'M' | 'MC' | 'U' | 'UC';

/** When a conditional row has to, or may, be there. Rows are those of the same template. */
export type Condition =
  | { readonly kind: 'parent-is'; readonly codes: readonly Code[]; readonly onlyIf?: boolean }
  | { readonly kind: 'parent-is-not'; readonly codes: readonly Code[]; readonly onlyIf?: boolean }
  /** @param ifParent only where the item above says one of these; elsewhere there may be none. */
  | { readonly kind: 'at-least-one'; readonly rows: readonly string[]; readonly ifParent?: readonly Code[] }
  | { readonly kind: 'exactly-one'; readonly rows: readonly string[] }
  | { readonly kind: 'unless-row'; readonly rows: readonly string[]; readonly onlyIf?: boolean }
  | { readonly kind: 'if-row'; readonly rows: readonly string[]; readonly onlyIf?: boolean }
  | { readonly kind: 'row-is'; readonly row: string; readonly codes: readonly Code[]; readonly orAbsent: boolean };

/** What an item of a row may be called. */
export type ConceptRule =
  | { readonly kind: 'is'; readonly code: Code }
  | { readonly kind: 'of-group'; readonly cid: number }
  | { readonly kind: 'one-of'; readonly codes: readonly Code[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'any' };

/** What it may say. `group` as text is a parameter of the template. */
export type ValueRule =
  | { readonly kind: 'group'; readonly cid: number }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'codes'; readonly codes: readonly Code[] }
  | {
      readonly kind: 'number';
      readonly units: readonly Code[] | { readonly cids: readonly number[] };
      readonly least?: number;
      readonly most?: number;
    }
  | { readonly kind: 'graphic'; readonly types: readonly string[] };

/** A row that is an item. */
export interface ItemRow {
  readonly row: string;
  readonly relationship: Relationship | undefined;
  /** By reference to an item elsewhere, by value, or either. */
  readonly by: 'value' | 'reference' | 'either';
  readonly type: ValueType;
  readonly concept: ConceptRule;
  readonly many: boolean;
  readonly requirement: Requirement;
  readonly when?: Condition | undefined;
  readonly value?: ValueRule | undefined;
  readonly below: readonly Row[];
}

/** A row that is another template. */
export interface IncludeRow {
  readonly row: string;
  readonly relationship: Relationship | undefined;
  readonly include: number;
  readonly many: boolean;
  readonly requirement: Requirement;
  readonly when?: Condition | undefined;
  readonly parameters?: Readonly<Record<string, readonly number[]>> | undefined;
}

export type Row = ItemRow | IncludeRow;

/** A template of PS3.16 annex A. */
export interface Template {
  readonly tid: number;
  readonly name: string;
  readonly extensible: boolean;
  readonly rows: readonly Row[];
}

type Rest = {
  readonly when?: Condition;
  readonly value?: ValueRule;
  readonly by?: ItemRow['by'];
  readonly below?: readonly Row[];
};

/** One line of a template's table. `vm` is 1 or 1-n. */
export function row(
  number: string,
  relationship: Relationship | undefined,
  type: ValueType,
  concept: Code | ConceptRule,
  vm: '1' | '1-n',
  requirement: Requirement,
  rest: Rest = {},
): ItemRow {
  return {
    row: number,
    relationship,
    by: rest.by ?? 'value',
    type,
    concept: 'kind' in concept ? concept : { kind: 'is', code: concept },
    many: vm === '1-n',
    requirement,
    when: rest.when,
    value: rest.value,
    below: rest.below ?? [],
  };
}

/** One line of a template's table that includes another template. */
export function include(
  number: string,
  relationship: Relationship | undefined,
  tid: number,
  vm: '1' | '1-n',
  requirement: Requirement,
  rest: { readonly when?: Condition; readonly parameters?: IncludeRow['parameters'] } = {},
): IncludeRow {
  return {
    row: number,
    relationship,
    include: tid,
    many: vm === '1-n',
    requirement,
    when: rest.when,
    parameters: rest.parameters,
  };
}

export const NO_CONCEPT: ConceptRule = { kind: 'none' };
export const ANY_CONCEPT: ConceptRule = { kind: 'any' };

export function group(cid: number): ValueRule {
  return { kind: 'group', cid };
}
