import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '#base';
import { compareWithReaders, takeReads } from './clinic-commands.ts';
import { ClinicOrders } from './clinic-orders.ts';
import { nodeConfig } from './config.ts';
import { openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';

/** Results of a model about so many examinations, score 0.9 for the first half of them and 0.1 for the others. */
async function resultsOf(home: string, examinations: number): Promise<void> {
  const node = await openNode(nodeConfig({ home }), silentLog);
  const orders = new ClinicOrders({ db: node.database.kysely, clock: node.clock, secret: node.secret });
  for (let place = 0; place < examinations; place += 1)
    for (const [film, score] of [place < examinations / 2 ? 0.9 : 0.1, place === 0 ? null : 0.05].entries())
      await node.database.kysely
        .insertInto('clinic_results')
        .values({
          result_id: `result-${place}-${film}`,
          study: `2.25.${place}`,
          person: `UNICA-${place}`,
          model: 'chest-nodule',
          version: 'first',
          digest: 'ab'.repeat(32),
          inputs: `${place}-${film}`,
          task: 'chest-nodule',
          mode: 'shadow',
          outcome: score === null ? 'refused' : 'scored',
          score,
          reason: score === null ? 'view' : null,
          result: '{}',
          replaces: null,
          scored_at_ms: place,
          processor_ms: 1,
          accession: orders.digestOf(`ACC-${place}`),
        })
        .execute();
  await node.optOuts.record('UNICA-1', 'opt-out', 'test');
  await node.close();
}

test('a table of reads is held against the highest score of each examination, without those who opted out', async () => {
  const home = await mkdtemp(join(tmpdir(), 'unica-reads-'));
  await enrolledHome(home);
  const config = nodeConfig({ home });
  await resultsOf(home, 41);
  const rows = Array.from({ length: 41 }, (_, place) => ({
    accessionNumber: `ACC-${place}`,
    result: place < 10 ? 'positive' : 'No',
    date: '2026-05-11',
  }));
  // An earlier read of the same examination does not count, nor a stranger.
  const others = [
    { accessionNumber: 'ACC-0', result: 'negative', date: '20260510' },
    { accessionNumber: 'ACC-999', result: 'negative', date: '20260510' },
  ];
  assert.deepEqual(await takeReads(config, 'chest-nodule', [...rows, ...others]), { examinations: 42, known: 40 });
  const [compared, ...more] = await compareWithReaders(config);
  assert.equal(more.length, 0);
  if (compared?.comparison.kind !== 'compared') throw new Error(JSON.stringify(compared));
  const { counts, cases } = compared.comparison;
  assert.deepEqual([cases, counts], [40, { both: 9, modelOnly: 11, readerOnly: 0, neither: 20 }]);
  const node = await openNode(config, silentLog);
  const kept = JSON.stringify(await node.database.kysely.selectFrom('clinic_reads').selectAll().execute());
  await node.close();
  // Four digits alone stand in a keyed digest now and then.
  assert.equal(/ACC-|2026-?05-?1[01]/.test(kept), false);
  const broken = [...rows.slice(0, 2), { accessionNumber: 'ACC-5', result: 'perhaps', date: '2026-05-11' }];
  await assert.rejects(takeReads(config, 'chest-nodule', broken), { code: 'clinic.reads-unusable', message: /Row 4/ });
  await rm(home, { recursive: true, force: true });
});

test('fewer than 20 cases are withheld', async () => {
  const home = await mkdtemp(join(tmpdir(), 'unica-reads-'));
  await enrolledHome(home);
  await resultsOf(home, 19);
  const rows = Array.from({ length: 19 }, (_, place) => ({
    accessionNumber: `ACC-${place}`,
    result: '1',
    date: '20260511',
  }));
  await takeReads(nodeConfig({ home }), 'chest-nodule', rows);
  const [compared] = await compareWithReaders(nodeConfig({ home }));
  assert.deepEqual(compared?.comparison, { kind: 'withheld', cases: 18, least: 20 });
  await rm(home, { recursive: true, force: true });
});
