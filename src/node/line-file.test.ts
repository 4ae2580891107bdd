import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LineFile } from './line-file.ts';

test('a file of lines is there when it is whole', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-lines-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  const file = new LineFile(join(folder, 'a.csv'));
  await file.write(['a', 'b']);
  await file.write([]);
  assert.ok(!(await readdir(folder)).includes('a.csv'));
  await file.end();
  assert.deepEqual(await readdir(folder), ['a.csv']);
  assert.equal(await readFile(join(folder, 'a.csv'), 'utf8'), 'a\nb\n');
});

test('a file of lines that cannot be written is a failure of whoever writes, not the end of the process', async () => {
  const path = join(tmpdir(), 'unica-no-such-folder', 'a.csv');
  const ended = new LineFile(path);
  await ended.write(['a']);
  await assert.rejects(ended.end(), { code: 'ENOENT' });
  const written = new LineFile(path);
  const line = 'x'.repeat(1_000_000);
  await assert.rejects(
    async () => {
      for (;;) await written.write([line]);
    },
    { code: 'ENOENT' },
  );
});
