import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { migrate, openDatabase } from '#store';
import { HubWitness } from './hub-witness.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

const entry = (sequence: number, digit: string) => ({ sequence, entrySha256: digit.repeat(64) });
const restored = (error: unknown) => error instanceof UnicaError && error.code === 'node.hub-restored';

test('a hub that no longer has what it told, or has less, was set back; a person lets the node go on', async (context) => {
  const database = await openDatabase<NodeTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, nodeMigrations);
  let nowMs = 0;
  const open = async () => await HubWitness.open(database.kysely, () => nowMs);
  const witness = await open();
  assert.equal(witness.question(true), null, 'nothing is held before the first answer');
  await witness.take({ head: entry(7, 'a'), knowsWitness: true });
  assert.equal(witness.question(false), undefined, 'asked a moment ago');
  nowMs += 30_000;
  assert.deepEqual((await open()).question(false), entry(7, 'a'), 'held across a restart');
  await witness.take({ head: entry(9, 'b'), knowsWitness: true });
  for (const answer of [
    { head: entry(12, 'c'), knowsWitness: false },
    { head: entry(8, 'd'), knowsWitness: true },
    { head: null, knowsWitness: true },
  ]) {
    await assert.rejects(witness.take(answer), restored);
    assert.equal(witness.setBack, true);
    assert.equal((await open()).setBack, true, 'a restart does not help');
    await (await open()).accept();
    await witness.reload();
    assert.equal(witness.setBack, false);
    await witness.take({ head: entry(9, 'b'), knowsWitness: true });
  }
});
