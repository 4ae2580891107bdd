/** How the learning rate changes over the epochs. */
export type Schedule =
  | { readonly kind: 'constant' }
  | {
      readonly kind: 'steps';
      /** After so many finished epochs the rate is multiplied by `factor`, once for each number passed. */
      readonly afterEpochs: readonly number[];
      readonly factor: number;
    };

/** Learning rate in an epoch counted from 0. */
export function learningRateAt(schedule: Schedule, learningRate: number, epoch: number): number {
  if (schedule.kind === 'constant') return learningRate;
  const passed = schedule.afterEpochs.filter((after) => epoch >= after).length;
  return learningRate * schedule.factor ** passed;
}
