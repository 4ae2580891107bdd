import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DATA_USE_CODES } from '#wire';
import { odrlPolicy } from './odrl-policy.ts';

test('conditions are published as the prohibitions that nodes weigh', () => {
  const policy = odrlPolicy(['NON_COMMERCIAL_USE_ONLY', 'DUO:0000007', 'DUO_0000022'], 'CLIN1000060') ?? '';
  assert.match(policy, /odrl:permission/);
  assert.equal(policy.match(/odrl:isA/g)?.length, 3, 'every condition is a purpose that is permitted');
  assert.match(policy, /<urn:unica:fact:commercial>[^\]]*odrl:eq[^\]]*"true"\^\^xsd:boolean/);
  assert.match(policy, /<urn:unica:fact:diseases>[^\]]*odrl:isNoneOf[^\]]*"CLIN1000060"/);
  assert.equal(odrlPolicy(['nothing known'], undefined), undefined);
  for (const code of DATA_USE_CODES) assert.match(odrlPolicy([code], 'CLIN1000060') ?? '', /odrl:Policy/, code);
});
