import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ScoringOrder, SHIPPED_MODELS, StudyScorer } from '#clinic';
import { buildDicom, parseDicom } from '#dicom';
import { readModelFolder } from '#models';
import { chestModelOf, openChestReader } from '#pilots';
import { tagOf } from '#vocab';
import { chestFilms, examFilms } from './clinic-films.ts';

let folder: string;
let films: readonly string[];
let exam: readonly string[];
const scorer = new StudyScorer({ processes: 2 });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-scorer-'));
  const write = async (name: string, contents: readonly Uint8Array[]) =>
    await Promise.all(
      contents.map(async (bytes, at) => {
        const path = join(folder, `${name}-${at}.dcm`);
        await writeFile(path, bytes);
        return path;
      }),
    );
  films = await write('film', chestFilms(3));
  exam = await write('view', examFilms(0));
});

after(async () => {
  await scorer.close();
  await rm(folder, { recursive: true, force: true });
});

const order = (name: string, paths: readonly string[], more: Partial<ScoringOrder> = {}): ScoringOrder => ({
  folder: join(SHIPPED_MODELS, name),
  name,
  paths,
  nowMs: Date.UTC(2026, 4, 11, 12),
  ...more,
});

test('a film is scored as the reader of the pilot scores it, under the UIDs that it came with', async () => {
  const [path = ''] = films;
  const { results } = await scorer.score(order('chest-nodule', [path]));
  const [bytes] = chestFilms(1);
  const file = parseDicom(bytes ?? new Uint8Array());
  const reader = await openChestReader(chestModelOf(await readModelFolder(join(SHIPPED_MODELS, 'chest-nodule'))));
  const reading = await reader.read(file);
  await reader.close();
  const [scored] = results;
  assert.equal(results.length, 1);
  assert.equal(scored?.result.study.StudyInstanceUID, file.dataset.text(tagOf('StudyInstanceUID')));
  assert.equal(scored?.inputs[0]?.sopInstanceUid, file.dataset.text(tagOf('SOPInstanceUID')));
  const { outcome } = scored?.result ?? {};
  if (reading.kind === 'refused' || reading.reasons.length > 0) assert.equal(outcome?.kind, 'refused');
  else assert.deepEqual(outcome, { kind: 'scored', score: { value: reading.probability } });
});

test('four views are one exam with risks, their intervals and a density; what is wrong with a view refuses the exam', async () => {
  const { results } = await scorer.score(order('breast-risk', exam));
  assert.equal(results.length, 1);
  const [{ result, inputs } = { result: undefined, inputs: [] }] = results;
  assert.equal(inputs.length, 4);
  assert.equal(new Set(inputs.map(({ sha256 }) => sha256)).size, 4);
  if (result?.outcome.kind !== 'scored') throw new Error(JSON.stringify(result?.outcome));
  assert.equal(result.outcome.risks?.length, 5);
  for (const { estimate } of result.outcome.risks ?? []) {
    const { low = 1, high = 0, level } = estimate.interval ?? {};
    assert.equal(level, 0.95);
    assert.ok(low <= high && low >= 0 && high <= 1);
  }
  assert.equal(result.outcome.score.value, result.outcome.risks?.at(-1)?.estimate.value);
  const onlyChest = await scorer.score(order('breast-risk', films.slice(0, 1)));
  assert.equal(onlyChest.results[0]?.result.outcome.kind, 'refused');
});

test('the objects that are asked for are made, and name the result that they replace', async () => {
  const forms = { reports: true, segmentations: true, heatMaps: true, document: true };
  const uids = exam.map((_path, at) => parseDicom(examFilms(0)[at] ?? new Uint8Array()).dataset.text(SOP) ?? '');
  const earlier = [{ version: '0', digest: 'ab'.repeat(32), images: uids.slice(0, 2) }];
  const { results } = await scorer.score(order('breast-risk', exam, { forms, earlier }));
  const [scored] = results;
  assert.deepEqual(
    scored?.objects.map(({ name }) => name),
    ['cad-sr', 'measurements-sr', 'manifest'],
  );
  const [report] = scored?.objects ?? [];
  const { dataset } = parseDicom(report?.bytes ?? new Uint8Array());
  assert.equal(dataset.has(tagOf('PredecessorDocumentsSequence')), true);
  assert.match(JSON.stringify(scored?.document), /"code":"replaces"/);
  // The same version of the same films is the same object, which replaces nothing.
  const { version = '', digest = '' } = scored?.result.model ?? {};
  const again = await scorer.score(order('breast-risk', exam, { forms, earlier: [{ version, digest, images: uids }] }));
  assert.equal(again.results[0]?.result.model.replaces, undefined);
  assert.doesNotMatch(JSON.stringify(again.results[0]?.document), /"code":"replaces"/);
});

test('a folder that holds another version than the one that was enabled is not used, nor one that was altered', async () => {
  const { results } = await scorer.score(order('chest-nodule', films.slice(0, 1)));
  const { version = '', digest = '' } = results[0]?.result.model ?? {};
  const expects = { version, digest };
  await scorer.score(order('chest-nodule', films.slice(0, 1), { expects }));
  const other = { version: 'another', digest };
  await assert.rejects(scorer.score(order('chest-nodule', films.slice(0, 1), { expects: other })), {
    code: 'clinic.model-changed',
  });
  const altered = join(folder, 'altered');
  await cp(join(SHIPPED_MODELS, 'chest-nodule'), altered, { recursive: true });
  const gate = join(altered, 'gate.json');
  await writeFile(gate, '{}');
  await assert.rejects(scorer.score(order('chest-nodule', films.slice(0, 1), { folder: altered })), {
    code: 'models.folder-damaged',
  });
});

test('films of two people, a file that is none and a film that is not there are told; the scorer goes on', async () => {
  const none = join(folder, 'none.dcm');
  await writeFile(none, 'no film');
  const rows = [
    [films.slice(0, 2), 'clinic.mixed-study'],
    [[none], 'clinic.film-unreadable'],
    [[join(folder, 'absent.dcm')], 'clinic.film-unreadable'],
  ] as const;
  for (const [paths, code] of rows) await assert.rejects(scorer.score(order('breast-risk', paths)), { code });
  assert.equal((await scorer.score(order('chest-nodule', films.slice(2)))).results.length, 1);
});

test('a study that takes too long is given up, and one that is taken back ends; the next is scored', async () => {
  const hasty = new StudyScorer({ processes: 1, limitMs: 1 });
  await assert.rejects(hasty.score(order('chest-nodule', films.slice(0, 1))), { code: 'clinic.scorer-stopped' });
  await hasty.close();
  const ending = new AbortController();
  const taken = scorer.score(order('breast-risk', exam), ending.signal);
  ending.abort(new Error('taken back'));
  await assert.rejects(taken, /taken back/);
  assert.equal((await scorer.score(order('chest-nodule', films.slice(0, 1)))).results.length, 1);
  const full = new StudyScorer({ processes: 1, mostWaiting: 1 });
  const pieces = [0, 1, 2].map(() => full.score(order('chest-nodule', films.slice(0, 1))));
  const ends = await Promise.allSettled(pieces);
  assert.equal(ends[2]?.status === 'rejected' && ends[2].reason.code, 'clinic.scorer-full');
  await full.close();
});

test('the digest of what a model was given knows neither people nor UIDs, and sees pixels and views', async () => {
  const of = async (change: Readonly<Record<string, string>>, value = 7) => {
    const path = join(folder, 'made.dcm');
    await writeFile(path, madeFilm(change, value));
    return (await scorer.score(order('chest-nodule', [path]))).results[0]?.inputs[0]?.sha256;
  };
  const plain = await of({});
  assert.equal(await of({ PatientID: 'other', SOPInstanceUID: '2.25.99', PatientName: 'Other' }), plain);
  assert.notEqual(await of({ ViewPosition: 'LL' }), plain);
  assert.notEqual(await of({ WindowCenter: '40', WindowWidth: '80' }), plain);
  assert.notEqual(await of({}, 8), plain);
});

function madeFilm(change: Readonly<Record<string, string>>, value: number): Uint8Array {
  const attributes = {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
    SOPInstanceUID: '2.25.71',
    StudyInstanceUID: '2.25.72',
    SeriesInstanceUID: '2.25.73',
    PatientID: 'P',
    Modality: 'DX',
    ViewPosition: 'PA',
    ...change,
  };
  const values = new Uint8Array(64).fill(value);
  return buildDicom(attributes, {
    rows: 8,
    columns: 8,
    values,
    bitsStored: 8,
    photometricInterpretation: 'MONOCHROME2',
  });
}

const SOP = tagOf('SOPInstanceUID');
