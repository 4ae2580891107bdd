import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { openTable } from '#intake';
import { tablesWarehouse } from './warehouse-fixture.ts';

const SIZE_BYTES = 2 * 2 ** 30;
/** Long letters of doctors stand in such tables. */
const LETTER = 'Patientin kommt regelmäßig zur Nachsorge. '.repeat(220);
/** Room for the buffers of reading and of the database; a table that were held would take many times as much. */
const MOST_GROWTH_BYTES = 512 * 2 ** 20;

test('a table of two gigabytes is brought in without being held', { timeout: 1_800_000 }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-huge-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'huge.csv');
  let rows = 0;
  await pipeline(function* () {
    yield 'Patientennummer;Geschlecht;Alter;Brief\n';
    for (let written = 0; written < SIZE_BYTES; rows += 1) {
      const line = `${rows};${rows % 2 === 0 ? 'w' : 'm'};${40 + (rows % 400) / 10};${LETTER}\n`.replace('.', ',');
      written += line.length;
      yield line;
    }
  }, createWriteStream(path));

  const warehouse = await tablesWarehouse(context, folder);
  const before = process.memoryUsage.rss();
  let most = before;
  const report = await warehouse.load({
    name: 'huge.csv',
    table: await openTable(path),
    mapping: {
      mapping: 1,
      columns: [
        { column: 'Patientennummer', element: 'patient-id' },
        { column: 'Geschlecht', element: 'sex' },
        { column: 'Alter', element: 'age-at-diagnosis' },
        { column: 'Brief', leave_out: 'unneeded' },
      ],
    },
    means: { personOf: (id) => id, uidOf: (uid) => uid, daysBackOf: () => 0, datasetId: 'set', today: '2026-11-24' },
    onRows: () => {
      most = Math.max(most, process.memoryUsage.rss());
    },
  });
  assert.deepEqual([report.rows, report.withoutPerson, report.problems], [rows, 0, {}]);
  assert.ok(most - before < MOST_GROWTH_BYTES, `memory grew by ${Math.round((most - before) / 2 ** 20)} MiB`);
});
