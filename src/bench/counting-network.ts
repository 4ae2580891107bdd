import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#base';
import { createHubToken, type HubConfig, hubConfig, type RunningHub, startHub } from '#hub';
import { enrolmentCodeReplySchema, type NetworkProgress, networkProgressSchema } from '#wire';
import { CountingSite, type CountingSiteSettings } from './counting-site.ts';

/** The countries that bring screening data into Cancer Image Europe first, and others. */
const COUNTRIES = ['GR', 'DE', 'SI', 'UA', 'PT', 'LT', 'PL', 'ES', 'IT', 'FR'] as const;
/** Breast, lung and prostate, with what they are looked at by. */
const KINDS = [
  ['CLIN1000060', 'MG'],
  ['CLIN1000065', 'DX'],
  ['CLIN1000075', 'MR'],
] as const;

const DAY_MS = 86_400_000;
/** A site publishes again as often, each time with more of its studies. */
const VERSIONS = 6;
const MONTH_MS = 30 * DAY_MS;
/** Requests that are under way at the same time. */
const AT_A_TIME = 10;

/** A hub in this process and sites that count made studies, with half a year behind them. @note The owner calls `close`. */
export interface CountingNetwork {
  readonly hub: RunningHub;
  readonly config: HubConfig;
  readonly sites: readonly CountingSite[];
  /** Reads an address of the hub as its coordinator. */
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly progress: () => Promise<NetworkProgress>;
  close(): Promise<void>;
}

/**
 * Starts a hub, lets sites join it over half a year of its clock, and has them publish, and answer one count.
 * @param options.studies of all sites together; what cannot be shared out evenly is left to the first
 * @param options.software of every third site, another than the hub's
 */
export async function openCountingNetwork(options: {
  readonly sites: number;
  readonly studies: number;
  readonly tell?: (text: string) => void;
  /** Of the hub beside its own; for a network that people look at. */
  readonly hub?: Readonly<Record<string, string>>;
}): Promise<CountingNetwork> {
  const { tell = () => {} } = options;
  const home = await mkdtemp(join(tmpdir(), 'unica-counting-'));
  const startMs = Date.now() - VERSIONS * MONTH_MS;
  let aheadMs = startMs - Date.now();
  const clock = () => Date.now() + aheadMs;
  const config = hubConfig({
    home,
    port: '0',
    name: 'Counting network',
    siteApproval: 'automatic',
    logLevel: 'silent',
    ...options.hub,
  });
  const hub = await startHub(config, silentLog, { clock });
  const close = async () => {
    await hub.close();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const people = await createHubToken(config, { name: 'bench', roles: ['coordinator'], days: 2 });
    const sites = Array.from(
      { length: options.sites },
      (_, index) => new CountingSite(settingsOf(index, options), { url: hub.url, clock }),
    );
    const ask = async (path: string, body?: object): Promise<Uint8Array> => {
      const answer = await fetch(`${hub.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${people}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok) throw new Error(`the hub refused ${path}: ${new TextDecoder().decode(bytes)}`);
      return bytes;
    };
    const json = async (path: string, body?: object): Promise<unknown> =>
      JSON.parse(new TextDecoder().decode(await ask(path, body)));

    tell(`${options.sites} sites join`);
    await inGroups(sites, async (site) => {
      const { siteId, displayName, country } = site.settings;
      const { code } = enrolmentCodeReplySchema.parse(
        await json('/api/enrolment-codes', { siteId, displayName, country }),
      );
      await site.enrol(code);
    });
    for (let version = 1; version <= VERSIONS; version += 1) {
      tell(`version ${version} of ${VERSIONS} is published`);
      aheadMs += MONTH_MS - DAY_MS;
      // Sites come one after another: the first tenth is there from the first month on, the last joins in the last.
      const there = sites.filter((_, index) => version > Math.floor((index * (VERSIONS - 1)) / sites.length));
      await inGroups(there, async (site) => {
        await site.publish(Math.ceil((site.settings.studies * version) / VERSIONS));
      });
    }
    aheadMs = 0;
    await json('/api/searches', { query: { all: [] } });
    await inGroups(sites, async (site) => await site.answerCounts());
    const progress = async () => networkProgressSchema.parse(await json('/api/progress'));
    return { hub, config, sites, read: async (path) => await ask(path), progress, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function settingsOf(index: number, of: { readonly sites: number; readonly studies: number }): CountingSiteSettings {
  const [cancer, modality] = KINDS[index % KINDS.length] ?? KINDS[0];
  const share = Math.floor(of.studies / of.sites);
  return {
    siteId: `site-${String(index + 1).padStart(2, '0')}`,
    country: COUNTRIES[(index * 7) % COUNTRIES.length] ?? 'GR',
    displayName: `Hospital ${index + 1}`,
    cancer,
    modality,
    studies: index === 0 ? of.studies - share * (of.sites - 1) : share,
    seed: index + 1,
    software: index % 3 === 2 ? 'unica/0.0.9' : 'unica/0.1.0',
  };
}

async function inGroups<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += AT_A_TIME) {
    await Promise.all(items.slice(start, start + AT_A_TIME).map(act));
  }
}
