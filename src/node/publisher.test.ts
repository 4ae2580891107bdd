import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog, UnicaError } from '#base';
import { nodeConfig } from './config.ts';
import { CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import { DataQuality } from './data-quality.ts';
import { importIntoNode } from './node-commands.ts';
import { openNode } from './open-node.ts';
import { Publisher } from './publisher.ts';
import { enrolledHome, fictitiousObject } from './receiver-rig.ts';

const WORDS = { title: 'Films', description: 'Of nobody.', conditions: [] };

test('a version of images alone is frozen before the hub hears of it, and its number is not given to other images', async (context) => {
  // The thread that looks at the quality keeps nobody waiting; a house is there anyway.
  const house = setInterval(() => {}, 1000);
  context.after(() => clearInterval(house));
  const folder = await mkdtemp(join(tmpdir(), 'unica-publisher-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['home', 'first', 'second']) await mkdir(join(folder, name));
  await enrolledHome(join(folder, 'home'));
  const config = nodeConfig({ home: join(folder, 'home'), port: '0' });
  for (const [name, number] of [
    ['first', 0],
    ['second', 4],
  ] as const)
    await writeFile(join(folder, name, 'a.dcm'), fictitiousObject(number));
  await importIntoNode(config, { paths: [join(folder, 'first')] });

  let isHubThere = false;
  const publish = async () => {
    const node = await openNode(config, silentLog);
    try {
      const data = new CurrentData(node.archive, node.standing, node.warehouse);
      const publisher = new Publisher({
        db: node.database.kysely,
        warehouse: node.warehouse,
        dossier: { mayShare: async () => {} },
        quality: new DataQuality(node.database.kysely, data),
        data,
        hub: {
          async post(_call, schema) {
            if (!isHubThere) throw new UnicaError('internal');
            return schema.parse({ accepted: true });
          },
        },
        card: node.card,
        secret: node.secret,
        journal: node.journal,
        clock: node.clock,
        minimumCount: 1,
        synthetic: true,
      });
      const outcome = await publisher.publish(WHOLE_ARCHIVE, WORDS, 'curator').catch((thrown: unknown) => thrown);
      const versions = [];
      for (const version of [1, 2]) {
        const build = await node.warehouse.version(WHOLE_ARCHIVE, version);
        if (build === undefined) continue;
        const studies = [];
        for await (const rows of node.warehouse.rows(build.build, 'image_study'))
          studies.push(...rows.map(({ values }) => values['study_uid']));
        versions.push({ sha256: build.contentSha256, persons: build.persons, studies: studies.length });
      }
      return { outcome, versions };
    } finally {
      await node.close();
    }
  };

  const unheard = await publish();
  assert.ok(unheard.outcome instanceof UnicaError);
  assert.deepEqual(
    unheard.versions.map(({ persons, studies }) => [persons, studies]),
    [[1, 1]],
  );
  await importIntoNode(config, { paths: [join(folder, 'second')] });
  isHubThere = true;
  const heard = await publish();
  assert.equal((heard.outcome as { readonly version?: number }).version, 2);
  assert.deepEqual(heard.versions[0], unheard.versions[0], 'the first version is what it was');
  assert.deepEqual(
    heard.versions.map(({ studies }) => studies),
    [1, 2],
  );
  const again = await publish();
  assert.equal((again.outcome as { readonly version?: number }).version, 2, 'the same data are the same version');
  assert.deepEqual(again.versions, heard.versions);
});
