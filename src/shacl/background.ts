import { readFileSync } from 'node:fs';
import dataFactory from '@rdfjs/data-model';
import type { Quad } from '@rdfjs/types';
import { z } from 'zod';

const backgroundSchema = z.strictObject({
  what: z.string(),
  sources: z.array(z.string()),
  vocabularies: z.array(
    z.strictObject({ starts: z.string(), classes: z.array(z.string()).min(1), terms: z.array(z.string()).optional() }),
  ),
});

const TYPE = dataFactory.namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');
const CONCEPT = 'http://www.w3.org/2004/02/skos/core#Concept';
const LABEL = dataFactory.namedNode('http://www.w3.org/2004/02/skos/core#prefLabel');

let loaded: z.infer<typeof backgroundSchema> | undefined;

/**
 * What public vocabularies say about the terms that a record uses: their classes and, for concepts, a label. Class
 * ranges cannot be checked without it, as a record does not repeat what an authority publishes.
 */
export function backgroundOf(record: Iterable<Quad>): readonly Quad[] {
  loaded ??= backgroundSchema.parse(
    JSON.parse(readFileSync(new URL('../../profiles/background.json', import.meta.url), 'utf8')),
  );
  const { vocabularies } = loaded;
  const used = new Set<string>();
  for (const { object, predicate } of record) {
    if (object.termType === 'NamedNode' && !predicate.equals(TYPE)) used.add(object.value);
  }
  return [...used].flatMap((iri) => {
    const vocabulary = vocabularies.find(({ starts, terms }) => {
      const term = iri.slice(starts.length);
      return iri.startsWith(starts) && term !== '' && (terms === undefined || terms.includes(term));
    });
    if (vocabulary === undefined) return [];
    const subject = dataFactory.namedNode(iri);
    const classes = vocabulary.classes.map((one) => dataFactory.quad(subject, TYPE, dataFactory.namedNode(one)));
    if (!vocabulary.classes.includes(CONCEPT)) return classes;
    return [
      ...classes,
      dataFactory.quad(subject, LABEL, dataFactory.literal(iri.slice(vocabulary.starts.length), 'en')),
    ];
  });
}
