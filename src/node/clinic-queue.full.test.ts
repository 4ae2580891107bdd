import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { silentLog, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { type DataSet, parseDicom } from '#dicom';
import { openStorageScp, type StorageScp } from '#dimse';
import { tagOf } from '#vocab';
import { chestFilms, examFilms } from './clinic-films.ts';
import type { ClinicPace } from './clinic-house.ts';
import { type ClinicHouse, openClinic } from './clinic-house.ts';
import type { ClinicTables } from './clinic-tables.ts';
import { nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { KillSwitch } from './kill-switch.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';

let folder: string;
let home: string;
let node: OpenNode;
let killSwitch: KillSwitch;
let clinic: ClinicHouse;
let port: number;
let archive: StorageScp | undefined;
/** What the archive received, in the order in which it came. */
const received: DataSet[] = [];
let homes = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-queue-'));
  port = await freePort();
});

after(async () => {
  await end();
  await archive?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await end();
  await archive?.close();
  archive = undefined;
  received.length = 0;
  homes += 1;
  home = join(folder, `home-${homes}`);
  await mkdir(home);
  await enrolledHome(home);
  await begin();
});

async function begin(pace: ClinicPace = {}, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  node = await openNode(nodeConfig({ home, port: '0', ...settings }), silentLog);
  killSwitch = await KillSwitch.open(node.database.kysely);
  const queue = { quietMs: 0, firstRetryMs: 1, ...pace.queue };
  clinic = await openClinic(node, {
    killSwitch,
    log: silentLog,
    pace: { queue, sender: { firstWaitMs: 1, ...pace.sender } },
  });
}

async function end(): Promise<void> {
  await clinic?.close();
  await node?.close();
}

async function enable(name: string, mode: 'off' | 'shown' | 'shadow'): Promise<void> {
  const model = (await clinic.models.list()).find((one) => one.name === name);
  const { version = '', digest = '' } = model?.present ?? {};
  await clinic.models.decide(name, { mode, version, digest, alarmFrom: 0.5 }, 'person:owner');
}

async function listen(take: (object: DataSet) => void = () => {}): Promise<void> {
  archive = await openStorageScp({
    host: '127.0.0.1',
    port,
    aeTitle: 'PACS',
    peers: [],
    async receive({ chunks, sopClassUid, sopInstanceUid, transferSyntaxUid }) {
      const { fileMeta } = await import('#dimse');
      const parts: Uint8Array[] = [fileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid })];
      for await (const chunk of chunks) parts.push(chunk.slice());
      const { dataset } = parseDicom(Buffer.concat(parts));
      take(dataset);
      received.push(dataset);
    },
  });
}

const toPacs = () =>
  ({ kind: 'dimse', address: `PACS@127.0.0.1:${port}`, refusals: true, patientSystem: null }) as const;

async function written(films: readonly Uint8Array[]): Promise<readonly string[]> {
  const at = await mkdtemp(join(folder, 'arrived-'));
  return await Promise.all(
    films.map(async (bytes, place) => {
      const path = join(at, `${place}.dcm`);
      await writeFile(path, bytes);
      return path;
    }),
  );
}

async function rowsOf<Table extends keyof ClinicTables>(table: Table): Promise<readonly ClinicTables[Table][]> {
  const rows = await node.database.kysely
    .selectFrom(table as keyof ClinicTables)
    .selectAll()
    .execute();
  return rows as unknown as readonly ClinicTables[Table][];
}

const textOf = (dataset: DataSet | undefined, keyword: string) => dataset?.text(tagOf(keyword)) ?? '';
const spoolOf = (what: 'films' | 'results') => readdir(join(home, 'incoming', 'clinic', what));

test('a study that arrived is scored and sent under its own identity, and nothing of it stays but the result', async () => {
  await enable('breast-risk', 'shown');
  await listen();
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  const films = examFilms(0);
  await clinic.queue.take(await written(films));
  await clinic.queue.settle();
  await clinic.sender.settle();
  const original = parseDicom(films[0] ?? new Uint8Array()).dataset;
  assert.equal(received.length, 3);
  for (const object of received)
    for (const keyword of ['PatientID', 'PatientName', 'StudyInstanceUID', 'AccessionNumber'])
      assert.equal(textOf(object, keyword), textOf(original, keyword), keyword);
  const [result] = await rowsOf('clinic_results');
  assert.deepEqual([result?.outcome, result?.mode, (await rowsOf('clinic_results')).length], ['scored', 'shown', 1]);
  assert.deepEqual(await spoolOf('results'), []);
  const database = JSON.stringify([
    await rowsOf('clinic_results'),
    await rowsOf('clinic_queue'),
    await rowsOf('clinic_sendings'),
    await rowsOf('clinic_films'),
    await node.database.kysely.selectFrom('audit_entries').selectAll().execute(),
  ]);
  for (const keyword of ['PatientID', 'StudyInstanceUID', 'AccessionNumber', 'SOPInstanceUID'])
    assert.equal(database.includes(textOf(original, keyword)), false, keyword);
  // The same again is scored and sent no second time.
  await clinic.queue.take(await written(films));
  await clinic.queue.settle();
  await clinic.sender.settle();
  assert.deepEqual([(await rowsOf('clinic_results')).length, received.length], [1, 3]);
});

test('a view that comes late makes the exam whole: a new result names the one that it replaces', async () => {
  await enable('breast-risk', 'shown');
  await listen();
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  const paths = await written(examFilms(1));
  await clinic.queue.take(paths.slice(0, 3));
  await clinic.queue.settle();
  await clinic.queue.take(paths.slice(3));
  await clinic.queue.settle();
  await clinic.sender.settle();
  const results = (await rowsOf('clinic_results')).toSorted((a, b) => Number(a.scored_at_ms) - Number(b.scored_at_ms));
  assert.equal(results.length, 2);
  assert.equal(
    results.find(({ replaces }) => replaces !== null)?.replaces,
    results.find(({ replaces }) => replaces === null)?.result_id,
  );
  const reports = received.filter((object) => textOf(object, 'Modality') === 'SR');
  const predecessors = reports.flatMap((report) => {
    const study = report.element(tagOf('PredecessorDocumentsSequence'))?.items?.[0];
    const series = study?.element(tagOf('ReferencedSeriesSequence'))?.items?.[0];
    return textOf(series?.element(tagOf('ReferencedSOPSequence'))?.items?.[0], 'ReferencedSOPInstanceUID') || [];
  });
  const uids = reports.map((report) => textOf(report, 'SOPInstanceUID'));
  assert.equal(predecessors.length, 2);
  for (const uid of predecessors) assert.ok(uids.includes(uid), 'it names an object that was sent');
  const [shown] = await clinic.results.shown(results[0]?.study ?? '');
  assert.equal((await clinic.results.shown(results[0]?.study ?? '')).length, 1);
  assert.equal(shown?.images.length, 4);
});

test('a model in shadow scores and nothing is sent; of who opted out nothing is scored, kept or sent', async () => {
  await enable('chest-nodule', 'shadow');
  await listen();
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  const films = chestFilms(3);
  const person = pseudonymOf(node.site, textOf(parseDicom(films[1] ?? new Uint8Array()).dataset, 'PatientID'));
  await node.optOuts.record(person, 'opt-out', 'test');
  await clinic.queue.take(await written(films));
  await clinic.queue.settle();
  await clinic.sender.settle();
  const results = await rowsOf('clinic_results');
  assert.deepEqual(new Set(results.map(({ mode }) => mode)), new Set(['shadow']));
  assert.equal(
    results.some((row) => row.person === person),
    false,
  );
  assert.equal(received.length, 0);
  assert.deepEqual(await spoolOf('results'), []);
});

test('who opts out while a system is waited for is sent nothing, and her files are gone', async () => {
  await end();
  await begin({ sender: { firstWaitMs: 3_600_000, longestWaitMs: 3_600_000 } });
  await enable('breast-risk', 'shown');
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  const films = examFilms(2);
  await clinic.queue.take(await written(films));
  await clinic.queue.settle();
  await clinic.sender.settle();
  assert.deepEqual(
    (await rowsOf('clinic_sendings')).map(({ state, failure }) => [state, failure]),
    [['waiting', 'dimse.unreachable']],
  );
  assert.equal((await spoolOf('results')).length, 1);
  const person = pseudonymOf(node.site, textOf(parseDicom(films[0] ?? new Uint8Array()).dataset, 'PatientID'));
  await node.optOuts.record(person, 'opt-out', 'test');
  await listen();
  await clinic.sender.settle();
  await clinic.queue.settle();
  assert.deepEqual(
    (await rowsOf('clinic_sendings')).map(({ state }) => state),
    ['left-out'],
  );
  assert.deepEqual([received.length, await spoolOf('results'), await spoolOf('films')], [0, [], []]);
});

for (const mode of ['off', 'shadow'] as const)
  test(`what waits is not sent once the owner has set its model to ${mode}, also if it is shown again later`, async () => {
    await enable('breast-risk', 'shown');
    await enable('chest-nodule', 'shown');
    await clinic.destinations.put('pacs', toPacs(), 'person:owner');
    await clinic.queue.take(await written([...examFilms(2), ...chestFilms(1)]));
    await clinic.queue.settle();
    await clinic.sender.settle();
    assert.equal((await spoolOf('results')).length, 2);
    await enable('breast-risk', mode);
    await listen();
    await settled();
    await enable('breast-risk', 'shown');
    await settled();
    const models = new Map((await rowsOf('clinic_results')).map(({ result_id, model }) => [result_id, model]));
    assert.deepEqual(
      (await rowsOf('clinic_sendings')).map((row) => [models.get(row.result_id), row.state, row.failure]).sort(),
      [
        ['breast-risk', 'given-up', 'clinic.model-not-shown'],
        ['chest-nodule', 'sent', null],
      ],
    );
    const sent = new Set(received.map((object) => textOf(object, 'StudyInstanceUID')));
    assert.deepEqual([...sent], [textOf(parseDicom(chestFilms(1)[0] ?? new Uint8Array()).dataset, 'StudyInstanceUID')]);
    assert.deepEqual(await spoolOf('results'), [], 'its files are gone as well');
    const told = (await rowsOf('clinic_tally')).filter(({ what }) => what === 'not-shown');
    assert.deepEqual(
      told.map(({ count }) => Number(count)),
      [1],
    );
  });

test('a system that does not answer is tried again, and what it has taken is not sent twice', async () => {
  await enable('chest-nodule', 'shown');
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  await clinic.queue.take(await written(chestFilms(2)));
  await clinic.queue.settle();
  await clinic.sender.settle();
  assert.equal((await clinic.destinations.list())[0]?.trouble?.code, 'dimse.unreachable');
  await listen();
  await settled();
  assert.deepEqual(new Set((await rowsOf('clinic_sendings')).map(({ state }) => state)), new Set(['sent']));
  const uids = received.map((object) => textOf(object, 'SOPInstanceUID'));
  assert.equal(new Set(uids).size, uids.length);
  assert.equal((await clinic.destinations.list())[0]?.trouble, null);
  const trial = await clinic.destinations.try('pacs');
  assert.deepEqual([trial.answered, trial.trouble], [true, null]);
});

test('what a system has no room for waits, what comes after it is sent meanwhile, and nothing is refused for good', async () => {
  await enable('chest-nodule', 'shown');
  let fullFor: string | undefined;
  let hasRoom = false;
  await listen((object) => {
    fullFor ??= textOf(object, 'StudyInstanceUID');
    if (!hasRoom && textOf(object, 'StudyInstanceUID') === fullFor)
      throw new UnicaError('node.spool-full', { limitMib: 1 });
  });
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  await clinic.queue.take(await written(chestFilms(2)));
  await clinic.queue.settle();
  await settled(1);
  const states = async () =>
    (await rowsOf('clinic_sendings')).map(({ state, failure }) => `${state} ${failure}`).sort();
  assert.deepEqual(await states(), ['sent null', 'waiting clinic.peer-full']);
  assert.equal((await clinic.destinations.list())[0]?.trouble?.code, 'clinic.peer-full');
  hasRoom = true;
  await settled();
  assert.deepEqual(await states(), ['sent null', 'sent null']);
  assert.equal((await clinic.destinations.list())[0]?.trouble, null);
});

test('the switch of the owner stops scoring and sending; both go on afterwards', async () => {
  await enable('chest-nodule', 'shown');
  await listen();
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  await killSwitch.set(true);
  await clinic.queue.take(await written(chestFilms(1)));
  await clinic.queue.settle();
  assert.equal((await rowsOf('clinic_results')).length, 0);
  await killSwitch.set(false);
  await clinic.queue.settle();
  assert.equal((await rowsOf('clinic_results')).length, 1);
  await clinic.sender.settle();
  assert.ok(received.length > 0);
});

test('where only what was ordered is scored, a study waits for its order, and the order names its models', async () => {
  await end();
  await begin({ queue: { quietMs: 0, orderWaitMs: 3_600_000 } }, { scoringOf: 'ordered' });
  await enable('breast-risk', 'shown');
  await enable('chest-nodule', 'shown');
  const exam = examFilms(3);
  await clinic.queue.take(await written([...exam, ...chestFilms(1)]));
  await clinic.queue.settle();
  assert.equal((await rowsOf('clinic_results')).length, 0);
  const accession = textOf(parseDicom(exam[0] ?? new Uint8Array()).dataset, 'AccessionNumber');
  await clinic.orders.take(accession, ['breast-risk'], 'portal');
  const orders = JSON.stringify(await node.database.kysely.selectFrom('clinic_orders').selectAll().execute());
  assert.equal(orders.includes(accession), false);
  await node.database.kysely.updateTable('clinic_queue').set({ next_ms: 0 }).execute();
  await clinic.queue.settle();
  assert.deepEqual(
    (await rowsOf('clinic_results')).map(({ model }) => model),
    ['breast-risk'],
  );
  await end();
  await begin({ queue: { quietMs: 0, orderWaitMs: 0 } }, { scoringOf: 'ordered' });
  await node.database.kysely.updateTable('clinic_queue').set({ next_ms: 0 }).execute();
  await clinic.queue.settle();
  assert.deepEqual(
    (await clinic.tally.lately(1)).filter(({ what }) => what === 'no-order'),
    [{ what: 'no-order', model: '', count: 1 }],
  );
});

test('a full queue makes the receiver wait; films that only wait for a late view make room first', async () => {
  await end();
  const [first = '', second = ''] = await written(chestFilms(2));
  const { length: sizeBytes } = await readFile(first);
  await begin({ queue: { quietMs: 3_600_000, limitBytes: Math.floor(sizeBytes * 1.5) } });
  await enable('chest-nodule', 'shadow');
  await clinic.queue.take([first]);
  await assert.rejects(clinic.queue.take([first, second]), { code: 'clinic.queue-full' });
  await node.database.kysely.updateTable('clinic_queue').set({ state: 'scored' }).execute();
  await clinic.queue.take([second]);
  assert.equal((await rowsOf('clinic_queue')).length, 1);
});

test('what cannot be scored waits longer each time, and is given up after the eighth', async () => {
  await end();
  await begin({ queue: { firstRetryMs: 3_600_000 } });
  await enable('chest-nodule', 'shown');
  const db = node.database.kysely;
  await db.updateTable('clinic_models').set({ name: 'gone' }).execute();
  await clinic.queue.take(await written(chestFilms(1)));
  for (const attempts of [1, 2, 7]) {
    await clinic.queue.settle();
    const [row] = await rowsOf('clinic_queue');
    assert.deepEqual([row?.state, row?.attempts, typeof row?.failure], ['waiting', attempts, 'string']);
    assert.ok(Number(row?.next_ms) > node.clock());
    // Its time has come; after the second try the five that follow are left out.
    await db
      .updateTable('clinic_queue')
      .set({ next_ms: 0, ...(attempts === 2 ? { attempts: 6 } : {}) })
      .execute();
  }
  await clinic.queue.settle();
  assert.equal((await rowsOf('clinic_queue'))[0]?.state, 'scored');
  assert.deepEqual(await clinic.tally.lately(1), [{ what: 'failed', model: '', count: 1 }]);
  assert.equal((await rowsOf('clinic_results')).length, 0);
});

test('a folder that holds another version than the one that was enabled scores nothing, and that is told', async () => {
  await enable('chest-nodule', 'shown');
  const db = node.database.kysely;
  await db.updateTable('clinic_models').set({ version: 'another' }).execute();
  await clinic.queue.take(await written(chestFilms(1)));
  await clinic.queue.settle();
  const events = await clinic.tally.lately(1);
  assert.deepEqual(events, [{ what: 'model-changed', model: 'chest-nodule', count: 1 }]);
  assert.equal((await rowsOf('clinic_results')).length, 0);
});

test('a study that was put right is of whom it is of now, and goes when she objects', async () => {
  await enable('chest-nodule', 'shadow');
  const [film = new Uint8Array()] = chestFilms(1);
  const wrong = textOf(parseDicom(film).dataset, 'PatientID');
  const right = 'X'.repeat(wrong.length);
  const mended = Buffer.from(Buffer.from(film).toString('latin1').replaceAll(wrong, right), 'latin1');
  await clinic.queue.take(await written([film]));
  await clinic.queue.take(await written([mended]));
  await clinic.queue.settle();
  const person = pseudonymOf(node.site, right);
  assert.deepEqual(
    (await rowsOf('clinic_results')).map((row) => row.person),
    [person],
  );
  await node.optOuts.record(person, 'opt-out', 'test');
  await clinic.queue.settle();
  assert.deepEqual([await spoolOf('films'), await rowsOf('clinic_queue')], [[], []]);
});

test('a result that a reader of the archive asked for first is sent all the same, and once', async () => {
  await enable('chest-nodule', 'shown');
  await listen();
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  const films = chestFilms(1);
  const paths = await written(films);
  await node.importer.run({ paths, clinicalPath: undefined, source: 'test', actor: 'test' });
  const study = textOf(parseDicom(films[0] ?? new Uint8Array()).dataset, 'StudyInstanceUID');
  await clinic.desk.score(clinic.results.archiveUid(study, 'hospital'), 'person:reader');
  const counts: number[] = [];
  for (const _ of ['first', 'again']) {
    await clinic.queue.take(paths);
    await clinic.queue.settle();
    await settled();
    counts.push(received.length);
  }
  assert.equal((await rowsOf('clinic_results')).length, 1);
  assert.ok((counts[0] ?? 0) > 0);
  assert.equal(counts[1], counts[0]);
  for (const object of received) assert.equal(textOf(object, 'StudyInstanceUID'), study);
});

test('who opts out while the node is stopped leaves no file behind', async () => {
  await enable('breast-risk', 'shown');
  await clinic.destinations.put('pacs', toPacs(), 'person:owner');
  const exams = [examFilms(4), examFilms(5)];
  await clinic.queue.take(await written(exams[0] ?? []));
  await clinic.queue.settle();
  await clinic.sender.settle();
  await killSwitch.set(true);
  await clinic.queue.take(await written(exams[1] ?? []));
  assert.deepEqual([(await spoolOf('films')).length, (await spoolOf('results')).length], [2, 1]);
  for (const [film = new Uint8Array()] of exams)
    await node.optOuts.record(pseudonymOf(node.site, textOf(parseDicom(film).dataset, 'PatientID')), 'opt-out', 'test');
  await clinic.queue.settle();
  await settled();
  assert.deepEqual([await spoolOf('films'), await spoolOf('results')], [[], []]);
});

test('nothing counts as sent whose files are not there, and a destination that is removed leaves none behind', async () => {
  await enable('chest-nodule', 'shown');
  await clinic.destinations.put('server', { ...toPacs(), kind: 'fhir', address: 'http://127.0.0.1:9/fhir' }, 'owner');
  await clinic.queue.take(await written(chestFilms(1)));
  await clinic.queue.settle();
  // Of another kind by now: a document is no DICOM object.
  await clinic.destinations.put('server', toPacs(), 'owner');
  await settled();
  assert.deepEqual(
    (await rowsOf('clinic_sendings')).map(({ state, failure }) => [state, failure]),
    [['refused', 'clinic.no-document']],
  );
  await clinic.destinations.put('pacs', toPacs(), 'owner');
  await clinic.queue.take(await written(chestFilms(2).slice(1)));
  await clinic.queue.settle();
  assert.equal((await spoolOf('results')).length, 1);
  for (const name of ['server', 'pacs']) await clinic.destinations.remove(name, 'owner');
  assert.deepEqual(await spoolOf('results'), []);
});

test('a film that is larger than the queue may become is imported and not scored', async () => {
  await end();
  await begin({ queue: { limitBytes: 1000 } });
  await enable('chest-nodule', 'shadow');
  await clinic.queue.take(await written(chestFilms(1)));
  assert.deepEqual(await clinic.tally.lately(1), [{ what: 'queue-full', model: '', count: 1 }]);
});

test('what a killed process left half done is swept, and what is whole is taken up', async () => {
  await enable('chest-nodule', 'shadow');
  await end();
  await begin({ queue: { quietMs: 3_600_000 } });
  await clinic.queue.take(await written(chestFilms(1)));
  const orphan = join(home, 'incoming', 'clinic');
  await mkdir(join(orphan, 'films', '2.25.999'));
  await mkdir(join(orphan, 'results', 'result-orphan'));
  await end();
  await begin();
  assert.equal((await spoolOf('films')).length, 1);
  assert.deepEqual(await spoolOf('results'), []);
  await node.database.kysely.updateTable('clinic_queue').set({ next_ms: 0 }).execute();
  await clinic.queue.settle();
  assert.equal((await rowsOf('clinic_results')).length, 1);
});

/** Tries until nothing waits to be sent; a system that is being sent to is waited for, and so is the time after a failure. */
/** @param left sendings that go on waiting */
async function settled(left = 0): Promise<void> {
  // It ends early where nothing waits; after many failures a system is tried again only after a second or two.
  for (let turn = 0; turn < 400; turn += 1) {
    await clinic.sender.settle();
    const waiting = (await rowsOf('clinic_sendings')).filter(({ state }) => state === 'waiting');
    if (waiting.length <= left) return;
    await pause();
  }
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
}
