import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { SeededRandom } from '#base';
import {
  breachOf,
  DATA_USE_CODES,
  type DataUse,
  type LocalRule,
  OPERATIONS,
  type PermitClaims,
  type PolicyFacts,
  RESEARCH_KINDS,
} from '#wire';
import { cedarText } from './cedar-text.ts';
import { matchPurpose } from './match-purpose.ts';
import { compilePolicy, decidePolicy, holds } from './policy.ts';

const CLAIMS: PermitClaims = {
  iss: 'hub',
  sub: 'person-1',
  aud: 'lisbon',
  jti: 'permit-00000001',
  iat: 1000,
  nbf: 1000,
  exp: 2000,
  dataset: 'films',
  operations: ['train'],
  purpose: 'P',
  requestId: 'request-00000001',
  use: null,
  ethics: false,
  judged: [],
  epsilon: 2.5,
};

/** Everything that the policy of {@link CLAIMS} allows. */
const FACTS: PolicyFacts = {
  permit: 'permit-00000001',
  project: 'request-00000001',
  site: 'lisbon',
  dataset: 'films',
  operation: 'train',
  nowMs: 1_500_000,
  revoked: false,
  noisy: true,
  epsilonMicro: 2_500_000,
  purposeStated: true,
  research: 'health',
  diseases: ['CLIN1000060'],
  commercial: false,
  notForProfit: true,
  publishes: true,
  returnsResults: true,
  collaborates: true,
  ethics: true,
  judged: [],
};

const RULE: LocalRule = {
  ruleId: 'rule-00000001',
  operations: ['train'],
  datasets: [],
  commercialOnly: true,
  projectId: null,
  because: 'our board said so',
  createdBy: 'x',
  createdAtMs: 1,
};

const CONDITIONS = ['DUO_0000007', 'NON_COMMERCIAL_USE_ONLY', 'DUO:0000022', 'no such "term"'];

const clausesOf = (change: Partial<PermitClaims> = {}, localRules: readonly LocalRule[] = [RULE]) =>
  compilePolicy({
    claims: { ...CLAIMS, ...change },
    dataset: { conditions: CONDITIONS, disease: 'CLIN1000060' },
    localRules,
  });

const JUDGED = ['DUO_0000022', 'no such "term"'];

test('what a permit, its dataset and its node say: deny wins, and the clause is named', () => {
  const fine = { ...FACTS, judged: JUDGED };
  const rows: readonly [string, Partial<PolicyFacts>, string | undefined][] = [
    ['as it was given', {}, undefined],
    ['another permit', { permit: 'permit-00000002' }, 'nothing'],
    ['another site', { site: 'porto' }, 'site'],
    ['another dataset', { dataset: 'mammograms' }, 'dataset'],
    ['another operation', { operation: 'count-exact' }, 'operation'],
    ['who trains evaluates', { operation: 'evaluate' }, undefined],
    ['a millisecond early', { nowMs: 999_999 }, 'begin'],
    ['at its end', { nowMs: 2_000_000 }, 'end'],
    ['revoked', { revoked: true }, 'revoked'],
    ['without noise', { noisy: false }, 'noise'],
    ['a millionth over its budget', { epsilonMicro: 2_500_001 }, 'budget'],
    ['another disease', { diseases: ['CLIN1000061'] }, 'condition/DUO_0000007'],
    ['for money', { commercial: true }, 'condition/DUO_0000046'],
    [
      'for money, which the committee lets pass but the node does not',
      { commercial: true, judged: [...JUDGED, 'DUO_0000046'] },
      'local/rule-00000001',
    ],
    ['a condition nobody judged', { judged: ['no such "term"'] }, 'condition/DUO_0000022'],
    ['an unknown condition nobody judged', { judged: ['DUO_0000022'] }, 'condition/no such "term"'],
    ['a purpose that says nothing', { purposeStated: false }, 'condition/DUO_0000007'],
  ];
  for (const [name, change, clause] of rows) {
    const answer = decidePolicy(clausesOf(), { ...fine, ...change });
    assert.equal(answer.kind === 'refused' ? answer.clauseId : undefined, clause, name);
  }
  const { judged: _, ...earlier } = CLAIMS;
  const old = compilePolicy({ claims: earlier, dataset: { conditions: CONDITIONS }, localRules: [RULE] });
  assert.equal(
    decidePolicy(old, { ...FACTS, purposeStated: true }).kind,
    'allowed',
    'of a hub that did not tell purposes',
  );
});

test('Cedar itself, reading the text, decides as this evaluator does', () => {
  const random = new SeededRandom('cedar');
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.uniform() * values.length)] as T;
  const flip = () => random.uniform() < 0.5;
  const hardly = <T>(usual: T, other: T) => (random.uniform() < 0.9 ? usual : other);
  const seen = { allowed: 0, refused: 0 };
  for (let round = 0; round < 600; round += 1) {
    const conditions = [pick(DATA_USE_CODES), pick(DATA_USE_CODES)];
    const clauses = compilePolicy({
      claims: { ...CLAIMS, operations: [pick(OPERATIONS), 'train'], ...(flip() ? { epsilon: 1 } : {}) },
      dataset: { conditions, disease: flip() ? 'CLIN1000060' : undefined },
      localRules: random.uniform() < 0.2 ? [{ ...RULE, commercialOnly: flip() }] : [],
    });
    const facts: PolicyFacts = {
      ...FACTS,
      permit: hardly('permit-00000001', 'permit-00000002'),
      site: hardly('lisbon', 'porto'),
      dataset: hardly('films', 'other'),
      operation: pick(['train', 'train', 'evaluate', 'count-exact']),
      nowMs: hardly(1_500_000, pick([999_999, 1_000_000, 1_999_999, 2_000_000])),
      revoked: hardly(false, true),
      noisy: hardly(true, false),
      epsilonMicro: pick([0, 1_000_000, 1_000_001]),
      purposeStated: hardly(true, false),
      research: pick(RESEARCH_KINDS),
      diseases: flip() ? ['CLIN1000060'] : [],
      commercial: hardly(false, true),
      publishes: flip(),
      judged: conditions.filter(flip),
    };
    const ours = decidePolicy(clauses, facts);
    const entity = { type: 'Any', id: 'x' };
    const answer = cedar.isAuthorized({
      principal: entity,
      action: entity,
      resource: entity,
      context: { ...facts, diseases: [...facts.diseases], judged: [...facts.judged] },
      policies: { staticPolicies: cedarText(clauses) },
      entities: [],
    });
    assert.ok(answer.type === 'success', JSON.stringify(answer));
    assert.deepEqual(answer.response.diagnostics.errors, []);
    assert.equal(answer.response.decision === 'allow', ours.kind === 'allowed', cedarText(clauses));
    seen[ours.kind] += 1;
  }
  assert.ok(seen.allowed > 30 && seen.refused > 30, JSON.stringify(seen));
});

test('what a machine calls breached before the committee is what a node forbids afterwards', () => {
  for (const code of DATA_USE_CODES) {
    for (const research of RESEARCH_KINDS) {
      for (const bits of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const [one, two, three] = [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0];
        const use: DataUse = {
          research,
          diseases: one ? ['CLIN1000060'] : ['CLIN1000061'],
          commercial: two,
          notForProfit: three,
          country: 'PT',
          publishes: one,
          returnsResults: two,
          collaborates: three,
        };
        const dataset = { conditions: [code], disease: 'CLIN1000060' };
        const [match] = matchPurpose({ use, ethics: one }, dataset);
        const breach = breachOf(code, { disease: dataset.disease, allowsClinicalCare: code === 'DUO_0000043' });
        const breaks = typeof breach === 'object' && holds(breach, { ...FACTS, ...use, ethics: one });
        assert.equal(match?.verdict === 'breached', breaks, `${code} ${research} ${bits}`);
        if (breach === 'people-judge') assert.equal(match?.verdict, 'people-judge', code);
      }
    }
  }
});
