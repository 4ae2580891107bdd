import { UnicaError } from '#base';
import type { CohortQuery } from '#wire';
import { type BitSet, differenceOf, emptySet, keepOnly, putAll, sizeOf } from './bit-set.ts';
import { type CountedSet, tellsOfFew } from './combined-answers.ts';
import type { FacetCell } from './facet-cells.ts';
import { queryText } from './question.ts';
import type { LedgerEntry } from './question-ledger.ts';
import type { SearchIndex } from './search-index.ts';

/**
 * Exact numbers that one holder, or one project, is told at a node at most: so many can be held against one another in time, and
 * enough exact numbers would give everybody away whatever is refused (Dinur and Nissim 2003).
 */
const MOST_EXACT_NUMBERS = 256;

/** How exact numbers are held against one another. */
export interface ExactRule {
  /** Fewer people than this must not be told of. */
  readonly threshold: number;
  /** So many earlier numbers are combined with a new one, 1–3. */
  readonly combined: number;
}

interface Earlier {
  readonly query: CohortQuery;
  /** Under which versions, and how many people; unknown of entries of earlier programs. */
  readonly told: { readonly version: string; readonly persons: number | undefined }[];
  /** Its studies were told with it. */
  withStudies: boolean;
}

/**
 * The exact numbers that were told to somebody or for a project, held against what would be told next: on the sets of people themselves, as
 * the data are now.
 */
export class ToldNumbers {
  readonly #index: SearchIndex;
  readonly #rule: ExactRule;
  readonly #earlier = new Map<string, Earlier>();
  readonly #everybody: number;

  /** @param entries of the ledger that concern whoever asks */
  constructor(index: SearchIndex, entries: readonly LedgerEntry[], rule: ExactRule) {
    this.#index = index;
    this.#rule = rule;
    this.#everybody = index.count(index.find({ all: [] })).persons;
    for (const entry of entries) {
      for (const one of entry.told) {
        const question = one.question.replace(/^exact /, '');
        const known = this.#earlier.get(question) ?? { query: one.query, told: [], withStudies: false };
        known.told.push({ version: entry.version, persons: one.persons });
        known.withStudies ||= entry.question === `exact ${question}`;
        this.#earlier.set(question, known);
      }
    }
  }

  /**
   * @throws UnicaError `search.too-near` where the count, with up to three earlier ones, would be a count of a handful of people or
   * studies of so few; `search.too-little-new` where it was told before and fewer have come or gone; `search.exact-numbers-spent`.
   * Of newer data it is held against the earlier ones that are still true.
   */
  checkCount(question: string, rows: BitSet): void {
    const before = this.#earlier.get(question);
    if (before === undefined && this.#earlier.size >= MOST_EXACT_NUMBERS) {
      throw new UnicaError('search.exact-numbers-spent');
    }
    const people = this.#people(rows);
    if (this.#changedTooLittle(before, people.size)) throw new UnicaError('search.too-little-new');
    const rule = { threshold: this.#rule.threshold, atMost: this.#rule.combined, nobodyToo: true };
    if (!this.#isToldNow(before)) {
      const others = before === undefined ? this.#earlierPeople(question) : this.#stillTrue(question);
      // That nobody is left of a whole was said when both were told first.
      const nobodyToo = before === undefined;
      if (tellsOfFew(people, others, this.#whole(others), { ...rule, nobodyToo }))
        throw new UnicaError('search.too-near');
    }
    const studies = this.#studies(rows);
    if (before?.withStudies === true || studies.size < this.#rule.threshold) return;
    const { personOf, mostOfOne } = this.#index.studies();
    const others = this.#others(question, (query, { withStudies }) =>
      withStudies ? this.#studies(this.#index.find(query)) : undefined,
    );
    if (tellsOfFew(studies, others, undefined, { ...rule, belonging: { personOf, mostOfOne } })) {
      throw new UnicaError('search.too-near');
    }
  }

  /**
   * Cells of exact tables of a question that are not to be told: with earlier numbers, the others of the tables or all people of the
   * question they would tell of a handful. Large cells go first, so that small ones are kept back for them. That nobody is left over is said
   * within the tables of one answer, and not where it follows from another answer.
   * @param rows of the question
   */
  async cellsToKeepBack(question: string, rows: BitSet, cells: readonly FacetCell[]): Promise<readonly FacetCell[]> {
    const all = this.#people(rows);
    const earlier = this.#earlierPeople(question);
    const stillTrue = this.#stillTrue(question);
    const whole = this.#whole(earlier);
    const { threshold, combined: atMost } = this.#rule;
    const rule = { threshold, atMost, nobodyToo: true };
    const told: CountedSet[] = [all];
    const kept: FacetCell[] = [];
    const counted = cells.map((cell) => ({ cell, people: this.#peopleOf(cell, rows), text: queryText(cell.query) }));
    // The number of the question itself is told with them, whether it is in the ledger already or this is a draft.
    let room = MOST_EXACT_NUMBERS - this.#earlier.size - (this.#earlier.has(question) ? 0 : 1);
    const open: typeof counted = [];
    for (const one of counted.toSorted((a, b) => b.people.size - a.people.size)) {
      const { cell, people, text } = one;
      if (people.size < threshold) continue;
      const before = this.#earlier.get(text);
      // What the question itself told is told.
      const isKnown = text === question || this.#isToldNow(before);
      const withTold = (others: readonly CountedSet[]) =>
        tellsOfFew(people, [...others, ...told], this.#whole(others), { ...rule, nobodyToo: false });
      const tells =
        before === undefined
          ? !isKnown && (room <= 0 || tellsOfFew(people, earlier, whole, rule) || withTold(earlier))
          : this.#changedTooLittle(before, people.size) || (!isKnown && withTold(stillTrue));
      if (tells) {
        kept.push(cell);
        continue;
      }
      if (before === undefined && !isKnown) room -= 1;
      told.push(people);
      open.push(one);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return [...kept, ...this.#overlapping(all, open)];
  }

  /** Of each table whose cells have a handful of people twice, which their sum would tell, the smallest cell. */
  #overlapping(
    all: CountedSet,
    open: readonly { readonly cell: FacetCell; readonly people: CountedSet }[],
  ): readonly FacetCell[] {
    return [...new Set(open.map(({ cell }) => cell.field))].flatMap((field) => {
      const table = open.filter(({ cell }) => cell.field === field);
      const once = emptySet(all.members.length * 32);
      const twice = emptySet(all.members.length * 32);
      for (const { people } of table) {
        const again = Uint32Array.from(people.members);
        keepOnly(again, once);
        putAll(twice, again);
        putAll(once, people.members);
      }
      // Of those in no cell the table's own rule knows.
      const few = sizeOf(twice);
      const smallest = table.at(-1);
      return few > 0 && few < this.#rule.threshold && smallest !== undefined ? [smallest.cell] : [];
    });
  }

  #changedTooLittle(before: Earlier | undefined, persons: number): boolean {
    return (before?.told ?? []).some(
      (one) =>
        one.version !== this.#index.version &&
        (one.persons === undefined || Math.abs(one.persons - persons) < this.#rule.threshold),
    );
  }

  /** The very number is known already, of the data as they are. */
  #isToldNow(before: Earlier | undefined): boolean {
    return before?.told.some(({ version }) => version === this.#index.version) === true;
  }

  #earlierPeople(question: string): readonly CountedSet[] {
    return this.#others(question, (query) => this.#people(this.#index.find(query)));
  }

  /** Of them those whose number is that of now: with the others what is told of newer data cannot be put together. */
  #stillTrue(question: string): readonly CountedSet[] {
    return this.#others(question, (query, one) => {
      const people = this.#people(this.#index.find(query));
      const isTrue = one.told.some(({ persons }) => persons === undefined || persons === people.size);
      return isTrue || this.#isToldNow(one) ? people : undefined;
    });
  }

  /** What was told of other questions, each set once. */
  #others(
    question: string,
    setOf: (query: CohortQuery, one: Earlier) => CountedSet | undefined,
  ): readonly CountedSet[] {
    const bySize = new Map<number, CountedSet[]>();
    for (const [text, one] of this.#earlier) {
      const set = text === question ? undefined : setOf(one.query, one);
      // What is not there any more cannot be taken from what is.
      if (set === undefined || set.size === 0) continue;
      const alike = bySize.get(set.size) ?? [];
      bySize.set(set.size, alike);
      if (alike.every((other) => differenceOf(other.members, set.members) > 0)) alike.push(set);
    }
    return [...bySize.values()].flat();
  }

  #whole(sets: readonly CountedSet[]): CountedSet | undefined {
    return sets.find(({ size }) => size === this.#everybody);
  }

  #people(rows: BitSet): CountedSet {
    return counted(this.#index.peopleOf(rows));
  }

  #studies(rows: BitSet): CountedSet {
    return counted(this.#index.studiesOf(rows));
  }

  #peopleOf(cell: FacetCell, rows: BitSet): CountedSet {
    const both = this.#index.find(cell.of);
    keepOnly(both, rows);
    return this.#people(both);
  }
}

function counted(members: BitSet): CountedSet {
  return { members, size: sizeOf(members) };
}
