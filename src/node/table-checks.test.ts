import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { silentLog } from '#base';
import { nodeConfig } from './config.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';
import { type AskedTable, TableChecks } from './table-checks.ts';

const [ADA, BEN] = ['person:ada', 'person:ben'];
const FOUND = { verdict: 'anonymous', looked: { cells: true, purpose: true, others: true } } as const;

let home: string;
let node: OpenNode;
let checks: TableChecks;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'unica-table-checks-'));
  await enrolledHome(home);
  node = await openNode(nodeConfig({ home, port: '0' }), silentLog);
  checks = new TableChecks(node.database.kysely, node);
});

after(async () => {
  await node.close();
  await rm(home, { recursive: true, force: true });
});

const told = async (subject: string) =>
  (await node.journal.view(100, { subject })).entries.map(({ action, actor }) => `${action} ${actor}`).reverse();

/** A table that waits; its number. */
async function asked(permitId: string): Promise<{ readonly table: AskedTable; readonly checkId: string }> {
  const table = {
    ...{ permitId, projectId: 'project', holder: 'person:researcher', purpose: 'To count.' },
    asked: { query: {}, fields: [] },
    answer: {},
  } as unknown as AskedTable;
  await assert.rejects(checks.mustHavePassed(table), { code: 'node.table-waits' });
  const waiting = await checks.list(ADA);
  return { table, checkId: waiting.find((one) => one.permitId === permitId)?.checkId ?? assert.fail() };
}

test('a table leaves after two different people, and each of them is in the journal with it', async () => {
  const { table, checkId } = await asked('permit-1');
  assert.equal((await checks.judge(checkId, FOUND, ADA)).state, 'waiting');
  await assert.rejects(checks.judge(checkId, FOUND, ADA), { code: 'node.second-person' });
  await assert.rejects(checks.mustHavePassed(table), { code: 'node.table-waits' });
  assert.equal((await checks.judge(checkId, FOUND, BEN)).state, 'released');
  assert.deepEqual(await checks.mustHavePassed(table), { checkId });
  await assert.rejects(checks.judge(checkId, FOUND, BEN), { code: 'node.table-checked' });
  assert.deepEqual(await told(checkId), [`table.found-anonymous ${ADA}`, `table.found-anonymous ${BEN}`]);
  assert.deepEqual(await node.journal.factsOf('table.found-anonymous'), [{ state: 'waiting' }, { state: 'released' }]);
});

test('a verdict that the journal could not take counts for nothing: no table leaves by it', async () => {
  const { table, checkId } = await asked('permit-2');
  await checks.judge(checkId, FOUND, ADA);
  const db = node.database.kysely;
  const refusal = sql.lit('no space left');
  await sql`create trigger full_disk before insert on audit_entries begin select raise(abort, ${refusal}); end`.execute(
    db,
  );
  await assert.rejects(checks.judge(checkId, FOUND, BEN), /no space left/);
  await assert.rejects(checks.mustHavePassed(table), { code: 'node.table-waits' });
  await sql`drop trigger full_disk`.execute(db);
  assert.equal((await checks.judge(checkId, { verdict: 'refused', because: 'a single person' }, BEN)).state, 'refused');
  await assert.rejects(checks.mustHavePassed(table), { code: 'node.table-refused' });
  assert.deepEqual(await told(checkId), [`table.found-anonymous ${ADA}`, `table.refused ${BEN}`]);
});

test('of two who judge at the same moment one counts and is told of; the other looks again', async () => {
  const { checkId } = await asked('permit-3');
  const verdicts = await Promise.allSettled([ADA, BEN].map((person) => checks.judge(checkId, FOUND, person)));
  assert.deepEqual(verdicts.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await told(checkId)).length, 1);
});
