import type { Quad } from '@rdfjs/types';
import { IRI, OUT_OF_RECORD } from './vocabulary.ts';

/**
 * Addresses that a document links by one of the relations: told of the thing itself, and by containers of the Linked Data Platform
 * that stand for such a relation (Linked Data Platform 1.0, direct containers). Each once, in the order of the document.
 */
export function linked(quads: readonly Quad[], relations: ReadonlySet<string>): readonly string[] {
  const containers = new Set(
    quads
      .filter(({ predicate, object }) => predicate.value === IRI.memberRelation && relations.has(object.value))
      .map(({ subject }) => subject.value),
  );
  const found = quads
    .filter(
      ({ subject, predicate, object }) =>
        object.termType === 'NamedNode' &&
        (relations.has(predicate.value) || (predicate.value === IRI.contains && containers.has(subject.value))),
    )
    .map(({ object }) => object.value);
  return [...new Set(found)];
}

/** True where a document says of a thing that it is of a class. */
export function isOf(quads: readonly Quad[], iri: string, type: string): boolean {
  return quads.some(
    ({ subject, predicate, object }) => subject.value === iri && predicate.value === IRI.type && object.value === type,
  );
}

/** True where a document says anything of a thing. */
export function describes(quads: readonly Quad[], iri: string): boolean {
  return indexOf(quads).bySubject.has(iri);
}

/**
 * What a document says of one thing and of what belongs to it, such as its publisher and its distributions; other datasets, and the
 * catalogue that it lies in, do not.
 */
export function about(quads: readonly Quad[], iri: string): readonly Quad[] {
  const { bySubject, others } = indexOf(quads);
  const seen = new Set([iri]);
  const open = [iri];
  const kept: Quad[] = [];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const quad of bySubject.get(at) ?? []) {
      kept.push(quad);
      const key = keyOf(quad.object);
      if (OUT_OF_RECORD.has(quad.predicate.value) || others.has(key) || seen.has(key) || !bySubject.has(key)) continue;
      seen.add(key);
      open.push(key);
    }
  }
  return kept;
}

interface DocumentIndex {
  readonly bySubject: ReadonlyMap<string, readonly Quad[]>;
  /** Datasets and catalogues. */
  readonly others: ReadonlySet<string>;
}

/** Made once for a document: a catalogue is asked about each of its records, and a stranger says how many statements that goes through. */
const indexes = new WeakMap<readonly Quad[], DocumentIndex>();

function indexOf(quads: readonly Quad[]): DocumentIndex {
  const known = indexes.get(quads);
  if (known !== undefined) return known;
  const bySubject = new Map<string, Quad[]>();
  const others = new Set<string>();
  for (const quad of quads) {
    const key = keyOf(quad.subject);
    const own = bySubject.get(key);
    if (own === undefined) bySubject.set(key, [quad]);
    else own.push(quad);
    if (quad.predicate.value !== IRI.type) continue;
    if (quad.object.value === IRI.dataset || quad.object.value === IRI.catalog) others.add(key);
  }
  const index = { bySubject, others };
  indexes.set(quads, index);
  return index;
}

/** Nodes without a name are told from addresses; a text is nobody's subject. */
function keyOf({ termType, value }: Quad['subject'] | Quad['object']): string {
  return termType === 'BlankNode' ? `_:${value}` : termType === 'NamedNode' ? value : '';
}
