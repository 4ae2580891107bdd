import type { Json } from '#base';

/** Levels of lists and objects; documents of people have a few dozen. */
export const DEEPEST_LEVEL = 200;

/** @note without recursion: a document made to be deep would exhaust the stack of whoever measures it. */
export function isTooDeep(document: Json): boolean {
  let level: readonly Json[] = [document];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST_LEVEL) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value).filter(isNest) : [],
    );
  }
  return false;
}

function isNest(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
