import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SeededRandom, silentLog } from '#base';
import { StudyScorer } from '#clinic';
import { pseudonymOf } from '#deid';
import { parseDicom } from '#dicom';
import type { Database } from '#store';
import { tagOf } from '#vocab';
import type { DataUseCode, LocalRule, SimilarCases } from '#wire';
import { CaseFilling } from './case-filling.ts';
import { CaseVectors } from './case-vectors.ts';
import { ClinicDesk } from './clinic-desk.ts';
import { chestFilms, examFilms } from './clinic-films.ts';
import { ClinicModels } from './clinic-models.ts';
import { ClinicResults } from './clinic-results.ts';
import { nodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { KillSwitch } from './kill-switch.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { opinionsOfClinic } from './opinions-of-clinic.ts';
import { ReadableStudies } from './readable-studies.ts';
import { ReadingDesk } from './reading-desk.ts';
import { ReadingSettings } from './reading-settings.ts';
import { enrolledHome } from './receiver-rig.ts';
import { SimilarDesk } from './similar-desk.ts';
import { SimilarPermits } from './similar-permits.ts';
import { SimilarShown } from './similar-shown.ts';
import type { NodeTables } from './tables.ts';

const ADA = 'person:ada';
const OFFICER = 'person:officer';
const EXAMS = 6;

let home: string;
let node: OpenNode;
let killSwitch: KillSwitch;
let permits: SimilarPermits;
let vectors: CaseVectors;
let reading: ReadingDesk;
let clinic: ClinicDesk;
let similar: SimilarDesk;
let shown: SimilarShown;
/** Is done before an entry is made in the journal by the desk. */
let meanwhile: () => Promise<void> = async () => {};
let models: ClinicModels;
/** What the dataset says of its use, and the rules of the node, as the tests set them. */
let conditions: readonly DataUseCode[] = [];
let rules: readonly LocalRule[] = [];
let nowMs = Date.UTC(2026, 10, 30);
/** Study and person of each exam in the archive; the last is the first with noise, of somebody else. */
const exams: { readonly study: string; readonly person: string }[] = [];
const scorer = new StudyScorer({ processes: 1 });

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'unica-similar-'));
  await enrolledHome(home);
  node = await openNode(nodeConfig({ home, port: '0' }), silentLog);
  const { journal, site, newId, card, bases, standing } = node;
  const db = node.database.kysely;
  const clock = () => nowMs;
  killSwitch = await KillSwitch.open(db);
  permits = new SimilarPermits({
    ...{ db, journal, clock, newId, bases, killSwitch, country: card.country, dataset: WHOLE_ARCHIVE },
    conditions: async () => ({ conditions }),
    localRules: async () => rules,
  });
  vectors = new CaseVectors({ db, standing, permits });
  models = new ClinicModels({ db, journal, clock, home });
  const database = node.database as unknown as Database<NodeTables>;
  const results = new ClinicResults({ database, clock, site, newId, vectors });
  clinic = new ClinicDesk({ ...node, db, models, results, scorer, killSwitch, siteId: card.siteId });
  const opinions = opinionsOfClinic(clinic);
  const studies = new ReadableStudies(db, node.hidden);
  const settings = new ReadingSettings(db, journal, clock);
  reading = new ReadingDesk({ ...node, db, studies, settings, opinions, ahead: async () => {} });
  const append: typeof journal.append = async (event) => {
    await meanwhile();
    return await journal.append(event);
  };
  shown = new SimilarShown(db, clock);
  similar = new SimilarDesk({ db, reading, opinions, models, studies, permits, vectors, journal: { append }, shown });
  const folder = join(home, 'incoming-test');
  await mkdir(folder);
  const all = Array.from({ length: EXAMS }, (_, at) => examFilms(at));
  all.push(examFilms(0).map(asSomebodyElse));
  for (const [exam, films] of [...all, chestFilms(1)].entries()) {
    for (const [at, bytes] of films.entries()) await writeFile(join(folder, `${exam}-${at}.dcm`), bytes);
  }
  for (const [first] of all) {
    const { dataset } = parseDicom(first ?? new Uint8Array());
    exams.push({
      study: results.archiveUid(dataset.text(tagOf('StudyInstanceUID')) ?? '', 'hospital'),
      person: pseudonymOf(site, dataset.text(tagOf('PatientID')) ?? ''),
    });
  }
  const view = await node.importer.run({ paths: [folder], clinicalPath: undefined, source: 'test', actor: 'test' });
  assert.equal(view.accepted, all.flat().length + 1);
  for (const { name, present, alarmFrom } of await models.list())
    await models.decide(name, { mode: 'shown', ...(present ?? { version: '', digest: '' }), alarmFrom }, OFFICER);
});

after(async () => {
  vectors.close();
  await scorer.close();
  await node.close();
  await rm(home, { recursive: true, force: true });
});

/** The same film of another person, with noise in its pixels. */
function asSomebodyElse(film: Uint8Array): Uint8Array {
  const { dataset } = parseDicom(film);
  const bytes = Buffer.from(film);
  const random = new SeededRandom('noise');
  for (const keyword of ['PatientID', 'StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID']) {
    const value = dataset.text(tagOf(keyword)) ?? '';
    const other = `${value.slice(0, -1)}${value.endsWith('7') ? '8' : '7'}`;
    for (let at = bytes.indexOf(value, 0, 'latin1'); at >= 0; at = bytes.indexOf(value, at + 1, 'latin1'))
      bytes.write(other, at, 'latin1');
  }
  const [rows, columns] = ['Rows', 'Columns'].map((keyword) => Number(dataset.number(tagOf(keyword))));
  for (let at = bytes.length - 2 * (rows ?? 0) * (columns ?? 0); at < bytes.length; at += 2) {
    const value = bytes.readUInt16LE(at);
    // The air beside the breast stays as it is.
    if (value > 50 && value < 4000) bytes.writeUInt16LE(value + random.below(9), at);
  }
  return new Uint8Array(bytes);
}

/** A reading of an exam with its own read recorded, and the digest of the model that reads it. */
async function readExam(at: number): Promise<{ readonly readingId: string; readonly digest: string }> {
  const { readingId, ownRead } = await reading.open(ADA, exams[at]?.study ?? '');
  if (ownRead === null)
    await reading.record(ADA, readingId, { task: 'mammography', right: '1', left: '1', density: 'b', places: [] });
  const digest = (await models.enabled()).find(({ name }) => name === 'breast-risk')?.digest ?? '';
  return { readingId, digest };
}

const asked = async (at = 0) => {
  const { readingId, digest } = await readExam(at);
  return await similar.of(ADA, readingId, digest);
};
const studiesOf = (found: SimilarCases) =>
  found.kind === 'found' ? found.cases.map(({ studyInstanceUid }) => studyInstanceUid) : found.why;
const kept = async () => await node.database.kysely.selectFrom('case_vectors').selectAll().execute();
const scoreAll = async () => {
  for (const { study } of exams) await clinic.score(study, ADA);
};

test('without a permit nothing is kept of what models make of studies, nothing is shown, and the answer says why', async () => {
  await clinic.score(exams[0]?.study ?? '', ADA);
  assert.deepEqual(await kept(), []);
  const { readingId } = await reading.open(ADA, exams[0]?.study ?? '');
  await assert.rejects(similar.of(ADA, readingId, 'a'.repeat(64)), { code: 'reading.own-read-first' });
  assert.deepEqual(await asked(), { kind: 'none', why: 'no-permit' });
});

test('with a permit the nearest to an exam is its copy with noise; each case is of another person, and in the journal first', async () => {
  const permit = await permits.grant({ ground: 'Decision 7 of the example board', days: 30 }, OFFICER);
  assert.deepEqual(await asked(), { kind: 'none', why: 'not-kept' }, 'what was scored before is kept once it is again');
  await scoreAll();
  const rows = await kept();
  assert.ok(rows.length >= EXAMS && new Set(rows.map(({ study }) => study)).size === rows.length);
  const found = await asked();
  if (found.kind === 'none') throw new Error(found.why);
  assert.deepEqual(found.permit, permit);
  const [first, second] = found.cases;
  assert.equal(first?.studyInstanceUid, exams[EXAMS]?.study, 'the copy with noise');
  assert.ok((first?.distance ?? 9) < 0.5 * (second?.distance ?? 0), `${first?.distance} and ${second?.distance}`);
  assert.ok(found.searched >= found.cases.length && (found.medianDistance ?? 0) > (first?.distance ?? 9));
  assert.equal(first?.images.length, 4);
  assert.ok(!studiesOf(found).includes(exams[0]?.study ?? ''), 'not of herself');
  for (const { studyInstanceUid } of found.cases) {
    const { entries } = await node.journal.view(5, { subject: studyInstanceUid, action: 'similar.shown' });
    assert.equal(entries[0]?.because, permit.permitId);
    assert.equal(entries[0]?.actor, ADA);
  }
  for (const facts of await node.journal.factsOf('similar.shown')) assert.equal(facts['beside'], exams[0]?.study);
  assert.equal((await node.journal.factsOf('similar.asked')).at(-1)?.['shown'], found.cases.length);
  const showings = { permitId: permit.permitId, ground: permit.ground, times: 1, lastAtMs: nowMs };
  for (const { person } of found.cases) assert.deepEqual(await shown.of(person), [showings]);
  assert.deepEqual(await shown.of(exams[0]?.person ?? ''), [], 'nobody was shown the films of the exam at hand');
  nowMs += 1000;
  await asked();
  assert.deepEqual(await shown.of(first?.person ?? ''), [{ ...showings, times: 2, lastAtMs: nowMs }]);
});

test('studies that were scored before a permit was given are brought among the cases, those of others than who opted out', async () => {
  const [first = '', second = ''] = [exams[EXAMS]?.person, exams[0]?.person];
  const scored = (await kept()).length;
  await node.database.kysely.deleteFrom('case_vectors').execute();
  await node.optOuts.record(first, 'opt-out', 'test');
  let times = 0;
  const filling = new CaseFilling({
    ...{ db: node.database.kysely, models, permits, killSwitch, log: silentLog },
    async score(study) {
      times += 1;
      await clinic.score(study, 'node');
    },
  });
  filling.start();
  filling.start();
  await filling.settled();
  const rows = await kept();
  assert.ok(rows.length < scored && rows.some(({ person }) => person === second));
  assert.ok(!rows.some(({ person }) => person === first));
  assert.ok(times <= 2 * scored, 'the second start tries again only what could not be scored');
  await node.optOuts.record(first, 'withdraw-opt-out', 'test');
  await killSwitch.set(true);
  filling.start();
  await filling.settled();
  assert.deepEqual(await kept(), rows, 'a stopped node scores nothing');
  await killSwitch.set(false);
  filling.start();
  await filling.settled();
  assert.equal((await kept()).length, scored);
  await filling.close();
});

test('a model that is not shown has no cases, nor has the reading of another', async () => {
  const { readingId, digest } = await readExam(0);
  await assert.rejects(similar.of(ADA, readingId, 'a'.repeat(64)), { code: 'http.not-found' });
  await assert.rejects(similar.of('person:ben', readingId, digest), { code: 'http.not-found' });
});

test('the outcome is what the tables know: the clinical table, and how long the person was followed; else nothing', async () => {
  const copy = exams[EXAMS] ?? { study: '', person: '' };
  const outcome = async () => {
    const found = await asked();
    return found.kind === 'found' ? found.cases[0] : undefined;
  };
  assert.equal((await outcome())?.outcome, null);
  assert.equal((await outcome())?.followedMonths, 0);
  const row = { subject: copy.person, person: copy.person, import_id: 'import-1' };
  await node.database.kysely
    .insertInto('clinical_findings')
    .values({ ...row, findings: '["Breast cancer"]' })
    .execute();
  assert.deepEqual((await outcome())?.outcome, { source: 'table', found: true });
  await node.database.kysely
    .insertInto('clinical_findings')
    .values({ ...row, subject: copy.study, findings: '["cyst"]' })
    .execute();
  assert.deepEqual((await outcome())?.outcome, { source: 'table', found: false }, 'of the study before of the person');
});

test('a study that was removed from the archive is shown no more, and nothing of it is kept', async () => {
  const db = node.database.kysely;
  const [, gone = ''] = studiesOf(await asked());
  const where = async (study: string, other: string) =>
    await db
      .updateTable('dicom_studies')
      .set({ study_instance_uid: other })
      .where('study_instance_uid', '=', study)
      .execute();
  await where(gone, '1.2.3.4');
  assert.ok(!studiesOf(await asked()).includes(gone));
  assert.ok(!(await kept()).some(({ study }) => study === gone));
  await where('1.2.3.4', gone);
});

test('whoever opts out is in no answer from then on, and what was kept of her goes; who comes back is scored anew', async () => {
  const copy = exams[EXAMS] ?? { study: '', person: '' };
  assert.ok(studiesOf(await asked()).includes(copy.study));
  await node.optOuts.record(copy.person, 'opt-out', 'test');
  assert.ok(!studiesOf(await asked()).includes(copy.study));
  assert.ok(!(await kept()).some(({ person }) => person === copy.person));
  await node.optOuts.record(copy.person, 'withdraw-opt-out', 'test');
  assert.ok(!studiesOf(await asked()).includes(copy.study));
  await clinic.score(copy.study, ADA);
  assert.equal(studiesOf(await asked())[0], copy.study);
});

test('whoever opts out while an answer is made is not in it, nor is anybody where the node is stopped meanwhile', async () => {
  const copy = exams[EXAMS] ?? { study: '', person: '' };
  assert.equal(studiesOf(await asked())[0], copy.study);
  meanwhile = async () => {
    meanwhile = async () => {};
    await node.optOuts.record(copy.person, 'opt-out', 'test');
  };
  const before = await shown.of(copy.person);
  const found = studiesOf(await asked());
  assert.ok(Array.isArray(found) && !found.includes(copy.study), `${found}`);
  assert.deepEqual(await shown.of(copy.person), before, 'what was not shown is not in her log');
  await node.optOuts.record(copy.person, 'withdraw-opt-out', 'test');
  meanwhile = async () => {
    meanwhile = async () => {};
    await killSwitch.set(true);
  };
  assert.equal(studiesOf(await asked()), 'stopped');
  await killSwitch.set(false);
  await clinic.score(copy.study, ADA);
});

test('an opinion of a version that is no longer in use has no cases, and costs those of the version in use nothing', async () => {
  const before = await kept();
  const [row] = before.filter(({ model, study }) => model === 'breast-risk' && study === exams[0]?.study);
  assert.ok(row !== undefined && studiesOf(await asked()).length > 1);
  const db = node.database.kysely;
  const use = async (version: string) =>
    await db.updateTable('clinic_models').set({ version }).where('name', '=', row.model).execute();
  await use('of-tomorrow');
  assert.deepEqual(await asked(), { kind: 'none', why: 'not-kept' });
  assert.deepEqual(await kept(), before);
  await use(row.version);
  const again = await asked();
  // What another version makes of the same study is not held beside these.
  const { name, version, digest } = { ...row, name: row.model };
  const other = { name, version: 'of-tomorrow', digest };
  const [own] = await vectors.of({ name, version, digest }, row.study);
  const [nearest] = again.kind === 'found' ? again.cases : [];
  await vectors.keep({
    ...{ model: other, study: nearest?.studyInstanceUid ?? '', film: '', person: nearest?.person ?? '' },
    vector: (own ?? new Float32Array()).map((value) => value + 1000),
  });
  assert.deepEqual(await asked(), again);
  await db.deleteFrom('case_vectors').where('version', '=', other.version).execute();
});

test('what is kept while a permit is taken back goes with the rest; what may not be kept goes in time though nobody looks', async () => {
  const before = (await kept()).filter(({ model }) => model === 'breast-risk');
  const [row] = before;
  assert.ok(row !== undefined);
  const db = node.database.kysely;
  const model = { name: row.model, version: row.version, digest: row.digest };
  const [vector = new Float32Array()] = await vectors.of(model, row.study);
  const few = new CaseVectors({ db, standing: node.standing, permits, most: 2 });
  await few.forgetLeftOut();
  const newest = before.slice(-2).map(({ study }) => study);
  assert.deepEqual(
    (await kept()).filter(({ model: name }) => name === row.model).map(({ study }) => study),
    newest,
    'the newest, before anybody looked',
  );
  for (let film = 0; film < 12; film += 1)
    await vectors.keep({ model, study: '1.2.3', film: `1.2.3.${film}`, person: row.person, vector });
  assert.equal((await vectors.of(model, '1.2.3')).length, 8, 'a study of many films does not hold up the node');

  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let asks = 0;
  let isOver = false;
  const slow = new CaseVectors({
    ...{ db, standing: node.standing },
    permits: {
      async standing() {
        const now = isOver ? ({ kind: 'refused', why: 'permit-over' } as const) : await permits.standing();
        asks += 1;
        if (asks === 1) await held;
        return now;
      },
    },
    tidyEveryMs: 20,
  });
  const keeping = slow.keep({ model, study: '1.2.4', film: '', person: row.person, vector });
  while (asks === 0) await delay(5);
  isOver = true;
  const forgetting = slow.forgetLeftOut();
  await delay(50);
  goOn();
  await Promise.all([keeping, forgetting]);
  assert.deepEqual(await kept(), []);

  isOver = false;
  await slow.keep({ model, study: '1.2.4', film: '', person: row.person, vector });
  assert.equal((await kept()).length, 1);
  slow.start(assert.ifError);
  isOver = true;
  for (let times = 0; times < 200 && (await kept()).length > 0; times += 1) await delay(10);
  assert.deepEqual(await kept(), []);
  slow.close();
  vectors.close();
  await scoreAll();
});

test('what is kept is found again by another process, the newest where there are too many, and of this version alone', async () => {
  const [row] = (await kept()).filter(({ model }) => model === 'breast-risk');
  assert.ok(row !== undefined);
  const db = node.database.kysely;
  const { number: _, ...older } = { ...row, version: '0', study: '1.2.3' };
  await db.insertInto('case_vectors').values(older).execute();
  const model = { name: row.model, version: row.version, digest: row.digest };
  const own = await vectors.of(model, exams[0]?.study ?? '');
  const again = new CaseVectors({ db, standing: node.standing, permits });
  const found = await again.nearest(model, own, () => true);
  assert.ok(found.cases.length > 2 && !found.cases.some(({ study }) => study === '1.2.3'));
  assert.ok(!(await kept()).some(({ version }) => version === '0'));
  again.close();
  const few = new CaseVectors({ db, standing: node.standing, permits, most: 2 });
  assert.equal((await few.nearest(model, own, () => true)).searched, 2);
  assert.equal((await kept()).filter(({ model: name }) => name === 'breast-risk').length, 2);
  few.close();
  vectors.close();
  await scoreAll();
});

test('conditions, consent, rules of the node, the switch and the end of a permit each forbid, with their own reason', async () => {
  const why = async () => {
    const found = await asked();
    return found.kind === 'found' ? 'found' : found.why;
  };
  assert.equal(await why(), 'found');
  conditions = ['DUO_0000042'];
  assert.equal(await why(), 'conditions', 'research, and no care');
  assert.deepEqual(await kept(), [], 'nothing is kept that nothing allows');
  conditions = ['DUO_0000042', 'DUO_0000043'];
  assert.equal(await why(), 'not-kept');
  await scoreAll();
  assert.equal(await why(), 'found');
  conditions = [];
  const rule = {
    datasets: [],
    commercialOnly: false,
    projectId: null,
    because: 'b',
    ruleId: 'r',
    createdBy: 'c',
    createdAtMs: 0,
  };
  rules = [
    { ...rule, operations: ['train'] },
    { ...rule, operations: [], projectId: 'request-1' },
  ];
  assert.equal(await why(), 'found', 'rules about permits of projects');
  await killSwitch.set(true);
  assert.equal(await why(), 'stopped');
  await killSwitch.set(false);
  assert.equal(await why(), 'found', 'a stop lets go of nothing');
  rules = [{ ...rule, operations: [] }];
  assert.equal(await why(), 'local-rule');
  rules = [{ ...rule, operations: [], datasets: ['another-one'] }];
  await node.bases.set(
    WHOLE_ARCHIVE,
    { kind: 'consent', purpose: 'cancer-research', reference: 'gdpr-art-9' },
    OFFICER,
  );
  assert.equal((await permits.standing()).kind === 'refused' && (await permits.standing()).kind, 'refused');
  const told = await permits.standing();
  assert.equal(told.kind === 'refused' && told.why, 'consent');
  await node.bases.set(WHOLE_ARCHIVE, { kind: 'law', reference: 'ehds-art-51' }, OFFICER);
  nowMs += 31 * 86_400_000;
  assert.equal(await why(), 'permit-over');
});

test('a permit that was taken back holds no more, and is taken back once', async () => {
  const { permitId } = await permits.grant({ ground: 'Again', days: 1 }, OFFICER);
  assert.equal((await permits.standing()).kind, 'allowed');
  await permits.withdraw(permitId, OFFICER);
  assert.equal((await permits.standing()).kind, 'refused');
  await assert.rejects(permits.withdraw(permitId, OFFICER), { code: 'http.not-found' });
  assert.deepEqual(
    (await node.journal.view(10, { subject: permitId })).entries.map(({ action }) => action),
    ['similar.permit-withdrawn', 'similar.permitted'],
  );
  assert.equal((await node.journal.verify()).intact, true);
});
