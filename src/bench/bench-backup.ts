import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { silentLog, UnicaError } from '#base';
import { buildDicom } from '#dicom';
import { createHubToken, hubConfig, startHub } from '#hub';
import {
  backUpNode,
  importIntoNode,
  initNode,
  type NodeConfig,
  nodeConfig,
  nodeStatus,
  restoreNode,
  verifyNodeAudit,
} from '#node';
import { openDatabase } from '#store';
import { type Measurement, plain } from './measurement.ts';

const STUDIES = 10_000;
const SIZE_PX = 64;

/**
 * A node with so many studies of two small films each, backed up, backed up again after a hundredth has come, and put back in
 * another place; each time every byte is held against its digest. Afterwards every file of both archives is read anew here, not by
 * what made the backup, and every table of the records is compared row by row. Seconds of processor time, since disks differ.
 * @param options.folder where the node and its backups are made; of the system for passing files unless told. It goes again.
 * @throws UnicaError `backup.damaged` where the node that was put back is not the one that was backed up
 */
export async function* benchBackup(
  studies = STUDIES,
  options: { readonly folder?: string | undefined } = {},
): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'unica-backup-'));
  const stopwatch = startedStopwatch();
  const times = function* (name: string): Generator<Measurement> {
    const { processor, wall } = stopwatch();
    yield plain(name, processor, 's of processor time');
    yield plain(`${name}: by the clock`, wall, 's');
  };
  try {
    const config = await nodeWith(folder, studies);
    const backups = join(folder, 'backups');
    yield* times(`making the node: ${studies} studies of two films each, cleaned and checked`);
    const first = await backUpNode(config, { to: backups, clock: () => Date.UTC(2026, 0, 1) });
    yield* times(`backup of ${first.studies} studies, ${first.objects} objects, all read back`);
    await bringIn(config, folder, studies, studies + Math.ceil(studies / 100));
    stopwatch();
    const second = await backUpNode(config, { to: backups, clock: () => Date.UTC(2026, 0, 2) });
    yield* times(`the next one, ${second.copied} objects new, all read back`);
    const elsewhere = nodeConfig({ home: join(folder, 'elsewhere'), dossier: 'example' });
    stopwatch();
    const restored = await restoreNode(elsewhere, { from: backups });
    yield* times(`restoration of ${restored.studies} studies, checked before and after`);
    yield* figuresOf(await heldAgainst(config, elsewhere));
    const totals = async (home: NodeConfig) => {
      const { images, studies: held, persons, quarantined } = await nodeStatus(home);
      return JSON.stringify([images, held, persons, quarantined]);
    };
    const isSame = (await totals(config)) === (await totals(elsewhere));
    const journal = await verifyNodeAudit(elsewhere);
    if (!isSame || !journal.intact || restored.studies !== second.studies || second.damaged.length > 0)
      throw anotherOne('its counts or its journal');
    yield plain('entries of the journal, each signed and linked', journal.entries, 'entries');
    yield plain('studies that came back as they were', restored.studies, 'studies');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tells the seconds since it was asked last. */
function startedStopwatch() {
  let cpu = process.cpuUsage();
  let beganMs = performance.now();
  return (): { readonly processor: number; readonly wall: number } => {
    const { user, system } = process.cpuUsage(cpu);
    const told = { processor: (user + system) / 1e6, wall: (performance.now() - beganMs) / 1000 };
    cpu = process.cpuUsage();
    beganMs = performance.now();
    return told;
  };
}

function anotherOne(what: string): UnicaError {
  return new UnicaError('backup.damaged', { file: 'the node that was put back', problem: `${what} is another one` });
}

/** What was compared between a node and the one that was put back. */
export interface Compared {
  readonly objects: number;
  readonly bytes: number;
  /** Of the records; those of the journal have grown on both sides and are verified by its signatures. */
  readonly tables: number;
  readonly rows: number;
  readonly recordsBytes: number;
}

/**
 * Reads every object of both archives and every row of both records, and compares them.
 * @throws UnicaError `backup.damaged` naming the first object or table that differs
 */
export async function heldAgainst(one: NodeConfig, other: NodeConfig): Promise<Compared> {
  const [here, there] = [await objectsOf(one.blobsPath), await objectsOf(other.blobsPath)];
  let bytes = 0;
  for (const [path, { sha256, sizeBytes }] of here) {
    if (sha256 !== path.replace('/', '')) throw anotherOne(`the digest of ${path} in the node itself`);
    if (there.get(path)?.sha256 !== sha256) throw anotherOne(`object ${path}`);
    bytes += sizeBytes;
  }
  if (there.size !== here.size) throw anotherOne('the number of objects');
  const [rowsHere, rowsThere] = [await recordsOf(one.databasePath), await recordsOf(other.databasePath)];
  let rows = 0;
  for (const [table, held] of rowsHere) {
    const back = rowsThere.get(table);
    const missing = [...held].some(([row, times]) => (back?.get(row) ?? 0) < times);
    if (missing || (table !== ASKED && sum(back) !== sum(held))) throw anotherOne(`the table ${table}`);
    rows += sum(held);
  }
  if (rowsThere.size !== rowsHere.size) throw anotherOne('the number of tables');
  const { size: recordsBytes } = await stat(other.databasePath);
  return { objects: here.size, bytes, tables: rowsHere.size, rows, recordsBytes };
}

function* figuresOf({ objects, bytes, tables, rows, recordsBytes }: Compared): Generator<Measurement> {
  yield plain('objects read anew, each with the digest of its name on both sides', objects, 'objects');
  yield plain('size of the archive', bytes / 1e6, 'MB');
  yield plain(`rows of ${tables} tables compared, all the same`, rows, 'rows');
  yield plain('size of the records', recordsBytes / 1e6, 'MB');
}

async function objectsOf(folder: string) {
  const found = new Map<string, { readonly sha256: string; readonly sizeBytes: number }>();
  for (const shelf of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
    for (const name of await readdir(join(folder, shelf))) {
      const bytes = await readFile(join(folder, shelf, name));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      found.set(`${shelf}/${name}`, { sha256, sizeBytes: bytes.length });
    }
  }
  return found;
}

/** Grow on both sides after the copy: the backup and the restoration are written down. */
const GROWN = /^(audit_|sqlite_)/;
/** A node that was put back asks its hub what it remembers, and keeps that it asked. */
const ASKED = 'outgoing';

/** Of each table every row by its digest, and how often it is there. */
type Rows = ReadonlyMap<string, number>;

async function recordsOf(path: string): Promise<ReadonlyMap<string, Rows>> {
  const database = await openDatabase({ engine: 'sqlite', path });
  try {
    const tables = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(
      database.kysely,
    );
    const found = new Map<string, Rows>();
    for (const { name } of tables.rows.filter((table) => !GROWN.test(table.name))) {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(database.kysely);
      const held = new Map<string, number>();
      for (const row of rows) {
        const digest = createHash('sha256').update(JSON.stringify(row)).digest('base64');
        held.set(digest, (held.get(digest) ?? 0) + 1);
      }
      found.set(name, held);
    }
    return found;
  } finally {
    await database.close();
  }
}

function sum(rows: Rows | undefined): number {
  return [...(rows ?? new Map<string, number>()).values()].reduce((total, times) => total + times, 0);
}

async function nodeWith(folder: string, studies: number): Promise<NodeConfig> {
  const hubSettings = hubConfig({ home: join(folder, 'hub'), port: '0', siteApproval: 'automatic' });
  const hub = await startHub(hubSettings, silentLog);
  try {
    const address = hub.server.fastify.server.address();
    const hubUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const token = await createHubToken(hubSettings, { name: 'bench', roles: ['coordinator'], days: 1 });
    const site = { siteId: 'lisbon', country: 'PT', displayName: 'Lisbon' };
    const answer = await fetch(`${hubUrl}/api/enrolment-codes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(site),
    });
    const { code } = (await answer.json()) as { readonly code: string };
    const config = nodeConfig({ home: join(folder, 'home'), dossier: 'example' });
    await initNode(config, { hubUrl, code, ...site });
    await bringIn(config, folder, 0, studies);
    return config;
  } finally {
    await hub.close();
  }
}

async function bringIn(config: NodeConfig, folder: string, from: number, to: number): Promise<void> {
  const source = join(folder, `source-${from}`);
  await mkdir(source);
  for (let study = from; study < to; study += 1) {
    for (const view of [0, 1]) await writeFile(join(source, `${study}-${view}.dcm`), film(study, view));
  }
  await importIntoNode(config, { paths: [source] });
  await rm(source, { recursive: true });
}

/** A film of a person who does not exist, without an edge that could be taken for writing. */
function film(study: number, view: number): Uint8Array {
  const uid = `1.2.826.0.1.3680043.10.97.${study + 1}`;
  const values = Uint8Array.from(
    { length: SIZE_PX * SIZE_PX },
    (_, at) => 20 + (study % 150) + view + Math.floor(at / SIZE_PX),
  );
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
      SOPInstanceUID: `${uid}.1.${view + 1}`,
      StudyInstanceUID: uid,
      SeriesInstanceUID: `${uid}.1`,
      PatientID: `P${study}`,
      PatientSex: 'F',
      PatientAge: '055Y',
      StudyDate: '20230514',
      Modality: 'DX',
      BurnedInAnnotation: 'NO',
      BodyPartExamined: 'CHEST',
      InstanceNumber: String(view),
    },
    { rows: SIZE_PX, columns: SIZE_PX, values, bitsStored: 8, photometricInterpretation: 'MONOCHROME2' },
  );
}
