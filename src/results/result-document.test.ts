import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#base';
import { bundleFromKos, REPORT_PROFILE, validateFhir } from '#fhir';
import { exampleObjects } from './example-objects.ts';
import { EXAMPLE_RESULTS } from './example-results.ts';
import { resultDocument } from './result-document.ts';

function typesIn(document: { readonly [name: string]: Json }): readonly string[] {
  const entries = document['entry'] as readonly { readonly resource: { readonly resourceType: string } }[];
  return entries.map(({ resource }) => resource.resourceType);
}

test('every result becomes a valid document of HL7 Europe imaging', () => {
  for (const [name, result] of Object.entries(EXAMPLE_RESULTS)) {
    const document = JSON.parse(JSON.stringify(resultDocument(result)));
    assert.deepEqual(validateFhir(document, { profile: REPORT_PROFILE }).errors, [], name);
  }
});

test('a document has the risk, the device and where it came from; a refusal has no risk and no number', () => {
  const of = (name: string) => {
    const result = EXAMPLE_RESULTS[name];
    assert.ok(result !== undefined, name);
    return resultDocument(result);
  };
  const whole = typesIn(of('mammography'));
  for (const type of ['Composition', 'DiagnosticReport', 'RiskAssessment', 'Provenance', 'Device', 'ImagingStudy']) {
    assert.ok(whole.includes(type), type);
  }
  const refused = of('mammograms for processing');
  assert.ok(!typesIn(refused).some((type) => type === 'RiskAssessment' || type === 'Observation'));
  assert.match(JSON.stringify(refused), /Not scored: the mammograms are for processing/);
  assert.match(JSON.stringify(of('mammography of a new version')), /"code":"replaces"/);
  const modalities = (name: string) => [...JSON.stringify(of(name)).matchAll(/"modality":\[?\{[^}]*"code":"(\w+)"/g)];
  assert.deepEqual(
    ['mammography', 'chest'].map((name) => [...new Set(modalities(name).map(([, code]) => code))]),
    [['MG'], ['CR']],
    'of the images, not of the task',
  );
});

test('the manifest of each result is one of IHE MADO', () => {
  const manifests = exampleObjects().filter(({ name }) => name.endsWith(', manifest'));
  assert.equal(manifests.length, Object.keys(EXAMPLE_RESULTS).length);
  for (const { name, bytes } of manifests) {
    assert.deepEqual(validateFhir(JSON.parse(JSON.stringify(bundleFromKos(bytes)))).errors, [], name);
  }
});
