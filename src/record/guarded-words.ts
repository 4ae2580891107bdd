import type { GuardedCount } from '#wire';

/** A count in words, as it may be told outside. */
export function guardedWords(count: GuardedCount): string {
  return 'count' in count ? String(count.count) : `fewer than ${count.below}`;
}
