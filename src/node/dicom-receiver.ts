import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '#base';
import { type DimseLimits, openStorageScp } from '#dimse';
import { isBeingWritten, syncFolder } from '#store';
import type { NodeStatus } from '#wire';
import type { NodeConfig } from './config.ts';
import type { Importer } from './importer.ts';
import { IncomingSpool } from './incoming-spool.ts';
import { type ImportPace, SpoolImports } from './spool-imports.ts';

const MIB = 1_048_576;

/** The node's ear on the DICOM network; whoever opened it closes it. */
export interface DicomReceiver {
  status(): NonNullable<NodeStatus['dicomReceiver']>;
  /** Answers what is under way, then stops; what waits is imported after the next start. */
  close(): Promise<void>;
}

/** Where objects wait that an earlier pull did not live to import begins with this and a mark of its process. */
export const PULLED = 'pulled-';

/**
 * Opens the folder in which one process keeps what it receives, below the node's folder for arriving images, and takes over
 * what pulls of processes that have ended left there.
 */
export async function openIncoming(config: NodeConfig, name: 'received' | `${typeof PULLED}${string}`) {
  const folder = join(config.incomingPath, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const other of await readdir(config.incomingPath)) {
    if (!other.startsWith(PULLED) || other === name || isBeingWritten(other.slice(PULLED.length))) continue;
    await moveAll(join(config.incomingPath, other), folder);
  }
  return await IncomingSpool.open(folder, { limitBytes: config.dicomSpoolMib * MIB });
}

async function moveAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await rename(join(from, name), join(to, name));
  await syncFolder(to);
  await rmdir(from);
}

/** What a sender may use up, whoever made the connection. */
export function receptionLimits(config: NodeConfig): Pick<DimseLimits, 'maxDatasetBytes'> {
  return { maxDatasetBytes: config.dicomObjectMib * MIB };
}

/**
 * Starts to receive, where the settings say so, and to import what is received.
 * @throws UnicaError `dimse.cannot-listen`
 */
export async function openDicomReceiver(
  config: NodeConfig,
  parts: {
    readonly importer: Pick<Importer, 'run'>;
    readonly log: Log;
    readonly pace?: Partial<ImportPace>;
  },
): Promise<DicomReceiver | undefined> {
  const { log } = parts;
  const settings = config.dicomReceiver;
  if (settings === undefined) return undefined;
  const { host, senders } = settings;
  const { dicomAeTitle: aeTitle } = config;
  const spool = await openIncoming(config, 'received');
  const scp = await openStorageScp({
    host,
    port: settings.port,
    aeTitle,
    peers: senders.kind === 'anyone' ? [] : senders.peers,
    limits: receptionLimits(config),
    log,
    receive: (instance) => spool.receive(instance),
  });
  if (senders.kind === 'anyone') log.warn('node.receiving-from-anyone', { port: scp.port });
  const imports = new SpoolImports({ ...parts, spool });
  log.info('node.receiving', { port: scp.port, aeTitle, waiting: spool.waitingFiles });
  return {
    status: () => ({
      host,
      port: scp.port,
      aeTitle,
      waiting: spool.waitingFiles,
      associations: scp.associations,
    }),
    async close() {
      await scp.close();
      await imports.close();
    },
  };
}
