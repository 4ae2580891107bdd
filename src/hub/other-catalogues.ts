import { type Journal, openJournal } from '#audit';
import { type Clock, type Log, silentLog } from '#base';
import { Harvester, HarvestRegister, type HarvestTables, type VisitReport } from '#harvest';
import { loadOrCreateKeys } from '#identity';
import type { Database } from '#store';
import type { HarvestSource } from '#wire';
import type { HubConfig } from './config.ts';
import { newId } from './new-id.ts';
import { openHubRecords } from './records.ts';
import { VERSION } from './version.ts';

/** What a change of the other catalogues needs of a hub: a running one has it, and a command beside it. */
export interface CataloguesDesk {
  readonly harvest: HarvestRegister;
  readonly journal: Journal;
}

/** Adds a catalogue. @throws UnicaError as {@link HarvestRegister.add} does */
export async function addCatalogue(
  { harvest, journal }: CataloguesDesk,
  input: { readonly address: string; readonly everyHours: number },
  actor: string,
): Promise<HarvestSource> {
  const source = await harvest.add(input);
  const { sourceId, address, everyHours } = source;
  await journal.append({ actor, action: 'harvest.added', subject: sourceId, facts: { address, everyHours } });
  return source;
}

/** Forgets a catalogue and its records. @throws UnicaError `http.not-found` */
export async function removeCatalogue(
  { harvest, journal }: CataloguesDesk,
  sourceId: string,
  actor: string,
): Promise<HarvestSource> {
  const gone = await harvest.remove(sourceId);
  const { address, records } = gone;
  await journal.append({ actor, action: 'harvest.removed', subject: sourceId, facts: { address, records } });
  return gone;
}

/** Reads what is due; what came of each visit stands in the journal. */
export function openHarvester(
  { harvestHosts, publicUrl }: HubConfig,
  {
    database,
    journal,
    clock,
    log,
  }: {
    readonly database: Database<HarvestTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly log: Log;
  },
): Harvester {
  return new Harvester({
    database,
    clock,
    log,
    allowedHosts: harvestHosts,
    agentName: `UNICA/${VERSION}${publicUrl === undefined ? '' : ` (+${publicUrl}/fdp)`}`,
    async onVisited({ sourceId, problems, ...facts }) {
      await journal.append({
        actor: 'hub',
        action: 'harvest.read',
        subject: sourceId,
        facts: { ...facts, problems: problems.length },
      });
    },
  });
}

/** What a command does with other catalogues. */
export interface HubCatalogues extends CataloguesDesk {
  /** Reads a catalogue now, here; undefined when a running hub was quicker. @throws UnicaError `http.not-found`, `harvest.too-soon` */
  readNow(sourceId: string): Promise<VisitReport | undefined>;
}

/** Opens the other catalogues of a hub's home for a command, beside a running hub or without one. */
export async function withHubCatalogues<Result>(
  config: HubConfig,
  work: (catalogues: HubCatalogues) => Promise<Result>,
): Promise<Result> {
  const database = await openHubRecords(config);
  try {
    const keys = await loadOrCreateKeys(config.keyPath);
    const clock = Date.now;
    const journal = openJournal(database, { keys, clock });
    const harvest = new HarvestRegister(database, { clock, newId, allowedHosts: config.harvestHosts });
    const harvester = openHarvester(config, { database, journal, clock, log: silentLog });
    try {
      return await work({
        harvest,
        journal,
        async readNow(sourceId) {
          await harvest.makeDue(sourceId);
          const [report] = await harvester.visitDue(sourceId);
          return report;
        },
      });
    } finally {
      await harvester.close();
    }
  } finally {
    await database.close();
  }
}
