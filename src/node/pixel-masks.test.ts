import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PixelMask } from '#deid';
import { forEachEngine } from '#store';
import { Archive } from './archive.ts';
import { Quarantine } from './quarantine.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

const MASK: PixelMask = { frame: 0, x: 1, y: 2, width: 30, height: 9, reason: 'writing', confidence: 0.8 };
const INSTANCE = {
  ...{ sop_instance_uid: '2.25.1', series_instance_uid: '2.25.2', study_instance_uid: '2.25.3', person: 'UNICA-1' },
  ...{ blob_sha256: '0'.repeat(64), size_bytes: 1, source_sha256: '1'.repeat(64), pixel_sha256: null, modality: 'US' },
  ...{ body_part: null, manufacturer: null, sex: null, age_years: null, study_year: null, quality: '[]' },
  import_id: 'i-1',
};

forEachEngine(
  test,
  process.env['UNICA_TEST_POSTGRES_URL'],
  'masks stay with images and quarantined files',
  async (open, context) => {
    const db = await open<NodeTables>(context, nodeMigrations);
    const folder = await mkdtemp(join(tmpdir(), 'unica-masks-'));
    context.after(async () => await rm(folder, { recursive: true, force: true }));
    const archive = new Archive(db.kysely, () => 0);
    assert.equal(await archive.add(INSTANCE, [MASK]), true);
    assert.deepEqual(await archive.masksOf('2.25.1'), [MASK]);
    assert.deepEqual(await archive.masksOf('2.25.9'), []);
    const quarantine = new Quarantine(db.kysely, folder, () => 0);
    const reason = { code: 'deid.burned-in-unknown', sentence: 'It may hold names.', mend: 'Look at it.' };
    await quarantine.keep('a'.repeat(64), new Uint8Array(3), { ...reason, suspects: [MASK] });
    await quarantine.keep('b'.repeat(64), new Uint8Array(3), reason);
    const [first, second] = (await quarantine.list(2)).toSorted((a, b) => (a.source_sha256 < b.source_sha256 ? -1 : 1));
    assert.deepEqual(await quarantine.suspectsOf(first?.quarantine_id ?? ''), [MASK]);
    assert.deepEqual(await quarantine.suspectsOf(second?.quarantine_id ?? ''), []);
    assert.equal(second?.sentence, reason.sentence);
  },
);
