import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '#base';
import { decodeParameters } from '#learning';
import { type BareJob, BareNetwork, type OpenStandIn, type StandInSite } from '#village';
import { LINEAR_COX } from './fed-tcga-brca.ts';

/** What a site's process is told. */
export type TcgaSiteOrder = Parameters<OpenStandIn>[0] & { readonly folder: string };

const PROGRAM = fileURLToPath(new URL('./tcga-site-main.js', import.meta.url));
/** How often a job under way is looked at: most take a second or two. */
const LOOK_MS = 50;
/** Sites are called as virtual nodes are: what they draw hangs on their name. */
export const TCGA_SITES: readonly string[] = [1, 2, 3, 4, 5, 6].map((region) => `node-00${region}`);

/** A finished job: its parameters, and where another job can go on from. */
export interface TcgaModel {
  readonly parameters: Float32Array;
  readonly start: NonNullable<BareJob['warmStart']>;
}

/**
 * A hub and six sites as processes of this machine: the hub as it is, durable and signed; each site speaks to it as a node does and has the
 * people of its region as a table, because a node keeps pictures and this set has none. @note The owner calls {@link close}.
 */
export class TcgaNetwork {
  readonly #bare: BareNetwork;
  readonly #home: string;

  private constructor(bare: BareNetwork, home: string) {
    this.#bare = bare;
    this.#home = home;
  }

  /** @param folder with FLamby's files */
  static async open(folder: string, signal: AbortSignal = new AbortController().signal): Promise<TcgaNetwork> {
    const home = await mkdtemp(join(tmpdir(), 'unica-bench-tcga-'));
    const standIns: OpenStandIn = async (enrolment) => await openSite({ ...enrolment, folder });
    try {
      const nodes = TCGA_SITES.length;
      const bare = await BareNetwork.open({ home, nodes, direct: true, standIns, siteIds: TCGA_SITES, signal });
      return new TcgaNetwork(bare, home);
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs a job to its end. @throws UnicaError `village.job-ended` */
  async run(job: BareJob): Promise<TcgaModel> {
    const { modelId } = await this.#bare.run(
      { ...job, model: LINEAR_COX, roundDeadlineMs: 600_000 },
      undefined,
      LOOK_MS,
    );
    const weights = await this.#bare.weights(modelId ?? '');
    return {
      parameters: decodeParameters(LINEAR_COX, weights),
      start: { modelId: modelId ?? '', weightsSha256: sha256Hex(weights) },
    };
  }

  async close(): Promise<void> {
    await this.#bare.close();
    await rm(this.#home, { recursive: true, force: true });
  }
}

async function openSite(order: TcgaSiteOrder): Promise<StandInSite> {
  const child = fork(PROGRAM, [JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [told] = await Promise.race([once(child, 'message'), ended]);
  if (told !== 'enrolled') throw new Error(`the process of ${order.site.siteId} ended before it was enrolled`);
  return {
    start: () => void child.send('start'),
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
