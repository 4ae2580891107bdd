import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VillageHome } from './village-home.ts';

const settings = { nodes: 3, seed: 1 };
const fresh = (): string => mkdtempSync(join(tmpdir(), 'unica-home-'));

test('an unfinished demo with the same settings goes on where it stopped', async () => {
  const path = fresh();
  const first = VillageHome.open(path, settings);
  assert.equal(first.resumed, false);
  assert.equal(await first.once('job', async () => 'job-1'), 'job-1');
  writeFileSync(first.at('kept'), 'x');
  first.close();
  const second = VillageHome.open(path, settings);
  assert.equal(second.resumed, true);
  assert.equal(await second.once('job', async () => 'job-2'), 'job-1');
  assert.ok(existsSync(second.at('kept')));
  second.close();
});

for (const { name, finish, next } of [
  { name: 'other settings', finish: false, next: { nodes: 2, seed: 1 } },
  { name: 'a finished demo', finish: true, next: settings },
]) {
  test(`${name} start cleanly`, async () => {
    const path = fresh();
    const first = VillageHome.open(path, settings);
    await first.once('job', async () => 'job-1');
    writeFileSync(first.at('old'), 'x');
    if (finish) first.finish();
    first.close();
    const second = VillageHome.open(path, next);
    assert.deepEqual([second.resumed, existsSync(second.at('old'))], [false, false]);
    assert.equal(await second.once('job', async () => 'job-2'), 'job-2');
    second.close();
  });
}

test('a folder with other things in it is left alone', () => {
  const path = fresh();
  writeFileSync(join(path, 'thesis.txt'), 'x');
  assert.throws(() => VillageHome.open(path, settings), { code: 'village.home-foreign' });
  assert.ok(existsSync(join(path, 'thesis.txt')));
});

test('a living demo keeps its folder; a dead one leaves it free', () => {
  const path = fresh();
  const first = VillageHome.open(path, settings);
  writeFileSync(join(path, 'demo.lock'), '1 ');
  assert.throws(() => VillageHome.open(path, settings), { code: 'village.running' });
  writeFileSync(join(path, 'demo.lock'), '4194303 1');
  const second = VillageHome.open(path, settings);
  assert.equal(second.resumed, true);
  second.close();
  first.close();
});
