import { trainingCost } from '#privacy';

/** A training with noise, as a learner imagines it. */
export interface LessonTraining {
  /** Pictures of the hospital. */
  readonly pictures: number;
  /** Passes over them. */
  readonly passes: number;
  /** Standard deviation of the noise as a multiple of the clipping bound. */
  readonly noiseMultiplier: number;
}

const BATCH = 16;
const DELTA = 1e-5;

/** ε of one picture for δ = 1e-5 after steps of 16 pictures, by the accountant of real jobs. @throws UnicaError `privacy.numbers-refused` */
export function budgetOf({ pictures, passes, noiseMultiplier }: LessonTraining): number {
  const steps = passes * Math.ceil(pictures / BATCH);
  return trainingCost([{ noiseMultiplier, sampleRate: Math.min(1, BATCH / pictures), steps }], DELTA).epsilon;
}
