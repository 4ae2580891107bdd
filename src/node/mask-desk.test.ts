import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decode } from 'fast-png';
import { silentLog, UnicaError } from '#base';
import type { PixelMask } from '#deid';
import { decodeSamples, parseDicom } from '#dicom';
import { loadOrCreateKeys } from '#identity';
import { forEachEngine } from '#store';
import { syntheticSite } from '#synth';
import { Archive } from './archive.ts';
import { nodeConfig } from './config.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { MaskDesk } from './mask-desk.ts';
import { MaskReviews } from './mask-reviews.ts';
import { openNode } from './open-node.ts';
import { PictureDesk } from './picture-desk.ts';
import { QuarantineDesk } from './quarantine-desk.ts';
import { removeImage } from './remove-image.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

const SIDE = 256;

/** A node with two films, one of them with a number burned into it, and its desks. */
async function deskOf(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-masks-'));
  const home = join(folder, 'node');
  const config = nodeConfig({ home });
  await siteSecret(home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'porto', country: 'PT', displayName: 'Porto', ...hub });
  const node = await openNode(config, silentLog);
  const pictures = new PictureDesk();
  context.after(async () => {
    await pictures.close();
    await node.close();
    await rm(folder, { recursive: true, force: true });
  });
  const inbox = join(folder, 'in');
  await mkdir(inbox);
  const spec = { seed: 'masks', siteId: 'porto', country: 'PT', persons: 1, secondFilmShare: 0, sizePx: SIDE };
  for (const [number, { bytes }] of [...syntheticSite({ ...spec, withBurnedIn: true })].entries()) {
    await writeFile(join(inbox, `${number}.dcm`), bytes);
  }
  const bringIn = async () =>
    await node.importer.run({ paths: [inbox], clinicalPath: undefined, source: 'in', actor: 'test' });
  const first = await bringIn();
  assert.equal(first.accepted, 2);
  const desk = new MaskDesk({ ...node, pictures });
  const { items } = await desk.list({ modality: undefined, page: 0, limit: 10 });
  const [masked] = items;
  assert.ok(items.length === 1 && masked !== undefined);
  const others = (await node.archive.members()).map(({ sopInstanceUid }) => sopInstanceUid);
  const plain = others.find((uid) => uid !== masked.sopInstanceUid) ?? '';
  const quarantineDesk = new QuarantineDesk({ ...node, pictures });
  return { node, desk, quarantineDesk, bringIn, masked, plain };
}

type TestNode = Awaited<ReturnType<typeof deskOf>>['node'];

/** What DICOMweb answers from, without where the bytes lie. */
async function indexOf({ database: { kysely } }: TestNode) {
  const [studies, series, modalities, images] = await Promise.all([
    kysely.selectFrom('dicom_studies').selectAll().orderBy('study_instance_uid').execute(),
    kysely.selectFrom('dicom_series').selectAll().orderBy('series_instance_uid').execute(),
    kysely.selectFrom('dicom_study_modalities').selectAll().orderBy('study_instance_uid').execute(),
    kysely.selectFrom('dicom_instances').selectAll().orderBy('sop_instance_uid').execute(),
  ]);
  return { studies, series, modalities, images };
}

async function fileOf(node: TestNode, uid: string) {
  const member = (await node.archive.members()).find(({ sopInstanceUid }) => sopInstanceUid === uid);
  return parseDicom(await node.blobs.get(member?.blobSha256 ?? ''));
}

test('masks: what was blacked out is listed by equipment and shown over the picture', async (context) => {
  const { desk, masked, plain } = await deskOf(context);
  assert.deepEqual([masked.modality, masked.masks, masked.reasons, masked.verdict], ['CR', 1, ['writing'], null]);
  const { equipment } = await desk.list({ modality: 'CR', page: 0, limit: 10 });
  assert.deepEqual(
    equipment.reduce((sum, { images, masked: some }) => [(sum[0] ?? 0) + images, (sum[1] ?? 0) + some], [0, 0]),
    [2, 1],
  );
  assert.deepEqual((await desk.list({ modality: 'US', page: 0, limit: 10 })).items, []);
  const shown = await desk.show(masked.sopInstanceUid);
  const [mask] = shown.masks;
  assert.ok(mask !== undefined && mask.x < SIDE / 2 && mask.y < SIDE / 4);
  const png = decode(await desk.picture(masked.sopInstanceUid, 0));
  assert.deepEqual([png.width, png.height], [SIDE, SIDE]);
  assert.deepEqual((await desk.show(plain)).masks, []);
  await assert.rejects(desk.show('1.2.3'), (error) => error instanceof UnicaError && error.code === 'http.not-found');
});

test('masks: a readable picture leaves the archive, and comes back under its names once it is blacked out', async (context) => {
  const { node, desk, quarantineDesk, bringIn, plain } = await deskOf(context);
  const [before, index] = [await fileOf(node, plain), await indexOf(node)];
  const [member] = (await node.archive.members()).filter(({ sopInstanceUid }) => sopInstanceUid === plain);
  const outcome = await desk.judge(plain, { verdict: 'readable' }, 'curator');
  assert.ok(outcome.outcome === 'withdrawn');
  assert.equal((await node.archive.totals()).images, 1);
  assert.equal((await indexOf(node)).images.length, 1);
  assert.equal((await indexOf(node)).studies.length, 1);
  assert.equal(await node.blobs.has(member?.blobSha256 ?? ''), false);
  // Sent again while it waits, it is not stored behind anybody's back.
  assert.deepEqual([(await bringIn()).accepted, await node.quarantine.total()], [0, 1]);

  const { quarantineId } = outcome;
  const waiting = await quarantineDesk.show(quarantineId);
  assert.deepEqual([waiting.code, waiting.isReleasable], ['node.found-readable', true]);
  const box = { frame: 0, x: 40, y: 50, width: 60, height: 12 };
  const released = await quarantineDesk.decide(quarantineId, { decision: 'release', boxes: [box] }, 'curator');
  assert.deepEqual(released, { outcome: 'taken-in' });
  assert.deepEqual(await indexOf(node), index, 'the index says what it said');
  const after = await fileOf(node, plain);
  const [old, fresh] = [decodeSamples(before).values, decodeSamples(after).values];
  for (let at = 0; at < old.length; at += 1) {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    const isMarked = x >= 40 && x < 100 && y >= 50 && y < 62;
    if (!isMarked) assert.equal(fresh[at], old[at], `${x}, ${y}`);
  }
  assert.equal(
    new Set([...fresh].filter((_, at) => at % SIDE >= 40 && at % SIDE < 100 && at >= 50 * SIDE && at < 62 * SIDE)).size,
    1,
  );
  assert.deepEqual(await node.archive.masksOf(plain), [{ ...box, reason: 'person', confidence: 1 }]);
  assert.deepEqual([(await bringIn()).duplicates, await node.quarantine.total()], [2, 0], 'it is known again');
  const { reviews } = await desk.show(plain);
  assert.deepEqual(
    reviews.map(({ verdict, reviewer, isSettled }) => [verdict, reviewer, isSettled]),
    [['readable', 'curator', true]],
  );
  const { entries } = await node.journal.view(50);
  for (const action of ['masks.judged', 'image.withdrawn', 'quarantine.released']) {
    assert.ok(
      entries.some((entry) => entry.action === action),
      action,
    );
  }
});

test('masks: discarded for good, a readable picture that is sent again waits for a person', async (context) => {
  const { node, desk, quarantineDesk, bringIn, plain } = await deskOf(context);
  const outcome = await desk.judge(plain, { verdict: 'readable' }, 'curator');
  assert.ok(outcome.outcome === 'withdrawn');
  await quarantineDesk.decide(outcome.quarantineId, { decision: 'discard' }, 'curator');
  assert.deepEqual([await node.quarantine.total(), (await node.archive.totals()).images], [0, 1]);
  assert.equal((await bringIn()).quarantined, 1);
  const [row] = await node.quarantine.list(10);
  assert.equal(row?.code, 'node.by-hand');
});

test('masks: where too much is hidden, the next copy waits, and takes the place of the stored one', async (context) => {
  const { node, desk, quarantineDesk, bringIn, masked } = await deskOf(context);
  const uid = masked.sopInstanceUid;
  const [[earlier], index] = [await node.archive.masksOf(uid), await indexOf(node)];
  assert.ok(earlier !== undefined);
  const verdict = { verdict: 'too-much' } as const;
  assert.deepEqual(await desk.judge(uid, verdict, 'curator'), { outcome: 'recorded' });
  assert.equal((await node.archive.totals()).images, 2, 'nothing identifies anybody in it: it stays');
  assert.equal((await bringIn()).quarantined, 1);
  const [row] = await node.quarantine.list(10);
  assert.equal(row?.code, 'node.by-hand');
  const shown = await quarantineDesk.show(row?.quarantine_id ?? '');
  assert.equal(shown.suspects.length, 1);
  const box = { frame: 0, x: 0, y: 0, width: earlier.width + earlier.x - 4, height: earlier.height + earlier.y };
  const released = await quarantineDesk.decide(shown.quarantineId, { decision: 'release', boxes: [box] }, 'curator');
  assert.deepEqual(released, { outcome: 'taken-in' });
  assert.deepEqual(await node.archive.masksOf(uid), [{ ...box, reason: 'person', confidence: 1 }]);
  assert.deepEqual(await indexOf(node), index);
  assert.deepEqual([(await bringIn()).duplicates, await node.quarantine.total()], [2, 0]);
  assert.deepEqual(await node.reviews.byHand(), []);
});

test('masks: a sample is drawn from both groups, and bounds what is missed', async (context) => {
  const { desk, node, masked, plain } = await deskOf(context);
  const sample = await desk.draw({ masked: 5, unmasked: 5 }, 'officer');
  assert.deepEqual(
    sample.pictures.map(({ sopInstanceUid }) => sopInstanceUid).sort(),
    [masked.sopInstanceUid, plain].sort(),
  );
  const group = { images: 1, drawn: 1, looked: 0, readable: 0, tooMuch: 0, readableAtMost: 1 };
  assert.deepEqual([sample.masked, sample.unmasked], [group, group]);
  const { sampleId } = sample;
  await desk.judge(plain, { verdict: 'right', sampleId }, 'officer');
  await desk.judge(masked.sopInstanceUid, { verdict: 'readable', sampleId }, 'officer');
  const seen = await node.reviews.sample(sampleId);
  assert.ok(Math.abs(seen.unmasked.readableAtMost - 0.95) < 1e-9);
  assert.deepEqual([seen.unmasked.looked, seen.masked.readable, seen.masked.readableAtMost], [1, 1, 1]);
  assert.deepEqual([seen.reviewers, (await node.reviews.samples(5)).length], [['officer'], 1]);
});

const MASK: PixelMask = { frame: 0, x: 1, y: 2, width: 30, height: 9, reason: 'writing', confidence: 0.8 };

forEachEngine(
  test,
  process.env['UNICA_TEST_POSTGRES_URL'],
  'mask reviews and the removal of an image on every engine',
  async (open, context) => {
    const db = await open<NodeTables>(context, nodeMigrations);
    let now = 1000;
    const clock = () => {
      now += 1;
      return now;
    };
    const reviews = new MaskReviews(db.kysely, clock, (prefix) => `${prefix}-${clock()}`);
    const archive = new Archive(db.kysely, clock);
    for (const [number, modality, masks] of [
      [1, 'US', [MASK]],
      [2, 'US', []],
      [3, 'CT', []],
      [4, 'MG', [MASK]],
    ] as const) {
      const uids = { sop_instance_uid: `2.25.${number}`, series_instance_uid: '2.25.8', study_instance_uid: '2.25.9' };
      await archive.add(
        {
          ...uids,
          ...{ person: `UNICA-${number}`, blob_sha256: '0'.repeat(64), size_bytes: 1, source_sha256: `${number}` },
          ...{ pixel_sha256: null, modality, body_part: null, manufacturer: 'ACME', sex: null, age_years: null },
          ...{ study_year: null, quality: '[]', import_id: 'i-1' },
        },
        masks,
      );
      const texts = { person: 'x', study_date: '', modality, sop_class_uid: '', photometric: '' };
      const views = { image_laterality: '', view_position: '', transfer_syntax_uid: '' };
      const numbers = {
        instance_number: 1,
        bits_allocated: 8,
        samples_per_pixel: 1,
        frame_count: null,
        acquisition_read: 1,
      };
      const row = { ...uids, ...texts, ...views, ...numbers, image_rows: 10, image_columns: 10 };
      await db.kysely.insertInto('dicom_instances').values(row).execute();
    }
    const uidsOf = async (hidden: readonly string[]) =>
      (await reviews.masked({ modality: undefined, page: 0, limit: 10, hidden })).map((one) => one.sopInstanceUid);
    assert.deepEqual(await uidsOf([]), ['2.25.4', '2.25.1']);
    assert.deepEqual(await uidsOf(['UNICA-4']), ['2.25.1'], 'who opted out is shown to nobody');
    assert.deepEqual(
      (await reviews.equipment([])).map(({ modality, images, masked }) => [modality, images, masked]).sort(),
      [
        ['CT', 1, 0],
        ['MG', 1, 1],
        ['US', 2, 1],
      ],
    );
    const sampleId = await reviews.draw({ masked: 10, unmasked: 10, drawnBy: 'x' }, []);
    const sample = await reviews.sample(sampleId);
    assert.deepEqual([sample.masked.images, sample.unmasked.images], [2, 1], 'slices are not at risk');
    const review = { wasMasked: true, reviewer: 'x', sampleId, sopInstanceUid: '2.25.1' };
    await reviews.record({ ...review, verdict: 'right' });
    await reviews.record({ ...review, verdict: 'too-much' });
    assert.deepEqual([(await reviews.sample(sampleId)).masked.tooMuch, await reviews.byHand()], [1, ['2.25.1']]);
    await reviews.settle('2.25.1');
    assert.deepEqual(await reviews.byHand(), []);
    const removed: string[] = [];
    const blobs = { remove: async (sha256: string) => void removed.push(sha256) } as never;
    await removeImage({ database: db, blobs }, '2.25.1');
    assert.deepEqual([await uidsOf([]), removed], [['2.25.4'], []], 'bytes that others share stay');
  },
);

test('masks: the quarantine folder holds the file that waits', async (context) => {
  const { node, desk, plain } = await deskOf(context);
  const outcome = await desk.judge(plain, { verdict: 'readable' }, 'curator');
  assert.ok(outcome.outcome === 'withdrawn');
  const { path } = await node.quarantine.find(outcome.quarantineId);
  assert.ok(existsSync(path));
});
