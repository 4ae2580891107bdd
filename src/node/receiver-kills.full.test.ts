import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { killReceiver } from './receiver-kills.ts';

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));

test('receiver: a node killed in the middle of a send loses nothing it acknowledged and keeps nothing twice', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-kills-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const {
    seconds: _,
    unconfirmed,
    ...report
  } = await killReceiver({
    home,
    program: PROGRAM,
    instances: 160,
    kills: 5,
    seed: 11,
  });
  assert.deepEqual(report, {
    kills: 5,
    killsDuringStart: 1,
    acknowledged: 160,
    images: 156,
    quarantined: 4,
    lost: 0,
    twice: 0,
    damaged: 0,
    leftOver: 0,
    journalIntact: true,
  });
  assert.ok(unconfirmed > 0, 'it was killed while it received');
});
