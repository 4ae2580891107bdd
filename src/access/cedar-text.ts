import type { PolicyCondition } from '#wire';
import type { PolicyClause } from './policy.ts';

/**
 * A policy as text of the language Cedar 4, one statement a clause, facts in the context: what people read and other engines can
 * be held to. Names of what acts and what is acted on are left open, since a policy is made for one permit.
 */
export function cedarText(clauses: readonly PolicyClause[]): string {
  return clauses
    .map(
      ({ id, effect, when }) =>
        `@id(${quoted(id)})\n${effect} (principal, action, resource)\nwhen { ${expression(when)} };`,
    )
    .join('\n\n');
}

function expression(condition: PolicyCondition): string {
  if ('all' in condition) return condition.all.length === 0 ? 'true' : joined(condition.all, ' && ');
  if ('any' in condition) return condition.any.length === 0 ? 'false' : joined(condition.any, ' || ');
  if ('not' in condition) return `!(${expression(condition.not)})`;
  const fact = `context.${condition.fact}`;
  if ('in' in condition) return `[${condition.in.map(quoted).join(', ')}].contains(${fact})`;
  if ('is' in condition) return `${fact} == ${condition.is}`;
  if ('atLeast' in condition) return `${fact} >= ${condition.atLeast}`;
  return `${fact}.contains(${quoted(condition.holds)})`;
}

function joined(conditions: readonly PolicyCondition[], by: string): string {
  return conditions.map((one) => `(${expression(one)})`).join(by);
}

/** Cedar's strings are written as those of JSON, but for letters by number. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\n\r\t\p{Cc}]/gu, ' ')}"`;
}
