import type { Quad } from '@rdfjs/types';
import { SH, TYPE } from './record-graph.ts';

/** What a property shape may say that cannot be violated where there is no value. */
const SILENT_WITHOUT_VALUES: ReadonlySet<string> = new Set([
  ...[
    'path',
    'nodeKind',
    'class',
    'datatype',
    'maxCount',
    'node',
    'pattern',
    'flags',
    'in',
    'not',
    'or',
    'and',
    'xone',
    'languageIn',
    'uniqueLang',
    'minLength',
    'maxLength',
    'minInclusive',
    'maxInclusive',
    'severity',
    'message',
    'name',
    'description',
    'order',
    'group',
  ].map((name) => SH + name),
  TYPE,
  'http://www.w3.org/2000/01/rdf-schema#comment',
  'http://www.w3.org/2000/01/rdf-schema#label',
  'http://www.w3.org/2000/01/rdf-schema#seeAlso',
]);

/**
 * The shapes without those that cannot object to a record: property shapes about a property that nothing of the class
 * they aim at has, and that ask for nothing where it is absent. Most of a profile is about what a record does not say,
 * and the engine takes as long over it.
 */
export function pruneShapes(shapes: readonly Quad[], present: PresentProperties): readonly Quad[] {
  const about = bySubject(shapes);
  const used = usesOf(shapes);
  return shapes.filter(({ subject, predicate, object }) => {
    if (predicate.value !== `${SH}property` || object.termType === 'Literal') return true;
    const property = about.get(object.value) ?? [];
    const paths = property.filter((one) => one.predicate.value === `${SH}path`);
    const [path] = paths;
    if (path === undefined || paths.length !== 1 || path.object.termType !== 'NamedNode') return true;
    if (!property.every((one) => SILENT_WITHOUT_VALUES.has(one.predicate.value))) return true;
    return mayHave(about.get(subject.value) ?? [], {
      isUsedElsewhere: used.has(subject.value),
      property: path.object.value,
      present,
    });
  });
}

/** Properties of a record, by class of what has them; under the empty text those of everything. */
export type PresentProperties = ReadonlyMap<string, ReadonlySet<string>>;

/** What a record says, without its values. */
export function propertiesIn(record: readonly Quad[]): PresentProperties {
  const classes = new Map<string, Set<string>>();
  for (const { subject, predicate, object } of record) {
    if (predicate.value !== TYPE) continue;
    const own = classes.get(subject.value) ?? new Set();
    classes.set(subject.value, own.add(object.value));
  }
  const present = new Map<string, Set<string>>([['', new Set()]]);
  for (const { subject, predicate } of record) {
    for (const name of ['', ...(classes.get(subject.value) ?? [])]) {
      const own = present.get(name) ?? new Set();
      present.set(name, own.add(predicate.value));
    }
  }
  return present;
}

/** Equal for records to which the same shapes matter. */
export function signatureOf(present: PresentProperties): string {
  return [...present]
    .map(([name, properties]) => `${name}=${[...properties].sort().join(' ')}`)
    .sort()
    .join('\n');
}

function mayHave(
  shape: readonly Quad[],
  question: { readonly isUsedElsewhere: boolean; readonly property: string; readonly present: PresentProperties },
): boolean {
  const { isUsedElsewhere, property, present } = question;
  const targets = shape.filter(({ predicate }) => predicate.value.startsWith(`${SH}target`));
  const aimsAtClassesOnly =
    targets.length > 0 && targets.every(({ predicate }) => predicate.value === `${SH}targetClass`);
  if (isUsedElsewhere || !aimsAtClassesOnly) return present.get('')?.has(property) === true;
  return targets.some(({ object }) => present.get(object.value)?.has(property) === true);
}

/** Shapes that others refer to look at more than their own targets. */
function usesOf(shapes: readonly Quad[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { predicate, object } of shapes) {
    if (predicate.value !== `${SH}targetClass` && object.termType !== 'Literal') used.add(object.value);
  }
  return used;
}

function bySubject(quads: readonly Quad[]): ReadonlyMap<string, readonly Quad[]> {
  const index = new Map<string, Quad[]>();
  for (const quad of quads) {
    const own = index.get(quad.subject.value) ?? [];
    own.push(quad);
    index.set(quad.subject.value, own);
  }
  return index;
}
