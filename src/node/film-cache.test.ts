import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '#base';
import { buildDicom } from '#dicom';
import { BREAST_MODEL, taskByName } from '#pilots';
import { openFolderBlobs } from '#store';
import { screeningRecords, TRAINING_SIZE, withPictures } from '#synth';
import type { ArchiveMember } from './archive.ts';
import { FilmCache } from './film-cache.ts';

const task = taskByName('breast-risk');
const [record] = [...screeningRecords('films', 0, 40)].filter(({ views, implants }) => views.length === 4 && !implants);

/** A study of four views as a node keeps it. */
async function study(context: TestContext, intents: Readonly<Record<number, string>> = {}) {
  assert.ok(record);
  const folder = await mkdtemp(join(tmpdir(), 'unica-films-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const blobs = await openFolderBlobs(folder);
  const members: ArchiveMember[] = [];
  for (const [place, { laterality, view, frame }] of withPictures(record, TRAINING_SIZE).pictures.entries()) {
    const bytes = buildDicom(
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2',
        SOPInstanceUID: `2.25.${place + 1}`,
        StudyInstanceUID: '2.25.99',
        Modality: 'MG',
        PatientID: `UNICA-${'a'.repeat(32)}`,
        PatientIdentityRemoved: 'YES',
        DeidentificationMethodCodeSequence: [{ CodeValue: '113100', CodingSchemeDesignator: 'DCM' }],
        ImageLaterality: laterality,
        ViewPosition: view,
        PresentationIntentType: intents[place] ?? 'FOR PRESENTATION',
      },
      {
        rows: frame.rows,
        columns: frame.columns,
        values: frame.values as Uint16Array,
        bitsStored: frame.bitsStored,
        photometricInterpretation: frame.photometricInterpretation === 'MONOCHROME1' ? 'MONOCHROME1' : 'MONOCHROME2',
      },
    );
    await blobs.put(bytes);
    members.push({
      person: 'p',
      sopInstanceUid: `2.25.${place + 1}`,
      studyInstanceUid: '2.25.99',
      blobSha256: sha256Hex(bytes),
      sizeBytes: bytes.length,
      modality: 'MG',
      bodyPart: 'BREAST',
      manufacturer: null,
      sex: 'F',
      ageYears: 57,
      studyYear: 2020,
      findings: ['Breast cancer'],
      labelled: true,
    });
  }
  return { films: new FilmCache(blobs), members };
}

test('the films of a study are one exam, told by its first film, each in its place', async (context) => {
  const { films, members } = await study(context);
  for (let turn = 0; turn < 2; turn += 1) {
    const samples = await Promise.all(members.map(async (member) => await films.film(member, task, members)));
    assert.deepEqual(samples.slice(1), [null, null, null]);
    const [exam] = samples;
    assert.ok(exam && 'inputs' in exam);
    assert.equal(exam.label, 1);
    assert.deepEqual([...(exam.inputs['pictureMask'] ?? [])], [1, 1, 1, 1]);
    assert.equal(exam.inputs['pictures']?.length, 4 * BREAST_MODEL.rows * BREAST_MODEL.columns);
    assert.equal(exam.inputs['covariateMask']?.[0], 1);
    assert.equal(exam.targets['outcome']?.[4], 1);
    assert.deepEqual([...(exam.targets['known'] ?? [])], [0, 0, 0, 0, 1]);
  }
});

test('who may not be used is not seen, and a study without a row of the table is no example', async (context) => {
  const { films, members } = await study(context);
  const some = members.slice(2);
  const [third] = some;
  assert.ok(third);
  const exam = await films.film(third, task, some);
  assert.ok(exam && 'inputs' in exam);
  assert.equal(
    exam.inputs['pictureMask']?.reduce((sum, one) => sum + one, 0),
    2,
  );
  const unlabelled = members.map((member) => ({ ...member, labelled: false }));
  for (const member of unlabelled) assert.equal(await films.film(member, task, unlabelled), null);
});

test('raw mammograms are not learned from, as they are not read', async (context) => {
  const { films, members } = await study(context, { 0: 'FOR PROCESSING' });
  const [first] = members;
  assert.ok(first);
  const exam = await films.film(first, task, members);
  assert.ok(exam && 'inputs' in exam);
  assert.equal(
    exam.inputs['pictureMask']?.reduce((sum, one) => sum + one, 0),
    3,
  );
  const raw = await study(context, {
    0: 'FOR PROCESSING',
    1: 'FOR PROCESSING',
    2: 'FOR PROCESSING',
    3: 'FOR PROCESSING',
  });
  const [film] = raw.members;
  assert.ok(film);
  assert.equal(await raw.films.film(film, task, raw.members), null);
});
