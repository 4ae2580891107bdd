import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { decodeFrame, parseDicom, toDisplayImage } from '#dicom';
import { tagOf } from '#vocab';
import { syntheticClinicalCsv } from './clinical-csv.ts';
import { type SyntheticFile, type SyntheticSiteSpec, syntheticSite } from './site.ts';

const SMALL: SyntheticSiteSpec = { seed: 5, siteId: 'vilnius', country: 'LT', persons: 12, sizePx: 64 };

test('equal seeds give equal bytes, and seed and site change them', () => {
  const digest = (spec: SyntheticSiteSpec): string =>
    sha256Hex([...syntheticSite(spec)].map((file) => sha256Hex(file.bytes)).join());
  assert.equal(digest(SMALL), digest(SMALL));
  assert.notEqual(digest(SMALL), digest({ ...SMALL, seed: 6 }));
  assert.notEqual(digest(SMALL), digest({ ...SMALL, siteId: 'kaunas' }));
});

test('a person is the same whatever comes before', () => {
  const few = [...syntheticSite({ ...SMALL, persons: 3 })];
  const many = [...syntheticSite(SMALL)];
  assert.deepEqual(
    few.map((file) => file.clinical),
    many.slice(0, few.length).map((file) => file.clinical),
  );
});

test('files are read by our parser and hold the header of a chest film', () => {
  for (const file of syntheticSite(SMALL)) {
    const { dataset } = parseDicom(file.bytes);
    const text = (keyword: string): string | undefined => dataset.text(tagOf(keyword));
    assert.equal(text('PatientID'), file.clinical.patientId);
    assert.equal(text('StudyInstanceUID'), file.clinical.studyInstanceUid);
    assert.equal(text('BodyPartExamined'), 'CHEST');
    assert.equal(text('BurnedInAnnotation'), 'NO');
    assert.match(text('PatientAge') ?? '', /^0\d\dY$/);
    assert.match(text('Modality') ?? '', /^(DX|CR)$/);
    assert.ok((text('StudyDate') ?? '') > (text('PatientBirthDate') ?? ''));
    const frame = decodeFrame(parseDicom(file.bytes));
    assert.deepEqual([frame.rows, frame.columns, frame.bitsStored], [64, 64, 12]);
    assert.ok(Math.max(...frame.values) <= 4095);
  }
});

test('every planted text stands in the bytes of its file, and names the person', () => {
  for (const file of syntheticSite(SMALL)) {
    const bytes = Buffer.from(file.bytes);
    for (const { what, text } of file.planted) assert.ok(bytes.includes(text), what);
    const planted = new Map(file.planted.map(({ what, text }) => [what, text]));
    assert.equal(planted.get('PatientID'), file.clinical.patientId);
    for (const what of ['PatientName', 'private element', 'SOPInstanceUID', 'PatientAddress', 'OperatorsName']) {
      assert.ok(planted.has(what), what);
    }
  }
});

test('patient numbers and instance UIDs do not repeat within a site', () => {
  const files = [...syntheticSite({ ...SMALL, persons: 40, sizePx: 32 })];
  const instances = files.map((file) => file.planted.find(({ what }) => what === 'SOPInstanceUID')?.text);
  assert.equal(new Set(instances).size, files.length);
  const names = new Map<string, string>();
  for (const { clinical, planted } of files) {
    const name = planted.find(({ what }) => what === 'PatientName')?.text ?? '';
    assert.equal(names.get(clinical.patientId) ?? name, name);
    names.set(clinical.patientId, name);
  }
  assert.equal(names.size, 40);
});

test('the film with text in it says so, and the broken one breaks the parser', () => {
  const files = [...syntheticSite({ ...SMALL, persons: 1, withBurnedIn: true, withTruncated: true })];
  const burned = files.find((file) => file.kind === 'burned-in') as SyntheticFile;
  const truncated = files.find((file) => file.kind === 'truncated') as SyntheticFile;
  assert.equal(parseDicom(burned.bytes).dataset.text(tagOf('BurnedInAnnotation')), 'YES');
  assert.throws(() => parseDicom(truncated.bytes), { code: 'dicom.truncated' });
});

test('an opacity is brighter than the same place without one, in both polarities', () => {
  const spec = { ...SMALL, persons: 60, secondFilmShare: 0 };
  const ill = [...syntheticSite({ ...spec, opacityShare: 1 })];
  const well = [...syntheticSite({ ...spec, opacityShare: 0 })];
  assert.ok(ill.every((file) => file.opacity && file.clinical.findings.includes('Opacity')));
  assert.ok(well.every((file) => file.opacity === null && file.clinical.findings.length === 0));
  const photometric = new Set<string>();
  let brighter = 0;
  for (const [index, file] of ill.entries()) {
    const opacity = file.opacity ?? assert.fail();
    const other = well[index] ?? assert.fail();
    photometric.add(decodeFrame(parseDicom(file.bytes)).photometricInterpretation);
    if (greyAt(file, opacity) > greyAt(other, opacity)) brighter += 1;
  }
  assert.ok(brighter > 50, `${brighter} of 60`);
  assert.ok(photometric.size === 2, 'the site has machines of both polarities');
});

test('mean brightness does not give the answer away', () => {
  const films = [...syntheticSite({ ...SMALL, persons: 400, secondFilmShare: 0 })];
  const scored = films.map((file) => {
    const { grey } = toDisplayImage(decodeFrame(parseDicom(file.bytes)));
    return { ill: file.opacity !== null, mean: grey.reduce((sum, value) => sum + value, 0) / grey.length };
  });
  const ill = scored.filter((one) => one.ill);
  const well = scored.filter((one) => !one.ill);
  let wins = 0;
  for (const a of ill) for (const b of well) wins += a.mean > b.mean ? 1 : a.mean === b.mean ? 0.5 : 0;
  const auc = wins / (ill.length * well.length);
  assert.ok(auc < 0.65, `AUC of the mean: ${auc}`);
});

test('the clinical table has one line for each film', () => {
  const rows = [...syntheticSite(SMALL)].map((file) => file.clinical);
  const lines = syntheticClinicalCsv(rows).trimEnd().split('\n');
  assert.equal(lines[0], 'PatientID,StudyInstanceUID,finding,sex,age,view');
  assert.equal(lines.length, rows.length + 1);
  assert.ok(lines[1]?.startsWith(`${rows[0]?.patientId},${rows[0]?.studyInstanceUid},`));
});

const READER = 'dcmdump';
const dcmdump = spawnSync(READER, ['--version']).status === 0;
test('dcmdump of DCMTK reads the files without a word', { skip: !dcmdump && 'dcmdump is not installed' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-synth-'));
  try {
    for (const file of syntheticSite({ ...SMALL, persons: 6, withBurnedIn: true })) {
      const path = join(folder, file.fileName);
      writeFileSync(path, file.bytes);
      const { status, stderr } = spawnSync(READER, [path], { encoding: 'utf8' });
      assert.equal(status, 0);
      assert.equal(stderr, '');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Mean of a small square as a person would see it. */
function greyAt(file: SyntheticFile, place: { readonly x: number; readonly y: number }): number {
  const { rows, columns, grey } = toDisplayImage(decodeFrame(parseDicom(file.bytes)));
  const [centreRow, centreColumn] = [Math.floor(place.y * rows), Math.floor(place.x * columns)];
  let sum = 0;
  for (let row = centreRow - 2; row <= centreRow + 2; row += 1) {
    for (let column = centreColumn - 2; column <= centreColumn + 2; column += 1)
      sum += grey[row * columns + column] ?? 0;
  }
  return sum / 25;
}
