import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BareNetwork } from '#village';
import type { JobSpec, JobView } from '#wire';
import { measureFlower } from './flower-federation.ts';
import { type Measurement, median, percentile, plain, rounded } from './measurement.ts';

const MODEL = { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, stemStride: 1 } as const;
const TINY: JobSpec['model'] = { ...MODEL, widths: [4, 4, 4] };
/** About 40 MB of parameters. */
const LARGE: JobSpec['model'] = { ...MODEL, architecture: 'resnet18', widths: [60, 120, 240, 480], stemStride: 2 };

/** Figures of Flower 1.25 on two shared cores over loopback, as the design page of learning gives them. */
const PUBLISHED: FlowerFigures = {
  said: 'Flower 1.25, published figure of the design page (not measured in this run)',
  tinyPhaseMs: 3070,
  largeRoundS: 11.3,
};
/** The real Flower is asked for few rounds: each phase of it takes seconds. */
const FLOWER_ROUNDS = 3;
const TINY_BYTES = 1000;
const LARGE_BYTES = 40_000_000;

/** What the real Flower takes for the same. */
interface FlowerFigures {
  readonly said: string;
  readonly tinyPhaseMs: number;
  readonly largeRoundS: number;
}

/** Between so few and so many sites the hub's memory is compared. */
const FEWEST_SITES = 2;
const MOST_SITES = 50;

/** The hub is asked for the job as it stands this often: the whole of it, which would be measured with the rounds. */
const LOOK_MS = 2000;

/** More than a site has. */
const MOST_FILMS = 64;

/** What one setting of the federation took. */
interface RoundTimes {
  /** From opening a round to opening the next, by the hub's clock. */
  readonly wholeMs: readonly number[];
  /**
   * The same without the time of the site that trained longest, from its films to its change. Sites that share processors
   * with it also slow down what comes after their own training, and that is in here.
   */
  readonly overheadMs: readonly number[];
}

/**
 * Rounds over a real hub and node processes on this machine, durable and signed: what a round costs beside the training,
 * and what the hub holds in memory. @param options.nodes beside the hub. @param options.rounds of the tiny model.
 */
export async function* benchFederation(options: {
  readonly nodes: number;
  readonly rounds: number;
  /** The Python that has flwr; undefined: Flower is not measured. */
  readonly flower: string | undefined;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}): AsyncGenerator<Measurement> {
  const { nodes, rounds, signal, tell } = options;
  const flower = await flowerFigures(options);
  const measured = (name: string, value: number, unit: string, reference: number) =>
    besideFlower(name, value, unit, { said: flower.said, reference });
  const home = await mkdtemp(join(tmpdir(), 'unica-bench-federation-'));
  const bare = await BareNetwork.open({ home, nodes, direct: true, signal, tell });
  try {
    const hubMb = () => bare.network.peakMemoryMb()['hub'] ?? Number.NaN;
    for (const updates of ['open', 'masked'] as const) {
      const aggregation = { updates, mostFilms: MOST_FILMS };
      tell(`${rounds} rounds of a tiny model, ${updates}`);
      const tiny = timesOf(
        await bare.run({ model: TINY, rounds, localSteps: 1, batchSize: 4, aggregation }, undefined, LOOK_MS),
      );
      const how = `${nodes} nodes, ${updates}`;
      yield measured(`round of a tiny model, ${how}, p50`, median(tiny.wholeMs), 'ms', flower.tinyPhaseMs);
      yield measured(`beside training, ${how}, p50`, median(tiny.overheadMs), 'ms', flower.tinyPhaseMs);
      yield measured(`beside training, ${how}, p95`, percentile(tiny.overheadMs, 95), 'ms', flower.tinyPhaseMs);
    }
    yield { ...plain('hub, peak memory, tiny model', hubMb(), 'MB') };
    for (const updates of ['open', 'masked'] as const) {
      const aggregation = { updates, mostFilms: MOST_FILMS };
      tell(`4 rounds of a model of 40 MB, ${updates}`);
      const large = timesOf(
        await bare.run({ model: LARGE, rounds: 4, localSteps: 1, batchSize: 2, aggregation }, undefined, LOOK_MS),
      );
      const how = `${nodes} nodes, ${updates}`;
      yield measured(`round of 40 MB, ${how}, p50`, median(large.wholeMs) / 1000, 's', flower.largeRoundS);
      yield measured(`beside training, 40 MB, ${how}, p50`, median(large.overheadMs) / 1000, 's', flower.largeRoundS);
      yield { ...plain(`hub, peak memory, model of 40 MB, ${updates}`, hubMb(), 'MB') };
    }
  } finally {
    await bare.close();
    await rm(home, { recursive: true, force: true });
  }
  yield* withoutTraining(options, measured, flower);
}

/**
 * Rounds with sites that do not train, so that nothing contends with the hub for the processor: what the hub, its disk and the
 * transport take by themselves. What Flower is measured with does not train either.
 */
async function* withoutTraining(
  { nodes, rounds, signal, tell }: Pick<Parameters<typeof benchFederation>[0], 'nodes' | 'rounds' | 'signal' | 'tell'>,
  measured: (name: string, value: number, unit: string, reference: number) => Measurement,
  flower: FlowerFigures,
): AsyncGenerator<Measurement> {
  const peaks: number[] = [];
  for (const sites of [...new Set([FEWEST_SITES, nodes, MOST_SITES])]) {
    const home = await mkdtemp(join(tmpdir(), 'unica-bench-federation-'));
    tell(`${sites} sites that do not train`);
    const bare = await BareNetwork.open({ home, nodes: sites, direct: true, standIns: 'untrained', signal, tell });
    try {
      const aggregation = { updates: 'open', mostFilms: MOST_FILMS } as const;
      const how = `${sites} sites that do not train`;
      if (sites === nodes) {
        const tiny = timesOf(
          await bare.run({ model: TINY, rounds, localSteps: 1, batchSize: 4, aggregation }, undefined, LOOK_MS),
        );
        yield measured(`round of a tiny model, ${how}, p50`, median(tiny.wholeMs), 'ms', flower.tinyPhaseMs);
        yield measured(`round of a tiny model, ${how}, p95`, percentile(tiny.wholeMs, 95), 'ms', flower.tinyPhaseMs);
      }
      const large = timesOf(
        await bare.run({ model: LARGE, rounds: 3, localSteps: 1, batchSize: 2, aggregation }, undefined, LOOK_MS),
      );
      yield measured(`round of 40 MB, ${how}, p50`, median(large.wholeMs) / 1000, 's', flower.largeRoundS);
      const peakMb = bare.network.peakMemoryMb()['hub'] ?? Number.NaN;
      peaks.push(peakMb);
      yield { ...plain(`hub, peak memory, model of 40 MB, ${how}`, peakMb, 'MB') };
    } finally {
      await bare.close();
      await rm(home, { recursive: true, force: true });
    }
  }
  const name = `hub, largest peak memory over smallest, ${FEWEST_SITES} to ${MOST_SITES} sites`;
  yield { ...plain(name, Math.max(...peaks) / Math.min(...peaks), 'times') };
}

function timesOf(view: JobView): RoundTimes {
  const closed = view.rounds.flatMap((round, index) => {
    const untilMs = view.rounds[index + 1]?.openedAtMs ?? round.closedAtMs;
    if (untilMs === null) return [];
    const trainedMs = Math.max(...round.sites.map(({ metrics }) => (metrics?.seconds ?? 0) * 1000));
    return [{ wholeMs: untilMs - round.openedAtMs, overheadMs: untilMs - round.openedAtMs - trainedMs }];
  });
  // The first round also reads the films.
  const counted = closed.slice(1);
  return { wholeMs: counted.map((one) => one.wholeMs), overheadMs: counted.map((one) => one.overheadMs) };
}

/** The real Flower in this run where it is there, else its published figures, and said so. */
async function flowerFigures({
  flower,
  nodes,
  tell,
}: Pick<Parameters<typeof benchFederation>[0], 'flower' | 'nodes' | 'tell'>): Promise<FlowerFigures> {
  if (flower === undefined) return PUBLISHED;
  tell('the real Flower, a tiny model');
  const setting = { python: flower, nodes, rounds: FLOWER_ROUNDS };
  const tiny = await measureFlower({ ...setting, modelBytes: TINY_BYTES });
  tell('the real Flower, a model of 40 MB');
  const large = typeof tiny === 'string' ? tiny : await measureFlower({ ...setting, modelBytes: LARGE_BYTES });
  if (typeof tiny === 'string' || typeof large === 'string') {
    tell(`Flower was not measured: ${typeof tiny === 'string' ? tiny : large}`);
    return PUBLISHED;
  }
  return {
    said: `Flower ${tiny.version} in the same run: ${nodes} SuperNodes, in-memory SuperLink, no training`,
    tinyPhaseMs: tiny.phaseS * 1000,
    largeRoundS: large.roundS,
  };
}

function besideFlower(
  name: string,
  value: number,
  unit: string,
  { said, reference }: { readonly said: string; readonly reference: number },
): Measurement {
  return {
    name,
    value: rounded(value),
    unit,
    reference: said,
    reference_value: rounded(reference),
    ratio: rounded(value / reference),
  };
}
