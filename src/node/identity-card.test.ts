import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeConfig } from './config.ts';
import { examineNode } from './examine-node.ts';
import { cardWhereEnrolled, readIdentityCard } from './identity-card.ts';
import { initNode } from './init-node.ts';

test('a card that is torn or cannot be read is not one that is missing: nobody is led to enrol again over the keys', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-card-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  await assert.rejects(readIdentityCard(home), { code: 'node.not-initialised' });
  assert.equal(await cardWhereEnrolled(home), undefined);
  const path = join(home, 'node.json');
  const invitation = { hubUrl: 'http://127.0.0.1:1', code: 'ABCD-EFGH-JKMN-PQRS' };
  for (const make of [
    async () => await writeFile(path, '{"siteId":"lisb'),
    async () => await writeFile(path, '{"siteId":"lisbon"}'),
    async () => await mkdir(path),
  ]) {
    await rm(path, { recursive: true, force: true });
    await make();
    await assert.rejects(readIdentityCard(home), { code: 'node.card-damaged' });
    await assert.rejects(initNode(nodeConfig({ home, port: '0' }), invitation), { code: 'node.card-damaged' });
    const { findings } = await examineNode(nodeConfig({ home, port: '0' }));
    const own = findings.find(({ check }) => check === 'home');
    assert.deepEqual([own?.state, own?.code], ['bad', 'node.card-damaged']);
    assert.match(own?.mend ?? '', /unica node restore/);
  }
});

test('what is no one-time code is told before anything is made', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-card-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const config = nodeConfig({ home: join(folder, 'node'), port: '0' });
  for (const code of [
    '',
    'x',
    '---- ----',
    'https://hub.example.eu/enrol?code=ABCD-EFGH-JKMN-PQRS&site=lisbon-and-more',
  ])
    await assert.rejects(
      initNode(config, { hubUrl: 'http://127.0.0.1:1', code }),
      { code: 'node.code-unusable' },
      code,
    );
  assert.deepEqual(await readdir(folder), []);
});
