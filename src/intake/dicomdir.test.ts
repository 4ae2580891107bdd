import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zipSync } from 'fflate';
import { UnicaError } from '#base';
import { buildDicom, DataSet, newElement, newSequence, textValue, writeDicom } from '#dicom';
import { tagOf } from '#vocab';
import { deidentifyFolder } from './deidentify-folder.ts';
import { isDicomdir, readMedium } from './dicomdir.ts';
import { openSource } from './open-source.ts';

const noDcmtk = spawnSync('dcmmkdir', ['--version']).status === 0 ? false : 'no dcmtk (dcmmkdir)';
const ENCODING = { explicit: true, littleEndian: true } as const;

function film(number: number): Uint8Array {
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
      SOPInstanceUID: `1.2.3.${number}`,
      StudyInstanceUID: '1.2.3.100',
      SeriesInstanceUID: '1.2.3.101',
      PatientName: 'Nobody^At All',
      PatientID: 'P-1',
      StudyDate: '20240102',
      StudyTime: '101010',
      StudyID: '1',
      AccessionNumber: 'A1',
      SeriesNumber: 1,
      InstanceNumber: number,
      Modality: 'CR',
      BurnedInAnnotation: 'NO',
    },
    {
      rows: 8,
      columns: 8,
      values: new Uint8Array(64).fill(number),
      bitsStored: 8,
      photometricInterpretation: 'MONOCHROME2',
    },
  );
}

/** A DICOMDIR whose records name these files; `inUse` false for those that were deleted from it. */
function dicomdir(files: readonly { readonly id: string; readonly inUse?: boolean }[]): Uint8Array {
  const records = files.map(({ id, inUse = true }) => {
    const use = new Uint8Array(inUse ? [0xff, 0xff] : [0, 0]);
    return new DataSet(
      [
        newElement(tagOf('RecordInUseFlag'), 'US', use, ENCODING),
        newElement(tagOf('DirectoryRecordType'), 'CS', textValue('CS', 'IMAGE'), ENCODING),
        newElement(tagOf('ReferencedFileID'), 'CS', textValue('CS', id.split('\\')), ENCODING),
      ],
      ENCODING,
    );
  });
  return writeDicom({
    dataset: new DataSet([newSequence(tagOf('DirectoryRecordSequence'), 'SQ', records, ENCODING)], ENCODING),
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    sopClassUid: '1.2.840.10008.1.3.10',
    sopInstanceUid: '1.2.3.4',
  });
}

async function disc(context: TestContext, files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-disc-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** Each file with what reading it came to: `read`, or the code of the error; `*` after one that is not listed. */
async function outcomes(paths: string | readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of openSource(paths)) {
    const end = await file.read().then(
      () => 'read',
      (error: unknown) => (error instanceof UnicaError ? error.code : String(error)),
    );
    found.push(`${file.name}${file.isListed ? '' : '*'}: ${end}`);
  }
  return found;
}

test('DICOMDIR: names are met in any case, with the version and the dot that discs give them', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['the same', 'IMAGES\\IM1', 'IMAGES/IM1'],
    ['small letters', 'IMAGES\\IM1', 'images/im1'],
    ['a version', 'IMAGES\\IM1', 'IMAGES/IM1;1'],
    ['a dot and a version', 'IMAGES\\IM1', 'IMAGES/IM1.;1'],
    ['a dot', 'IMAGES\\IM1', 'images/im1.'],
    ['versions in the record', 'IMAGES\\IM1;1', 'images/im1'],
    ['spaces after the parts', 'IMAGES \\IM1 ', 'IMAGES/IM1'],
  ];
  for (const [what, id, name] of rows) {
    assert.deepEqual([...readMedium(dicomdir([{ id }]), '', [name]).listed], [name], what);
  }
  for (const name of ['DICOMDIR', 'dicomdir', 'a/Dicomdir', 'DICOMDIR;1', 'DICOMDIR.;1', 'DICOMDIR.']) {
    assert.ok(isDicomdir(name), name);
  }
  for (const name of ['DICOMDIR.txt', 'mydicomdir', 'DICOMDIR/a']) assert.equal(isDicomdir(name), false, name);
});

test('DICOMDIR: what leads out of the medium is not followed, whatever is there', async (context) => {
  const ways = ['..\\SECRET', '.\\IM1', '\\IM1', 'C:\\IM1', 'A\\..\\..\\SECRET', 'IMAGES/../../SECRET'];
  const folder = await disc(context, {
    SECRET: film(9),
    'cd/DICOMDIR': dicomdir([...ways.map((id) => ({ id })), { id: 'IM1' }, { id: 'LINK' }]),
    'cd/IM1': film(1),
  });
  await symlink(join(folder, 'SECRET'), join(folder, 'cd', 'LINK'));
  assert.deepEqual(await outcomes(join(folder, 'cd')), [
    'LINK: intake.listed-missing',
    'DICOMDIR: intake.dicomdir-unsafe',
    'IM1: read',
  ]);
});

test('DICOMDIR: tells what is listed and missing, takes what is there and not listed, passes deleted records over', async (context) => {
  const folder = await disc(context, {
    'cd/DICOMDIR': dicomdir([{ id: 'A\\IM1' }, { id: 'A\\IM1' }, { id: 'A\\IM2' }, { id: 'A\\IM7', inUse: false }]),
    'cd/a/im1': film(1),
    'cd/a/im3': film(3),
    'cd/viewer.exe': 'MZ, a program of the disc',
    'cd/autorun.inf': '[autorun]',
  });
  const expected = [
    'A/IM2: intake.listed-missing',
    'a/im1: read',
    'a/im3*: read',
    'autorun.inf*: intake.not-listed',
    'viewer.exe*: intake.not-listed',
  ];
  assert.deepEqual(await outcomes(join(folder, 'cd')), expected);
  // The same disc by its DICOMDIR, twice, and by a folder within it: each file once.
  const ways = [join(folder, 'cd', 'DICOMDIR'), join(folder, 'cd'), join(folder, 'cd', 'a')];
  assert.deepEqual(
    (await outcomes(ways)).filter((line) => line.endsWith('read')),
    ['a/im1: read', 'a/im3*: read'],
  );
  const report = await deidentifyFolder(join(folder, 'cd'), join(folder, 'out'), {
    siteId: 'lisbon',
    secret: new Uint8Array(32).fill(7),
  });
  assert.deepEqual([report.files, report.written, report.unlisted, report.rejected.length], [5, 2, 1, 3]);
});

test('DICOMDIR: two discs in one folder, and files beside them', async (context) => {
  const folder = await disc(context, {
    'one/DICOMDIR': dicomdir([{ id: 'IM1' }]),
    'one/IM1': film(1),
    'two/dicomdir': dicomdir([{ id: 'IM1' }, { id: 'GONE' }]),
    'two/IM1': film(2),
    'loose.dcm': film(3),
  });
  assert.deepEqual(await outcomes(folder), [
    'two/GONE: intake.listed-missing',
    'loose.dcm: read',
    'one/IM1: read',
    'two/IM1: read',
  ]);
});

test('DICOMDIR: one that cannot be read keeps no file from being taken', async (context) => {
  for (const content of [film(5), dicomdir([{ id: 'IM1' }]).subarray(0, 300), 'no DICOM at all']) {
    const folder = await disc(context, { DICOMDIR: content, IM1: film(1) });
    assert.deepEqual(await outcomes(folder), ['DICOMDIR: intake.dicomdir-damaged', 'IM1: read']);
  }
});

test('DICOMDIR: in a zip', async (context) => {
  const zip = zipSync({
    'CD/DICOMDIR;1': dicomdir([{ id: 'IM1' }, { id: 'IM2' }, { id: '..\\X' }]),
    'CD/IM1.;1': film(1),
    'CD/IM3': film(3),
    'CD/run.exe': new TextEncoder().encode('MZ'),
  });
  const folder = await disc(context, { 'cd.zip': zip });
  assert.deepEqual(await outcomes(join(folder, 'cd.zip')), [
    'cd.zip/CD/IM2: intake.listed-missing',
    'cd.zip/CD/DICOMDIR;1: intake.dicomdir-unsafe',
    'cd.zip/CD/IM1.;1: read',
    'cd.zip/CD/IM3*: read',
    'cd.zip/CD/run.exe*: intake.not-listed',
  ]);
});

test('DICOMDIR: as dcmmkdir of dcmtk writes it', { skip: noDcmtk }, async (context) => {
  const files = Object.fromEntries([1, 2, 3, 4].map((number) => [`IMAGES/IM${number}`, film(number)]));
  const folder = await disc(context, files);
  const made = spawnSync('dcmmkdir', ['-Pgp', '-W', '+r', '+id', folder, '+D', join(folder, 'DICOMDIR'), 'IMAGES'], {
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
  const medium = readMedium(await readFile(join(folder, 'DICOMDIR')), '', Object.keys(files));
  assert.deepEqual([[...medium.listed].sort(), medium.missing, medium.unsafe], [Object.keys(files), [], 0]);
  await rename(join(folder, 'IMAGES', 'IM2'), join(folder, 'IMAGES', 'im2;1'));
  await rm(join(folder, 'IMAGES', 'IM4'));
  await writeFile(join(folder, 'IMAGES', 'IM5'), film(5));
  assert.deepEqual(await outcomes(folder), [
    'IMAGES/IM4: intake.listed-missing',
    'IMAGES/IM1: read',
    'IMAGES/IM3: read',
    'IMAGES/IM5*: read',
    'IMAGES/im2;1: read',
  ]);
});
