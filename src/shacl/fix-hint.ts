import dataFactory from '@rdfjs/data-model';
import type { ValidationResult } from 'shacl-engine';
import { prefixed } from './prefixes.ts';
import { PROPERTY_WORDS } from './property-words.ts';

const KINDS: Readonly<Record<string, string>> = {
  IRI: 'an address in angle brackets, not text',
  Literal: 'text or a number in quotation marks, not an address',
  BlankNodeOrIRI: 'an address or a nested description, not text',
  BlankNode: 'a nested description',
  BlankNodeOrLiteral: 'a nested description or text',
  IRIOrLiteral: 'an address or text',
};

/**
 * What to do about a finding, in plain words: which property, at what, and what it should hold.
 * @param shapeTerms what the shape that found it says: by name of the constraint, the values
 */
export function fixHint(result: ValidationResult, shapeTerms: (parameter: string) => readonly string[]): string {
  const names = (result.path ?? []).flatMap((step) => step.predicates.map((predicate) => prefixed(predicate.value)));
  const inner = deepest(result);
  if (inner !== undefined) {
    return `In ${wordOf(names)}: ${fixHint(inner.result, inner.shapeTerms)}`;
  }
  const wanted = names.length === 0 ? 'what the profile asks for' : `${names.join(' or ')}: ${meaningOf(names)}`;
  const first = (parameter: string): string => shapeTerms(parameter).map(prefixed).join(', ');
  switch (result.constraintComponent.value.split('#')[1]) {
    case 'MinCountConstraintComponent':
      return `Add ${wanted}.`;
    case 'MaxCountConstraintComponent':
      return `Keep at most ${first('maxCount')} ${names.join('/')}: ${meaningOf(names)}.`;
    case 'HasValueConstraintComponent':
      return `Give ${names.join('/')} the value ${first('hasValue')}.`;
    case 'DatatypeConstraintComponent':
      return `Write the value of ${names.join('/')} as ${first('datatype')}: ${meaningOf(names)}.`;
    case 'NodeKindConstraintComponent':
      return `Write ${names.join('/') || 'it'} as ${KINDS[first('nodeKind').split(/[:#]/).at(-1) ?? ''] ?? first('nodeKind')}: ${meaningOf(names)}.`;
    case 'ClassConstraintComponent':
      return `What ${names.join('/')} points to must be a ${first('class')}: say "a ${first('class')}" of it, or use a term of the vocabulary. Give ${meaningOf(names)}.`;
    case 'InConstraintComponent':
      return `Use one of the allowed terms for ${names.join('/')}: ${meaningOf(names)}.`;
    case 'PatternConstraintComponent':
    case 'NotConstraintComponent':
      return `Change the value of ${names.join('/')}: ${meaningOf(names)}.`;
    case 'QualifiedMinCountConstraintComponent':
      return `Among the values of ${names.join('/')} there must be ${meaningOf(names)}.`;
    case 'UniqueLangConstraintComponent':
      return `Keep one value of ${names.join('/')} for each language.`;
    case 'OrConstraintComponent':
      return names.length === 0
        ? 'Where healthdcatap:hasStructuredData is true, add healthdcatap:hasVariables; else write healthdcatap:hasStructuredData false.'
        : `Give ${names.join('/')} in one of the allowed ways: ${meaningOf(names)}.`;
    default:
      return `Change ${names.join('/') || 'it'}: ${meaningOf(names)}.`;
  }
}

/** Reads a parameter of the shape behind a result. */
export function parametersOf({ shape }: ValidationResult): (parameter: string) => readonly string[] {
  return (parameter) => shape.ptr.out([dataFactory.namedNode(`http://www.w3.org/ns/shacl#${parameter}`)]).values;
}

function deepest(result: ValidationResult) {
  if (!result.constraintComponent.value.endsWith('#NodeConstraintComponent')) return undefined;
  const inner = result.results.find(({ path }) => path !== undefined);
  return inner === undefined ? undefined : { result: inner, shapeTerms: parametersOf(inner) };
}

function wordOf(names: readonly string[]): string {
  return names.join('/') || 'the description';
}

function meaningOf(names: readonly string[]): string {
  const words = names.flatMap((name) => PROPERTY_WORDS[name] ?? []);
  return words.length === 0 ? 'what the profile asks for here' : words.join(', or ');
}
