import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { UnicaError } from '#base';
import { openVault, type VaultLink } from './site-vault.ts';
import { makeKeyFile, type VaultKey } from './vault-key.ts';

const NAME = 'PAT-7739-Wörlitz';
const ISSUER = 'HOSP-LISBOA-ISSUER';
const STUDY = '1.2.752.24.7.19011234.5';

function link(number: number): VaultLink {
  return {
    patientId: `${NAME}-${number}`,
    issuer: ISSUER,
    person: `UNICA-${String(number).padStart(32, '0')}`,
    daysBack: 1 + (number % 1095),
    studyInstanceUid: `${STUDY}.${number}`,
    newStudyInstanceUid: `2.25.99887766554433221100.${number}`,
  };
}

const is = (code: string) => (error: unknown) =>
  error instanceof UnicaError && error.code === code && !error.message.includes(NAME);

describe('the site vault', () => {
  let folder = '';
  let path = '';
  let key: VaultKey;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unica-vault-'));
    path = join(folder, 'site.vault');
    key = { kind: 'file', path: join(folder, 'vault.key') };
    await makeKeyFile(key.path);
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const filled = async (people: number) => {
    const vault = await openVault({ path, key, create: 'if-missing' });
    await vault.record(Array.from({ length: people }, (_, number) => link(number)));
    return vault;
  };

  /** Changes the file as somebody would who has it and not its key. */
  const meddle = (statement: string): void => {
    const database = new Libsql(path);
    database.exec(statement);
    database.close();
  };

  it('finds by the hospital’s number, the pseudonym and either UID of a study; after another opening too', async () => {
    await (await filled(20)).close();
    const vault = await openVault({ path, key });
    const { patientId, issuer, person, daysBack, studyInstanceUid, newStudyInstanceUid } = link(7);
    const expected = [{ patientId, issuer, person, daysBack, studies: [{ studyInstanceUid, newStudyInstanceUid }] }];
    for (const question of [
      { patientId: ` ${patientId} ` },
      { person },
      { studyInstanceUid },
      { newStudyInstanceUid },
    ]) {
      assert.deepEqual(await vault.find(question), expected, Object.keys(question).join());
    }
    assert.deepEqual(await vault.find({ patientId: `${NAME}-20` }), []);
    await vault.close();
  });

  it('keeps a link once, and all studies of a person', async () => {
    const vault = await filled(3);
    assert.equal(await vault.record([link(1), link(1)]), 0);
    const second = { ...link(1), studyInstanceUid: `${STUDY}.second`, newStudyInstanceUid: '2.25.2' };
    assert.equal(await vault.record([second, second]), 1);
    assert.equal((await vault.find({ studyInstanceUid: second.studyInstanceUid }))[0]?.studies.length, 2);
    assert.deepEqual(await vault.check(), { people: 3, studies: 4 });
    await vault.close();
  });

  it('tells two people apart whose number is the same at two issuers', async () => {
    const vault = await filled(1);
    await vault.record([
      { ...link(0), issuer: 'OTHER-HOUSE', studyInstanceUid: '1.2.3', newStudyInstanceUid: '2.25.3' },
    ]);
    const found = await vault.find({ patientId: link(0).patientId });
    assert.deepEqual(
      found.map(({ issuer, studies }) => [issuer, studies.map((study) => study.studyInstanceUid)]),
      [
        [ISSUER, [`${STUDY}.0`]],
        ['OTHER-HOUSE', ['1.2.3']],
      ],
    );
    await vault.close();
  });

  it('shows nothing of whom it knows in any of its files, while it is open and after; they are the owner’s alone', async () => {
    const vault = await filled(200);
    const look = async () => {
      for (const name of await readdir(folder)) {
        const bytes = await readFile(join(folder, name));
        for (const secret of [NAME, ISSUER, STUDY, 'UNICA-0', '99887766554433221100']) {
          assert.equal(bytes.includes(secret), false, `${secret} in ${name}`);
        }
        assert.equal((await stat(join(folder, name))).mode & 0o077, 0, name);
      }
    };
    await look();
    await vault.close();
    await look();
  });

  it('opens with its key only, and says so', async () => {
    await (await filled(2)).close();
    const other: VaultKey = { kind: 'file', path: join(folder, 'other.key') };
    await makeKeyFile(other.path);
    await assert.rejects(openVault({ path, key: other }), is('vault.wrong-key'));
    const words: VaultKey = { kind: 'passphrase', passphrase: 'correct horse battery staple' };
    await assert.rejects(openVault({ path, key: words }), is('vault.wrong-key'));
    await assert.rejects(openVault({ path: join(folder, 'elsewhere'), key }), is('vault.missing'));
    await assert.rejects(openVault({ path, key, create: 'new' }), is('vault.exists'));
    const unusable: readonly VaultKey[] = [
      { kind: 'file', path: join(folder, 'nowhere') },
      { kind: 'passphrase', passphrase: 'short' },
    ];
    for (const bad of unusable) await assert.rejects(openVault({ path, key: bad }), is('vault.key-unusable'));
  });

  it('opens with a passphrase, spaces around it or not', async () => {
    const passphrase = 'four words and a río';
    const made = await openVault({ path, key: { kind: 'passphrase', passphrase }, create: 'new' });
    await made.record([link(1)]);
    await made.close();
    const vault = await openVault({
      path,
      key: { kind: 'passphrase', passphrase: ` ${passphrase.normalize('NFD')}\n` },
    });
    assert.equal((await vault.find({ person: link(1).person })).length, 1);
    await vault.close();
  });

  const CHANGES: readonly (readonly [string, string])[] = [
    ['a sealed entry has another bit', 'update vault_links set sealed = zeroblob(128) where number = 3'],
    ['an entry was taken out', 'delete from vault_links where number = 3'],
    [
      'an entry’s place was given to another',
      'update vault_links set original = (select original from vault_links where number = 5) where number = 3',
    ],
    [
      'two sealed entries changed places',
      'update vault_links set sealed = (select sealed from vault_links where number = 5) where number = 3',
    ],
    [
      'an entry was replaced by a copy of another',
      'delete from vault_links where number = 3; insert into vault_links select 3, zeroblob(16), original, pseudonym, owner, sealed from vault_links where number = 5',
    ],
    ['the tally is another', 'update vault_header set tally = zeroblob(80)'],
    ['the tally is one of long ago', ''],
  ];
  for (const [what, statement] of CHANGES) {
    it(`notices that ${what}`, async () => {
      const vault = await filled(1);
      await vault.close();
      const before = new Libsql(path);
      const { tally } = before.prepare('select tally from vault_header').get() as { tally: ArrayBuffer };
      before.close();
      await (await filled(4)).close();
      const meddled = new Libsql(path);
      if (statement === '') meddled.prepare('update vault_header set tally = ?').run([Buffer.from(tally)]);
      else meddled.exec(statement);
      meddled.close();
      await assert.rejects(async () => {
        const again = await openVault({ path, key });
        try {
          await again.check();
        } finally {
          await again.close();
        }
      }, is('vault.damaged'));
    });
  }

  it('does not answer that there is nobody when entries were taken out', async () => {
    await (await filled(4)).close();
    meddle('delete from vault_links');
    const vault = await openVault({ path, key });
    await assert.rejects(vault.find({ patientId: link(1).patientId }), is('vault.damaged'));
    await vault.close();
  });

  it('refuses a file that is no vault', async () => {
    await writeFile(path, 'no database at all, but long enough to be read as the head of one '.repeat(20));
    await assert.rejects(openVault({ path, key }), is('vault.damaged'));
  });

  it('forgets a person for good: nothing of the entry is left in the file', async () => {
    const vault = await filled(50);
    await vault.close();
    const database = new Libsql(path);
    const rows = database.prepare('select sealed from vault_links').raw().all() as unknown as readonly [ArrayBuffer][];
    database.close();
    const again = await openVault({ path, key });
    assert.equal(await again.forget({ patientId: link(9).patientId }), 2);
    assert.deepEqual(await again.find({ person: link(9).person }), []);
    assert.deepEqual(await again.check(), { people: 49, studies: 49 });
    await again.close();
    const bytes = await readFile(path);
    const left = rows.filter(([sealed]) => bytes.includes(Buffer.from(sealed).subarray(0, 64)));
    assert.equal(left.length, rows.length - 2);
  });

  it('changes its key: the old one opens nothing, one who had it open is told, nothing is lost', async () => {
    const writer = await filled(700);
    const vault = await openVault({ path, key });
    const fresh: VaultKey = { kind: 'file', path: join(folder, 'fresh.key') };
    await makeKeyFile(fresh.path);
    await vault.rotateKey(fresh);
    assert.equal((await vault.find({ person: link(5).person })).length, 1);
    await assert.rejects(writer.record([link(9999)]), is('vault.key-changed'));
    await assert.rejects(writer.find({ person: link(5).person }), is('vault.key-changed'));
    await writer.close();
    await vault.close();
    await assert.rejects(openVault({ path, key }), is('vault.wrong-key'));
    const again = await openVault({ path, key: fresh });
    assert.deepEqual(await again.check(), { people: 700, studies: 700 });
    let people = 0;
    for await (const person of again.people()) people += person.studies.length;
    assert.equal(people, 700);
    await again.close();
  });

  /** Writes links from `first` on, one transaction each, and says after each that it is kept. */
  const writing = (first: number, count: number) =>
    spawn(
      process.execPath,
      [fileURLToPath(new URL('./vault-writer.js', import.meta.url)), JSON.stringify({ path, key, first, count })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );

  it('takes from several processes at once, each entry once', async () => {
    const children = [0, 100, 50].map((first) => writing(first, 100));
    await Promise.all(
      children.map(async (child) => {
        child.stdout.resume();
        const [code] = await once(child, 'exit');
        assert.equal(code, 0);
      }),
    );
    const vault = await openVault({ path, key });
    assert.deepEqual(await vault.check(), { people: 200, studies: 200 });
    await vault.close();
  });

  it('has after kill -9 all that it said was kept, and is whole', async () => {
    for (const round of [0, 1, 2]) {
      const child = writing(round * 10_000, 10_000);
      let said = '';
      child.stdout.setEncoding('utf8');
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (text: string) => {
          said += text;
          if (said.split('\n').length > 40 + 10 * round) resolve();
        });
      });
      child.kill('SIGKILL');
      await once(child, 'close');
      const kept = said.split('\n').slice(0, -1).map(Number);
      const vault = await openVault({ path, key });
      await vault.check();
      for (const number of kept) assert.equal((await vault.find({ person: link(number).person })).length, 1);
      await vault.close();
    }
  });
});
