import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { utf8 } from '#base';
import { buildDicom, parseDicom } from '#dicom';
import { initialParameters } from '#engine';
import { validateFhir } from '#fhir';
import { CHEST_CONTRACT, fitPictureGate, readFilm, seenFilm } from '#films';
import { writeModelFolder } from '#models';
import { checkReport } from '#results';
import { screeningExam, screeningFiles, syntheticSite } from '#synth';
import { runProgram } from './run-program.ts';
import { shippedModel } from './shipped-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-predict-'));
const model = join(folder, 'nodules');
const film = join(folder, 'film.dcm');
after(() => rmSync(folder, { recursive: true, force: true }));

const unica = (...args: readonly string[]) => runProgram(folder, args);

/** The one result that a call told of. */
function resultOf(out: string) {
  const { results } = JSON.parse(out);
  assert.equal(results.length, 1, out);
  return results[0] as {
    readonly answer: string;
    readonly outputs: readonly string[];
    readonly [name: string]: unknown;
  };
}

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
  const { answer, outputs } = resultOf(out);
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
  const { answer, outputs } = resultOf(out);
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

/** A made exam, its films four times as fine as those of the training. */
function examFiles(): readonly string[] {
  return screeningFiles(screeningExam(7, 3, { rows: 512, columns: 384 })).map(({ fileName, bytes }) => {
    const path = join(folder, fileName);
    writeFileSync(path, bytes);
    return path;
  });
}

const SHIPPED = shippedModel('breast-risk');

test('predict writes reports, a manifest and a document of an exam, without an error to the checkers', async (t) => {
  const files = examFiles();
  const { code, out, err } = await unica('predict', '--model', SHIPPED, '--out', 'exam', '--json', ...files);
  assert.equal(code, 0, err);
  const { answer, outputs, path, probability, interval, ood } = resultOf(out);
  assert.deepEqual([answer, ood, path], ['scored', false, files[0]]);
  const [low, high] = interval as readonly number[];
  assert.ok(Number(low) <= Number(probability) && Number(probability) <= Number(high));
  const names = ['cad-sr.dcm', 'measurements-sr.dcm', 'manifest.dcm', 'report.fhir.json'];
  assert.deepEqual(
    outputs.map((output) => output.replace(/^.*001-exam-/, '')),
    names,
  );
  const at = (name: string) => join(folder, 'exam', `001-exam-${name}`);
  for (const [name, template] of [
    ['cad-sr.dcm', 4000],
    ['measurements-sr.dcm', 1500],
  ] as const) {
    const report = checkReport(readFileSync(at(name)));
    assert.deepEqual([report.valid, report.template, report.errors], [true, template, []], name);
  }
  const document = JSON.parse(readFileSync(at('report.fhir.json'), 'utf8'));
  assert.deepEqual(validateFhir(document).errors, []);
  const { subject } = document.entry[0].resource;
  assert.ok(subject.reference.length > 0);
  if (spawnSync('which', ['dciodvfy']).status !== 0) return t.diagnostic('dciodvfy is not installed');
  for (const name of names.slice(0, 2)) {
    const { stdout, stderr } = spawnSync('dciodvfy', [at(name)], { encoding: 'utf8' });
    assert.deepEqual(
      `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error')),
      [],
      name,
    );
  }
});

test('forms that are named are written of an exam, and no others', async () => {
  const { out } = await unica('predict', '--model', SHIPPED, '--out', 'fhir', '--fhir', '--json', ...examFiles());
  assert.deepEqual(
    resultOf(out).outputs.map((output) => output.replace(/^.*001-exam-/, '')),
    ['report.fhir.json'],
  );
});

test('explain tells what each view and each fact adds to a risk, and draws the map over each view', async () => {
  const files = examFiles();
  const facts = join(folder, 'facts.json');
  writeFileSync(facts, '{"familyHistory": 1, "parity": 2}');
  const asked = ['explain', '--model', SHIPPED, '--out', 'why', '--facts', facts, '--json', ...files];
  const { code, out, err } = await unica(...asked);
  assert.equal(code, 0, err);
  const { probability, outputs, explanation } = resultOf(out) as unknown as ExplainedExam;
  const { views, facts: told, withoutViews, withoutFacts } = explanation;
  assert.deepEqual(views.map(({ view }) => view).sort(), ['L-CC', 'L-MLO', 'R-CC', 'R-MLO']);
  assert.deepEqual(told.map(({ name }) => name).sort(), ['ageYears', 'familyHistory', 'parity']);
  const logit = Math.log(probability / (1 - probability));
  const sum = (shares: readonly { readonly logit: number }[], from: number) =>
    shares.reduce((all, one) => all + one.logit, from);
  assert.ok(Math.abs(sum(views, withoutViews) - logit) < 1e-4);
  assert.ok(Math.abs(sum(told, withoutFacts) - logit) < 1e-4);
  assert.ok(told.some((one) => Math.abs(one.logit) > 1e-3));
  assert.equal(outputs.length, 8);
  for (const output of outputs) assert.equal(readFileSync(join(folder, output)).subarray(1, 4).toString(), 'PNG');
  const other = await unica('explain', '--model', SHIPPED, '--out', 'why', '--method', 'grad-cam', ...files);
  assert.notEqual(other.code, 0);
});

interface ExplainedExam {
  readonly probability: number;
  readonly outputs: readonly string[];
  readonly explanation: {
    readonly views: readonly { readonly view: string; readonly logit: number }[];
    readonly withoutViews: number;
    readonly facts: readonly { readonly name: string; readonly logit: number }[];
    readonly withoutFacts: number;
  };
}
