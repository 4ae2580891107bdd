import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTRY_RULES, countryRules } from './country-rules.ts';
import { DRAFTS, draftOf, type NodeFacts } from './drafts.ts';
import { DOSSIER_ITEMS } from './items.ts';
import { type DossierDocument, documentFault, exampleDossier, standingOfDossier } from './standing-of-dossier.ts';

const NOW = Date.parse('2026-09-01T12:00:00Z');
const DAY = 86_400_000;
const COUNTRIES = ['GR', 'DE', 'SI', 'UA', 'PT', 'LT', 'PL', 'IT', 'ES', 'EE'];

test('the ten countries of the network are known; outside the Union a transfer needs its papers', () => {
  assert.deepEqual(COUNTRY_RULES.map(({ country }) => country).toSorted(), COUNTRIES.toSorted());
  for (const country of COUNTRIES) {
    const { hindrances } = standingOfDossier(country, [], NOW);
    const isOutside = country === 'UA';
    assert.equal(hindrances.includes('transfer-instrument'), isOutside, country);
    assert.equal(hindrances.includes('transfer-assessment'), isOutside, country);
    assert.equal(countryRules(country).inTheUnion, !isOutside);
    assert.ok(hindrances.includes('dpia') && hindrances.includes('sharing-agreement'));
    assert.deepEqual(standingOfDossier(country, exampleDossier(country, NOW), NOW).hindrances, [], country);
  }
  assert.ok(standingOfDossier('FR', [], NOW).hindrances.includes('national-law'), 'an unknown country is looked into');
  assert.ok(!standingOfDossier('FR', [], NOW).hindrances.includes('transfer-instrument'), 'it is in the Union');
  assert.ok(standingOfDossier('CH', [], NOW).hindrances.includes('transfer-instrument'), 'outside of it one is needed');
});

const documentOf = (change: Partial<DossierDocument>): DossierDocument => ({
  item: 'dpia',
  kind: 'document',
  reference: 'file 7',
  responsible: 'Protection officer',
  validFrom: '2026-01-01',
  validUntil: '2026-12-31',
  isExample: false,
  ...change,
});

const STATES = [
  ['in force', {}, NOW, 'in-force', false],
  ['on its last day', { validUntil: '2026-09-01' }, NOW, 'ends-soon', false],
  ['the day after', { validUntil: '2026-08-31' }, NOW, 'expired', true],
  ['before its first day', { validFrom: '2026-09-02' }, NOW, 'not-yet', true],
  ['sixty days before its end', { validUntil: '2026-10-30' }, NOW, 'ends-soon', false],
  ['sixty-one days and more', { validUntil: '2026-11-01' }, NOW, 'in-force', false],
  ['an item that always applies is not waved away', { kind: 'does-not-apply' }, NOW, 'missing', true],
] as const;

for (const [name, change, nowMs, state, hinders] of STATES) {
  test(`dossier: ${name}`, () => {
    const standing = standingOfDossier('PT', [documentOf(change)], nowMs);
    assert.equal(standing.entries.find(({ item }) => item === 'dpia')?.state, state);
    assert.equal(standing.hindrances.includes('dpia'), hinders);
  });
}

test('a single missing or expired document hinders, whichever it is', () => {
  for (const country of COUNTRIES) {
    const whole = exampleDossier(country, NOW);
    for (const { item } of whole) {
      const without = standingOfDossier(
        country,
        whole.filter((one) => one.item !== item),
        NOW,
      );
      assert.deepEqual(without.hindrances, [item], `${country} without ${item}`);
    }
    const later = standingOfDossier(country, whole, NOW + 367 * DAY);
    assert.equal(later.hindrances.length, whole.length, 'a year later all have run out');
  }
});

test('documents are refused that end before they begin, last too long, or wave away what the country asks for', () => {
  assert.equal(documentFault('PT', documentOf({})), undefined);
  assert.match(documentFault('PT', documentOf({ validUntil: '2025-01-01' })) ?? '', /before it begins/);
  assert.match(documentFault('PT', documentOf({ validUntil: '2028-02-01' })) ?? '', /24 months/);
  assert.match(documentFault('PT', documentOf({ kind: 'does-not-apply' })) ?? '', /always applies/);
  assert.match(
    documentFault('DE', documentOf({ item: 'national-law', kind: 'does-not-apply' })) ?? '',
    /always applies/,
  );
  assert.equal(documentFault('PT', documentOf({ item: 'special-conditions', kind: 'does-not-apply' })), undefined);
});

const FACTS: NodeFacts = {
  siteId: 'lviv',
  displayName: 'Hospital | <b>of</b> #1',
  country: 'UA',
  hubName: 'Hub',
  hubUrl: 'https://hub.example',
  software: 'unica 0',
  datasets: [
    {
      name: 'films',
      title: 'Films',
      version: 2,
      persons: '120',
      studies: '140',
      basis: 'law (ehds-art-51)',
      conditions: ['GRU'],
    },
  ],
  minimumCount: 10,
  privacyBudget: { epsilon: 10, delta: 1e-5 },
  approval: 'ask',
  hasVault: false,
  text: { title: 'Your images', short: ['One.'], layers: [{ title: 'Why', body: 'Because.' }], version: 3 },
  dossier: standingOfDossier('UA', exampleDossier('UA', NOW), NOW),
  left: [{ kind: 'update', requests: 3, bytes: 900 }],
  day: '2026-09-01',
};

test('drafts are made of what the node knows, say what people have to write, and let no markup in', () => {
  for (const name of DRAFTS) {
    const text = draftOf(name, FACTS);
    assert.ok(!text.includes('<b>'), name);
    assert.match(text, /\[to be written: /, name);
  }
  assert.match(draftOf('dpia', FACTS), /smallest count 10/);
  assert.match(draftOf('dpia', FACTS), /outside the Union is weaker/);
  assert.match(draftOf('record-of-processing', FACTS), /\| update \| 3 \| 900 \|/);
  assert.match(draftOf('information-notice', FACTS), /# Your images\n\n- One\./);
  for (const item of DOSSIER_ITEMS)
    assert.match(draftOf('sharing-agreement-annexes', FACTS), new RegExp(`\\| ${item} \\|`));
});
