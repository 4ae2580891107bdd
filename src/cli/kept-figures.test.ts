import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { KeptFigures } from './kept-figures.ts';

test('figures that took long are there for whoever begins again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-kept-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  const kept = new KeptFigures<number>(join(folder, 'results'), 'figures.json');
  assert.deepEqual(await kept.read(), []);
  await kept.write([1, 2]);
  await kept.write([1, 2, 3]);
  assert.deepEqual(await new KeptFigures<number>(join(folder, 'results'), 'figures.json').read(), [1, 2, 3]);
  assert.deepEqual(await readdir(join(folder, 'results')), ['figures.json']);
});

test('a file that is damaged is told and not taken for none', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-kept-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'figures.json'), '[1, 2');
  await assert.rejects(new KeptFigures<number>(folder, 'figures.json').read(), SyntaxError);
});

test('without a folder nothing is kept', async () => {
  const kept = new KeptFigures<number>(undefined, 'figures.json');
  await kept.write([1]);
  assert.deepEqual(await kept.read(), []);
});
