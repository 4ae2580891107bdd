/** How one epoch went. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of the training examples, each taken when its step came. */
  readonly loss: number;
  readonly learningRate: number;
  readonly seconds: number;
  /** Mean loss of the validation examples after the epoch. */
  readonly validationLoss?: number;
  /** Of a yes/no question; null when a class is missing. */
  readonly validationAuc?: number | null;
}

/** One step of the optimiser. */
export interface StepReport {
  /** From 1. */
  readonly epoch: number;
  /** From 1 over the whole training. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the step's examples, before the step. */
  readonly loss: number;
}
