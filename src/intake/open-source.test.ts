import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { utf8 } from '#base';
import { buildDicom, decodeFrame, parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { openSource } from './open-source.ts';

const DX = '1.2.840.10008.5.1.4.1.1.1.1';
const film = buildDicom({ SOPClassUID: DX, SOPInstanceUID: '2.25.1', PatientID: 'P1', Modality: 'DX' });
/** The data set alone: no preamble, no meta header. */
const bare = (() => {
  const { dataset } = parseDicom(film);
  return Buffer.concat(dataset.elements.map((element) => element.raw));
})();
const grey = Uint8Array.from({ length: 20 * 30 }, (_, index) => index % 251);
const png = encode({ width: 30, height: 20, data: grey, channels: 1, depth: 8 });
const LABELS =
  'image,patient_id,age,sex,view,findings,pixel_spacing,orig_w,px\na.png,77,55,F,PA,Mass|Nodule,0.2,300,30\n';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-source-'));
});
after(() => rm(folder, { recursive: true }));

async function lay(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, path, '..'), { recursive: true });
    await writeFile(join(folder, name, path), bytes);
  }
  return join(folder, name);
}

/** Names with `ok` or the code of the error. */
async function outcomes(paths: string | readonly string[]): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for await (const file of openSource(paths)) {
    seen[file.name] = await file.read().then(
      (bytes) => (parseDicom(bytes) ? 'ok' : ''),
      (error) => error.code,
    );
  }
  return seen;
}

test('folders and zips inside them are walked in order; side files are passed over; the rest says why', async () => {
  const path = await lay('mixed', {
    DICOMDIR: utf8('x'),
    'b/two.dcm': film,
    'b/bare': bare,
    'a.zip': zipSync({ 'in/one.dcm': film, 'notes.txt': utf8('x'), 'doc.pdf': utf8('%PDF-1.4 ...') }),
    'broken.zip': utf8('PK not really'),
    'evil.zip': zipSync({ '../up.dcm': film }),
    'notes.txt': utf8('x'),
    '.hidden.dcm': film,
    'letter.doc': utf8('Dear colleague'),
    'empty.dcm': new Uint8Array(0),
  });
  assert.deepEqual(await outcomes(path), {
    'a.zip/doc.pdf': 'intake.not-an-image',
    'a.zip/in/one.dcm': 'ok',
    'b/bare': 'ok',
    'b/two.dcm': 'ok',
    'broken.zip': 'intake.zip-damaged',
    DICOMDIR: 'intake.dicomdir-damaged',
    'empty.dcm': 'intake.not-an-image',
    'evil.zip': 'intake.zip-unsafe',
    'letter.doc': 'intake.not-an-image',
  });
});

test('a single file, several paths and a DICOMDIR are sources too', async () => {
  const path = await lay('single', { 'one.dcm': film, DICOMDIR: utf8('x') });
  assert.deepEqual(await outcomes(join(path, 'one.dcm')), { 'one.dcm': 'ok' });
  assert.deepEqual(await outcomes([join(path, 'DICOMDIR')]), {
    DICOMDIR: 'intake.dicomdir-damaged',
    'one.dcm': 'ok',
  });
});

test('a missing path is an error of the whole source', async () => {
  await assert.rejects(outcomes(join(folder, 'nowhere')), { code: 'intake.missing' });
});

test('PNG pictures take their people from the label table, in folders and zips alike', async () => {
  const path = await lay('png', {
    'labels.csv': utf8(LABELS),
    'pictures.zip': zipSync({ 'a.png': png, 'b.png': png }),
  });
  const source = openSource(path);
  const rows = await source.clinical();
  assert.deepEqual(
    rows.map(({ patientId, findings }) => ({ patientId, findings })),
    [{ patientId: '77', findings: ['Mass', 'Nodule'] }],
  );
  const read = new Map<string, Uint8Array | string>();
  for await (const file of source) read.set(file.name, await file.read().catch((error) => error.code));
  assert.equal(read.get('pictures.zip/b.png'), 'intake.picture-without-row');
  const file = parseDicom(read.get('pictures.zip/a.png') as Uint8Array);
  const text = (keyword: string): string | undefined => file.dataset.text(tagOf(keyword));
  assert.equal(text('PatientID'), '77');
  assert.equal(text('PatientAge'), '055Y');
  assert.equal(text('PatientSex'), 'F');
  assert.equal(text('StudyInstanceUID'), rows[0]?.studyInstanceUid);
  assert.equal(text('BurnedInAnnotation'), 'NO');
  const frame = decodeFrame(file);
  assert.deepEqual([frame.rows, frame.columns, frame.bitsStored], [20, 30, 8]);
  assert.deepEqual([...frame.values], [...grey]);
  assert.deepEqual(frame.pixelSpacingMm, [2, 2]);
});

test('colour and 16-bit pictures become grey, damaged ones are refused', async () => {
  const colour = encode({ width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 10, 10, 10), channels: 3, depth: 8 });
  const deep = encode({ width: 2, height: 1, data: Uint16Array.of(65535, 300), channels: 1, depth: 16 });
  const table = 'image,patient_id\nc.png,1\nd.png,2\nx.png,3\ny.png,4\n';
  const damaged = png.slice();
  damaged[60] = (damaged[60] ?? 0) ^ 255;
  const path = await lay('odd', {
    'c.png': colour,
    'd.png': deep,
    'x.png': damaged,
    'y.png': png.slice(0, 20),
    'l.csv': utf8(table),
  });
  const values: Record<string, unknown> = {};
  for await (const file of openSource(path)) {
    values[file.name] = await file.read().then(
      (bytes) => [...decodeFrame(parseDicom(bytes)).values],
      (error) => error.code,
    );
  }
  assert.deepEqual(values, {
    'c.png': [76, 10],
    'd.png': [65535, 300],
    'x.png': 'intake.picture-invalid',
    'y.png': 'intake.picture-invalid',
  });
});

const nih = join(process.env['UNICA_DATA'] ?? '../shared/data', 'nih-cxr');
test('the NIH films are read as radiographs', { skip: !existsSync(nih) && `no ${nih}` }, async () => {
  const source = openSource(nih);
  const byStudy = new Map((await source.clinical()).map((row) => [row.studyInstanceUid, row]));
  assert.equal(byStudy.size, 832);
  let films = 0;
  for await (const file of source) {
    films += 1;
    if (films % 100 !== 1) continue;
    const parsed = parseDicom(await file.read());
    assert.equal(decodeFrame(parsed).values.length, 256 * 256);
    const row = byStudy.get(parsed.dataset.text(tagOf('StudyInstanceUID')) ?? '');
    assert.equal(row?.patientId, parsed.dataset.text(tagOf('PatientID')));
    assert.ok(file.name.endsWith(row?.values['image'] ?? '-'));
  }
  assert.equal(films, 832);
});
