import { type Concept, hyperOntologyConcepts } from '#vocab';
import { type ConceptTable, type ExactMatch, PUBLIC_CONCEPTS } from './concept-table.ts';
import { likenessOfWords } from './likeness-of-words.ts';
import { plainText, plainWords } from './plain-words.ts';

/** A concept that was found. */
export interface ConceptMatch {
  readonly concept: Concept;
  /** 0 to 1; 1 where its code or its whole name was asked for. */
  readonly score: number;
  /** The name by which it was found: its own, or a synonym of the site. */
  readonly by: string;
  /** The same thing in other systems, as far as it is known here. */
  readonly matches: readonly ExactMatch[];
}

/** What narrows a search. */
export interface ConceptWish {
  readonly limit?: number;
  /** Only concepts whose code begins so, such as `BP` or `IMG`. */
  readonly prefixes?: readonly string[];
  /** Only concepts of these domains, such as `Condition`. */
  readonly domains?: readonly string[];
}

interface Name {
  readonly concept: Concept;
  readonly text: string;
  readonly plain: string;
  readonly words: readonly number[];
}

/** A known word, by number, that is like one that was asked. */
interface AlikeWord {
  readonly word: number;
  /** 0 to 1. */
  readonly likeness: number;
}

/** Words whose likeness to all others is remembered. */
const MOST_ALIKE = 2000;

/** Words that say nothing about which concept is meant. */
const EMPTY_WORDS = new Set('of the and or by in with to finding structure nos a'.split(' '));

/**
 * Searches the hyper-ontology by code, its own or that of another system, name and the site's own synonyms, in spite of slips, accents and the order of words. Words
 * weigh by how rare they are (inverse document frequency), so that *malignant breast* finds the breast and not any malignancy.
 */
export class ConceptSearch {
  readonly #concepts: ReadonlyMap<string, Concept>;
  readonly #matches: ConceptTable['matches'];
  /** Concepts by code of another system, in small letters; two systems may write one code. */
  readonly #byMatch: ReadonlyMap<string, readonly string[]>;
  readonly #names: readonly Name[];
  readonly #words: readonly string[];
  readonly #weights: readonly number[];
  /** Names that hold a word. */
  readonly #holders: readonly (readonly number[])[];
  readonly #alikeBefore = new Map<string, readonly AlikeWord[]>();

  /** @param table names that a site gives to concepts in its own language, and codes of other systems */
  constructor(
    { synonyms, matches }: ConceptTable = PUBLIC_CONCEPTS,
    concepts: ReadonlyMap<string, Concept> = hyperOntologyConcepts(),
  ) {
    this.#concepts = concepts;
    this.#matches = matches;
    const byMatch = new Map<string, string[]>();
    for (const [concept, own] of matches) {
      for (const code of new Set(own.map((match) => match.code.toLowerCase())))
        byMatch.set(code, [...(byMatch.get(code) ?? []), concept]);
    }
    this.#byMatch = byMatch;
    const words: string[] = [];
    const numberOf = new Map<string, number>();
    const numbered = (word: string): number => {
      const known = numberOf.get(word);
      if (known !== undefined) return known;
      numberOf.set(word, words.length);
      return words.push(word) - 1;
    };
    const named = (concept: Concept, text: string): Name => ({
      concept,
      text,
      plain: plainWords(text).join(' '),
      words: [...new Set(meaningful(plainWords(text)))].map(numbered),
    });
    this.#names = [...concepts.values()].flatMap((concept) => [
      // Some names are several, with bars between them.
      ...concept.name.split('|').map((text) => named(concept, text)),
      ...(synonyms[concept.code] ?? []).map((text) => named(concept, text)),
    ]);
    const holders: number[][] = words.map(() => []);
    this.#names.forEach((name, index) => {
      for (const word of name.words) holders[word]?.push(index);
    });
    this.#words = words;
    this.#holders = holders;
    this.#weights = holders.map(({ length }) => Math.log(1 + this.#names.length / length));
  }

  /** The best matches, best first. */
  search(text: string, { limit = 20, prefixes, domains }: ConceptWish = {}): readonly ConceptMatch[] {
    const fits = ({ code, domain }: Concept): boolean =>
      (prefixes === undefined || prefixes.some((prefix) => code.startsWith(prefix))) &&
      (domains === undefined || domains.includes(domain));
    const code = text.trim().replace(/^.*#/, '');
    const meant = this.#byMatch.get(code.toLowerCase()) ?? [code];
    const exact = meant.flatMap((one) => this.#concepts.get(one) ?? []).filter(fits);
    if (exact.length > 0) return exact.slice(0, limit).map((one) => this.#found(one, 1, code));
    const asked = meaningful(plainWords(text));
    const plain = plainWords(text).join(' ');
    if (asked.length === 0) return [];
    const best = new Map<string, ConceptMatch>();
    for (const [index, found] of this.#shares(asked)) {
      const name = this.#names[index];
      if (name === undefined || !fits(name.concept)) continue;
      const whole = name.words.reduce((sum, word) => sum + (this.#weights[word] ?? 0), 0);
      // Both sides count: what was asked and is in the name, what is in the name and was asked.
      const score =
        name.plain === plain ? 1 : Math.min(0.99, (0.75 * found.share + (0.25 * found.weight) / whole) * 0.99);
      const earlier = best.get(name.concept.code);
      if (earlier === undefined || earlier.score < score) {
        best.set(name.concept.code, this.#found(name.concept, score, name.text));
      }
    }
    return [...best.values()]
      .sort((a, b) => b.score - a.score || a.by.length - b.by.length || (a.concept.code < b.concept.code ? -1 : 1))
      .slice(0, limit);
  }

  #found(concept: Concept, score: number, by: string): ConceptMatch {
    return { concept, score, by, matches: this.#matches.get(concept.code) ?? [] };
  }

  /** For every name that holds one of the words: which share of the asked weight it has, and the weight of its own words found. */
  #shares(asked: readonly string[]): ReadonlyMap<number, { readonly share: number; readonly weight: number }> {
    const found = new Map<number, { share: number; weight: number }>();
    const rows = asked.map((word) => this.#alike(word));
    const weights = rows.map((alike) => Math.max(2, ...alike.map(({ word }) => this.#weights[word] ?? 0)));
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    rows.forEach((alike, at) => {
      const bestOf = new Map<number, { readonly likeness: number; readonly weight: number }>();
      for (const { word, likeness } of alike) {
        for (const name of this.#holders[word] ?? []) {
          if ((bestOf.get(name)?.likeness ?? 0) >= likeness) continue;
          bestOf.set(name, { likeness, weight: this.#weights[word] ?? 0 });
        }
      }
      for (const [name, { likeness, weight }] of bestOf) {
        const entry = found.get(name) ?? { share: 0, weight: 0 };
        entry.share += (likeness * (weights[at] ?? 0)) / whole;
        entry.weight += likeness * weight;
        found.set(name, entry);
      }
    });
    return found;
  }

  /** Known words like one. Values of columns are asked again for each element that they could be of, and share words. */
  #alike(asked: string): readonly AlikeWord[] {
    const known = this.#alikeBefore.get(asked);
    if (known !== undefined) return known;
    const alike: AlikeWord[] = [];
    for (const [word, text] of this.#words.entries()) {
      const likeness = likenessOfWords(asked, text);
      if (likeness > 0.5) alike.push({ word, likeness });
    }
    if (this.#alikeBefore.size >= MOST_ALIKE) this.#alikeBefore.clear();
    this.#alikeBefore.set(asked, alike);
    return alike;
  }
}

function meaningful(words: readonly string[]): readonly string[] {
  const left = words.filter((word) => !EMPTY_WORDS.has(word));
  return left.length > 0 ? left : words;
}

/** The concept whose name, or one of whose names, is just this; undefined where there is none. */
export function conceptNamed(name: string): Concept | undefined {
  byName ??= new Map(
    [...hyperOntologyConcepts().values()]
      // Where two concepts share a name, the first of the table is meant.
      .toReversed()
      .flatMap((concept) => concept.name.split('|').map((one) => [plainText(one), concept] as const)),
  );
  return byName.get(plainText(name));
}

let byName: ReadonlyMap<string, Concept> | undefined;
