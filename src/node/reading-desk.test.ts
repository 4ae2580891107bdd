import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { silentLog } from '#base';
import { screeningFiles, screeningRecords, TRAINING_SIZE, withPictures } from '#synth';
import { type Opinion, type OwnRead, readingListQuerySchema } from '#wire';
import { chestFilms } from './clinic-films.ts';
import { nodeConfig } from './config.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { PlanDesk } from './plan-desk.ts';
import { ReadableStudies } from './readable-studies.ts';
import { ReadingDesk } from './reading-desk.ts';
import { ReadingSettings } from './reading-settings.ts';
import { enrolledHome } from './receiver-rig.ts';

const ADA = 'person:ada';
const BEN = 'person:ben';
const DIGEST = 'a'.repeat(64);
const SITE_TABLE = {
  source: { title: 'Protocol of the example site', year: 2024, place: 'Page 1', url: null },
  years: 5,
  bands: [
    { from: 0, below: 0.02, intervalMonths: 24, supplemental: null },
    { from: 0.02, below: 1, intervalMonths: 12, supplemental: 'ultrasound' as const },
  ],
};

let home: string;
let node: OpenNode;
let desk: ReadingDesk;
let deskParts: ConstructorParameters<typeof ReadingDesk>[0];
let plans: PlanDesk;
let settings: ReadingSettings;
/** How often the model was asked. */
let asked = 0;
/** Studies whose small pictures were asked for before they were opened. */
const ahead: string[][] = [];

const OPINION: Omit<Opinion, 'verdict'> = {
  model: { name: 'breast-risk', version: '1', digest: DIGEST },
  atMs: 0,
  outcome: {
    kind: 'scored',
    score: { value: 0.031, interval: null },
    risks: [{ years: 5, estimate: { value: 0.031, interval: { low: 0.02, high: 0.05, level: 0.9 } } }],
    density: null,
    remarks: [],
  },
  images: [],
};

/** A woman who came twice, and three people with a chest film each. */
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'unica-reading-'));
  await enrolledHome(home);
  node = await openNode(nodeConfig({ home, port: '0' }), silentLog);
  const seen = new Map<string, Parameters<typeof withPictures>[0]>();
  const exams: Parameters<typeof withPictures>[0][] = [];
  for (const record of screeningRecords('reading', 0, 200)) {
    const earlier = seen.get(record.womanId);
    if (earlier !== undefined && exams.length === 0) exams.push(earlier, record);
    seen.set(record.womanId, record);
  }
  const folder = join(home, 'films');
  await mkdir(folder);
  const films = [
    ...exams.flatMap((record) => screeningFiles(withPictures(record, TRAINING_SIZE)).map(({ bytes }) => bytes)),
    ...chestFilms(3),
  ];
  for (const [at, bytes] of films.entries()) await writeFile(join(folder, `${at}.dcm`), bytes);
  const view = await node.importer.run({ paths: [folder], clinicalPath: undefined, source: 'test', actor: 'test' });
  assert.equal(view.accepted, films.length);
  const db = node.database.kysely;
  const studies = new ReadableStudies(db, node.hidden);
  settings = new ReadingSettings(db, node.journal, node.clock);
  const opinions = {
    of: async () => [OPINION],
    async ask() {
      asked += 1;
      return [OPINION];
    },
  };
  deskParts = {
    ...{ ...node, db, studies, settings, opinions },
    ahead: async (studyInstanceUids) => void ahead.push([...studyInstanceUids]),
  };
  desk = new ReadingDesk(deskParts);
  plans = new PlanDesk({ ...node, db, studies, settings, reading: desk });
});

after(async () => {
  await node.close();
  await rm(home, { recursive: true, force: true });
});

const list = async (reader: string, query: Record<string, string> = {}) =>
  (await desk.list(reader, readingListQuerySchema.parse(query))).items;

/** Does something while the disk takes no entry of the journal. */
async function withoutJournal<Result>(act: () => Promise<Result>): Promise<Result> {
  const db = node.database.kysely;
  const refusal = sql.lit('no space left');
  await sql`create trigger full_disk before insert on audit_entries begin select raise(abort, ${refusal}); end`.execute(
    db,
  );
  try {
    return await act();
  } finally {
    await sql`drop trigger full_disk`.execute(db);
  }
}

const actions = async (subject: string) =>
  (await node.journal.view(100, { subject })).entries.map(({ action }) => action).reverse();

async function exam() {
  const [newest] = await list(ADA, { task: 'mammography' });
  assert.ok(newest !== undefined);
  return newest;
}

const read = (changes: Partial<Extract<OwnRead, { task: 'mammography' }>> = {}): OwnRead => ({
  task: 'mammography',
  right: '2',
  left: '1',
  density: 'b',
  places: [],
  ...changes,
});

test('mammograms and chest films are listed, newest first, narrowed and searched; what is typed is no pattern', async () => {
  const all = await list(ADA);
  assert.deepEqual(
    all.map(({ date }) => date),
    all.map(({ date }) => date).toSorted((a, b) => (a < b ? 1 : -1)),
  );
  assert.equal(all.length, 5);
  assert.equal((await list(ADA, { task: 'chest' })).length, 3);
  const [first] = await list(ADA, { task: 'mammography' });
  assert.equal((await list(ADA, { words: first?.person.slice(0, 14).toUpperCase() ?? '' })).length, 2);
  assert.equal((await list(ADA, { words: 'SCREEN' })).length, 2);
  for (const words of ['%', '_', '\\', "' or 1=1 --"]) assert.deepEqual(await list(ADA, { words }), [], words);
  const day = `${first?.date.slice(0, 4)}-${first?.date.slice(4, 6)}-${first?.date.slice(6)}`;
  assert.ok((await list(ADA, { from: day, to: day })).every(({ date }) => date === first?.date));
});

test('small pictures are made ready before a study is opened, which gives nothing and is no opening; of nobody who is hidden', async () => {
  ahead.length = 0;
  const studies = (await list(ADA)).map(({ studyInstanceUid }) => studyInstanceUid);
  assert.deepEqual(ahead, [studies.slice(0, 3)]);
  const { studyInstanceUid } = await exam();
  ahead.length = 0;
  const before = await actions(studyInstanceUid);
  await desk.prepare(studyInstanceUid);
  const [prepared] = ahead;
  assert.equal(prepared?.length, 2, 'with the exam that hangs beside');
  assert.equal(prepared?.[0], studyInstanceUid);
  assert.deepEqual(await actions(studyInstanceUid), before);
  await assert.rejects(desk.prepare('1.2.3'), { code: 'http.not-found' });
});

test('a study opens with its views and the earlier exam, and every opening is in the journal', async () => {
  const { studyInstanceUid } = await exam();
  const opened = await desk.open(ADA, studyInstanceUid);
  assert.deepEqual(opened.images.map(({ laterality, view }) => `${laterality} ${view}`).sort(), [
    'L CC',
    'L MLO',
    'R CC',
    'R MLO',
  ]);
  assert.equal(opened.priors.length, 1);
  assert.ok((opened.priors[0]?.date ?? '9') < opened.date);
  const again = await desk.open(ADA, studyInstanceUid);
  assert.equal(again.readingId, opened.readingId, 'one reading for a reader and a study');
  assert.deepEqual(await actions(studyInstanceUid), ['study.opened', 'study.opened']);
});

test('the opinion is not given, and no model asked, before the reader has recorded a read of her own', async () => {
  const { studyInstanceUid } = await exam();
  const { readingId } = await desk.open(ADA, studyInstanceUid);
  await assert.rejects(desk.opinions(ADA, readingId), { code: 'reading.own-read-first' });
  await assert.rejects(plans.sheet(ADA, studyInstanceUid), { code: 'reading.no-read' });
  assert.equal(asked, 0);
  await desk.record(ADA, readingId, read());
  const [opinion] = await desk.opinions(ADA, readingId);
  assert.equal(opinion?.model.digest, DIGEST);
  await desk.opinions(ADA, readingId);
  assert.deepEqual((await actions(studyInstanceUid)).slice(-2), ['study.read', 'opinion.released']);
  const { readingId: bens } = await desk.open(BEN, studyInstanceUid);
  await assert.rejects(
    desk.opinions(BEN, bens),
    { code: 'reading.own-read-first' },
    'the read of another does not count',
  );
});

test('a recorded read stays, and nobody reaches the reading of another', async () => {
  const { studyInstanceUid } = await exam();
  const { readingId, ownRead } = await desk.open(ADA, studyInstanceUid);
  assert.deepEqual(ownRead, read());
  await assert.rejects(desk.record(ADA, readingId, read({ right: '5' })), { code: 'reading.already-recorded' });
  assert.deepEqual((await desk.open(ADA, studyInstanceUid)).ownRead, read());
  for (const act of [
    () => desk.record(BEN, readingId, read()),
    () => desk.opinions(BEN, readingId),
    () => desk.judge(BEN, readingId, { digest: DIGEST, judged: { verdict: 'agree' } }),
  ])
    await assert.rejects(act(), { code: 'http.not-found' });
  assert.deepEqual(
    (await list(ADA, { state: 'read' })).map((one) => one.studyInstanceUid),
    [studyInstanceUid],
  );
  assert.equal((await list(BEN, { state: 'read' })).length, 0);
});

test('a read of another kind, without an assessment, or with a place outside of every image is not recorded', async () => {
  const { studyInstanceUid } = await exam();
  const { readingId, images } = await desk.open(BEN, studyInstanceUid);
  const place = { sopInstanceUid: images[0]?.sopInstanceUid ?? '', column: 3, row: 3 };
  for (const wrong of [
    { task: 'chest' as const, nodule: 'no' as const, places: [] },
    read({ right: null, left: null }),
    read({ places: [{ ...place, column: 5000 }] }),
    read({ places: [{ ...place, sopInstanceUid: '1.2.3' }] }),
  ])
    await assert.rejects(desk.record(BEN, readingId, wrong), { code: 'reading.unusable' });
  await desk.record(BEN, readingId, read({ places: [place] }));
});

test('where the site reads on demand the opinion comes before the read, and the journal says that it did', async () => {
  await settings.set({ mode: 'on-demand', siteTable: null }, 'person:owner');
  const [film] = await list(BEN, { task: 'chest' });
  const { readingId } = await desk.open(BEN, film?.studyInstanceUid ?? '');
  assert.equal((await desk.opinions(BEN, readingId)).length, 1);
  await desk.record(BEN, readingId, { task: 'chest', nodule: 'unsure', places: [] });
  assert.equal((await node.journal.factsOf('study.read')).at(-1)?.['afterOpinion'], true);
  assert.equal((await node.journal.factsOf('opinion.released')).at(-1)?.['afterOwnRead'], false);
  await settings.set({ mode: 'own-read-first', siteTable: null }, 'person:owner');
  assert.equal((await node.journal.factsOf('reading.mode-changed')).length, 2);
});

test('an opinion that the journal could not take is not given, and is in it when it is asked for again', async () => {
  const [film] = await list(ADA, { task: 'chest' });
  const uid = film?.studyInstanceUid ?? '';
  const { readingId } = await desk.open(ADA, uid);
  await desk.record(ADA, readingId, { task: 'chest', nodule: 'no', places: [] });
  let fails = true;
  const journal: typeof node.journal = Object.create(node.journal, {
    append: {
      value: async (event: Parameters<typeof node.journal.append>[0]) => {
        if (fails) throw new Error('disk full');
        return await node.journal.append(event);
      },
    },
  });
  const troubled = new ReadingDesk({ ...deskParts, journal });
  await assert.rejects(troubled.opinions(ADA, readingId), /disk full/);
  fails = false;
  assert.equal((await troubled.opinions(ADA, readingId)).length, 1);
  await troubled.opinions(ADA, readingId);
  assert.deepEqual((await actions(uid)).slice(-2), ['study.read', 'opinion.released'], 'once');
});

test('bands of the site, which are of breasts, say nothing of a risk that a chest film tells', async () => {
  const [film] = await list(ADA, { task: 'chest' });
  await settings.set({ mode: 'own-read-first', siteTable: SITE_TABLE }, 'person:owner');
  const sheet = await plans.sheet(ADA, film?.studyInstanceUid ?? '');
  assert.equal(sheet.risk?.years, SITE_TABLE.years, 'a risk of those years is told');
  assert.deepEqual([sheet.proposed, sheet.siteTableMissing], [[], false]);
  await settings.set({ mode: 'own-read-first', siteTable: null }, 'person:owner');
  assert.equal((await plans.sheet(ADA, film?.studyInstanceUid ?? '')).siteTableMissing, false);
});

test('a raw picture does not take the place of its film', async () => {
  const { studyInstanceUid } = await exam();
  const { db, studies } = deskParts;
  const images = async () =>
    (await studies.imagesOf({ studyInstanceUid, task: 'mammography' })).map(({ sopInstanceUid }) => sopInstanceUid);
  const [first = '', ...others] = await images();
  const reclassed = async (sop_class_uid: string) =>
    await db.updateTable('dicom_instances').set({ sop_class_uid }).where('sop_instance_uid', '=', first).execute();
  await reclassed('1.2.840.10008.5.1.4.1.1.1.2.1');
  assert.deepEqual(await images(), [...others, first]);
  await reclassed('1.2.840.10008.5.1.4.1.1.1.2');
  assert.deepEqual(await images(), [first, ...others]);
});

test('only an opinion that was given is judged, the newest word counts, and small numbers are withheld', async () => {
  const { studyInstanceUid } = await exam();
  const { readingId } = await desk.open(ADA, studyInstanceUid);
  await assert.rejects(desk.judge(ADA, readingId, { digest: 'b'.repeat(64), judged: { verdict: 'agree' } }), {
    code: 'http.not-found',
  });
  await desk.judge(ADA, readingId, { digest: DIGEST, judged: { verdict: 'agree' } });
  await desk.judge(ADA, readingId, { digest: DIGEST, judged: { verdict: 'disagree', reason: 'false-mark' } });
  const [opinion] = await desk.opinions(ADA, readingId);
  assert.deepEqual(opinion?.verdict, { verdict: 'disagree', reason: 'false-mark' });
  const quality = await desk.quality();
  assert.deepEqual(
    quality.models.map(({ name, judged, agreement }) => ({ name, judged, agreement })),
    [{ name: 'breast-risk', judged: { below: 20 }, agreement: null }],
  );
  assert.ok(quality.times.every(({ seconds }) => seconds === null));
});

test('a plan is proposed from the read, the age and a risk that was given; each decision is a version', async () => {
  const { studyInstanceUid } = await exam();
  const bens = await plans.sheet(BEN, studyInstanceUid);
  assert.equal(bens.risk, null, 'a risk that was not given to the reader proposes nothing');
  const sheet = await plans.sheet(ADA, studyInstanceUid);
  assert.equal(sheet.risk?.estimate.value, 0.031);
  assert.equal(sheet.siteTableMissing, true);
  assert.ok(sheet.proposed.some(({ table }) => table === 'birads-5'));
  assert.ok(sheet.proposed.every(({ source }) => source.title !== '' && source.year > 1990 && source.place !== ''));
  await settings.set({ mode: 'own-read-first', siteTable: SITE_TABLE }, 'person:owner');
  const filled = await plans.sheet(ADA, studyInstanceUid);
  assert.equal(filled.siteTableMissing, false);
  assert.deepEqual(
    filled.proposed.filter(({ table }) => table === 'site').map(({ value }) => value),
    [
      { part: 'interval', months: 12 },
      { part: 'supplemental', exam: 'ultrasound', everyMonths: null },
    ],
  );
  await plans.confirm(ADA, studyInstanceUid, filled.suggestion);
  const changed = await plans.confirm(BEN, studyInstanceUid, { ...filled.suggestion, intervalMonths: 18 });
  assert.deepEqual(
    changed.versions.map(({ version, asProposed, by }) => ({ version, asProposed, by })),
    [
      { version: 2, asProposed: false, by: BEN },
      { version: 1, asProposed: true, by: ADA },
    ],
  );
  assert.equal((await node.journal.factsOf('plan.confirmed')).length, 2);
});

test('a read, a verdict or a plan that the journal could not take is not kept, and can be given again', async () => {
  const [film] = await list(BEN, { task: 'chest', state: 'unread' });
  const uid = film?.studyInstanceUid ?? '';
  const { readingId } = await desk.open(BEN, uid);
  const read: OwnRead = { task: 'chest', nodule: 'yes', places: [] };
  const judged = { digest: DIGEST, judged: { verdict: 'agree' } } as const;
  const plan = async () => await plans.confirm(BEN, uid, (await plans.sheet(BEN, uid)).suggestion);

  await assert.rejects(
    withoutJournal(() => desk.record(BEN, readingId, read)),
    /no space left/,
  );
  assert.equal((await desk.open(BEN, uid)).ownRead, null);
  await desk.record(BEN, readingId, read);
  await desk.opinions(BEN, readingId);

  await assert.rejects(
    withoutJournal(() => desk.judge(BEN, readingId, judged)),
    /no space left/,
  );
  assert.equal((await desk.opinions(BEN, readingId))[0]?.verdict, null);
  await desk.judge(BEN, readingId, judged);
  assert.deepEqual((await desk.opinions(BEN, readingId))[0]?.verdict, { verdict: 'agree' });

  await assert.rejects(withoutJournal(plan), /no space left/);
  assert.deepEqual((await plans.sheet(BEN, uid)).versions, []);
  assert.deepEqual(
    (await plan()).versions.map(({ version }) => version),
    [1],
  );
  assert.deepEqual((await actions(uid)).slice(-4), [
    'study.read',
    'opinion.released',
    'opinion.judged',
    'plan.confirmed',
  ]);
});

test('whoever opts out is gone from the list, and what was opened before is given no more', async () => {
  const { studyInstanceUid, person } = await exam();
  const { readingId } = await desk.open(ADA, studyInstanceUid);
  await node.optOuts.record(person, 'opt-out', 'test');
  assert.equal((await list(ADA, { task: 'mammography' })).length, 0);
  assert.equal((await list(ADA, { task: 'chest' })).length, 3);
  for (const act of [
    () => desk.open(ADA, studyInstanceUid),
    () => desk.opinions(ADA, readingId),
    () => plans.sheet(ADA, studyInstanceUid),
  ])
    await assert.rejects(act(), { code: 'http.not-found' });
});

test('the journal holds of all this no word of a read, and its chain is whole', async () => {
  const { entries } = await node.journal.view(500);
  const facts = JSON.stringify(await node.journal.factsOf('study.read'));
  assert.ok(entries.length > 10);
  for (const word of ['"right"', '"density"', 'nodule"']) assert.ok(!facts.includes(word), word);
  assert.equal((await node.journal.verify()).intact, true);
});
