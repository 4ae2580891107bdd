import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from '#audit';
import { type Clock, UnicaError } from '#base';
import { bad, examineDatabase, examineObjects, good, note, skipped, unreadable } from '#checkup';
import { type Database, openDatabase, openFolderBlobs } from '#store';
import type { Finding } from '#wire';
import type { NodeConfig } from './config.ts';
import { DossierDesk } from './dossier-desk.ts';
import { type IdentityCard, keyPath, readIdentityCard } from './identity-card.ts';
import { OwnKeys } from './own-keys.ts';
import { type AllNodeTables, allNodeMigrations } from './records.ts';
import { vaultWhenNeeded } from './site-vault-settings.ts';

/** Objects of the archive that are read, the newest first. */
const MOST_READ = 20;
const RESTS_ON_ABOVE = 'It rests on what failed above.';

/** What a home holds, as far as it could be opened; whoever asked closes the database. */
export interface ExaminedHome {
  readonly findings: readonly Finding[];
  readonly card: IdentityCard | undefined;
  readonly keys: OwnKeys | undefined;
  /** Undefined where it is not whole or not of this version. */
  readonly database: Database<AllNodeTables> | undefined;
}

/** Looks at what lies in a home, and changes nothing in it: card, key, secret, database, journal, objects, vault, dossier. */
export async function examineHome(config: NodeConfig, clock: Clock): Promise<ExaminedHome> {
  const findings: Finding[] = [];
  let card: IdentityCard;
  try {
    card = await readIdentityCard(config.home);
  } catch (error) {
    const isNew = error instanceof UnicaError && error.code === 'node.not-initialised';
    const finding = isNew ? note('home', error) : bad('home', error, { path: config.home });
    return { findings: [finding], card: undefined, keys: undefined, database: undefined };
  }
  findings.push(good('home', `This is ${card.displayName} (${card.siteId}), enrolled with ${card.hubName}.`));
  const { finding, keys } = await examineKey(config.home);
  findings.push(finding);
  const { finding: whole, database } = await openForReading(config);
  findings.push(whole);
  if (database === undefined || keys === undefined) {
    findings.push(...(['journal', 'objects', 'dossier'] as const).map((check) => skipped(check, RESTS_ON_ABOVE)));
  } else {
    findings.push(
      await examineJournal(database, keys, clock),
      await examineObjects(
        async () => await openFolderBlobs(config.blobsPath),
        await newestObjects(database),
        config.blobsPath,
      ),
      await examineDossier({ config, card, keys, database }, clock),
    );
  }
  findings.push(await examineVault(config));
  return { findings, card, keys, database };
}

async function examineKey(home: string): Promise<{ readonly finding: Finding; readonly keys: OwnKeys | undefined }> {
  try {
    if (!existsSync(keyPath(home))) throw new UnicaError('node.key-lost', { path: keyPath(home) });
    const known = await OwnKeys.known(home);
    const secretPath = join(home, 'site.secret');
    const secret = await readFile(secretPath, 'utf8').catch(() => '');
    if (!/^[0-9a-f]{64}$/.test(secret.trim())) throw new UnicaError('checkup.secret-lost', { path: secretPath });
    const keys = await OwnKeys.open(home);
    if (known.length > 0 && !known.includes(keys.publicKey))
      throw new UnicaError('checkup.key-strange', { path: keyPath(home) });
    return {
      finding: good(
        'key',
        `The key and the secret of the site are in place, for their owner alone. The public key is ${keys.publicKey}`,
      ),
      keys,
    };
  } catch (error) {
    return { finding: bad('key', error, { path: home }), keys: undefined };
  }
}

async function openForReading(
  config: NodeConfig,
): Promise<{ readonly finding: Finding; readonly database: Database<AllNodeTables> | undefined }> {
  const path = config.databasePath;
  if (!existsSync(path)) {
    const problem = `${path} is not there`;
    return { finding: bad('database', new UnicaError('checkup.database-damaged', { problem })), database: undefined };
  }
  let database: Database<AllNodeTables> | undefined;
  try {
    database = await openDatabase<AllNodeTables>({ engine: 'sqlite', path });
    const finding = await examineDatabase(database, allNodeMigrations, path);
    if (finding.state === 'good') return { finding, database };
    await database.close();
    return { finding, database: undefined };
  } catch (error) {
    await database?.close().catch(() => undefined);
    return { finding: unreadable(error, 'sqlite', path), database: undefined };
  }
}

async function examineJournal(database: Database<AllNodeTables>, keys: OwnKeys, clock: Clock): Promise<Finding> {
  const journal = openJournal(database, { keys, clock, formerKeys: keys.former });
  const { intact, entries, broken_at } = await journal.verify();
  return intact
    ? good('journal', `The journal holds together: ${entries} entries.`)
    : bad('journal', new UnicaError('checkup.journal-broken', { entry: broken_at ?? 0 }));
}

async function newestObjects(database: Database<AllNodeTables>): Promise<readonly string[]> {
  const rows = await database.kysely
    .selectFrom('instances')
    .select('blob_sha256')
    .orderBy('imported_at_ms', 'desc')
    .limit(MOST_READ)
    .execute();
  return rows.map((row) => row.blob_sha256);
}

async function examineDossier(
  {
    config,
    card,
    keys,
    database,
  }: {
    readonly config: NodeConfig;
    readonly card: IdentityCard;
    readonly keys: OwnKeys;
    readonly database: Database<AllNodeTables>;
  },
  clock: Clock,
): Promise<Finding> {
  const journal = openJournal(database, { keys, clock, formerKeys: keys.former });
  const isExample = config.dossier === 'example';
  const desk = new DossierDesk({ db: database.kysely, journal, card, clock, isExample });
  const { hindrances } = await desk.standing();
  return hindrances.length === 0
    ? good('dossier', isExample ? 'An example stands for the legal dossier.' : 'The legal dossier is complete.')
    : note('dossier', new UnicaError('node.dossier-incomplete', { missing: hindrances.join(', ') }));
}

async function examineVault(config: NodeConfig): Promise<Finding> {
  const vault = vaultWhenNeeded(config.siteVault);
  if (vault === undefined) return skipped('vault', 'This node keeps no vault (UNICA_VAULT is not set).');
  try {
    await vault.open();
    return good('vault', 'The vault opens with its key.');
  } catch (error) {
    return bad('vault', error, { path: config.siteVault?.path ?? '?' });
  } finally {
    await vault.close();
  }
}
