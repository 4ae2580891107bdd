/** How the learning rate changes. */
export type Schedule =
  | { readonly kind: 'constant' }
  | {
      readonly kind: 'steps';
      /** After so many finished epochs the rate is multiplied by `factor`, once for each number passed. */
      readonly afterEpochs: readonly number[];
      readonly factor: number;
    }
  | {
      /** Rises in a line over the warm-up, then falls along half a cosine to `end` times the rate (Loshchilov & Hutter 2017). */
      readonly kind: 'cosine';
      readonly warmUpEpochs: number;
      /** 0 … 1 */
      readonly end: number;
    };

/**
 * Learning rate at a point of the training.
 * @param epoch finished epochs, with a fraction inside one
 */
export function learningRateAt(schedule: Schedule, learningRate: number, epoch: number, epochs: number): number {
  if (schedule.kind === 'constant') return learningRate;
  if (schedule.kind === 'steps') {
    const passed = schedule.afterEpochs.filter((after) => Math.floor(epoch) >= after).length;
    return learningRate * schedule.factor ** passed;
  }
  const { warmUpEpochs, end } = schedule;
  if (epoch < warmUpEpochs) return (learningRate * (epoch + 1 / 64)) / (warmUpEpochs + 1 / 64);
  const share = Math.min(1, (epoch - warmUpEpochs) / Math.max(1e-9, epochs - warmUpEpochs));
  return learningRate * (end + (1 - end) * 0.5 * (1 + Math.cos(Math.PI * share)));
}
