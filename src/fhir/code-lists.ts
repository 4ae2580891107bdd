import { isFormOfAll, mayBeCode } from './code-syntax.ts';
import { isObject } from './fhir-json.ts';

/** A code system that is shipped: its codes, each alone or after a tab the code above it. */
export interface CodeSystemRow {
  readonly kind: 'system';
  readonly url: string;
  readonly content: string;
  readonly valueSet?: string;
  readonly caseSensitive: boolean;
  readonly codes: readonly string[];
}

/** Part of a value set. */
export interface Inclusion {
  readonly system?: string;
  readonly codes?: readonly string[];
  readonly valueSet?: readonly string[];
  readonly filter?: readonly { readonly property: string; readonly op: string; readonly value: string }[];
}

/** A value set that is shipped. */
export interface ValueSetRow {
  readonly kind: 'set';
  readonly url: string;
  readonly include: readonly Inclusion[];
  readonly exclude?: readonly Inclusion[];
}

/** Whether a code belongs to a set; `unknown` where the set's codes are not shipped. */
export type Membership = 'in' | 'out' | 'unknown';

/** DICOM's codes go on growing: a number beyond the last that the copy holds may be a newer one. */
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const LAST_DICOM_NUMBER = 131_000;

interface CodeSystem {
  readonly row: CodeSystemRow;
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

/** The shipped code systems and value sets. */
export class CodeLists {
  readonly #systems = new Map<string, CodeSystemRow>();
  readonly #read = new Map<string, CodeSystem>();
  readonly #sets = new Map<string, ValueSetRow>();

  add(row: CodeSystemRow | ValueSetRow): void {
    if (row.kind === 'set') this.#sets.set(row.url, row);
    else if (row.codes.length > 0) this.#systems.set(row.url, row);
  }

  /** Whether the shipped copy of a code system holds a code; `unknown` for systems that are not shipped as a whole. */
  knowsCode(system: string, code: string): Membership {
    const found = this.#system(system);
    if (!mayBeCode(system, code)) return 'out';
    if (found === undefined || found.row.content !== 'complete') return 'unknown';
    if (has(found, code)) return 'in';
    return system === DICOM && /^\d{6}$/.test(code) && Number(code) > LAST_DICOM_NUMBER ? 'unknown' : 'out';
  }

  /** Whether a code belongs to a value set. Without a system (an element of type `code`) any of the set's systems will do. */
  contains(valueSet: string, code: string, system?: string, depth = 0): Membership {
    const set = this.#sets.get(valueSet.split('|')[0] ?? valueSet);
    if (set === undefined || depth > 8) return 'unknown';
    const asked = { code, system, depth };
    const inside = anyOf(set.include.map((part) => this.#inPart(part, asked)));
    if (inside !== 'in' || set.exclude === undefined) return inside;
    const outside = anyOf(set.exclude.map((part) => this.#inPart(part, asked)));
    if (outside === 'unknown') return 'unknown';
    return outside === 'in' ? 'out' : 'in';
  }

  /** Codes of a set to show as examples, at most a dozen. */
  examplesOf(valueSet: string): readonly string[] {
    const set = this.#sets.get(valueSet.split('|')[0] ?? valueSet);
    const codes = (set?.include ?? []).flatMap(({ system, codes: listed, filter }) => {
      if (listed !== undefined) return listed;
      if (system === undefined || filter !== undefined) return [];
      return (this.#systems.get(system)?.codes ?? []).map((line) => line.split('\t')[0] ?? line);
    });
    return [...new Set(codes)].slice(0, 12);
  }

  #inPart(part: Inclusion, asked: { code: string; system: string | undefined; depth: number }): Membership {
    const { code, system, depth } = asked;
    const sets = (part.valueSet ?? []).map((url) => this.contains(url, code, system, depth + 1));
    if (sets.includes('out')) return 'out';
    if (part.system === undefined) return sets.includes('unknown') ? 'unknown' : 'in';
    if (system !== undefined && system !== part.system) return 'out';
    const own = this.#inSystem(part, part.system, code);
    return own === 'in' && sets.includes('unknown') ? 'unknown' : own;
  }

  #inSystem(part: Inclusion, system: string, code: string): Membership {
    if (part.codes !== undefined) return part.codes.includes(code) ? 'in' : 'out';
    const found = this.#system(system);
    if (found === undefined && part.filter === undefined && isFormOfAll(system))
      return mayBeCode(system, code) ? 'in' : 'out';
    if (found === undefined || !has(found, code)) return this.knowsCode(system, code);
    if (part.filter === undefined) return 'in';
    return part.filter.every((filter) => filter.property === 'concept' && /^is-a$|^descendent-of$/.test(filter.op))
      ? part.filter.every(({ op, value }) => isUnder(found, code, value, op === 'is-a'))
        ? 'in'
        : 'out'
      : 'unknown';
  }

  #system(url: string): CodeSystem | undefined {
    const read = this.#read.get(url);
    if (read !== undefined) return read;
    const row = this.#systems.get(url);
    if (row === undefined) return undefined;
    const parents = new Map<string, string[]>();
    for (const line of row.codes) {
      const [code = '', parent] = line.split('\t');
      const above = parents.get(code) ?? [];
      if (parent !== undefined) above.push(parent);
      parents.set(code, above);
    }
    const system = { row, parents };
    this.#read.set(url, system);
    return system;
  }
}

/** @note codes of v2 tables and a few others do not mind their case. */
function has(system: CodeSystem, code: string): boolean {
  if (system.parents.has(code)) return true;
  if (system.row.caseSensitive) return false;
  const lower = code.toLowerCase();
  return [...system.parents.keys()].some((known) => known.toLowerCase() === lower);
}

function isUnder(system: CodeSystem, code: string, ancestor: string, orItself: boolean): boolean {
  if (code === ancestor) return orItself;
  const seen = new Set<string>([code]);
  const waiting = [code];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const parent of system.parents.get(next) ?? []) {
      if (parent === ancestor) return true;
      if (!seen.has(parent)) waiting.push(parent);
      seen.add(parent);
    }
  }
  return false;
}

function anyOf(memberships: readonly Membership[]): Membership {
  if (memberships.includes('in')) return 'in';
  return memberships.includes('unknown') ? 'unknown' : 'out';
}

/** True for a row of codes, false for a structure. */
export function isCodeRow(row: unknown): row is CodeSystemRow | ValueSetRow {
  return isObject(row) && (row['kind'] === 'system' || row['kind'] === 'set') && !('elements' in row);
}
