import type { MappingStudio } from '#wire';

/** A mapping as it is written down. */
export type MappingDocument = MappingStudio['document'];
/** A column with its profile and what is proposed for it. */
export type StudioColumn = MappingStudio['columns'][number];

/** What a person has said of a column so far. */
export type Decision =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'map';
      readonly element: string;
      readonly unit: string | null;
      /** Code by value; null for a value that says nothing. What is not here is still open. */
      readonly values: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'leave-out'; readonly reason: 'people' | 'unneeded' };

/** Decisions by heading; a column without one is open. */
export type Draft = ReadonlyMap<string, Decision>;

const OPEN: Decision = { kind: 'open' };

/** What was said of a column. */
export function decisionOf(draft: Draft, column: string): Decision {
  return draft.get(column) ?? OPEN;
}

/** What was saved before; nothing is decided in a table that nobody has looked at. */
export function draftOf({ table, document, columns }: MappingStudio): Draft {
  if (!table.isMapped) return new Map();
  const headings = new Set(columns.map(({ column }) => column));
  return new Map(
    document.columns.flatMap(({ column, element, unit, values, leave_out }): [string, Decision][] => {
      if (!headings.has(column)) return [];
      if (element !== undefined) return [[column, { kind: 'map', element, unit: unit ?? null, values: values ?? {} }]];
      const isOpen = leave_out === undefined || leave_out === 'undecided';
      return isOpen ? [] : [[column, { kind: 'leave-out', reason: leave_out }]];
    }),
  );
}

/** What is proposed, as a decision; open where nothing is. */
export function proposedFor({ proposal }: StudioColumn): Decision {
  const { decision, element, unit, values, reasons } = proposal;
  if (decision === 'leave-out') {
    return { kind: 'leave-out', reason: reasons.some(({ kind }) => kind === 'names-people') ? 'people' : 'unneeded' };
  }
  return element === null ? OPEN : { kind: 'map', element, unit, values: knownValues(values) };
}

/** The values whose answer is known. */
export function knownValues(values: StudioColumn['proposal']['values']): Readonly<Record<string, string>> {
  return Object.fromEntries(values.flatMap(({ value, code }) => (code === null ? [] : [[value, code]])));
}

/** Decides about a column. An element is given once: the column that had it before is open again. */
export function decide(draft: Draft, column: string, decision: Decision): Draft {
  const next = new Map(draft);
  if (decision.kind === 'map') {
    for (const [other, { kind, ...rest }] of draft) {
      if (other !== column && kind === 'map' && 'element' in rest && rest.element === decision.element)
        next.delete(other);
    }
  }
  if (decision.kind === 'open') next.delete(column);
  else next.set(column, decision);
  return next;
}

/** Columns that are open and whose proposal is at least so sure. @param atLeast from 0 to 1 */
export function sureColumns(columns: readonly StudioColumn[], draft: Draft, atLeast: number): readonly StudioColumn[] {
  const given = elementsIn(draft);
  return columns.filter((one) => {
    if (decisionOf(draft, one.column).kind !== 'open' || one.proposal.confidence < atLeast) return false;
    const proposed = proposedFor(one);
    return proposed.kind === 'leave-out' || (proposed.kind === 'map' && !given.has(proposed.element));
  });
}

/** Accepts what is proposed for some columns. */
export function acceptAll(draft: Draft, columns: readonly StudioColumn[]): Draft {
  return columns.reduce((next, one) => decide(next, one.column, proposedFor(one)), draft);
}

/**
 * The mapping to be saved or tried.
 * @param open what becomes of columns nobody has decided about: left open, or taken as proposed
 */
export function documentOf(
  columns: readonly StudioColumn[],
  draft: Draft,
  open: 'open' | 'as-proposed',
): MappingDocument {
  const all = open === 'open' ? draft : acceptAll(draft, sureColumns(columns, draft, 0));
  return { mapping: 1, columns: columns.map(({ column }) => columnMapping(column, decisionOf(all, column))) };
}

function columnMapping(column: string, decision: Decision): MappingDocument['columns'][number] {
  switch (decision.kind) {
    case 'open':
      return { column, leave_out: 'undecided' };
    case 'leave-out':
      return { column, leave_out: decision.reason };
    case 'map': {
      const { element, unit, values } = decision;
      return {
        column,
        element,
        ...(unit === null || unit === '' ? {} : { unit }),
        ...(Object.keys(values).length === 0 ? {} : { values: { ...values } }),
      };
    }
  }
}

function elementsIn(draft: Draft): ReadonlySet<string> {
  return new Set([...draft.values()].flatMap((one) => (one.kind === 'map' ? [one.element] : [])));
}
