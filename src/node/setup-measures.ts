import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { silentLog } from '#base';
import { memoryMib } from '#checkup';
import { folderHolder } from '#store';
import type { SetupMeasures } from '#wire';
import type { NodeConfig } from './config.ts';
import { CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import { DataQuality } from './data-quality.ts';
import { DossierDesk } from './dossier-desk.ts';
import type { NodeHouse } from './house.ts';
import { KillSwitch } from './kill-switch.ts';
import { lastRecord } from './last-record.ts';
import { MappingDesk } from './mapping-desk.ts';
import { openNode } from './open-node.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';

/** What of a node is measured; a running one has all of it. */
export type MeasuredNode = Pick<
  NodeHouse,
  | 'config'
  | 'archive'
  | 'quarantine'
  | 'reviews'
  | 'mappingDesk'
  | 'warehouse'
  | 'quality'
  | 'dossier'
  | 'outgoing'
  | 'database'
  | 'hidden'
>;

/** Where nothing can be measured but the machine: there is no node yet, or its folder is not whole. */
export async function measuredMachine(config: NodeConfig, memory = memoryMib()): Promise<SetupMeasures> {
  const { trainingWorkers, approval, minimumCount, privacyBudget, siteVault, dicomReceiver, dicomAeTitle } = config;
  return {
    images: 0,
    studies: 0,
    quarantined: 0,
    masked: 0,
    maskedUnseen: 0,
    tablesWaiting: 0,
    tablesLoaded: 0,
    rowsLoaded: 0,
    qualityScore: null,
    qualityErrors: 0,
    hindrances: ['representation', 'dpo-report', 'negotiation-contact'],
    isExample: false,
    publishedVersion: null,
    answered: 0,
    isRunning: false,
    isStopped: false,
    memoryMib: memory,
    cores: availableParallelism(),
    diskFreeBytes: await freeBytesOf(config.home),
    trainingWorkers,
    approval,
    minimumCount,
    privacyEpsilon: privacyBudget,
    hasVault: siteVault !== undefined,
    dicom: dicomReceiver?.port === undefined ? null : { aeTitle: dicomAeTitle, port: dicomReceiver.port },
  };
}

/** What is measured of a node that is open. */
export async function measuredNode(
  node: MeasuredNode,
  { isRunning, memoryMib: memory }: { readonly isRunning: boolean; readonly memoryMib?: number | undefined },
): Promise<SetupMeasures> {
  const { config, database } = node;
  const [machine, { images, studies }, quarantined, review, waiting, loads, record, stop, dossier, left] =
    await Promise.all([
      measuredMachine(config, memory),
      node.archive.totals(),
      node.quarantine.total(),
      node.hidden().then(async (hidden) => await node.reviews.totals(hidden)),
      node.mappingDesk.tables(),
      node.warehouse.loads(),
      lastRecord(database.kysely, WHOLE_ARCHIVE),
      KillSwitch.open(database.kysely),
      node.dossier.standing(),
      node.outgoing.totals(),
    ]);
  const quality = images === 0 ? undefined : await node.quality.current();
  return {
    ...machine,
    images,
    studies,
    quarantined,
    ...review,
    tablesWaiting: waiting.filter(({ isMapped }) => !isMapped).length,
    tablesLoaded: loads.length,
    rowsLoaded: loads.reduce((sum, { rows }) => sum + rows, 0),
    qualityScore: quality?.score ?? null,
    qualityErrors: quality?.checks.filter(({ severity }) => severity === 'error').length ?? 0,
    hindrances: [...dossier.hindrances],
    isExample: dossier.isExample,
    publishedVersion: record?.version ?? null,
    answered: left
      .filter(({ kind }) => kind === 'receipt-count' || kind === 'receipt-sum')
      .reduce((sum, { requests }) => sum + requests, 0),
    isRunning,
    isStopped: stop.stopped,
  };
}

/** Opens a home beside its service, if it runs, and measures it. */
export async function measuredHome(config: NodeConfig, memory?: number): Promise<SetupMeasures> {
  const open = await openNode(config, silentLog);
  const mappingDesk = new MappingDesk({ ...open, folder: config.mappingPath, datasetId: WHOLE_ARCHIVE });
  try {
    const { card, clock, journal, database } = open;
    const db = database.kysely;
    return await measuredNode(
      {
        ...open,
        mappingDesk,
        quality: new DataQuality(db, new CurrentData(open.archive, open.standing, open.warehouse)),
        dossier: new DossierDesk({ db, journal, card, clock, isExample: config.dossier === 'example' }),
        outgoing: new OutgoingLedger(database, clock),
      },
      { isRunning: (await folderHolder(config.home)) !== undefined, memoryMib: memory },
    );
  } finally {
    await mappingDesk.close();
    await open.close();
  }
}

/** Room on the disk of a folder, or of the nearest one above it that is there; null where the system does not say. */
async function freeBytesOf(path: string): Promise<number | null> {
  for (let folder = path; ; folder = dirname(folder)) {
    const room = await statfs(folder).catch(() => undefined);
    if (room !== undefined) return room.bavail * room.bsize;
    if (folder === dirname(folder)) return null;
  }
}
