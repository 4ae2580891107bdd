import { plainWords } from '../i18n/plain-words.ts';

/** What can be found by its names. */
export interface Named {
  readonly names: readonly string[];
}

/** Things whose names hold what was typed, best first, in spite of case, accents and a slip or two; all where nothing was typed. */
export function findWords<Thing extends Named>(things: readonly Thing[], typed: string): readonly Thing[] {
  const words = plainWords(typed);
  if (words.length === 0) return things;
  return things
    .map((thing) => ({ thing, cost: Math.min(...thing.names.map((name) => costOf(words, plainWords(name)))) }))
    .filter(({ cost }) => cost < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.cost - b.cost)
    .map(({ thing }) => thing);
}

/** Slips over all words that were typed, each held against the start of the word of the name that it is most like. */
function costOf(typed: readonly string[], name: readonly string[]): number {
  let cost = 0.01 * name.length;
  for (const word of typed) {
    const allowed = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
    const slips = Math.min(...name.map((own) => Math.min(slipsBetween(word, own), slipsToStart(word, own))));
    if (Math.floor(slips) > allowed) return Number.POSITIVE_INFINITY;
    cost += slips;
  }
  return cost;
}

function slipsToStart(word: string, own: string): number {
  return own.length <= word.length ? Number.POSITIVE_INFINITY : slipsBetween(word, own.slice(0, word.length)) + 0.1;
}

/** Letters to be put in, taken out, replaced, or swapped with the next (Damerau and Levenshtein, optimal alignment). */
function slipsBetween(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, replaced, swapped));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
