import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transactionOf } from './fhir-transaction.ts';

const rows = [
  ['4711', 'urn:oid:1.2|4711'],
  ['47,11', 'urn:oid:1.2|47\\,11'],
  ['47|11', 'urn:oid:1.2|47\\|11'],
  ['47$11', 'urn:oid:1.2|47\\$11'],
  ['47\\11', 'urn:oid:1.2|47\\\\11'],
] as const;

for (const [value, asked] of rows)
  test(`a patient with the number ${value} is looked for by that number and no other`, () => {
    const resource = { resourceType: 'Patient', id: 'patient', identifier: [{ system: 'urn:unica:issuer:x', value }] };
    const document = { resourceType: 'Bundle', type: 'document', entry: [{ fullUrl: 'urn:uuid:1', resource }] };
    const [entry] = transactionOf(document, { patientSystem: 'urn:oid:1.2', house: 'a' }).entry;
    const { ifNoneExist } = entry?.request ?? {};
    assert.equal(decodeURIComponent(ifNoneExist ?? ''), `identifier=${asked}`);
    assert.deepEqual(entry?.resource['identifier'], [{ system: 'urn:oid:1.2', value }]);
  });

test('without a system that the owner named, a number is of its node and its issuer alone: two hospitals count from 1', () => {
  const numberOf = (house: string, system: string) => {
    const resource = { resourceType: 'Patient', id: 'patient', identifier: [{ system, value: '12345' }] };
    const document = { resourceType: 'Bundle', type: 'document', entry: [{ fullUrl: 'urn:uuid:1', resource }] };
    const [entry] = transactionOf(document, { patientSystem: null, house }).entry;
    const asked = decodeURIComponent(entry?.request.ifNoneExist ?? '');
    const of = asked.replace(/^identifier=/, '').replace(/[|]12345$/, '');
    assert.deepEqual(entry?.resource['identifier'], [{ system: of, value: '12345' }]);
    return asked;
  };
  const issued = 'urn:unica:issuer:hospital';
  const all = [
    numberOf('a', issued),
    numberOf('b', issued),
    numberOf('a', 'urn:unica:issuer:ward'),
    numberOf('b', 'urn:unica:issuer:ward'),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.equal(numberOf('a', issued), all[0]);
});
