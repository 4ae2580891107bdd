import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#base';
import { bundleFromKos, kosFromBundle } from './convert-manifest.ts';
import { manifestOfStudy } from './dataset-manifest.ts';
import type { DatasetStudy } from './dataset-study.ts';
import { objectsOf } from './fhir-json.ts';
import { bundleOfManifest } from './manifest-to-bundle.ts';
import { type ReadFinding, readFinding } from './read-finding.ts';
import { REPORT_PROFILE, reportBundle } from './report-bundle.ts';
import { validateFhir } from './validate-document.ts';

const MADO_PROFILE = 'https://profiles.ihe.net/RAD/MADO/StructureDefinition/MadoFhirBundle';
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const SITE = { siteId: 'clinic-a', name: 'Clinic <A> & B', writtenAt: '2026-05-17T09:30:00.000Z' };
const STUDY: DatasetStudy = {
  person: 'UNICA-0123456789abcdef',
  sex: 'F',
  ageYears: 61,
  studyInstanceUid: '2.25.100',
  studyDate: '20230405',
  studyTime: '101112.5',
  description: 'MAMMOGRAPHY BILATERAL',
  findings: ['BI-RADS 4A', 'density c', 'Mass'],
  series: [
    {
      seriesInstanceUid: '2.25.101',
      number: 1,
      modality: 'MG',
      description: 'L CC',
      bodyPart: 'BREAST',
      laterality: 'L',
      date: '20230405',
      time: '101112',
      instances: [
        { sopInstanceUid: '2.25.102', sopClassUid: '1.2.840.10008.5.1.4.1.1.1.2', number: 1, frames: null },
        { sopInstanceUid: '2.25.103', sopClassUid: '1.2.840.10008.5.1.4.1.1.13.1.3', number: 2, frames: 57 },
      ],
    },
  ],
};

/** Examinations of which hardly anything is known, and ones with odd values. */
const STUDIES: readonly (readonly [string, DatasetStudy])[] = [
  ['everything', STUDY],
  ['no clinical row', { ...STUDY, findings: undefined }],
  ['no finding', { ...STUDY, findings: [] }],
  [
    'no dates, words, sex',
    { ...STUDY, sex: null, ageYears: null, studyDate: '', studyTime: '', description: '', findings: [' '] },
  ],
  [
    'a series without anything',
    {
      ...STUDY,
      series: STUDY.series.map((one) => ({
        ...one,
        number: -1,
        modality: '',
        description: '',
        bodyPart: '??',
        laterality: '',
        date: '',
        time: '',
      })),
    },
  ],
  ['odd words', { ...STUDY, description: '<b>&"x"', studyTime: '10', findings: ['a & b', 'BI-RADS 7', 'ACR 3'] }],
];

test('an examination becomes a valid document of HL7 Europe imaging, and a valid manifest', () => {
  for (const [name, study] of STUDIES) {
    const report = validateFhir(plain(reportBundle(study, SITE)), { profile: REPORT_PROFILE });
    assert.deepEqual([report.errors, report.warnings], [[], []], name);
    const manifest = plain(bundleOfManifest(manifestOfStudy(study, SITE)));
    assert.deepEqual(validateFhir(manifest, { profile: MADO_PROFILE }).errors, [], name);
    assert.deepEqual(plain(bundleFromKos(kosFromBundle(manifest as never))), manifest, name);
  }
});

test('the document says what the clinical table says, and nothing that identifies', () => {
  const bundle = reportBundle(STUDY, SITE);
  const resources = objectsOf(bundle['entry']).map((entry) => entry['resource'] as { readonly [name: string]: Json });
  const of = (type: string) => resources.filter(({ resourceType }) => resourceType === type);
  assert.deepEqual(
    ['Composition', 'DiagnosticReport', 'Patient', 'ImagingStudy', 'Procedure', 'Observation', 'Condition'].map(
      (type) => of(type).length,
    ),
    [1, 1, 1, 1, 1, 4, 1],
  );
  const [age, ...findings] = of('Observation');
  assert.deepEqual(age?.['valueQuantity'], {
    value: 61,
    unit: 'years',
    system: 'http://unitsofmeasure.org',
    code: 'a',
  });
  const values = findings.map(({ valueCodeableConcept }) => (valueCodeableConcept as { readonly text: string }).text);
  assert.deepEqual(values, ['BI-RADS 4A', 'ACR c', 'Mass']);
  const [patient] = of('Patient');
  assert.ok(patient !== undefined && !('birthDate' in patient));
  assert.doesNotMatch(JSON.stringify(patient), /family|given|telecom|address/);
});

const LABELS: readonly (readonly [string, ReadFinding])[] = [
  ['BI-RADS 4A', { kind: 'bi-rads', category: '4A' }],
  ['birads: 2', { kind: 'bi-rads', category: '2' }],
  ['Bi-Rads category 4 c', { kind: 'bi-rads', category: '4C' }],
  ['BI-RADS 7', { kind: 'finding', label: 'BI-RADS 7' }],
  ['density d', { kind: 'density', category: 'd' }],
  ['ACR 3', { kind: 'density', category: 'c' }],
  ['Breast composition: B', { kind: 'density', category: 'b' }],
  [' Mass ', { kind: 'finding', label: 'Mass' }],
];

test('labels of a clinical table are understood', () => {
  for (const [label, expected] of LABELS) assert.deepEqual(readFinding(label), expected, label);
});
