import dataFactory from '@rdfjs/data-model';
import type { Quad } from '@rdfjs/types';
import { Writer } from 'n3';
import { UnicaError } from '#base';
import { PREFIXES } from './prefixes.ts';
import { readRdf } from './read-rdf.ts';

/**
 * A Turtle document as JSON-LD 1.1 with the usual prefixes in its own context, nested where nothing refers twice.
 * @throws UnicaError `shacl.unreadable`
 */
export async function toJsonLd(turtle: string): Promise<Readonly<Record<string, unknown>>> {
  const quads = relabelled(await readRdf(new TextEncoder().encode(turtle), 'turtle'));
  const { default: jsonld } = await import('jsonld');
  const used = quads.flatMap(({ predicate, object }) => [
    predicate.value,
    object.termType === 'Literal' ? object.datatype.value : object.value,
  ]);
  const context = Object.fromEntries(
    Object.entries(PREFIXES).filter(([, address]) => used.some((iri) => iri.startsWith(address))),
  );
  const expanded = await jsonld.fromRDF(new Writer({ format: 'N-Quads' }).quadsToString([...quads]) as never, {
    format: 'application/n-quads',
  });
  const compacted: unknown = await jsonld.compact(expanded, context as never, { documentLoader: refuse });
  if (typeof compacted !== 'object' || compacted === null) throw new UnicaError('internal');
  return { ...compacted };
}

/** Nodes without a name numbered as they come: a parser goes on counting, and the same document would be another each time. */
function relabelled(quads: readonly Quad[]): readonly Quad[] {
  const labels = new Map<string, string>();
  const named = <Place extends Quad['subject'] | Quad['object']>(term: Place): Place => {
    if (term.termType !== 'BlankNode') return term;
    const label = labels.get(term.value) ?? `b${labels.size}`;
    labels.set(term.value, label);
    return dataFactory.blankNode(label) as Place;
  };
  return quads.map(({ subject, predicate, object }) => dataFactory.quad(named(subject), predicate, named(object)));
}

async function refuse(url: string): Promise<never> {
  throw new UnicaError('shacl.remote-context', { url });
}
