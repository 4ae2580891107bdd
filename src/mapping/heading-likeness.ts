import { likenessOfWords } from './likeness-of-words.ts';
import { plainWords } from './plain-words.ts';

/** Names that a heading can be held against, each with what it stands for. */
export interface NamedThing<Thing> {
  readonly thing: Thing;
  readonly names: readonly string[];
}

/** What a heading is most like. */
export interface HeadingMatch<Thing> {
  readonly thing: Thing;
  /** 0 to 1; 1 where the heading is a known name, but for case, accents and signs. */
  readonly likeness: number;
  readonly name: string;
}

/** Words that may stand in any heading: units, numbers of visits, words for date and value. */
const FILLERS = new Set(
  'mm cm ml ng mg gy years year yrs jahre jahren j y lat let m in of the der die das bei von vom am des im di da do de del della la el του της των в на при по w na przy o ob pri ir un and und'.split(
    ' ',
  ),
);

/** Knows headings by the words of their names. */
export class HeadingLikeness<Thing> {
  readonly #names: readonly {
    readonly thing: Thing;
    readonly name: string;
    readonly words: readonly string[];
    readonly key: string;
  }[];
  readonly #weights = new Map<string, number>();

  constructor(things: readonly NamedThing<Thing>[]) {
    this.#names = things.flatMap(({ thing, names }) =>
      names.map((name) => {
        const words = plainWords(name);
        return { thing, name, words, key: words.join(' ') };
      }),
    );
    const meant = new Map<string, Set<Thing>>();
    for (const { thing, words } of this.#names) {
      for (const word of words) meant.set(word, (meant.get(word) ?? new Set<Thing>()).add(thing));
    }
    for (const [word, { size }] of meant) this.#weights.set(word, Math.log(1 + things.length / size));
  }

  /** For each thing that the heading is at all like, its best name; best first. */
  matches(heading: string): readonly HeadingMatch<Thing>[] {
    const bare = heading.replace(/[([{][^()[\]{}]*[)\]}]/g, ' ');
    const all = plainWords(heading);
    const without = plainWords(bare.trim() === '' ? heading : bare);
    const meant = without.filter((word) => !FILLERS.has(word));
    const words = meant.length > 0 ? meant : without;
    const keys = new Set([all.join(' '), without.join(' '), words.join(' ')]);
    const cut = cutWords(heading);
    const best = new Map<Thing, HeadingMatch<Thing>>();
    for (const { thing, name, words: own, key } of this.#names) {
      const likeness =
        keys.has(key) || keys.has(own.join('')) || key === words.join('')
          ? 1
          : isInitials(words, own)
            ? 0.9
            : this.#likeness(
                words,
                own.filter((word) => !FILLERS.has(word)),
                cut,
              );
      if (likeness > (best.get(thing)?.likeness ?? 0.3)) best.set(thing, { thing, likeness, name });
    }
    return [...best.values()].sort((a, b) => b.likeness - a.likeness);
  }

  /** Share of the words' weight that the two have in common (Dice's coefficient with weights, words few slips apart counting in part). */
  #likeness(heading: readonly string[], name: readonly string[], cut: ReadonlySet<string>): number {
    if (heading.length === 0 || name.length === 0) return 0;
    // A single letter, such as T, G or N, stands for nothing among other words.
    if (name.every((word) => word.length < 2)) return 0;
    const alike = (word: string, other: string) =>
      cut.has(word) && other.startsWith(word) ? 0.85 : likenessOfWords(word, other);
    let common = 0;
    let whole = 0;
    for (const word of heading) {
      const weight = this.#weights.get(word) ?? 2.5;
      whole += weight;
      common += weight * Math.max(0, ...name.map((other) => alike(word, other)));
    }
    for (const word of name) {
      const weight = this.#weights.get(word) ?? 2.5;
      whole += weight;
      common += weight * Math.max(0, ...heading.map((other) => alike(other, word)));
    }
    return 0.97 * (common / whole);
  }
}

/** Words of a heading that a point says are cut short: `Vrsta op.`, `Dat. dg.`; two letters say nothing where nothing else is whole. */
function cutWords(heading: string): ReadonlySet<string> {
  const cut = [...heading.matchAll(/(\p{L}{2,})\./gu)].flatMap(([, word = '']) => plainWords(word));
  const isAllCut = plainWords(heading).every((word) => cut.includes(word));
  return new Set(isAllCut ? cut.filter((word) => word.length > 2) : cut);
}

/**
 * A heading of the first letters of a name: `uma` is `unidades maço ano`. Two words with another between them are too few: `DOD` is the
 * date of diagnosis and that of death.
 */
function isInitials(heading: readonly string[], name: readonly string[]): boolean {
  const [only, ...more] = heading;
  if (only === undefined || more.length > 0 || name.filter((word) => !FILLERS.has(word)).length < 3) return false;
  return name.map((word) => word[0]).join('') === only;
}
