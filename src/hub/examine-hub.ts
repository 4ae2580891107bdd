import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { openJournal } from '#audit';
import { type Clock, UnicaError } from '#base';
import {
  bad,
  checkupOf,
  examineAddress,
  examineCertificate,
  examineClock,
  examineDatabase,
  examineDisk,
  examineFolder,
  examineIssuer,
  examineMemory,
  examineObjects,
  examinePort,
  examineProgram,
  good,
  memoryMib,
  skipped,
  unreadable,
} from '#checkup';
import { loadOrCreateKeys, type SiteKeys } from '#identity';
import { type Database, openDatabase } from '#store';
import type { Checkup, Finding } from '#wire';
import type { HubConfig } from './config.ts';
import { openObjects } from './objects.ts';
import { type AllHubTables, allHubMigrations } from './records.ts';
import { NEEDED_NODE, VERSION } from './version.ts';

const RESTS_ON_ABOVE = 'It rests on what failed above.';

/** What a checkup is told; the rest it finds out itself. */
export interface HubCheckupOptions {
  readonly clock?: Clock;
  /** Of Node. */
  readonly programVersion?: string;
  readonly memoryMib?: number;
}

/** Everything that `unica doctor` looks at for a hub, its service running beside it or not. Nothing is changed. */
export async function examineHub(config: HubConfig, options: HubCheckupOptions = {}): Promise<Checkup> {
  const clock = options.clock ?? Date.now;
  const folder = await examineFolder(config.home);
  const found: Finding[] = [
    examineProgram(options.programVersion ?? process.versions.node, NEEDED_NODE),
    folder,
    await examineDisk(config.home),
    examineMemory(options.memoryMib ?? memoryMib()),
    ...(folder.state === 'good'
      ? await examineRecords(config, clock)
      : (['key', 'database', 'journal'] as const).map((check) => skipped(check, RESTS_ON_ABOVE))),
    await examineObjects(async () => await openObjects(config.objects), [], whereOf(config)),
    await examinePublicAddress(config),
    await examineFlowerDoor(config, clock()),
    await examineSignIn(config),
  ];
  return checkupOf({ house: 'hub', name: config.name, software: `unica/${VERSION}`, atMs: clock() }, found);
}

async function examineRecords(config: HubConfig, clock: Clock): Promise<readonly Finding[]> {
  if (!existsSync(config.keyPath) && config.database.engine === 'sqlite' && !existsSync(config.database.path))
    return [skipped('home', `There is no hub in ${config.home} yet; its first start makes it.`)];
  const keys = await keyOf(config);
  const findings = [keys.finding];
  let database: Database<AllHubTables> | undefined;
  try {
    if (config.database.engine === 'sqlite' && !existsSync(config.database.path)) {
      const problem = `${config.database.path} is not there`;
      throw new UnicaError('checkup.database-damaged', { problem });
    }
    database = await openDatabase<AllHubTables>(config.database);
    const whole = await examineDatabase(database, allHubMigrations, config.home);
    findings.push(whole);
    if (whole.state !== 'good' || keys.keys === undefined) return [...findings, skipped('journal', RESTS_ON_ABOVE)];
    const { intact, entries, broken_at } = await openJournal(database, { keys: keys.keys, clock }).verify();
    findings.push(
      intact
        ? good('journal', `The journal holds together: ${entries} entries.`)
        : bad('journal', new UnicaError('checkup.journal-broken', { entry: broken_at ?? 0 })),
    );
    // Hubs that share a database go by one clock or contradict one another.
    if (database.engine === 'postgres') findings.push(await examineClockOf(database, clock));
    return findings;
  } catch (error) {
    return [...findings, unreadable(error, config.database.engine, config.home), skipped('journal', RESTS_ON_ABOVE)];
  } finally {
    await database?.close();
  }
}

async function keyOf(config: HubConfig): Promise<{ readonly finding: Finding; readonly keys: SiteKeys | undefined }> {
  if (!existsSync(config.keyPath)) {
    const failure = new UnicaError('checkup.hub-key-lost', { path: config.keyPath });
    return { finding: bad('key', failure), keys: undefined };
  }
  try {
    return {
      finding: good('key', 'The key of the hub is in place, for its owner alone.'),
      keys: await loadOrCreateKeys(config.keyPath),
    };
  } catch (error) {
    return { finding: bad('key', error, { path: config.keyPath }), keys: undefined };
  }
}

async function examineClockOf(database: Database<AllHubTables>, clock: Clock): Promise<Finding> {
  const { rows } = await sql<{
    ms: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(database.kysely);
  return examineClock(clock() - Number(rows[0]?.ms ?? 0), 'the database');
}

function whereOf({ objects }: HubConfig): string {
  return objects.kind === 'folder' ? objects.path : `s3://${objects.bucket}/${objects.prefix}`;
}

async function examinePublicAddress({ publicUrl, host, port }: HubConfig): Promise<Finding> {
  if (publicUrl !== undefined)
    return await examineAddress('port', 'The hub at its public address', new URL('/healthz', publicUrl));
  const listening = await examineAddress(
    'port',
    'The running hub',
    new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}/healthz`),
  );
  return listening.state === 'good' ? listening : await examinePort('port', { host, port });
}

async function examineFlowerDoor({ flower }: HubConfig, nowMs: number): Promise<Finding> {
  const path = flower?.door?.tls?.certificatePath;
  if (path === undefined) return skipped('flower-certificate', 'No stock SuperNodes of Flower come in over TLS.');
  const pem = await readFile(path, 'utf8').catch(() => '');
  return examineCertificate('flower-certificate', pem, 'the door for Flower', nowMs);
}

async function examineSignIn({ signIn }: HubConfig): Promise<Finding> {
  if (signIn.kind !== 'issuer') return skipped('sign-in', 'No sign-in service is set; people come with tokens.');
  return await examineIssuer(signIn.issuer);
}
