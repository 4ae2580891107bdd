import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Json } from '#base';
import { validateFhir } from './validate-document.ts';

const STANDARDS = join(
  process.env['UNICA_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url)),
  'standards',
);
const FOLDERS = ['hl7-eu/base-compiled', 'hl7-eu/imaging-r4-compiled', 'ihe-mado/compiled', 'ihe-mado/examples'];
const PROFILES = 'http://hl7.eu/fhir/imaging/StructureDefinition/';

/**
 * Published examples that break rules of their own guide: compiled offline, they lost the extensions that the rules ask
 * for; the operation gives a target profile to a parameter that takes none.
 */
const INCOMPLETE: Readonly<Record<string, string>> = {
  'Bundle-bundle-report-semi-structured.json': 'eu-imaging-composition-1',
  'Composition-CompositionSemiStructured.json': 'eu-imaging-composition-1',
  'OperationDefinition-DiagnosticReport-fhir-report.json': 'opd-3',
};

const files = FOLDERS.filter((folder) => existsSync(join(STANDARDS, folder))).flatMap((folder) =>
  readdirSync(join(STANDARDS, folder))
    .filter(
      (file) => file.endsWith('.json') && !/^(StructureDefinition|ImplementationGuide|ActorDefinition)-/.test(file),
    )
    .map((file) => ({ file, path: join(STANDARDS, folder, file) })),
);
const skip = files.length === 0 ? 'the published examples are not beside this checkout' : false;

test('the compilable examples of HL7 Europe base, imaging and IHE MADO are accepted', { skip }, () => {
  assert.ok(files.length > 100);
  for (const { file, path } of files) {
    const { errors } = validateFhir(JSON.parse(readFileSync(path, 'utf8')) as Json);
    const lacks = INCOMPLETE[file];
    if (lacks === undefined) assert.deepEqual(errors, [], file);
    else
      assert.ok(
        errors.some(({ message }) => message.includes(lacks)),
        file,
      );
  }
});

test('an incomplete example becomes valid when the lost extension is put back', { skip }, () => {
  const path = join(STANDARDS, 'hl7-eu/imaging-r4-compiled/Composition-CompositionSemiStructured.json');
  const composition = JSON.parse(readFileSync(path, 'utf8'));
  for (const section of [composition.section[5], composition.section[6]]) {
    section.extension = [
      { url: 'http://hl7.org/fhir/StructureDefinition/note', valueAnnotation: { text: 'as in the narrative' } },
    ];
  }
  const { errors } = validateFhir(composition, { profile: `${PROFILES}CompositionEuImaging` });
  assert.deepEqual(errors, []);
});

test('a document is held to the profile that is asked for, not only to the ones that it claims', { skip }, () => {
  const path = join(STANDARDS, 'hl7-eu/base-compiled/Patient-patient-eu-core-example.json');
  const patient = JSON.parse(readFileSync(path, 'utf8')) as Json;
  const { valid, errors } = validateFhir(patient, { profile: `${PROFILES}ImagingStudyEuImaging` });
  assert.equal(valid, false);
  assert.match(errors[0]?.message ?? '', /is a Patient, and ImagingStudyEuImaging describes a ImagingStudy/);
});
