import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { UnicaError } from '#base';
import { hyperOntologyConcepts } from '#vocab';
import { type ColumnProposal, elementOf, type LearntRules, learntKey } from './propose-mapping.ts';

/** What one column means. */
export interface ColumnMapping {
  readonly column: string;
  /** Of the elements that are known; absent where the column is left out. */
  readonly element?: string | undefined;
  /** Unit of its numbers, where it is not that of the element. */
  readonly unit?: string | undefined;
  /** Codes of its values, as they stand in the cells; null for a value that says nothing. */
  readonly values?: Readonly<Record<string, string | null>> | undefined;
  /** Left out; with `undecided`, because nobody has said what it means. */
  readonly leave_out?: 'people' | 'unneeded' | 'undecided' | undefined;
}

/** A mapping as it is written down and run again on new data. */
export interface MappingDocument {
  readonly mapping: 1;
  readonly columns: readonly ColumnMapping[];
}

const columnSchema = z.strictObject({
  column: z.string().min(1).max(500),
  element: z.string().max(64).optional(),
  unit: z.string().max(40).optional(),
  values: z.record(z.string().max(500), z.union([z.string().max(64), z.null()])).optional(),
  leave_out: z.enum(['people', 'unneeded', 'undecided']).optional(),
});
const documentSchema = z.strictObject({ mapping: z.literal(1), columns: z.array(columnSchema).max(2000) });

const HEAD = `# What the columns of a clinical table mean, in the EUCAIM common data model.
# Change it freely; \`unica mapping apply\` says what does not fit. Elements: docs/operators/mapping.md
`;
const LARGEST_CHARACTERS = 2_000_000;

/** A mapping that accepts everything that was proposed. */
export function mappingOf(proposals: readonly ColumnProposal[]): MappingDocument {
  return {
    mapping: 1,
    columns: proposals.map(({ column, decision, element, unit, values, reasons }): ColumnMapping => {
      if (decision === 'undecided' || element === null) {
        const people = reasons.some(({ kind }) => kind === 'names-people');
        return { column, leave_out: decision === 'undecided' ? 'undecided' : people ? 'people' : 'unneeded' };
      }
      return {
        column,
        element,
        ...(unit === null ? {} : { unit }),
        ...(values.length === 0 ? {} : { values: Object.fromEntries(values.map(({ value, code }) => [value, code])) }),
      };
    }),
  };
}

/** The mapping as YAML. */
export function writeMapping(document: MappingDocument): string {
  return HEAD + stringify(document, { lineWidth: 0 });
}

/**
 * Reads a mapping.
 * @throws UnicaError `mapping.unreadable` naming the column and what is wrong with it
 */
export function readMapping(text: string): MappingDocument {
  if (text.length > LARGEST_CHARACTERS) throw unreadable('it is larger than two million characters');
  // Aliases could make a small file large.
  const parsed = parseDocument(text, { maxAliasCount: 0 } as object);
  const [error] = parsed.errors;
  if (error !== undefined) throw unreadable(`it is no YAML: ${error.message.split('\n')[0] ?? ''}`);
  const read = documentSchema.safeParse(toPlain(parsed));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const seen = new Map<string, string>();
  const headings = new Set<string>();
  for (const { column, element, values, leave_out } of read.data.columns) {
    if (headings.has(column)) throw unreadable(`the column ${column} stands there twice`);
    headings.add(column);
    if ((element === undefined) === (leave_out === undefined)) {
      throw unreadable(`the column ${column} needs either an element or leave_out`);
    }
    if (element === undefined) continue;
    const known = elementOf(element);
    if (known === undefined) throw unreadable(`the column ${column} is mapped to ${element}, which is no element`);
    const other = seen.get(element);
    if (other !== undefined) throw unreadable(`the columns ${other} and ${column} are both mapped to ${element}`);
    seen.set(element, column);
    for (const code of Object.values(values ?? {})) {
      if (code === null || isAnswer(code, known.answers)) continue;
      throw unreadable(`a value of the column ${column} is mapped to ${code}, which the hyper-ontology does not have`);
    }
  }
  return read.data;
}

/** What was accepted, to be proposed again for like tables. Headings and values, no more. */
export function rulesFrom(documents: readonly MappingDocument[]): LearntRules {
  const headings = new Map<string, string>();
  const values = new Map<string, string>();
  for (const { columns } of documents) {
    for (const { column, element, values: codes, leave_out } of columns) {
      if (leave_out === 'undecided') continue;
      headings.set(learntKey(column), element ?? 'leave-out');
      for (const [value, code] of Object.entries(codes ?? {})) {
        if (code !== null) values.set(`${element ?? ''} ${learntKey(value)}`, code);
      }
    }
  }
  return { headings, values };
}

function isAnswer(code: string, answers: string | undefined): boolean {
  return hyperOntologyConcepts().has(code) || (answers === 'deceased' && (code === 'true' || code === 'false'));
}

function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw unreadable('it uses aliases, which a mapping does not need');
  }
}

function unreadable(problem: string): UnicaError {
  return new UnicaError('mapping.unreadable', { problem });
}
