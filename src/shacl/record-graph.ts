import type { DatasetCore, Quad, Term } from '@rdfjs/types';

/** Where names of SHACL begin. */
export const SH = 'http://www.w3.org/ns/shacl#';
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
/** What a thing is. */
export const TYPE = `${RDF}type`;
/** How RDF writes a list. */
export const FIRST = `${RDF}first`;
export const REST = `${RDF}rest`;
export const NIL = `${RDF}nil`;

/**
 * The statements of one record, read only, found by subject and by predicate with object: what holding it against shapes
 * asks for ten thousand times. The store of n3 makes a stream for each answer, which takes five times as long.
 */
export class RecordGraph implements DatasetCore<Quad> {
  readonly #quads: readonly Quad[];
  readonly #bySubject = new Map<string, { readonly all: Quad[]; readonly by: Map<string, Quad[]> }>();
  readonly #byPredicate = new Map<string, Quad[]>();
  readonly #byObject = new Map<string, Quad[]>();
  constructor(quads: Iterable<Quad>) {
    const seen = new Set<string>();
    const kept: Quad[] = [];
    for (const quad of quads) {
      const subject = keyOf(quad.subject);
      const predicate = quad.predicate.value;
      const object = keyOf(quad.object);
      const whole = `${subject}\n${predicate}\n${object}`;
      if (seen.has(whole)) continue;
      seen.add(whole);
      kept.push(quad);
      const own = this.#bySubject.get(subject) ?? { all: [], by: new Map<string, Quad[]>() };
      own.all.push(quad);
      push(own.by, predicate, quad);
      this.#bySubject.set(subject, own);
      push(this.#byPredicate, predicate, quad);
      push(this.#byObject, object, quad);
    }
    this.#quads = kept;
  }

  get size(): number {
    return this.#quads.length;
  }

  /** What is said of a thing, of one property or of all. */
  about(subject: Term, predicate?: string): readonly Quad[] {
    const own = this.#bySubject.get(keyOf(subject));
    return (predicate === undefined ? own?.all : own?.by.get(predicate)) ?? NONE;
  }

  /** Every statement with a property. */
  saying(predicate: string): readonly Quad[] {
    return this.#byPredicate.get(predicate) ?? NONE;
  }

  /** Statements that point to a thing by a property. */
  pointing(predicate: string, object: Term): readonly Quad[] {
    return (this.#byObject.get(keyOf(object)) ?? NONE).filter((quad) => quad.predicate.value === predicate);
  }

  has(quad: Quad): boolean {
    return this.match(quad.subject, quad.predicate, quad.object).size > 0;
  }

  match(subject?: Term | null, predicate?: Term | null, object?: Term | null): DatasetCore<Quad> {
    if (!subject && !object) {
      return new Answer(predicate ? (this.#byPredicate.get(predicate.value) ?? NONE) : this.#quads);
    }
    if (subject) {
      const own = this.#bySubject.get(keyOf(subject));
      const candidates = predicate ? own?.by.get(predicate.value) : own?.all;
      return new Answer(filtered(candidates ?? NONE, { object }));
    }
    return new Answer(filtered(this.#byObject.get(object ? keyOf(object) : '') ?? NONE, { predicate }));
  }

  add(): this {
    throw new TypeError('a record graph is read only');
  }

  delete(): this {
    throw new TypeError('a record graph is read only');
  }

  [Symbol.iterator](): Iterator<Quad> {
    return this.#quads[Symbol.iterator]();
  }
}

const NONE: readonly Quad[] = [];

/** What was found; to be walked through, and asked again at most. */
class Answer implements DatasetCore<Quad> {
  readonly #quads: readonly Quad[];

  constructor(quads: readonly Quad[]) {
    this.#quads = quads;
  }

  get size(): number {
    return this.#quads.length;
  }

  has(quad: Quad): boolean {
    return this.#quads.some((one) => one.equals(quad));
  }

  match(subject?: Term | null, predicate?: Term | null, object?: Term | null): DatasetCore<Quad> {
    const own = subject ? this.#quads.filter((quad) => quad.subject.equals(subject)) : this.#quads;
    return new Answer(filtered(own, { predicate, object }));
  }

  add(): this {
    throw new TypeError('an answer is read only');
  }

  delete(): this {
    throw new TypeError('an answer is read only');
  }

  [Symbol.iterator](): Iterator<Quad> {
    return this.#quads[Symbol.iterator]();
  }
}

interface Wanted {
  readonly predicate?: Term | null | undefined;
  readonly object?: Term | null | undefined;
}

function filtered(quads: readonly Quad[], { predicate, object }: Wanted): readonly Quad[] {
  if (!predicate && !object) return quads;
  return quads.filter(
    (quad) => (!predicate || quad.predicate.value === predicate.value) && (!object || quad.object.equals(object)),
  );
}

/** A text that tells terms apart. */
export function keyOf(term: Term): string {
  switch (term.termType) {
    case 'BlankNode':
      return `_:${term.value}`;
    case 'Literal':
      return `"${term.value}"${term.language}^^${term.datatype.value}`;
    default:
      return term.value;
  }
}

function push(index: Map<string, Quad[]>, key: string, quad: Quad): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [quad]);
  else list.push(quad);
}
