/** Milliseconds since 1970-01-01T00:00Z. Handed in wherever time matters, so that a run can be repeated. */
export type Clock = () => number;

/** ISO 8601 instant in UTC with milliseconds. */
export function isoInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
