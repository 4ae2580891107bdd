import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('each check that is taken out of the enforcing code is noticed by the games', async () => {
  const script = fileURLToPath(new URL('../../scripts/wishes-mutants.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  const told = Buffer.concat(chunks).toString('utf8');
  assert.equal(code, 0, told);
  assert.match(told, /^(\d+) of \1 mutants caught$/m);
});
