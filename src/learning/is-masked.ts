import type { JobSpec } from '#wire';

/** Whether the hub is to learn the sum of the updates alone. */
export function isMasked({ aggregation }: Pick<JobSpec, 'aggregation'>): boolean {
  return aggregation?.updates === 'masked';
}
