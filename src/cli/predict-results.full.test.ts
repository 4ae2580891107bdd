import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { utf8 } from '#base';
import { buildDicom, parseDicom } from '#dicom';
import { initialParameters } from '#engine';
import { validateFhir } from '#fhir';
import { writeModelFolder } from '#models';
import { CHEST_CONTRACT, fitPictureGate, readFilm, seenFilm } from '#pilots';
import { checkReport } from '#results';
import { syntheticSite } from '#synth';
import { runProgram } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-predict-'));
const model = join(folder, 'nodules');
const film = join(folder, 'film.dcm');
after(() => rmSync(folder, { recursive: true, force: true }));

const unica = (...args: readonly string[]) => runProgram(folder, args);

/** A model that has learned nothing, and knows films of its kind. */
before(async () => {
  const site = { seed: 3, siteId: 'synthetic', country: 'PT', persons: 60, secondFilmShare: 0 } as const;
  const films = [...syntheticSite(site)].map(({ bytes }) => bytes);
  const seen = films.map((bytes) => seenFilm(readFilm(parseDicom(bytes), 0, {}), CHEST_CONTRACT));
  const gate = { ...fitPictureGate(seen.slice(0, 40), seen.slice(40)), limit: 1e9 };
  const { rows, columns } = CHEST_CONTRACT.frame;
  const spec = { architecture: 'nodule', rows, columns, widths: [4, 4, 8] } as const;
  await writeModelFolder(model, {
    spec,
    parameters: initialParameters(spec, 1),
    parts: {
      'preprocessing.json': utf8(JSON.stringify(CHEST_CONTRACT)),
      'gate.json': utf8(JSON.stringify(gate)),
    },
  });
  writeFileSync(film, films[0] ?? new Uint8Array());
});

test('predict writes reports, a segmentation, a heat map, a manifest and a document of a film', async () => {
  const { code, out, err } = await unica('predict', '--model', model, '--out', 'results', '--json', film);
  assert.equal(code, 0, err);
  const { answer, outputs } = JSON.parse(out) as { readonly answer: string; readonly outputs: readonly string[] };
  assert.equal(answer, 'scored');
  const names = outputs.map((path) => path.replace(/^.*001-film-/, ''));
  for (const name of ['cad-sr.dcm', 'measurements-sr.dcm', 'heat-map-1.dcm', 'manifest.dcm', 'report.fhir.json']) {
    assert.ok(names.includes(name), name);
  }
  const bytesOf = (name: string) => readFileSync(join(folder, 'results', `001-film-${name}`));
  for (const [name, template] of [
    ['cad-sr.dcm', 4100],
    ['measurements-sr.dcm', 1500],
  ] as const) {
    const report = checkReport(bytesOf(name));
    assert.deepEqual([report.valid, report.template, report.errors], [true, template, []], name);
    const told = await unica('sr', 'check', join('results', `001-film-${name}`), '--json');
    assert.deepEqual([told.code, JSON.parse(told.out).valid], [0, true], told.err);
  }
  const studyUid = (bytes: Uint8Array) => parseDicom(bytes).dataset.text(0x0020000d);
  assert.equal(studyUid(bytesOf('cad-sr.dcm')), studyUid(readFileSync(film)));
  const document = JSON.parse(bytesOf('report.fhir.json').toString());
  assert.deepEqual(validateFhir(document).errors, []);
});

test('a film that is refused has reports that say why, and nothing else', async () => {
  const slice = join(folder, 'slice.dcm');
  const pixels = { rows: 64, columns: 64, values: new Uint8Array(4096), bitsStored: 8 } as const;
  const ids = { SOPInstanceUID: '2.25.71', StudyInstanceUID: '2.25.72', SeriesInstanceUID: '2.25.73' };
  const attributes = { ...ids, SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', Modality: 'CT' };
  writeFileSync(slice, buildDicom(attributes, { ...pixels, photometricInterpretation: 'MONOCHROME2' }));
  const { out } = await unica('predict', '--model', model, '--out', 'refused', '--json', slice);
  const { answer, outputs } = JSON.parse(out) as { readonly answer: string; readonly outputs: readonly string[] };
  assert.equal(answer, 'refused');
  assert.deepEqual(
    outputs.map((path) => path.replace(/^.*001-slice-/, '')),
    ['cad-sr.dcm', 'measurements-sr.dcm', 'manifest.dcm', 'report.fhir.json'],
  );
  const report = readFileSync(join(folder, 'refused', '001-slice-measurements-sr.dcm'));
  assert.ok(checkReport(report).valid);
  assert.match(report.toString('latin1'), /Not scored: its modality is CT/);
});

test('forms without a folder are not taken', async () => {
  const { code, err } = await unica('predict', '--model', model, '--sr', film);
  assert.notEqual(code, 0);
  assert.match(err, /not said where the results are to be written.*--out/s);
});
