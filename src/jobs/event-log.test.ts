import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachEngine } from '#store';
import { openEventLog } from './event-log.ts';
import { type JobsTables, jobsMigrations } from './task-table.ts';

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];

forEachEngine(
  test,
  POSTGRES_URL,
  'events: read in the order appended, versions without gaps',
  async (open, context) => {
    const log = openEventLog(await open<JobsTables>(context, jobsMigrations), () => 1);
    assert.equal(await log.append('job/1', 0, ['a', { b: [1, null] }]), true);
    assert.equal(await log.append('job/1', 2, []), true);
    assert.equal(await log.append('job/1', 2, ['c']), true);
    assert.equal(await log.append('job/2', 0, ['other']), true);
    assert.deepEqual(await log.read('job/1'), [
      { version: 1, event: 'a' },
      { version: 2, event: { b: [1, null] } },
      { version: 3, event: 'c' },
    ]);
    assert.deepEqual(await log.read('job/1', 2), [{ version: 3, event: 'c' }]);
    assert.deepEqual(await log.read('job/3'), []);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'events: of writers who saw the same state one wins, and nothing of the others stays',
  async (open, context) => {
    const log = openEventLog(await open<JobsTables>(context, jobsMigrations), () => 1);
    for (const expected of [-1, 1, 7]) assert.equal(await log.append('s', expected, ['x']), false);
    const won = await Promise.all(
      Array.from({ length: 6 }, (_, writer) =>
        log.append('s', 0, [`${writer}-1`, `${writer}-2`].slice(0, 1 + (writer % 2))),
      ),
    );
    const winner = won.indexOf(true);
    assert.deepEqual(won.filter(Boolean), [true]);
    assert.deepEqual(
      (await log.read('s')).map(({ event }) => event),
      [`${winner}-1`, `${winner}-2`].slice(0, 1 + (winner % 2)),
    );
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'events: streams are found by the exact beginning of their name, newest first',
  async (open, context) => {
    let nowMs = 0;
    const log = openEventLog(await open<JobsTables>(context, jobsMigrations), () => nowMs);
    for (const stream of [
      'job/b',
      'JOB/x',
      'job/A',
      'job',
      'jobs/1',
      'job/ä',
      'jo/b',
      'job/\u{1f600}',
      'j%/1',
      'j_b/1',
    ]) {
      nowMs += 1;
      await log.append(stream, 0, ['made']);
    }
    assert.deepEqual(await log.streams('job/'), ['job/\u{1f600}', 'job/ä', 'job/A', 'job/b']);
    assert.deepEqual(await log.streams('j%'), ['j%/1']);
    assert.deepEqual(await log.streams('j_'), ['j_b/1']);
    assert.equal((await log.streams('')).length, 10);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'events: listeners hear of what was appended and of nothing else',
  async (open, context) => {
    const log = openEventLog(await open<JobsTables>(context, jobsMigrations), () => 1);
    const heard: string[] = [];
    const stop = log.subscribe((stream) => heard.push(stream));
    await log.append('a', 0, ['1']);
    await log.append('a', 0, ['lost']);
    stop();
    await log.append('a', 1, ['2']);
    assert.deepEqual(heard, ['a']);
  },
);
