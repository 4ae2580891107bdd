import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '#base';
import { SHIPPED_MODELS, StudyScorer } from '#clinic';
import { pseudonymOf } from '#deid';
import { parseDicom } from '#dicom';
import type { Database } from '#store';
import { tagOf } from '#vocab';
import { ClinicDesk } from './clinic-desk.ts';
import { chestFilms, examFilms } from './clinic-films.ts';
import { ClinicModels } from './clinic-models.ts';
import { ClinicResults } from './clinic-results.ts';
import { nodeConfig } from './config.ts';
import { KillSwitch } from './kill-switch.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';
import type { NodeTables } from './tables.ts';

let home: string;
let node: OpenNode;
let models: ClinicModels;
let results: ClinicResults;
let desk: ClinicDesk;
let killSwitch: KillSwitch;
let paths: readonly string[];
const scorer = new StudyScorer({ processes: 1 });

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'unica-clinic-'));
  await enrolledHome(home);
  node = await openNode(nodeConfig({ home, port: '0' }), silentLog);
  const { journal, clock, site, newId, card } = node;
  const db = node.database.kysely;
  models = new ClinicModels({ db, journal, clock, home });
  results = new ClinicResults({ database: node.database as unknown as Database<NodeTables>, clock, site, newId });
  killSwitch = await KillSwitch.open(db);
  desk = new ClinicDesk({ ...node, db, models, results, scorer, killSwitch, siteId: card.siteId });
  const folder = join(home, 'incoming-test');
  await mkdir(folder);
  paths = await Promise.all(
    [...examFilms(0), ...chestFilms(2)].map(async (bytes, at) => {
      const path = join(folder, `film-${at}.dcm`);
      await writeFile(path, bytes);
      return path;
    }),
  );
  const wish = { paths, clinicalPath: undefined, source: 'test', actor: 'test' };
  const view = await node.importer.run(wish);
  assert.equal(view.accepted, paths.length);
});

after(async () => {
  await scorer.close();
  await node.close();
  await rm(home, { recursive: true, force: true });
});

/** What lies there, set to a mode. */
async function decide(name: string, mode: 'off' | 'shown' | 'shadow'): Promise<void> {
  const model = (await models.list()).find((one) => one.name === name);
  const { version, digest } = model?.present ?? model?.enabled ?? { version: '', digest: '' };
  await models.decide(name, { mode, version, digest, alarmFrom: model?.alarmFrom ?? 0.5 }, 'person:owner');
}

async function textOf(path: string | undefined, keyword: string): Promise<string> {
  return parseDicom(await readFile(path ?? '')).dataset.text(tagOf(keyword)) ?? '';
}

async function archived(path: string | undefined): Promise<string> {
  return results.archiveUid(await textOf(path, 'StudyInstanceUID'), 'hospital');
}

test('nothing is scored before the owner enables a model, and what he decides is in the journal with its version', async () => {
  assert.deepEqual(
    (await models.list()).map(({ name, mode, task, trouble }) => ({ name, mode, task, trouble })),
    [
      { name: 'breast-risk', mode: 'off', task: 'breast-risk', trouble: null },
      { name: 'chest-nodule', mode: 'off', task: 'chest-nodule', trouble: null },
    ],
  );
  await assert.rejects(desk.score(await archived(paths[0]), 'person:reader'), { code: 'clinic.no-model' });
  await decide('breast-risk', 'shown');
  const [enabled] = await models.enabled();
  const facts = await node.journal.factsOf('clinic.model-set');
  assert.equal((await models.list())[0]?.decidedBy, 'person:owner');
  assert.deepEqual(facts.at(-1), {
    alarmFrom: 0.03,
    before: 'off',
    digest: enabled?.digest,
    mode: 'shown',
    version: enabled?.version,
  });
});

test('a study of the archive is scored once under its pseudonyms; nothing of its person or its days is kept', async () => {
  const study = await archived(paths[0]);
  const [first, again] = await Promise.all([desk.score(study, 'person:reader'), desk.score(study, 'person:other')]);
  assert.equal(first.length, 1);
  assert.deepEqual(again, first);
  const [result] = first;
  assert.equal(result?.studyInstanceUid, study);
  assert.equal(result?.outcome.kind, 'scored');
  const own = await Promise.all(paths.slice(0, 4).map((path) => textOf(path, 'SOPInstanceUID')));
  assert.deepEqual(
    result?.images.map(({ sopInstanceUid }) => sopInstanceUid).sort(),
    own.map((uid) => results.archiveUid(uid, 'hospital')).sort(),
  );
  const rows = JSON.stringify(await node.database.kysely.selectFrom('clinic_results').selectAll().execute());
  for (const keyword of [
    'PatientID',
    'PatientName',
    'StudyInstanceUID',
    'AccessionNumber',
    'StudyDate',
    'InstitutionName',
  ])
    assert.equal(rows.includes(await textOf(paths[0], keyword)), false, keyword);
});

test('the hospital file of a film that is in the archive is the same to the model', async () => {
  const [study, name] = [await archived(paths[0]), 'breast-risk'];
  const kept = (await results.shown(study))[0]?.inputsSha256;
  const folder = join(SHIPPED_MODELS, name);
  const { results: scores } = await scorer.score({ folder, name, paths: paths.slice(0, 4), nowMs: Date.now() });
  const [scored] = scores;
  assert.equal(scored === undefined ? undefined : results.inputsOf(scored, 'hospital'), kept);
});

test('a result that was sent is named by what it was made of, also when an age was put right since', async () => {
  const [study, name] = [await archived(paths[0]), 'breast-risk'];
  const [model] = await models.enabled();
  const films = paths.slice(0, 4);
  const [scored] = (await scorer.score({ folder: join(SHIPPED_MODELS, name), name, paths: films, nowMs: Date.now() }))
    .results;
  assert.ok(model !== undefined && scored !== undefined);
  const person = pseudonymOf(node.site, scored.result.study['PatientID'] ?? '');
  const keep = { uids: 'hospital', person, model, accession: null, processorMs: 1 } as const;
  await results.keep({ ...keep, scored, destinations: ['pacs'] });
  const mended = { ...scored, result: { ...scored.result, inputsSha256: '0c'.repeat(32) } };
  assert.equal((await results.keep({ ...keep, scored: mended })).isNew, false);
  const uids = await Promise.all(films.map((path) => textOf(path, 'SOPInstanceUID')));
  const [sent] = await results.earlier(study, name, uids, 'hospital');
  assert.equal(sent?.inputsSha256, scored.result.inputsSha256);
});

test('a model in shadow scores, and readers are shown nothing of it', async () => {
  await decide('chest-nodule', 'shadow');
  const study = await archived(paths[4]);
  assert.deepEqual(await desk.score(study, 'person:reader'), []);
  assert.deepEqual(await desk.shown(study), []);
  const rows = await node.database.kysely
    .selectFrom('clinic_results')
    .select(['mode', 'model'])
    .where('study', '=', study)
    .execute();
  assert.deepEqual(rows, [{ mode: 'shadow', model: 'chest-nodule' }]);
  await decide('chest-nodule', 'shown');
  assert.deepEqual(await desk.shown(study), []);
  assert.equal((await desk.score(study, 'person:reader')).length, 1);
  await decide('chest-nodule', 'shadow');
});

test('who opted out is not scored nor shown, and there is nothing to see that she was', async () => {
  const study = await archived(paths[0]);
  const person = pseudonymOf(node.site, await textOf(paths[0], 'PatientID'));
  await node.optOuts.record(person, 'opt-out', 'test');
  for (const ask of [desk.shown(study), desk.score(study, 'x'), desk.shown('2.25.404')])
    await assert.rejects(ask, { code: 'http.not-found' });
  await node.optOuts.record(person, 'withdraw-opt-out', 'test').catch(() => {});
});

test('a stopped node scores nothing; a folder that changed after it was enabled is not used', async () => {
  const study = await archived(paths[5]);
  await killSwitch.set(true);
  await assert.rejects(desk.score(study, 'x'), { code: 'node.stopped' });
  await killSwitch.set(false);
  const own = join(home, 'models', 'chest-nodule');
  await cp(join(SHIPPED_MODELS, 'breast-risk'), own, { recursive: true });
  const changed = (await models.list()).find(({ name }) => name === 'chest-nodule');
  assert.deepEqual([changed?.isChanged, changed?.mode], [true, 'shadow']);
  await assert.rejects(desk.score(study, 'x'), { code: 'clinic.model-changed' });
  // A node that has just begun knows it too.
  const { journal, clock } = node;
  const [anew] = (await new ClinicModels({ db: node.database.kysely, journal, clock, home }).enabled()).filter(
    ({ name }) => name === 'chest-nodule',
  );
  assert.equal(anew?.folder, own);
  await rm(own, { recursive: true });
  assert.deepEqual(await desk.score(study, 'x'), []);
  const wish = { mode: 'shown', version: 'another', digest: 'ab'.repeat(32), alarmFrom: 0.5 } as const;
  await assert.rejects(models.decide('chest-nodule', wish, 'x'), { code: 'clinic.model-changed' });
  await assert.rejects(models.decide('absent', wish, 'x'), /./);
});
