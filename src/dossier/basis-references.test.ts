import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basisReferences } from './basis-references.ts';
import { COUNTRY_RULES } from './country-rules.ts';

const idsFor = (country: string, kind: 'law' | 'consent') =>
  basisReferences(country).flatMap((one) => (one.for.includes(kind) ? [one.id] : []));

test('every country has a basis of both kinds, each under a name of its own', () => {
  for (const country of [...COUNTRY_RULES.map((rules) => rules.country), 'FR', 'BR']) {
    const ids = basisReferences(country).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, country);
    for (const kind of ['law', 'consent'] as const) assert.notEqual(idsFor(country, kind).length, 0, country);
  }
});

test('a basis is of the country: rules of the Union do not reach Ukraine, German law does not reach Greece', () => {
  assert.deepEqual(idsFor('UA', 'consent'), ['law-ua-2']);
  assert.ok(!idsFor('UA', 'law').includes('ehds-art-51'));
  assert.deepEqual(idsFor('DE', 'law'), ['ehds-art-51', 'gdpr-art-6-9', 'law-de-1', 'law-de-2', 'law-de-3']);
  assert.ok(!idsFor('GR', 'law').some((id) => id.startsWith('law-de')));
  assert.deepEqual(idsFor('BR', 'law'), ['national-opinion']);
  assert.ok(!idsFor('DE', 'law').includes('ai-act-art-12'), 'a duty is no basis');
});
