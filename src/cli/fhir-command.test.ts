import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runProgram } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-fhir-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const unica = (...args: readonly string[]) => runProgram(folder, args);

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const PATIENT = { resourceType: 'Patient', name: [{ family: 'Example' }], birthDate: '1970-01-01' };
const PROFILE = 'http://hl7.eu/fhir/base/StructureDefinition/patient-eu-core';

test('fhir validate answers what is wrong as one JSON document, and by its exit status', async () => {
  const sound = await unica('fhir', 'validate', file('sound.json', PATIENT), '--profile', PROFILE, '--json');
  assert.equal(sound.code, 0, sound.err);
  const { valid, errors } = JSON.parse(sound.out);
  assert.deepEqual([valid, errors], [true, []]);
  const { birthDate: _, ...unsound } = PATIENT;
  const told = await unica('fhir', 'validate', file('unsound.json', unsound), '--profile', PROFILE, '--json');
  assert.equal(told.code, 1);
  const answer = JSON.parse(told.out);
  assert.equal(answer.valid, false);
  assert.deepEqual(
    answer.errors.map(({ path, message }: { path: string; message: string }) => `${path} ${message}`),
    ['Patient.birthDate is missing'],
  );
  const read = await unica('fhir', 'validate', file('unsound.json', unsound), '--profile', PROFILE);
  assert.match(read.out, /error {4}Patient\.birthDate is missing: add it\n/);
});

test('fhir validate takes resources one a line, and tells the line', async () => {
  const { birthDate: _, ...unsound } = PATIENT;
  const lines = [PATIENT, unsound, PATIENT].map((one) => JSON.stringify(one)).join('\n');
  const told = await unica('fhir', 'validate', file('some.ndjson', lines), '--profile', PROFILE, '--json');
  assert.equal(told.code, 1, told.err);
  assert.deepEqual(
    JSON.parse(told.out).errors.map(({ path }: { path: string }) => path),
    ['line 2 Patient.birthDate'],
  );
  const sound = await unica('fhir', 'validate', file('sound.ndjson', JSON.stringify(PATIENT)), '--profile', PROFILE);
  assert.equal(sound.code, 0, sound.err);
  for (const text of ['', '{"resourceType":"Patient"}\n{']) {
    const refused = await unica('fhir', 'validate', file('bad.ndjson', text));
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, /cannot be (used|read)|no JSON/);
  }
});

test('fhir validate says what it cannot use', async () => {
  const unknown = await unica('fhir', 'validate', file('sound.json', PATIENT), '--profile', 'http://a.example/p');
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.err, /profile http:\/\/a\.example\/p is not among those/);
  const xml = await unica('fhir', 'validate', file('patient.xml', '<Patient/>'));
  assert.match(xml.err, /it is not JSON.*XML is not read/);
});

test('fhir manifest refuses what is no manifest and writes nothing', async () => {
  const out = join(folder, 'manifest.dcm');
  const refused = await unica('fhir', 'manifest', file('sound.json', PATIENT), '--out', out);
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /not an imaging manifest/);
  assert.throws(() => readFileSync(out));
});
