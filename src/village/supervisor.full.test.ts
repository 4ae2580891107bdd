import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { freePort } from './free-port.ts';
import { isRunning } from './process-memory.ts';
import { Supervisor } from './supervisor.ts';

/** A house in small: serves health on a port and ends when its parent's channel closes. */
const HOUSE = `
import { createServer } from 'node:http';
const port = Number(process.argv[2]);
createServer((_, answer) => answer.end('ok')).listen(port, '127.0.0.1');
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
`;

function village() {
  const home = mkdtempSync(join(tmpdir(), 'unica-supervisor-'));
  const house = join(home, 'house.mjs');
  writeFileSync(house, HOUSE);
  const told: string[] = [];
  const supervisor = new Supervisor({
    program: [process.execPath, house],
    home,
    tell: (line) => told.push(line),
  });
  const pids = (): { readonly hub: number | null; readonly nodes: Readonly<Record<string, number>> } =>
    JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8'));
  return { supervisor, told, pids };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a killed process is started again on its port, told in one line, and none is left at the end', async () => {
  const { supervisor, told, pids } = village();
  const port = await freePort(48_000);
  const healthUrl = `http://127.0.0.1:${port}/healthz`;
  await supervisor.start({
    name: 'node lisbon',
    kind: { house: 'node', siteId: 'lisbon' },
    args: [String(port)],
    healthUrl,
  });
  const first = pids().nodes['lisbon'] ?? 0;
  assert.ok(isRunning(first, undefined));
  process.kill(first, 'SIGKILL');
  await until(() => (pids().nodes['lisbon'] ?? first) !== first);
  assert.deepEqual(told, ['node lisbon stopped unexpectedly (signal SIGKILL); starting it again']);
  for (;;) {
    const answer = await fetch(healthUrl).catch(() => undefined);
    if (answer?.ok === true) break;
  }
  const second = pids().nodes['lisbon'] ?? 0;
  await supervisor.close();
  assert.deepEqual([isRunning(first, undefined), isRunning(second, undefined)], [false, false]);
  assert.deepEqual(pids(), { hub: null, nodes: {} });
});

test('a process that never stays up is given up with its name', async () => {
  const { supervisor } = village();
  await assert.rejects(
    supervisor.start({ name: 'hub', kind: { house: 'hub' }, args: ['99999'], healthUrl: 'http://127.0.0.1:9/' }),
    (error: unknown) => {
      assert.ok(error instanceof UnicaError);
      assert.deepEqual([error.code, error.facts['name']], ['village.child-failed', 'hub']);
      return true;
    },
  );
  await supervisor.close();
});
