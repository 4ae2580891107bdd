import { type Examples, openSteppedTraining, type SteppedTraining } from '#engine';
import {
  type ClientStart,
  concludeRound,
  decodeParameters,
  decodeState,
  encodeParameters,
  planRound,
  roundRate,
  type StrategyState,
} from '#learning';
import type { BareRound } from '#village';

/** What a job of this benchmark always has: steps, no noise, whole changes. */
const UNFIT = 'this site trains by steps, without noise, and sends whole changes';

/**
 * The rounds of one region's people, at a site that has them as a table: trained as a node trains, from what the hub sent to what
 * goes back to it. @note The owner calls {@link close}.
 */
export class TcgaSiteRounds {
  readonly #siteId: string;
  readonly #data: Examples;
  /** One for each strength of the pull to the received model: it is part of the graph. */
  readonly #trainings = new Map<string, SteppedTraining>();
  /** What the site remembers of the rounds of the last job. */
  #own: { readonly jobId: string; readonly rounds: Map<number, StrategyState> } = { jobId: '', rounds: new Map() };

  constructor(siteId: string, data: Examples) {
    this.#siteId = siteId;
    this.#data = data;
  }

  async train({ jobId, round, spec, countedRound, weights, state }: BareRound) {
    const { model, strategy, localSteps, batchSize, optimiser, privacy, compression } = spec;
    if (localSteps === undefined || privacy !== undefined || compression !== undefined) throw new RangeError(UNFIT);
    if (this.#own.jobId !== jobId) this.#own = { jobId, rounds: new Map() };
    const start: ClientStart = {
      strategy,
      model,
      weights: decodeParameters(model, weights),
      own: this.#own.rounds.get(countedRound ?? 0) ?? {},
      common: state === undefined ? {} : decodeState(state),
    };
    const {
      common: { start: parameters, proximal, correction },
    } = planRound(start);
    const learningRate = roundRate(spec, round);
    const seed = `${spec.seed}/${this.#siteId}/${round}`;
    const opening = { model, parameters, data: this.#data, epochs: 1, batchSize, learningRate, seed, optimiser };
    const key = JSON.stringify([model, batchSize, optimiser, proximal?.mu, correction !== undefined]);
    const training =
      this.#trainings.get(key) ?? (await openSteppedTraining({ ...opening, proximal, correction, workers: 1 }));
    this.#trainings.set(key, training);
    training.begin({ parameters, learningRate, seed, anchor: proximal?.anchor, correction });
    await training.run(localSteps);
    const trained = training.parameters();
    const { change, own } = concludeRound(start, { trained, steps: localSteps, learningRate });
    this.#own.rounds.set(round, own);
    return { update: encodeParameters(model, change), samples: this.#data.count, loss: training.loss() };
  }

  async close(): Promise<void> {
    for (const training of this.#trainings.values()) await training.close();
  }
}
