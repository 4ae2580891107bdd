import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from './run-program.ts';

interface Told {
  readonly steps: readonly { readonly step: string; readonly state: string }[];
}
const statesOf = (out: string) =>
  Object.fromEntries((JSON.parse(out) as Told).steps.map(({ step, state }) => [step, state]));

test('practice goes the way with made-up images and leaves nothing behind', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-setup-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const { code, out, err } = await runProgram(folder, ['node', 'setup', '--practice', '--json']);
  assert.equal(code, 0, err);
  const states = statesOf(out);
  for (const step of ['machine', 'way-out', 'enrolment', 'membership', 'images'])
    assert.equal(states[step], 'done', step);
  // Law is nothing that can be practised away: what has to be there is said.
  assert.equal(states['dossier'], 'open');
  assert.equal(states['tier-1'], 'later');
  assert.match(err, /nothing is kept/);
  assert.deepEqual(await readdir(folder), []);
});

test('on an empty machine nobody is asked anything where there is no terminal, and the first step is said', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-setup-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const bare = await runProgram(folder, ['node', 'setup', '--json']);
  assert.equal(bare.code, 0, bare.err);
  assert.equal(statesOf(bare.out)['way-out'], 'open');
  const closed = await runProgram(folder, ['node', 'setup', '--hub', 'http://127.0.0.1:1', '--json']);
  assert.equal(statesOf(closed.out)['way-out'], 'blocked');
  assert.equal(statesOf(closed.out)['enrolment'], 'later');
  assert.deepEqual(await readdir(folder), []);
});
