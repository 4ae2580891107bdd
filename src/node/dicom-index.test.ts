import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '#base';
import { type Deidentified, deidentify } from '#deid';
import { type Attributes, buildDicom } from '#dicom';
import { parseSearch, type QueryParameters, type SearchLevel } from '#dicomweb';
import { forEachEngine, openFolderBlobs } from '#store';
import type { ImagedStudy, ImagingIndex } from '#warehouse';
import { Archive } from './archive.ts';
import { DicomIndex } from './dicom-index.ts';
import { fillDicomIndex } from './dicom-index-filling.ts';
import { imagingOfIndex } from './imaging-of-index.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

const POSTGRES = process.env['UNICA_TEST_POSTGRES_URL'];
const BLOB = { sha256: '0'.repeat(64), sizeBytes: 1 };

function image(study: number, series: number, number: number, modality = 'CR', rest: Attributes = {}): Deidentified {
  const bytes = buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
      SOPInstanceUID: `1.9.${study}.${series}.${number}`,
      SeriesInstanceUID: `1.9.${study}.${series}`,
      StudyInstanceUID: `1.9.${study}`,
      PatientID: `P${study % 3}`,
      StudyDate: `20200${1 + (study % 9)}15`,
      StudyTime: '0930',
      Modality: modality,
      SeriesNumber: String(series),
      InstanceNumber: String(number),
      ...rest,
    },
    { rows: 2, columns: 2, values: new Uint8Array(4), bitsStored: 8, photometricInterpretation: 'MONOCHROME2' },
  );
  const outcome = deidentify(bytes, { siteId: 'porto', secret: new Uint8Array(32).fill(7) });
  assert.ok(outcome.kind === 'clean');
  return outcome.image;
}

async function studiesOf(imaging: ImagingIndex): Promise<readonly ImagedStudy[]> {
  const people = await imaging.personsAfter('', 100);
  return [...(await imaging.studiesBetween(people[0] ?? '', people.at(-1) ?? '')).values()].flat();
}

forEachEngine(test, POSTGRES, 'the index counts, sorts, pages and matches', async (open, context) => {
  const index = new DicomIndex(await open<NodeTables>(context, nodeMigrations));
  const search = async (level: SearchLevel, parameters: QueryParameters, hidden: readonly string[] = []) =>
    await index.search(parseSearch(level, parameters), {}, hidden);
  for (let study = 0; study < 6; study += 1) {
    for (const [series, modality] of [
      [1, 'CR'],
      [2, study === 4 ? 'MG' : 'CR'],
    ] as const) {
      for (const number of [1, 2]) assert.equal(await index.add(image(study, series, number, modality), BLOB), true);
    }
  }
  assert.equal(await index.add(image(0, 1, 1), BLOB), false, 'the same image twice is one');
  const all = await search('study', {});
  assert.equal(all.length, 6);
  const dates = all.map((row) => String(row['StudyDate']));
  assert.deepEqual(dates, dates.toSorted().reverse(), 'newest first');
  assert.ok(all.every((row) => row['NumberOfStudyRelatedSeries'] === 2 && row['NumberOfStudyRelatedInstances'] === 4));
  const both = all.find((row) => String(row['ModalitiesInStudy']) === 'CR,MG');
  assert.deepEqual(both?.['ModalitiesInStudy'], ['CR', 'MG']);
  const pages = await Promise.all(
    [0, 2, 4, 6].map((offset) => search('study', { limit: '2', offset: String(offset) })),
  );
  assert.deepEqual(
    pages.map((page) => page.length),
    [3, 3, 2, 0],
    'one more tells that there are more',
  );
  const paged = pages.flatMap((page) => page.slice(0, 2).map((row) => row['StudyInstanceUID']));
  assert.deepEqual(
    paged,
    all.map((row) => row['StudyInstanceUID']),
  );
  const person = String(both?.['PatientID']);
  const rows: readonly (readonly [SearchLevel, QueryParameters, number])[] = [
    ['study', { ModalitiesInStudy: 'MG' }, 1],
    ['study', { ModalitiesInStudy: 'MG,CR' }, 6],
    ['study', { ModalitiesInStudy: 'C?' }, 6],
    ['study', { PatientID: person }, 2],
    ['study', { PatientID: `*${person.slice(8, 16)}*` }, 2],
    ['study', { PatientID: `${person.toLowerCase()}*` }, 2],
    ['study', { StudyDate: `${both?.['StudyDate']}-`, ModalitiesInStudy: 'MG' }, 1],
    ['study', { StudyTime: '093000-093059' }, 6],
    ['study', { StudyTime: '0931-' }, 0],
    ['study', { StudyDescription: '%' }, 0],
    ['series', { Modality: 'MG' }, 1],
    ['series', { ModalitiesInStudy: 'MG' }, 2],
    ['series', { StudyTime: '0930' }, 12],
    ['instance', { Modality: 'MG' }, 2],
    ['instance', { SeriesNumber: '1', PatientID: person }, 4],
    ['instance', { PatientSex: '', Rows: '2' }, 24],
    ['instance', { InstanceNumber: '1', StudyTime: '09' }, 12],
  ];
  for (const [level, parameters, count] of rows) {
    assert.equal((await search(level, parameters)).length, count, `${level} ${JSON.stringify(parameters)}`);
  }
  assert.equal((await search('study', {}, [person])).length, 4);
  assert.equal((await search('instance', {}, [person])).length, 16);
  const study = String(both?.['StudyInstanceUID']);
  assert.equal((await index.instances({ studyInstanceUid: study }, [])).length, 4);
  assert.equal((await index.instances({ studyInstanceUid: study }, [person])).length, 0);
  const [one] = await index.instances({ studyInstanceUid: study }, []);
  assert.ok(one?.pixelPlace?.frames.kind === 'native');
});

forEachEngine(
  test,
  POSTGRES,
  'an archive of before the index is brought into it, and what is damaged is passed over',
  async (open, context) => {
    const folder = await mkdtemp(join(tmpdir(), 'unica-filling-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const database = await open<NodeTables>(context, nodeMigrations);
    const blobs = await openFolderBlobs(folder);
    const archive = new Archive(database.kysely, () => 0);
    for (let study = 0; study < 4; study += 1) {
      const { bytes, person, sopInstanceUid, seriesInstanceUid, studyInstanceUid } = image(study, 1, 1, 'MR', {
        SliceThickness: '3.5',
      });
      const { sha256, sizeBytes } = await blobs.put(bytes);
      await archive.add({
        sop_instance_uid: sopInstanceUid,
        series_instance_uid: seriesInstanceUid,
        study_instance_uid: studyInstanceUid,
        person,
        blob_sha256: sha256,
        size_bytes: sizeBytes,
        source_sha256: String(study),
        pixel_sha256: null,
        modality: null,
        body_part: null,
        manufacturer: null,
        sex: null,
        age_years: null,
        study_year: null,
        quality: '[]',
        import_id: 'i',
      });
      if (study === 2) await blobs.remove(sha256);
    }
    const index = new DicomIndex(database);
    const never = new AbortController().signal;
    assert.equal(await fillDicomIndex({ index, blobs, log: silentLog }, AbortSignal.abort()), 0);
    assert.equal(await fillDicomIndex({ index, blobs, log: silentLog }, never), 3);
    assert.equal((await index.search(parseSearch('study', {}), {}, [])).length, 3);
    assert.equal(await fillDicomIndex({ index, blobs, log: silentLog }, never), 0, 'a second run adds nothing');

    // As images that were indexed before it was kept how they were taken.
    const imaging = imagingOfIndex(database.kysely, archive);
    const before = await imaging.revision();
    await database.kysely
      .updateTable('dicom_instances')
      .set({ slice_thickness_mm: null, acquisition_read: 0 })
      .execute();
    assert.notEqual(await imaging.revision(), before);
    assert.equal(await fillDicomIndex({ index, blobs, log: silentLog }, never), 3, 'they are read once more');
    assert.equal(await imaging.revision(), before);
    const found = await studiesOf(imaging);
    assert.deepEqual(
      found.flatMap(({ series }) => series.map(({ acquisition }) => acquisition)),
      Array(3).fill({ sliceThicknessMm: 3.5, echoTimeMs: null }),
    );
  },
);

forEachEngine(
  test,
  POSTGRES,
  'a series is told with the least of its images, and with their side where they agree',
  async (open, context) => {
    const database = await open<NodeTables>(context, nodeMigrations);
    const index = new DicomIndex(database);
    const add = async (...parts: Parameters<typeof image>) => await index.add(image(...parts), BLOB);
    await add(1, 1, 1, 'MR', { EchoTime: '101.5', SliceThickness: '4' });
    await add(1, 1, 2, 'MR', { EchoTime: '12.25', SliceThickness: '3' });
    await add(1, 2, 1, 'MG', { ImageLaterality: 'L', ViewPosition: 'CC' });
    await add(1, 2, 2, 'MG', { ImageLaterality: 'L', ViewPosition: 'MLO' });
    await add(1, 3, 1, 'MG', { ImageLaterality: 'L' });
    await add(1, 3, 2, 'MG', { ImageLaterality: 'R' });
    const imaging = imagingOfIndex(database.kysely, new Archive(database.kysely, () => 0));
    const [study] = await studiesOf(imaging);
    const nothing = { sliceThicknessMm: null, echoTimeMs: null };
    assert.deepEqual(
      study?.series
        .toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0))
        .map(({ laterality, acquisition }) => [laterality, acquisition]),
      [
        ['', { sliceThicknessMm: 3, echoTimeMs: 12.25 }],
        ['L', nothing],
        ['', nothing],
      ],
    );
  },
);
