import { z } from 'zod';

/** Counts of scores in equal bins over [0, 1], by true class; AUC and calibration follow from it. */
export const scoreHistogramSchema = z.strictObject({
  negative: z.array(z.number().int().nonnegative()).length(50),
  positive: z.array(z.number().int().nonnegative()).length(50),
});
