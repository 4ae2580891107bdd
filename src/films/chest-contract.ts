import type { RegionContract } from './preprocessing.ts';

/**
 * What the nodule model sees of a chest film: the whole of it at 256 × 256, about 1.4 to 1.7 mm a pixel. The films it can be
 * measured on (NIH ChestX-ray14 as it lies here) have no finer ones; finer films are brought to it.
 */
export const CHEST_CONTRACT: RegionContract = {
  version: 2,
  window: { kind: 'percentiles', low: 0.005, high: 0.995 },
  polarity: 'dense-bright',
  crop: { kind: 'none' },
  orientation: 'viewer',
  frame: { rows: 256, columns: 256, align: 'centre' },
  resize: 'area',
  standardise: { mean: 0.5, stdDev: 0.25 },
};
