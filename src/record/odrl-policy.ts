import { breachOf, dataUseCode, type PolicyCondition } from '#wire';
import { dataUseIri } from './data-use.ts';
import { iri, literal, nested, type Property, typed } from './turtle-text.ts';

/** What constraints speak of beside purposes: the facts that a node weighs. */
const FACT = 'urn:unica:fact:';

/**
 * The conditions of a dataset as an ODRL policy: use is permitted for the purposes of its data-use terms, and prohibited where a
 * term is breached, by the very rules that a node weighs before each use. Undefined where the vocabulary knows none of them.
 */
export function odrlPolicy(conditions: readonly string[], disease: string | undefined): string | undefined {
  const purposes = [...new Set(conditions.flatMap((condition) => dataUseIri(condition) ?? []))];
  if (purposes.length === 0) return undefined;
  const codes = [...new Set(conditions.flatMap((condition) => dataUseCode(condition) ?? []))];
  const allowsClinicalCare = codes.includes('DUO_0000043');
  const breaches = codes
    .map((code) => breachOf(code, { disease, allowsClinicalCare }))
    .filter((breach) => typeof breach === 'object');
  const permission = nested([
    ['odrl:action', ['odrl:use']],
    ['odrl:constraint', purposes.map((purpose) => constraint('odrl:purpose', 'isA', [iri(purpose)]))],
  ]);
  const prohibitions = breaches.map((breach) =>
    nested([
      ['odrl:action', ['odrl:use']],
      ['odrl:constraint', [constraintOf(breach)]],
    ]),
  );
  const properties: Property[] = [
    ['a', ['odrl:Policy']],
    ['odrl:permission', [permission]],
    ['odrl:prohibition', prohibitions],
  ];
  return nested(properties);
}

function constraintOf(condition: PolicyCondition): string {
  if ('any' in condition) return nested([['odrl:or', condition.any.map(constraintOf)]]);
  if ('all' in condition) return nested([['odrl:and', condition.all.map(constraintOf)]]);
  if ('is' in condition) return constraint(factIri(condition.fact), 'eq', [typed(String(condition.is), 'boolean')]);
  if ('in' in condition)
    return constraint(
      factIri(condition.fact),
      'isAnyOf',
      condition.in.map((one) => literal(one)),
    );
  if ('holds' in condition) return constraint(factIri(condition.fact), 'hasPart', [literal(condition.holds)]);
  if ('atLeast' in condition)
    return constraint(factIri(condition.fact), 'gteq', [typed(String(condition.atLeast), 'nonNegativeInteger')]);
  const { not } = condition;
  if ('in' in not)
    return constraint(
      factIri(not.fact),
      'isNoneOf',
      not.in.map((one) => literal(one)),
    );
  if ('holds' in not) return constraint(factIri(not.fact), 'isNoneOf', [literal(not.holds)]);
  // No term of the vocabulary is breached by the opposite of anything else.
  throw new TypeError('ODRL has no constraint for this');
}

function constraint(leftOperand: string, operator: string, rightOperands: readonly string[]): string {
  return nested([
    ['odrl:leftOperand', [leftOperand]],
    ['odrl:operator', [`odrl:${operator}`]],
    ['odrl:rightOperand', rightOperands],
  ]);
}

function factIri(fact: string): string {
  return iri(`${FACT}${fact}`);
}
