import {
  breachOf,
  coversOperation,
  DATA_USE_TERMS,
  dataUseCode,
  type LocalRule,
  OPERATIONS,
  type PermitClaims,
  type PolicyCondition,
  type PolicyFacts,
} from '#wire';
import type { ConditionedDataset } from './match-purpose.ts';

/** One clause of a policy. What is forbidden stays forbidden whatever permits it. */
export interface PolicyClause {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly when: PolicyCondition;
  /** What is told to whoever it stops: completes "The permit does not cover this: …". */
  readonly says: string;
}

/** What a policy comes to. */
export type PolicyAnswer =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly clauseId: string; readonly says: string };

/** What a node's policy for a permit is made of. */
export interface PolicySources {
  readonly claims: PermitClaims;
  /** As the node itself describes its dataset now, not as the hub has it. */
  readonly dataset: ConditionedDataset;
  readonly localRules: readonly LocalRule[];
}

/**
 * A node's policy for one permit: the permit allows; its own terms, the conditions of the dataset and the rules of the node
 * forbid. A condition that the holder added after the permit was given has been judged by nobody, and forbids. Permits of hubs
 * that did not tell a purpose are held to their own terms and the rules of the node alone, as they were when they were given.
 */
export function compilePolicy({ claims, dataset, localRules }: PolicySources): readonly PolicyClause[] {
  return [
    {
      id: 'permit',
      effect: 'permit',
      when: { fact: 'permit', in: [claims.jti] },
      says: 'the committee granted it',
    },
    ...ownTerms(claims),
    ...(claims.judged === undefined ? [] : conditionClauses(dataset)),
    ...localRules.map(localClause),
  ];
}

function ownTerms(claims: PermitClaims): readonly PolicyClause[] {
  const forbid = (id: string, when: PolicyCondition, says: string): PolicyClause => ({
    id,
    effect: 'forbid',
    when,
    says,
  });
  const operations = OPERATIONS.filter((operation) => coversOperation(claims.operations, operation));
  const trains: PolicyCondition = { fact: 'operation', in: ['train'] };
  return [
    forbid('site', { not: { fact: 'site', in: [claims.aud] } }, 'it is for another site'),
    forbid('dataset', { not: { fact: 'dataset', in: [claims.dataset] } }, 'it is for another dataset'),
    forbid('operation', { not: { fact: 'operation', in: operations } }, 'it does not allow "{operation}"'),
    forbid('begin', { not: { fact: 'nowMs', atLeast: claims.nbf * 1000 } }, 'it is not valid yet'),
    forbid('revoked', { fact: 'revoked', is: true }, 'it is revoked'),
    forbid('end', { fact: 'nowMs', atLeast: claims.exp * 1000 }, 'it is expired'),
    ...(claims.epsilon === undefined
      ? []
      : [
          forbid(
            'noise',
            { all: [trains, { fact: 'noisy', is: false }] },
            'it allows training only with differential privacy',
          ),
          forbid(
            'budget',
            { all: [trains, { fact: 'epsilonMicro', atLeast: microOf(claims.epsilon) + 1 }] },
            `its privacy budget of ε ${claims.epsilon} for this site would be passed`,
          ),
        ]),
  ];
}

/** Millionths, rounded up, so that what is compared are whole numbers. */
export function microOf(epsilon: number): number {
  return Math.ceil(epsilon * 1e6 - 1e-9);
}

function conditionClauses({ conditions, disease }: ConditionedDataset): readonly PolicyClause[] {
  const codes = conditions.map((stated) => ({ stated, code: dataUseCode(stated) }));
  const allowsClinicalCare = codes.some(({ code }) => code === 'DUO_0000043');
  return codes.flatMap(({ stated, code }): readonly PolicyClause[] => {
    const breach = code === undefined ? 'people-judge' : breachOf(code, { disease, allowsClinicalCare });
    if (breach === 'never') return [];
    const term = code ?? stated;
    const unjudged: PolicyCondition = { not: { fact: 'judged', holds: term } };
    const stands: PolicyCondition =
      breach === 'people-judge'
        ? unjudged
        : { all: [{ any: [{ fact: 'purposeStated', is: false }, breach] }, unjudged] };
    const name = code === undefined ? stated : `${code} (${DATA_USE_TERMS[code].toLowerCase().replaceAll('_', ' ')})`;
    return [
      {
        id: `condition/${term}`,
        effect: 'forbid',
        when: code === 'DUO_0000021' && breach !== 'people-judge' ? { all: [breach, unjudged] } : stands,
        says:
          breach === 'people-judge'
            ? `the dataset's condition ${name} was not judged by its committee`
            : `the purpose breaks the dataset's condition ${name}`,
      },
    ];
  });
}

function localClause({ ruleId, operations, datasets, commercialOnly, projectId, because }: LocalRule): PolicyClause {
  return {
    id: `local/${ruleId}`,
    effect: 'forbid',
    when: {
      all: [
        ...(operations.length === 0 ? [] : [{ fact: 'operation', in: operations } as const]),
        ...(datasets.length === 0 ? [] : [{ fact: 'dataset', in: datasets } as const]),
        ...(projectId === null ? [] : [{ fact: 'project', in: [projectId] } as const]),
        ...(commercialOnly
          ? [
              {
                any: [
                  { fact: 'commercial', is: true },
                  { fact: 'purposeStated', is: false },
                ],
              } as const,
            ]
          : []),
      ],
    },
    says: `a rule of this node forbids it (${because})`,
  };
}

/** Weighs facts against a policy: any clause that forbids wins, and the first of them is named. */
export function decidePolicy(clauses: readonly PolicyClause[], facts: PolicyFacts): PolicyAnswer {
  const forbidding = clauses.find(({ effect, when }) => effect === 'forbid' && holds(when, facts));
  if (forbidding !== undefined) {
    const says = forbidding.says.replace('{operation}', facts.operation);
    return { kind: 'refused', clauseId: forbidding.id, says };
  }
  return clauses.some(({ effect, when }) => effect === 'permit' && holds(when, facts))
    ? { kind: 'allowed' }
    : { kind: 'refused', clauseId: 'nothing', says: 'nothing allows it' };
}

/** Whether a condition holds of facts. */
export function holds(condition: PolicyCondition, facts: PolicyFacts): boolean {
  if ('all' in condition) return condition.all.every((one) => holds(one, facts));
  if ('any' in condition) return condition.any.some((one) => holds(one, facts));
  if ('not' in condition) return !holds(condition.not, facts);
  if ('in' in condition) return condition.in.includes(facts[condition.fact]);
  if ('is' in condition) return facts[condition.fact] === condition.is;
  if ('atLeast' in condition) return facts[condition.fact] >= condition.atLeast;
  return facts[condition.fact].includes(condition.holds);
}
