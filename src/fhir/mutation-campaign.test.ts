import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MUTATION_KINDS } from './mutate-document.ts';
import { mutationCampaign } from './mutation-campaign.ts';

const STANDARDS = join(
  process.env['UNICA_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url)),
  'standards',
);
const NAMES = [
  'ihe-mado/compiled/Bundle-mado-bundle-589331894518000.json',
  'hl7-eu/imaging-r4-compiled/Bundle-bundle-report-minimal-metadata-unstructured.json',
  'hl7-eu/imaging-r4-compiled/ImagingStudy-ImagingStudySemiStructuredReport1.json',
  'hl7-eu/base-compiled/Condition-condition-eu-core-example.json',
];
const skip = existsSync(join(STANDARDS, 'ihe-mado')) ? false : 'the published examples are not beside this checkout';

test('at least 95 of 100 faults of every kind in published documents are rejected', { skip }, () => {
  const documents = NAMES.map((name) => ({ name, document: JSON.parse(readFileSync(join(STANDARDS, name), 'utf8')) }));
  const report = mutationCampaign(documents, { mutants: 200, seed: 'test' });
  assert.equal(report.documents, NAMES.length);
  assert.ok(report.kinds.filter(({ mutants }) => mutants > 0).length >= MUTATION_KINDS.length - 2);
  assert.ok(report.rejected >= 190, JSON.stringify(report.passed));
});
