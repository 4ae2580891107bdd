import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zipSync } from 'fflate';
import { utf8 } from '#base';
import { pseudonymOf, pseudonymousUid, shiftDays } from '#deid';
import { buildDicom, decodeFrame, parseDicom } from '#dicom';
import { makeKeyFile, openVault, type VaultKey } from '#vault';
import { tagOf } from '#vocab';
import { readCsv } from './csv.ts';
import { deidentifyFolder } from './deidentify-folder.ts';
import { qualityOfPath } from './quality-of-path.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(9) };
const IDENTIFIERS = ['Vasconcelos', 'PT-4711', '19501224', '2.25.111', '2.25.222', '2.25.333', 'KIS-99'];

function film(number: number, rest: Readonly<Record<string, string>> = {}): Uint8Array {
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
      SOPInstanceUID: `2.25.111${number}`,
      StudyInstanceUID: '2.25.222',
      SeriesInstanceUID: '2.25.333',
      PatientName: 'Vasconcelos^Mariana',
      PatientID: 'PT-4711',
      PatientBirthDate: '19501224',
      Modality: 'DX',
      BurnedInAnnotation: 'NO',
      '0019,0010 LO': 'KIS',
      '0019,1001 LO': 'KIS-99',
      ...rest,
    },
    {
      rows: 16,
      columns: 16,
      values: Uint16Array.from({ length: 256 }, (_, index) => index * 16),
      bitsStored: 12,
      photometricInterpretation: 'MONOCHROME2',
    },
  );
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-deid-'));
  await mkdir(join(folder, 'in', 'Vasconcelos Mariana'), { recursive: true });
  for (const number of [1, 2, 3]) {
    await writeFile(join(folder, 'in', 'Vasconcelos Mariana', `PT-4711-${number}.dcm`), film(number));
  }
  await writeFile(join(folder, 'in', 'burned.dcm'), film(4, { BurnedInAnnotation: 'YES' }));
  await writeFile(join(folder, 'in', 'cut.dcm'), film(5).slice(0, 400));
  await writeFile(join(folder, 'in', 'letter.doc'), utf8('Dear colleague'));
  await writeFile(join(folder, 'clinical.csv'), 'PatientID;StudyInstanceUID;finding\nPT-4711;2.25.222;"Mass; left"\n');
});
after(() => rm(folder, { recursive: true }));

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('clean files are written, the rest is named with its reason, and nothing identifying is in the folder', async () => {
  const out = join(folder, 'out');
  const seen: string[] = [];
  const report = await deidentifyFolder(join(folder, 'in'), out, {
    ...SITE,
    clinicalPath: join(folder, 'clinical.csv'),
    onFile: ({ path }) => seen.push(path),
  });
  assert.deepEqual([report.files, report.written, report.pixels_cleaned], [6, 3, 0]);
  assert.deepEqual(
    report.rejected.map(({ path }) => path),
    ['burned.dcm', 'cut.dcm', 'letter.doc'],
  );
  assert.ok(report.rejected.every(({ reason }) => reason.length > 20));
  assert.equal(seen.length, 6);
  const written = await filesBelow(out);
  assert.equal(written.length, 4);
  const person = pseudonymOf(SITE, 'PT-4711');
  for (const path of written) {
    const bytes = await readFile(path);
    for (const text of IDENTIFIERS) {
      assert.ok(!bytes.includes(text), `${text} in a file`);
      assert.ok(!path.slice(out.length).includes(text), `${text} in a name`);
    }
    if (path.endsWith('.dcm')) assert.equal(parseDicom(bytes).dataset.text(tagOf('PatientID')), person);
  }
  const table = readCsv(await readFile(join(out, 'clinical.csv'), 'utf8'));
  assert.deepEqual(table.rows, [[person, pseudonymousUid(SITE, '2.25.222'), 'Mass; left']]);
});

test('a second run gives the same files', async () => {
  const digest = async (out: string) => {
    await deidentifyFolder(join(folder, 'in'), join(folder, out), { ...SITE, jobs: 1 });
    const paths = await filesBelow(join(folder, out));
    return Promise.all(
      [...paths].sort().map(async (path) => [path.slice(join(folder, out).length), await readFile(path)]),
    );
  };
  assert.deepEqual(await digest('first'), await digest('second'));
});

test('many files at once each keep their own pixels, whatever their size, however many threads may clean', async () => {
  const input = join(folder, 'many');
  await mkdir(input);
  // Of the last two, one is larger than what a thread reads into, the other than what is written at once.
  const sides = [...Array.from({ length: 60 }, (_, number) => 16 + (number % 7) * 40), 1500, 900];
  for (const [number, side] of sides.entries()) {
    const image = {
      ...{ rows: side, columns: side, values: new Uint16Array(side * side).fill(number + 1) },
      ...({ bitsStored: 12, photometricInterpretation: 'MONOCHROME2' } as const),
    };
    const names = { SOPInstanceUID: `2.25.111${number}`, StudyInstanceUID: '2.25.222', SeriesInstanceUID: '2.25.333' };
    const attributes = { ...names, SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', PatientID: 'PT-4711', Modality: 'DX' };
    await writeFile(join(input, `${number}.dcm`), buildDicom({ ...attributes, BurnedInAnnotation: 'NO' }, image));
  }
  for (const jobs of [1, 3]) {
    const out = join(folder, `many-${jobs}`);
    const report = await deidentifyFolder(input, out, { ...SITE, jobs });
    assert.deepEqual([report.files, report.written], [sides.length, sides.length]);
    const paths = await filesBelow(out);
    assert.ok(paths.every((path) => path.endsWith('.dcm')));
    for (const path of paths) {
      const file = parseDicom(new Uint8Array(await readFile(path)));
      const number = sides.findIndex((_, index) => path.includes(`${pseudonymousUid(SITE, `2.25.111${index}`)}.dcm`));
      assert.equal(file.dataset.text(tagOf('SOPInstanceUID')), pseudonymousUid(SITE, `2.25.111${number}`));
      const { values } = decodeFrame(file);
      assert.equal(values.length, (sides[number] ?? 0) ** 2);
      assert.ok(
        values.every((value) => value === number + 1),
        `${number} has the pixels of another`,
      );
    }
  }
});

test('a run whose result cannot be written ends, whatever still waits for a thread', { timeout: 60_000 }, async () => {
  const out = join(folder, 'not-a-folder');
  await writeFile(out, '');
  const films = Array.from({ length: 20 }, (_, number) => [`${number}.dcm`, film(number)] as const);
  await mkdir(join(folder, 'unwritten'));
  for (const [name, bytes] of films) await writeFile(join(folder, 'unwritten', name), bytes);
  await writeFile(join(folder, 'unwritten.zip'), zipSync(Object.fromEntries(films)));
  for (const input of ['unwritten', 'unwritten.zip'])
    await assert.rejects(deidentifyFolder(join(folder, input), out, { ...SITE, jobs: 1 }), { code: 'internal' });
});

test('the result may not go where the originals are', async () => {
  for (const out of ['in', 'in/clean', 'in/a/b']) {
    await assert.rejects(deidentifyFolder(join(folder, 'in'), join(folder, out), SITE), { code: 'intake.same-folder' });
  }
  await assert.rejects(deidentifyFolder(join(folder, 'none'), join(folder, 'x'), SITE), { code: 'intake.missing' });
});

test('a stopped run leaves whole files only', async () => {
  const stop = new AbortController();
  const out = join(folder, 'stopped');
  const run = deidentifyFolder(join(folder, 'in'), out, {
    ...SITE,
    jobs: 1,
    signal: stop.signal,
    onFile: ({ written }) => written && stop.abort(),
  });
  await assert.rejects(run, { name: 'AbortError' });
  const written = await filesBelow(out);
  assert.ok(written.length >= 1 && written.every((path) => path.endsWith('.dcm')));
  for (const path of written) parseDicom(await readFile(path));
});

test('the quality of a path counts every file and names the unusable', async () => {
  const report = await qualityOfPath(join(folder, 'in'));
  assert.equal(report.files, 6);
  const errors = report.issues.filter(({ severity }) => severity === 'error');
  assert.deepEqual(new Set(errors.map(({ path }) => path)), new Set(['burned.dcm', 'cut.dcm', 'letter.doc']));
  assert.ok(report.score > 0 && report.score < 100);
});

test('whose the files were is kept in the vault, once, and nowhere else', async () => {
  const key: VaultKey = { kind: 'file', path: join(folder, 'vault.key') };
  await makeKeyFile(key.path);
  const vault = await openVault({ path: join(folder, 'site.vault'), key, create: 'if-missing' });
  for (const resume of [false, true]) {
    const report = await deidentifyFolder(join(folder, 'in'), join(folder, 'vaulted'), { ...SITE, vault, resume });
    assert.deepEqual([report.written, report.kept], [3, resume ? 3 : 0]);
    const person = pseudonymOf(SITE, 'PT-4711');
    assert.deepEqual(await vault.find({ patientId: 'PT-4711' }), [
      {
        patientId: 'PT-4711',
        issuer: '',
        person,
        daysBack: shiftDays(SITE, person),
        studies: [{ studyInstanceUid: '2.25.222', newStudyInstanceUid: pseudonymousUid(SITE, '2.25.222') }],
      },
    ]);
  }
  await vault.close();
});

test('the vault is told whose each large file was, though one is read before the other went to its place', async () => {
  const input = join(folder, 'large');
  await mkdir(input);
  // Larger than what of several files is held at once.
  const values = new Uint16Array(1500 * 1500);
  const image = {
    ...{ rows: 1500, columns: 1500, values, bitsStored: 12 },
    ...({ photometricInterpretation: 'MONOCHROME2' } as const),
  };
  for (const number of [1, 2, 3, 4]) {
    const names = { SOPInstanceUID: `2.25.1${number}`, StudyInstanceUID: `2.25.2${number}`, PatientID: `PT-${number}` };
    const kind = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', Modality: 'DX', SeriesInstanceUID: '2.25.3' };
    const attributes = { ...names, ...kind, BurnedInAnnotation: 'NO' };
    await writeFile(join(input, `${number}.dcm`), buildDicom(attributes, image));
  }
  const key: VaultKey = { kind: 'file', path: join(folder, 'large.key') };
  await makeKeyFile(key.path);
  const vault = await openVault({ path: join(folder, 'large.vault'), key, create: 'if-missing' });
  const report = await deidentifyFolder(input, join(folder, 'large-out'), { ...SITE, vault, jobs: 1 });
  assert.deepEqual([report.written, report.rejected], [4, []]);
  for (const number of [1, 2, 3, 4]) {
    const told = await vault.find({ patientId: `PT-${number}` });
    assert.deepEqual(
      told.map(({ person, studies }) => [person, studies]),
      [
        [
          pseudonymOf(SITE, `PT-${number}`),
          [{ studyInstanceUid: `2.25.2${number}`, newStudyInstanceUid: pseudonymousUid(SITE, `2.25.2${number}`) }],
        ],
      ],
    );
  }
  await vault.close();
});

test('what the site says of its devices is blacked out', async () => {
  const input = join(folder, 'devices');
  await mkdir(input);
  await writeFile(join(input, 'film.dcm'), film(7, { Manufacturer: 'Acme' }));
  const black = { manufacturer: 'ACME', model: '', modality: 'DX', black: [[0, 0, 16, 2]] } as const;
  const out = join(folder, 'devices-out');
  const report = await deidentifyFolder(input, out, { ...SITE, regionRules: [black] });
  assert.deepEqual([report.written, report.pixels_cleaned], [1, 0]);
  const [path = ''] = await filesBelow(out);
  const { values } = decodeFrame(parseDicom(new Uint8Array(await readFile(path))));
  assert.deepEqual([...values.slice(30, 34)], [0, 0, 32 * 16, 33 * 16]);
});
