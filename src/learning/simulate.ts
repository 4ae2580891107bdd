import { type Examples, initialParameters, parameterTable } from '#engine';
import type { Aggregation, RateSchedule, StrategySpec } from '#wire';
import { checkCompression } from './check-compression.ts';
import { checkStrategy } from './check-strategy.ts';
import { chosenSites } from './chosen-sites.ts';
import { modelOfSite } from './client-round.ts';
import { checkChange, checkNorm } from './fixed-point.ts';
import { numberGrid } from './number-grid.ts';
import { roundRate } from './round-rate.ts';
import { serverStrategy } from './strategies.ts';
import type { StrategyState } from './strategy.ts';
import { examplesAt, openVirtualNode, type VirtualNode, type VirtualRound, type VirtualWork } from './virtual-node.ts';

/** A learning job on virtual nodes. */
export interface Simulation extends VirtualWork {
  readonly data: Examples;
  /** Examples of each node (see `partition`); empty nodes take no part. */
  readonly nodes: readonly Uint32Array[];
  /** What the nodes that take part are called, in order: what a node draws hangs on its name. `node-001` and so on unless told. */
  readonly siteIds?: readonly string[] | undefined;
  readonly rounds: number;
  readonly learningRate: number;
  /** Over the rounds; constant unless told. */
  readonly schedule?: RateSchedule | undefined;
  /** Nodes in a round, drawn by the seed; all unless told. */
  readonly sitesPerRound?: number | undefined;
  /** Where learning starts: fresh parameters of the seed unless told. */
  readonly start?: Float32Array | undefined;
  /** Longest change of a node (Euclidean); a longer one is refused. */
  readonly longestChange?: number | undefined;
  /** How long a node takes for a round, which decides who comes first under FedBuff; its examples unless told. */
  readonly secondsOfRound?: ((siteId: string, round: number) => number) | undefined;
  /** How finely changes are counted, as in a job that says how its updates are added up; masking itself changes no bit. */
  readonly aggregation?: Aggregation | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRound?: ((round: SimulatedRound) => void) | undefined;
}

/** A finished round. */
export interface SimulatedRound {
  readonly round: number;
  readonly parameters: Float32Array;
  /** Mean training loss, weighted by examples. */
  readonly loss: number;
  readonly sites: readonly string[];
  /** Bytes of the changes of all nodes. */
  readonly bytesOut: number;
}

/** What was learned. */
export interface Simulated {
  readonly parameters: Float32Array;
  /** The model each node would use for itself, in the order of the nodes: its own under Ditto and FedBN. */
  readonly personal: readonly Float32Array[];
  readonly rounds: readonly Omit<SimulatedRound, 'parameters'>[];
}

/**
 * Runs a learning job on virtual nodes in this process, with the strategy, the folding and the training of a real one: the
 * same seed gives the same bits.
 * @throws UnicaError `learning.strategy-refused`, `learning.update-refused`, and the engine's
 */
export async function simulate(job: Simulation): Promise<Simulated> {
  const { model, data, strategy, signal } = job;
  const { total } = parameterTable(model);
  const filled = job.nodes.filter((chosen) => chosen.length > 0);
  checkStrategy({
    strategy,
    optimiser: job.optimiser,
    sites: Math.min(filled.length, job.sitesPerRound ?? filled.length),
    parameters: total,
    sampled: job.sitesPerRound !== undefined,
    hasNoise: job.privacy !== undefined,
  });
  checkCompression(job);
  const server = serverStrategy(strategy);
  const nodes: VirtualNode[] = [];
  try {
    for (const [index, chosen] of filled.entries()) {
      const siteId = job.siteIds?.[index] ?? `node-${String(index + 1).padStart(3, '0')}`;
      nodes.push(await openVirtualNode(siteId, examplesAt(model, data, chosen), job));
    }
    let parameters = job.start ?? initialParameters(model, job.seed);
    let state: StrategyState = {};
    const names = nodes.map(({ siteId }) => siteId);
    const grid = numberGrid({ aggregation: job.aggregation, sites: names, sitesPerRound: job.sitesPerRound });
    const rounds: Omit<SimulatedRound, 'parameters'>[] = [];
    const begun = new Map<VirtualNode, Begun>();
    let clockSeconds = 0;
    for (let round = 1; round <= job.rounds; round += 1) {
      signal?.throwIfAborted();
      const sites = chosenSites(names, { seed: job.seed, round, count: job.sitesPerRound });
      const open = server.openRound({ length: total, sites: nodes.length, state, grid });
      const learningRate = roundRate(job, round);
      let films = 0;
      let loss = 0;
      let bytesOut = 0;
      const counted: string[] = [];
      for (const node of nodes.filter(({ siteId }) => sites.includes(siteId))) {
        if (begun.has(node)) continue;
        const endsAtSeconds = clockSeconds + (job.secondsOfRound?.(node.siteId, round) ?? node.films);
        begun.set(node, { round: { number: round, weights: parameters, common: state, learningRate }, endsAtSeconds });
      }
      for (const [node, work] of firstToEnd(begun, strategy)) {
        begun.delete(node);
        clockSeconds = Math.max(clockSeconds, work.endsAtSeconds);
        const update = await node.train(work.round);
        checkChange(update.change);
        if (job.longestChange !== undefined) checkNorm(update.change, job.longestChange);
        open.add({ ...update, staleness: round - work.round.number });
        counted.push(node.siteId);
        films += update.films;
        loss += update.films * update.loss;
        bytesOut += update.bytesOut;
      }
      ({ parameters, state } = open.close(parameters));
      const report = { round, loss: loss / films, sites: counted, bytesOut };
      rounds.push(report);
      job.onRound?.({ ...report, parameters });
    }
    const personal = nodes.map((node) => modelOfSite({ strategy, model, weights: parameters, own: node.own() }));
    return { parameters, personal, rounds };
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
}

/** A round a node has begun. */
interface Begun {
  readonly round: VirtualRound;
  readonly endsAtSeconds: number;
}

/** Those whose updates make the round: all, or under FedBuff the first to end. In the order in which they end. */
function firstToEnd(begun: ReadonlyMap<VirtualNode, Begun>, strategy: StrategySpec) {
  const ordered = [...begun].sort(
    ([one, { endsAtSeconds: first }], [other, { endsAtSeconds: second }]) =>
      first - second || (one.siteId < other.siteId ? -1 : 1),
  );
  return strategy.kind === 'fedbuff' ? ordered.slice(0, strategy.bufferSize) : ordered;
}
