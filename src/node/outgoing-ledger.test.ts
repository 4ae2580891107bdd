import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromUtf8, utf8 } from '#base';
import { migrate, openDatabase } from '#store';
import { csvCell, OutgoingLedger } from './outgoing-ledger.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

for (const [text, cell] of [
  ['plain', 'plain'],
  ['', ''],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
  ['a,b', '"a,b"'],
  ['line\r\nbreak', '"line\r\nbreak"'],
  ['a=b', 'a=b'],
] as const) {
  test(`a cell of the ledger's table: ${JSON.stringify(text)}`, () => assert.equal(csvCell(text), cell));
}

test('the ledger is filtered, summed and written as a table, all alike', async (context) => {
  const database = await openDatabase<NodeTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, nodeMigrations);
  let nowMs = 0;
  const ledger = new OutgoingLedger(database, () => nowMs);
  const send = async (kind: 'poll' | 'update', bytes: number, jobId: string | null) => {
    nowMs += 1000;
    const path = kind === 'update' ? '=cmd|calc,"x"' : '/api/v1/node/poll';
    await ledger.record({ kind, method: 'POST', path, body: utf8('x'.repeat(bytes)), jobId });
  };
  for (let round = 0; round < 3; round += 1) {
    await send('poll', 10, null);
    await send('update', 100, round === 2 ? 'job-b' : 'job-a');
  }
  assert.deepEqual(await ledger.totals({ jobId: 'job-a' }), [{ kind: 'update', requests: 2, bytes: 200 }]);
  assert.deepEqual(await ledger.totals({ fromMs: 2000, toMs: 4000 }), [
    { kind: 'poll', requests: 1, bytes: 10 },
    { kind: 'update', requests: 1, bytes: 100 },
  ]);
  assert.deepEqual(
    (await ledger.list({ limit: 9, filter: { kind: 'poll' } })).map(({ sequence }) => sequence),
    [5, 3, 1],
  );
  assert.deepEqual(await ledger.jobs(), ['job-b', 'job-a']);
  let table = '';
  for await (const stretch of ledger.csv({ kind: 'update' })) table += fromUtf8(stretch);
  const [head, ...rows] = table.trim().split('\r\n');
  assert.equal(head?.replace('\uFEFF', ''), 'number,time,kind,method,path,bytes,sha256,job');
  assert.equal(rows.length, 3);
  assert.match(rows[0] ?? '', /^2,1970-01-01T00:00:02\.000Z,update,POST,"'=cmd\|calc,""x""",100,[0-9a-f]{64},job-a$/);
});

test('two programs of one home list beside one another, each request under a number of its own', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-ledger-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const config = { engine: 'sqlite', path: join(folder, 'node.sqlite') } as const;
  const databases = [await openDatabase<NodeTables>(config), await openDatabase<NodeTables>(config)] as const;
  context.after(() => Promise.all(databases.map((database) => database.close())));
  await migrate(databases[0], nodeMigrations);
  const [service, command] = databases.map((database) => new OutgoingLedger(database, () => 1));
  const request = { kind: 'poll', method: 'POST', path: '/', body: utf8('x'), jobId: null } as const;
  for (const ledger of [service, command, service, service, command]) await ledger?.record(request);
  await Promise.all([service?.record(request), service?.record(request)]);
  const rows = await service?.list({ limit: 9 });
  assert.deepEqual(
    rows?.map(({ sequence }) => sequence),
    [7, 6, 5, 4, 3, 2, 1],
  );
});
