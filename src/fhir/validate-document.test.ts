import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#base';
import { validateFhir } from './validate-document.ts';

/** The first error's path and message, or nothing. */
function firstError(document: unknown, profile?: string): string | undefined {
  const { errors } = validateFhir(document as Json, profile === undefined ? {} : { profile });
  return errors[0] === undefined ? undefined : `${errors[0].path} ${errors[0].message}`;
}

const OBSERVATION = { resourceType: 'Observation', status: 'final', code: { text: 'weight' } };
const PATIENT = { resourceType: 'Patient' };
const ENTRY = (id: string, resource: unknown) => ({ fullUrl: `https://x.example/${id}`, resource });

/** What is put into a sound resource, and what the validator says to it; null where it is content. */
const ROWS: readonly (readonly [says: string, document: unknown, expected: RegExp | null])[] = [
  ['a sound observation', OBSERVATION, null],
  ['no resource', { status: 'final' }, /\(document\) is no FHIR resource/],
  ['no object', [], /is no FHIR resource/],
  ['an unknown type', { resourceType: 'Pacient' }, /unknown type "Pacient"/],
  ['an abstract type', { resourceType: 'DomainResource' }, /unknown type/],
  ['a name of an object', { resourceType: 'constructor' }, /unknown type/],
  ['a required element missing', { resourceType: 'Observation', code: { text: 'x' } }, /status is missing/],
  ['an unknown element', { ...OBSERVATION, colour: 'red' }, /Observation\.colour is not an element/],
  [
    'a prototype as an element',
    JSON.parse('{"resourceType":"Patient","__proto__":{"a":1}}'),
    /__proto__ is not an element/,
  ],
  ['a code outside a required set', { ...OBSERVATION, status: 'done' }, /"done" is not in the value set/],
  ['a list where none may be', { ...OBSERVATION, status: ['final'] }, /status should not be a list/],
  ['no list where one must be', { ...PATIENT, name: { family: 'x' } }, /name should be a list/],
  ['two values of a choice', { ...OBSERVATION, valueString: 'a', valueInteger: 1 }, /value is there 2 times/],
  ['a choice of a type that is not offered', { ...OBSERVATION, valueAddress: { city: 'x' } }, /is of the type Address/],
  ['a day that is none', { ...PATIENT, birthDate: '2023-02-29' }, /birthDate does not have the format of date/],
  ['a leap day', { ...PATIENT, birthDate: '2024-02-29' }, null],
  ['a year alone', { ...PATIENT, birthDate: '2024' }, null],
  ['a number in quotes', { ...OBSERVATION, valueQuantity: { value: '80' } }, /value should be a number/],
  ['an empty text', { ...OBSERVATION, valueString: '' }, /valueString is empty/],
  ['an empty object', { ...OBSERVATION, code: {} }, /code is empty/],
  ['null', { ...OBSERVATION, valueString: null }, /valueString is null/],
  [
    'a value that is told to be absent',
    {
      ...PATIENT,
      _birthDate: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
      },
    },
    null,
  ],
  [
    'an absence with a reason of nobody',
    {
      ...PATIENT,
      _birthDate: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'lost' }],
      },
    },
    /"lost" is not in the value set/,
  ],
  [
    'an extension of the wrong type',
    { ...PATIENT, extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueString: 'x' }] },
    /type string; allowed is dateTime/,
  ],
  ['an extension without an address', { ...PATIENT, extension: [{ valueString: 'x' }] }, /url is missing/],
  [
    'an extension with value and parts',
    {
      ...PATIENT,
      extension: [
        { url: 'http://a.example/b', valueString: 'x', extension: [{ url: 'http://a.example/c', valueString: 'y' }] },
      ],
    },
    /ext-1/,
  ],
  ['an unknown extension', { ...PATIENT, extension: [{ url: 'http://a.example/b', valueString: 'x' }] }, null],
  [
    'an unknown extension that modifies',
    { ...PATIENT, modifierExtension: [{ url: 'http://a.example/b', valueString: 'x' }] },
    /changes the meaning/,
  ],
  ['a rule of a resource', { ...PATIENT, contact: [{ gender: 'female' }] }, /pat-1/],
  ['a rule of a type', { ...OBSERVATION, effectivePeriod: { start: '2024-02-02', end: '2024-01-01' } }, /per-1/],
  [
    'a SNOMED CT code with a wrong check digit',
    { ...OBSERVATION, code: { coding: [{ system: 'http://snomed.info/sct', code: '76752009' }] } },
    /no code of http:\/\/snomed/,
  ],
  [
    'a SNOMED CT code',
    { ...OBSERVATION, code: { coding: [{ system: 'http://snomed.info/sct', code: '76752008' }] } },
    null,
  ],
  [
    'a LOINC code with a wrong check digit',
    { ...OBSERVATION, code: { coding: [{ system: 'http://loinc.org', code: '18748-5' }] } },
    /no code of http:\/\/loinc/,
  ],
  ['a LOINC code', { ...OBSERVATION, code: { coding: [{ system: 'http://loinc.org', code: '18748-4' }] } }, null],
  [
    'a DICOM code',
    { ...OBSERVATION, code: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'MG' }] } },
    null,
  ],
  [
    'no DICOM code',
    { ...OBSERVATION, code: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'QQ' }] } },
    /"QQ" is no code/,
  ],
  ['a unit', { ...OBSERVATION, valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'mg/dL' } }, null],
  [
    'no unit',
    { ...OBSERVATION, valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'Zentner' } },
    /"Zentner" is no code/,
  ],
  [
    'a reference of the wrong type',
    { ...OBSERVATION, subject: { reference: 'Slot/1' } },
    /leads to a Slot; allowed is/,
  ],
  ['a reference without a form', { ...OBSERVATION, subject: { reference: 'somebody' } }, /does not have the form/],
  ['a reference to nothing contained', { ...OBSERVATION, subject: { reference: '#p' } }, /ref-1/],
  [
    'something contained that nothing refers to',
    { ...OBSERVATION, contained: [{ ...PATIENT, id: 'p', active: true }] },
    /dom-3/,
  ],
  [
    'something contained',
    { ...OBSERVATION, contained: [{ ...PATIENT, id: 'p', active: true }], subject: { reference: '#p' } },
    null,
  ],
  [
    'something unsound contained',
    { ...OBSERVATION, contained: [{ ...PATIENT, id: 'p', gender: 'x' }], subject: { reference: '#p' } },
    /contained\[0\]\.gender "x"/,
  ],
  [
    'a narrative with a script',
    {
      ...PATIENT,
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>' },
    },
    /txt-1.*<script>/,
  ],
  [
    'a narrative that is not closed',
    { ...PATIENT, text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>x</div>' } },
    /closes <div>/,
  ],
  [
    'a narrative',
    {
      ...PATIENT,
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">5 &lt; 6 <br/></div>' },
    },
    null,
  ],
  [
    'a document without a composition',
    {
      resourceType: 'Bundle',
      type: 'document',
      identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2' },
      timestamp: '2024-01-01T00:00:00Z',
      entry: [ENTRY('Patient/a', { ...PATIENT, id: 'a', active: true })],
    },
    /bdl-11/,
  ],
  [
    'two entries of one address',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        ENTRY('Patient/a', { ...PATIENT, id: 'a', active: true }),
        ENTRY('Patient/a', { ...PATIENT, id: 'a', active: true }),
      ],
    },
    /(bdl-7|address of an earlier entry)/,
  ],
  [
    'an address of another resource',
    { resourceType: 'Bundle', type: 'collection', entry: [ENTRY('Patient/b', { ...PATIENT, id: 'a', active: true })] },
    /does not end in the resource's own/,
  ],
  [
    'binary that is not base64',
    { resourceType: 'Binary', contentType: 'text/plain', data: 'a?b=' },
    /format of base64Binary/,
  ],
];

test('what is sound is accepted, what is not is told at its place', () => {
  for (const [says, document, expected] of ROWS) {
    const said = firstError(document);
    if (expected === null) assert.equal(said, undefined, says);
    else assert.match(said ?? 'nothing', expected, says);
  }
});

test('errors say how to mend and which profile asks', () => {
  const profile = 'http://hl7.eu/fhir/base/StructureDefinition/patient-eu-core|2.0.0';
  const { errors } = validateFhir({ resourceType: 'Patient', active: true }, { profile });
  assert.deepEqual(
    errors.map(({ path, message, fix, rule }) => [path, message, fix, rule]),
    [
      ['Patient.name', 'is missing', 'add it', 'cardinality'],
      ['Patient.birthDate', 'is missing', 'add it', 'cardinality'],
    ],
  );
  assert.equal(errors[0]?.profile, 'http://hl7.eu/fhir/base/StructureDefinition/patient-eu-core');
});

test('what could not be checked is listed', () => {
  const document = { resourceType: 'Patient', meta: { profile: ['http://a.example/p'] }, active: true };
  assert.deepEqual(validateFhir(document).notChecked, ['profile http://a.example/p: it is not shipped']);
});

test('documents that were made to hurt are answered, and soon', () => {
  let deep: Json = { url: 'http://a.example/x', valueString: 'x' };
  for (let level = 0; level < 20_000; level += 1) deep = { url: 'http://a.example/x', extension: [deep] };
  assert.match(firstError({ resourceType: 'Patient', extension: [deep] }) ?? '', /nested more than 200 levels/);
  const spaces = {
    resourceType: 'Binary',
    contentType: 'text/plain',
    data: `AAAA${' '.repeat(50_000)}AAAA${' '.repeat(50_000)}?`,
  };
  assert.match(firstError(spaces) ?? '', /base64/);
  const tags = `<div xmlns="http://www.w3.org/1999/xhtml">${'<b '.repeat(20_000)}</div>`;
  assert.match(firstError({ ...PATIENT, text: { status: 'generated', div: tags } }) ?? '', /txt-1/);
});
