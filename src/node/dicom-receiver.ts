import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '#base';
import {
  type DimseLimits,
  type IncomingInstance,
  openStorageScp,
  type ReadableArchive,
  type StorageScp,
  secureReceiver,
} from '#dimse';
import { syncFolder } from '#store';
import type { NodeStatus } from '#wire';
import { ArrivalRate } from './arrival-rate.ts';
import type { NodeConfig } from './config.ts';
import { readDicomIdentity } from './dicom-identity.ts';
import type { Importer } from './importer.ts';
import { IncomingSpool, SPARE_LOGS } from './incoming-spool.ts';
import { leftByPulls, type PullFolder } from './pull-folder.ts';
import { type ImportPace, SpoolImports } from './spool-imports.ts';

const MIB = 1_048_576;

/** The node's ear on the DICOM network; whoever opened it closes it. */
export interface DicomReceiver {
  /** Its port is the one for encrypted connections where there is no other. */
  status(): NonNullable<NodeStatus['dicomReceiver']>;
  /** For encrypted connections; undefined where there are none. */
  readonly securePort: number | undefined;
  /** Answers what is under way, then stops; what waits is imported after the next start. */
  close(): Promise<void>;
}

/**
 * Opens the folder in which the node keeps what it receives, or that of a pull, both below the node's folder for arriving images, and
 * takes over what pulls left there that have ended.
 */
export async function openIncoming(config: NodeConfig, pull?: PullFolder): Promise<IncomingSpool> {
  const folder = pull?.path ?? join(config.incomingPath, 'received');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const left of await leftByPulls(config.incomingPath)) await moveAll(left, folder);
  // A pull asks for what comes, and waits for nobody's answer.
  const spareLogs = pull === undefined ? SPARE_LOGS : 0;
  return await IncomingSpool.open(folder, { limitBytes: config.dicomSpoolMib * MIB, spareLogs });
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
 * @throws UnicaError `dimse.cannot-listen`, `dimse.certificate-unusable`
 */
export async function openDicomReceiver(
  config: NodeConfig,
  parts: {
    readonly importer: Pick<Importer, 'run'>;
    readonly log: Log;
    readonly pace?: Partial<ImportPace>;
    /** Sees what was received before it is imported. */
    readonly beforeImport?: ((paths: readonly string[]) => Promise<void>) | undefined;
    /** What the readers of the settings may query and retrieve. */
    readonly archive?: ReadableArchive | undefined;
  },
): Promise<DicomReceiver | undefined> {
  const { log } = parts;
  const settings = config.dicomReceiver;
  if (settings === undefined) return undefined;
  const { host, senders, port, securePort } = settings;
  const { dicomAeTitle: aeTitle } = config;
  const tls =
    securePort === undefined || config.dicomTls === undefined
      ? undefined
      : secureReceiver(await readDicomIdentity(config.dicomTls), {
          clients: config.dicomTls.clients,
          nowMs: Date.now(),
        });
  const spool = await openIncoming(config);
  const rate = new ArrivalRate(Date.now);
  const common = {
    host,
    aeTitle,
    peers: senders.kind === 'anyone' ? [] : senders.peers,
    limits: receptionLimits(config),
    log,
    ...(parts.archive === undefined ? {} : { archive: parts.archive }),
    receive: async (instance: IncomingInstance) => rate.add(await spool.receive(instance)),
  };
  let plain: StorageScp | undefined;
  let secure: StorageScp | undefined;
  try {
    if (port !== undefined) plain = await openStorageScp({ ...common, port });
    if (securePort !== undefined && tls !== undefined)
      secure = await openStorageScp({ ...common, port: securePort, tls });
  } catch (error) {
    await plain?.close();
    await spool.close();
    throw error;
  }
  const ports = { port: plain?.port ?? secure?.port ?? 0, securePort: secure?.port };
  if (senders.kind === 'anyone' && !(plain === undefined && config.dicomTls?.clients === 'certificate')) {
    log.warn('node.receiving-from-anyone', { port: ports.port });
  }
  const imports = new SpoolImports({ ...parts, spool });
  const encrypted = secure === undefined ? {} : { securePort: secure.port };
  log.info('node.receiving', { port: ports.port, ...encrypted, aeTitle, waiting: spool.waitingFiles });
  return {
    status: () => ({
      host,
      port: ports.port,
      securePort: ports.securePort ?? null,
      aeTitle,
      waiting: spool.waitingFiles,
      lately: [...rate.lately()],
      associations: (plain?.associations ?? 0) + (secure?.associations ?? 0),
    }),
    securePort: ports.securePort,
    async close() {
      await Promise.all([plain?.close(), secure?.close()]);
      await imports.close();
      await spool.close();
    },
  };
}
