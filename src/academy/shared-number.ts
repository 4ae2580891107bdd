import { serverStrategy } from '#learning';

/** A hospital whose patients have a finding or not. */
export interface SharingHospital {
  readonly patients: number;
  /** Of its patients, from 0 to 1. */
  readonly share: number;
}

/** A model of one number, learned together. */
export interface SharedNumber {
  /** The common model at the start and after each round, from 0 to 1. */
  readonly common: readonly number[];
  /** What each hospital sent in round 1: how much it would change the model. */
  readonly sent: readonly number[];
  /** The share among all patients in one place. */
  readonly pooled: number;
}

/** What the model says before anybody has learned: as good as a coin. */
const START = 0.5;
/** Steps of gradient descent in a round, and how far each goes towards what the hospital sees. */
const STEPS = 3;
const LEARNING_RATE = 0.2;

/** Hospitals learn the share of a finding by plain gradient descent; their changes are averaged by the product's FedAvg. */
export function sharedNumber(hospitals: readonly SharingHospital[], rounds: number): SharedNumber {
  const strategy = serverStrategy({ kind: 'fedavg' });
  let parameters = Float32Array.of(START);
  const common = [START];
  let first: readonly number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const open = strategy.openRound({ length: 1, sites: hospitals.length, state: {} });
    const now = parameters[0] ?? START;
    const changes = hospitals.map(({ share }) => learned(now, share) - now);
    for (const [at, change] of changes.entries())
      open.add({
        siteId: `hospital-${at}`,
        change: Float32Array.of(change),
        films: hospitals[at]?.patients ?? 0,
        steps: STEPS,
        learningRate: LEARNING_RATE,
        staleness: 0,
      });
    parameters = Float32Array.from(open.close(parameters).parameters);
    common.push(parameters[0] ?? START);
    if (round === 0) first = changes;
  }
  const patients = hospitals.reduce((sum, one) => sum + one.patients, 0);
  const found = hospitals.reduce((sum, one) => sum + one.patients * one.share, 0);
  return { common, sent: first, pooled: found / patients };
}

/** Descent on ½ (p − share)². */
function learned(start: number, share: number): number {
  let number = start;
  for (let step = 0; step < STEPS; step += 1) number -= LEARNING_RATE * (number - share);
  return number;
}
