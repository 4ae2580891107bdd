import { z } from 'zod';

const serverLearningRate = z.number().positive().max(100);
const decay = z.number().min(0).max(0.9999999);
const adaptive = { serverLearningRate, beta1: decay, beta2: decay, tau: z.number().positive().max(1) };

/**
 * How the sites' rounds become one model. Every number is written out, so that what node owners approve is complete; the
 * plain-language choice is in docs/researchers/strategies.md.
 */
export const strategySchema = z.discriminatedUnion('kind', [
  /** Mean of the changes, weighted by films (McMahan et al. 2017). */
  z.strictObject({ kind: z.literal('fedavg') }),
  /** The mean change carries momentum from round to round (Hsu et al. 2019). */
  z.strictObject({ kind: z.literal('fedavgm'), serverLearningRate, momentum: decay }),
  /** FedAvg whose sites are held near the received model by mu/2·‖w − w₀‖² (Li et al. 2020). */
  z.strictObject({ kind: z.literal('fedprox'), mu: z.number().min(0).max(1000) }),
  /** Adaptive steps of the hub (Reddi et al. 2021, algorithm 2). */
  z.strictObject({ kind: z.literal('fedadam'), ...adaptive }),
  z.strictObject({ kind: z.literal('fedyogi'), ...adaptive }),
  z.strictObject({ kind: z.literal('fedadagrad'), serverLearningRate, beta1: decay, tau: adaptive.tau }),
  /** Control variates against the drift of unlike sites, option II (Karimireddy et al. 2020). */
  z.strictObject({ kind: z.literal('scaffold'), serverLearningRate }),
  /** FedAvg whose normalisation layers stay at their site (Li et al. 2021). */
  z.strictObject({ kind: z.literal('fedbn') }),
  /** FedAvg, and at each site a model of its own, held near the common one by lambda (Li et al. 2021). */
  z.strictObject({ kind: z.literal('ditto'), lambda: z.number().min(0).max(1000) }),
  /** Middle value of every parameter's changes (Yin et al. 2018). Needs each site's change by itself. */
  z.strictObject({ kind: z.literal('median') }),
  /** Mean without this share of the lowest and of the highest changes (Yin et al. 2018). */
  z.strictObject({ kind: z.literal('trimmed-mean'), trimShare: z.number().min(0).max(0.49) }),
  /** Mean of the `keep` changes that lie closest to others, with so many bad sites (Blanchard et al. 2017); keep 1 is Krum. */
  z.strictObject({
    kind: z.literal('krum'),
    badSites: z.number().int().min(0).max(99),
    keep: z.number().int().min(1).max(200),
  }),
  /**
   * Without rounds to wait for (Nguyen et al. 2022): the model moves on as soon as `bufferSize` updates are there, each
   * weighed by (1 + staleness)^−exponent; a slow site's counts when it comes.
   */
  z.strictObject({
    kind: z.literal('fedbuff'),
    bufferSize: z.number().int().min(1).max(200),
    serverLearningRate,
    exponent: z.number().min(0).max(10),
  }),
]);

/** A strategy with all its numbers. */
export type StrategySpec = z.infer<typeof strategySchema>;

/** How the learning rate of the sites changes from round to round; constant where a job names none. */
export const rateScheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('steps'),
    /** After so many finished rounds the rate is multiplied by `factor`, once for each number passed. */
    afterRounds: z.array(z.number().int().min(1).max(1000)).min(1).max(20),
    factor: z.number().positive().max(1),
  }),
  z.strictObject({
    kind: z.literal('cosine'),
    /** Rises in a line over so many rounds, then falls along half a cosine to `end` times the rate. */
    warmUpRounds: z.number().int().min(0).max(1000),
    end: z.number().min(0.0001).max(1),
  }),
]);

/** A schedule of the learning rate over the rounds. */
export type RateSchedule = z.infer<typeof rateScheduleSchema>;
