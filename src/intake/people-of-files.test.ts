import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildDicom } from '#dicom';
import { qualityOfPath } from './quality-of-path.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-risk-'));
  const people = [
    ['A', 'F', '19600512', '20200511'],
    ['A', 'F', '19600512', '20230101'],
    ['B', 'F', '19600101', '20200601'],
    ['C', 'M', '19500101', '20200601'],
  ];
  for (const [index, [id = '', sex = '', born = '', seen = '']] of people.entries())
    await writeFile(
      join(folder, `${index}.dcm`),
      buildDicom({
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
        SOPInstanceUID: `1.2.3.${index}`,
        ...{ PatientID: id, PatientSex: sex, PatientBirthDate: born, StudyDate: seen, Manufacturer: 'None' },
      }),
    );
  await writeFile(
    join(folder, 'clinical.csv'),
    'PatientID;town;finding\nA;Kaunas;Mass\nB;Kaunas;Mass\nC;Vilnius;No finding\n',
  );
});
after(() => rm(folder, { recursive: true }));

test('one record for each person, of the first examination, with what the table says', async () => {
  const clinicalPath = join(folder, 'clinical.csv');
  const asked = { quasiIdentifiers: ['sex', 'age', 'studyYear', 'town'], sensitive: 'finding', k: 2, clinicalPath };
  const { risk } = await qualityOfPath(folder, { risk: asked });
  // A was 59 in 2020, B 60.
  assert.deepEqual([risk?.records, risk?.classes, risk?.unique, risk?.l], [3, 3, 3, 1]);
  const alike = await qualityOfPath(folder, { risk: { ...asked, quasiIdentifiers: ['sex', 'studyYear', 'town'] } });
  assert.deepEqual([alike.risk?.classes, alike.risk?.belowK, alike.risk?.k], [2, 1, 1]);
  await assert.rejects(qualityOfPath(folder, { risk: { ...asked, quasiIdentifiers: ['shoe'] } }), {
    code: 'quality.risk-invalid',
  });
});

test('without the question there is no answer', async () => {
  assert.equal((await qualityOfPath(folder)).risk, undefined);
});
