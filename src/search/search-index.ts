import type { CohortStream } from '#consent';
import { type CohortQuery, NUMBER_FIELDS, type NumberField, type QueryField } from '#wire';
import { binOf } from './bins.ts';
import { type BitSet, emptySet, fullSet, has, keepOnly, put, putAll, takeOut } from './bit-set.ts';
import { eachFact, numberOf, type Searchable } from './matches.ts';

/** Counts before disclosure control; they never leave a node. */
export interface TrueCounts {
  readonly persons: number;
  /** A person counts with at most so many studies as was asked. */
  readonly studies: number;
}

/** Which study a row is of, and whose. */
export interface StudiesByRow {
  /** By row; all ones where it belongs to none. */
  readonly studyOf: Uint32Array;
  /** By study. */
  readonly personOf: Uint32Array;
  readonly mostOfOne: number;
}

/** Rows are read in batches of this many, so that other work gets its turn. */
const BATCH = 20_000;
const NO_STUDY = 0xffffffff;

/**
 * Who a question holds of, over one data version, in memory: a bit for each row and value (an image's modality, part, maker,
 * age …; images of a study that say the same are one row). Built from a sealed stream, so nobody who opted out is in it, and
 * whoever opts out later is taken out by {@link refresh} without building it anew.
 */
export class SearchIndex {
  readonly #stream: CohortStream<Searchable>;
  /** By row. */
  readonly #personOf: Uint32Array;
  /** Rows with which a person begins. */
  readonly #personBegins: BitSet;
  /** Rows with which a study, or what of a person belongs to none, begins; every person begins with one. */
  readonly #studyBegins: BitSet;
  /** Rows that belong to no study: the last of their person. */
  readonly #studyless: BitSet;
  /** Ascending, by number of the person. */
  readonly #people: readonly string[];
  /** First row of each person, and the number of rows. */
  readonly #firstRow: Uint32Array;
  readonly #values: ReadonlyMap<QueryField, ReadonlyMap<string, BitSet>>;
  readonly #bins: ReadonlyMap<NumberField, ReadonlyMap<number, BitSet>>;
  #live: BitSet;
  #standingVersion: number;
  #studiesByRow: StudiesByRow | undefined;

  private constructor(parts: {
    readonly stream: CohortStream<Searchable>;
    readonly personOf: Uint32Array;
    readonly personBegins: BitSet;
    readonly studyBegins: BitSet;
    readonly studyless: BitSet;
    readonly people: readonly string[];
    readonly firstRow: Uint32Array;
    readonly values: ReadonlyMap<QueryField, ReadonlyMap<string, BitSet>>;
    readonly bins: ReadonlyMap<NumberField, ReadonlyMap<number, BitSet>>;
    readonly standingVersion: number;
  }) {
    this.#stream = parts.stream;
    this.#personOf = parts.personOf;
    this.#personBegins = parts.personBegins;
    this.#studyBegins = parts.studyBegins;
    this.#studyless = parts.studyless;
    this.#people = parts.people;
    this.#firstRow = parts.firstRow;
    this.#values = parts.values;
    this.#bins = parts.bins;
    this.#live = fullSet(parts.personOf.length);
    this.#standingVersion = parts.standingVersion;
  }

  /**
   * Reads a stream whose people come in ascending order, each with their rows together.
   * @throws RangeError where they do not: a person met twice would be counted twice.
   */
  static async build(stream: CohortStream<Searchable>): Promise<SearchIndex> {
    const standingVersion = stream.standingVersion;
    const rows = new RowsToBe();
    let read = 0;
    for await (const member of stream.members()) {
      rows.take(member);
      read += 1;
      if (read % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const index = new SearchIndex({ stream, ...rows.done(), standingVersion });
    await index.refresh();
    return index;
  }

  get dataset(): string {
    return this.#stream.dataset;
  }

  /** Version of the data and of who may be counted: another one draws other noise. */
  get version(): string {
    return `${this.#stream.dataVersion}/${this.#standingVersion}`;
  }

  get dataVersion(): string {
    return this.#stream.dataVersion;
  }

  /** Rows that can be counted or not. */
  get rows(): number {
    return this.#personOf.length;
  }

  /** Takes out whoever has left since, and lets those back in whose rows it has. @returns false: it must be built anew */
  async refresh(): Promise<boolean> {
    await this.#stream.refresh();
    const version = this.#stream.standingVersion;
    if (version === this.#standingVersion) return true;
    const changed = this.#stream.changedSince(this.#standingVersion);
    if (changed === undefined) return false;
    const live = Uint32Array.from(this.#live);
    for (const [person, { isLeftOut }] of changed) {
      const number = this.#numberOf(person);
      if (number === undefined) continue;
      for (let row = this.#firstRow[number] ?? 0; row < (this.#firstRow[number + 1] ?? 0); row += 1) {
        const bit = 1 << (row & 31);
        live[row >>> 5] = isLeftOut ? (live[row >>> 5] ?? 0) & ~bit : (live[row >>> 5] ?? 0) | bit;
      }
    }
    this.#live = live;
    this.#standingVersion = version;
    return true;
  }

  /** True where any row says something of the field. */
  knows(field: QueryField): boolean {
    const bins = NUMBER_FIELDS.find((name) => name === field);
    return (bins === undefined ? this.#values.get(field)?.size : this.#bins.get(bins)?.size) !== undefined;
  }

  /** Values of a field that any row has, in alphabetical order. */
  valuesOf(field: QueryField): readonly string[] {
    return [...(this.#values.get(field)?.keys() ?? [])].sort();
  }

  /** Rows of which a canonical question holds. The set is the caller's. */
  find(query: CohortQuery): BitSet {
    const found = this.#find(query);
    keepOnly(found, this.#live);
    return found;
  }

  /**
   * People and studies of a set of rows, told from where they begin: three bits a row are read, and no number.
   * @param studiesOfOne at most so many of one person
   */
  count(rows: BitSet, studiesOfOne = Number.POSITIVE_INFINITY): TrueCounts {
    const [personBegins, studyBegins, studyless] = [this.#personBegins, this.#studyBegins, this.#studyless];
    let persons = 0;
    let studies = 0;
    let ofThisOne = 0;
    // Whether one has begun since the last row of the set.
    let personBegan = 0;
    let studyBegan = 0;
    for (let word = 0; word < rows.length; word += 1) {
      const begins = personBegins[word] ?? 0;
      const parts = studyBegins[word] ?? 0;
      const none = studyless[word] ?? 0;
      let bits = rows[word] ?? 0;
      // What lies behind the last row of the set in this word; all of it at first.
      let behind = 0xffffffff;
      while (bits !== 0) {
        const bit = bits & -bits;
        bits ^= bit;
        const upTo = behind & (bit | (bit - 1));
        if (personBegan !== 0 || (begins & upTo) !== 0) {
          persons += 1;
          ofThisOne = 0;
        }
        if ((studyBegan !== 0 || (parts & upTo) !== 0) && (none & bit) === 0 && ofThisOne < studiesOfOne) {
          ofThisOne += 1;
          studies += 1;
        }
        personBegan = 0;
        studyBegan = 0;
        behind = ~(bit | (bit - 1));
      }
      personBegan |= begins & behind;
      studyBegan |= parts & behind;
    }
    return { persons, studies };
  }

  /** People of a set of rows, by number. */
  peopleOf(rows: BitSet): BitSet {
    const people = emptySet(this.#people.length);
    const personOf = this.#personOf;
    for (let word = 0; word < rows.length; word += 1) {
      let bits = rows[word] ?? 0;
      while (bits !== 0) {
        const person = personOf[(word << 5) + 31 - Math.clz32(bits & -bits)] ?? 0;
        bits &= bits - 1;
        people[person >>> 5] = (people[person >>> 5] ?? 0) | (1 << (person & 31));
      }
    }
    return people;
  }

  /** Studies of a set of rows, by number. */
  studiesOf(rows: BitSet): BitSet {
    const { studyOf, personOf } = this.studies();
    const studies = emptySet(personOf.length);
    for (let word = 0; word < rows.length; word += 1) {
      let bits = rows[word] ?? 0;
      while (bits !== 0) {
        const study = studyOf[(word << 5) + 31 - Math.clz32(bits & -bits)] ?? NO_STUDY;
        bits &= bits - 1;
        if (study !== NO_STUDY) put(studies, study);
      }
    }
    return studies;
  }

  /** The study of each row, the person of each study in ascending order, and how many studies one person has at most. Made once. */
  studies(): StudiesByRow {
    if (this.#studiesByRow !== undefined) return this.#studiesByRow;
    const studyOf = new Uint32Array(this.rows).fill(NO_STUDY);
    const people: number[] = [];
    let mostOfOne = 0;
    let ofThisOne = 0;
    for (let row = 0; row < this.rows; row += 1) {
      if (has(this.#studyless, row)) continue;
      const person = this.#personOf[row] ?? 0;
      if (has(this.#studyBegins, row)) {
        ofThisOne = people.at(-1) === person ? ofThisOne + 1 : 1;
        mostOfOne = Math.max(mostOfOne, ofThisOne);
        people.push(person);
      }
      studyOf[row] = people.length - 1;
    }
    this.#studiesByRow = { studyOf, personOf: Uint32Array.from(people), mostOfOne };
    return this.#studiesByRow;
  }

  #find(query: CohortQuery): BitSet {
    if ('all' in query) {
      const [first, ...others] = query.all;
      if (first === undefined) return fullSet(this.rows);
      const found = this.#find(first);
      for (const other of others) keepOnly(found, this.#held(other));
      return found;
    }
    const found = 'not' in query ? fullSet(this.rows) : emptySet(this.rows);
    if ('not' in query) takeOut(found, this.#held(query.not));
    else if ('any' in query) for (const child of query.any) putAll(found, this.#held(child));
    else for (const set of this.#setsOf(query)) putAll(found, set);
    return found;
  }

  /** As {@link #find}, but a set that the index holds is not copied: to be read only. */
  #held(query: CohortQuery): BitSet {
    if ('is' in query) {
      const [only, ...others] = this.#setsOf(query);
      if (only !== undefined && others.length === 0) return only;
    }
    return this.#find(query);
  }

  #setsOf(query: Extract<CohortQuery, { readonly is: unknown }>): readonly BitSet[] {
    if ('in' in query) {
      const values = this.#values.get(query.is);
      return query.in.flatMap((value) => values?.get(value) ?? []);
    }
    const low = query.from === undefined ? 0 : binOf(query.is, query.from);
    const high = query.to === undefined ? Number.POSITIVE_INFINITY : binOf(query.is, query.to);
    return [...(this.#bins.get(query.is) ?? [])].flatMap(([bin, set]) => (bin >= low && bin <= high ? [set] : []));
  }

  #numberOf(person: string): number | undefined {
    let low = 0;
    let high = this.#people.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#people[middle] ?? '';
      if (found === person) return middle;
      if (found < person) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}

/** Rows as they come in; sets grow with them. */
class RowsToBe {
  readonly #people: string[] = [];
  readonly #firstRow: number[] = [];
  #personOf = new Uint32Array(1024);
  #personBegins = emptySet(1024);
  #studyBegins = emptySet(1024);
  #studyless = emptySet(1024);
  #lastStudy = NO_STUDY;
  #rows = 0;
  #studies = 0;
  readonly #values = new Map<QueryField, Map<string, BitSet>>();
  readonly #bins = new Map<NumberField, Map<number, BitSet>>();
  /** Of the person who is coming in: number of each study, and what is already there. */
  readonly #studyNumbers = new Map<string, number>();
  #ofPerson: { readonly study: number; readonly member: Searchable }[] = [];
  readonly #seen = new Set<string>();

  take(member: Searchable): void {
    const last = this.#people.at(-1);
    if (member.person !== last) {
      if (last !== undefined && member.person < last) throw new RangeError('people do not come in ascending order');
      this.#flush();
      this.#people.push(member.person);
      this.#studyNumbers.clear();
      this.#seen.clear();
    }
    const study = this.#numberOfStudy(member.studyInstanceUid);
    const [first] = this.#ofPerson;
    if (first !== undefined) {
      // Most people have one row, which needs no comparing.
      if (this.#seen.size === 0) this.#seen.add(saidOf(first.study, first.member));
      const said = saidOf(study, member);
      if (this.#seen.has(said)) return;
      this.#seen.add(said);
    }
    this.#ofPerson.push({ study, member });
  }

  done() {
    this.#flush();
    const size = (this.#rows + 31) >>> 5;
    const cut = (set: BitSet): BitSet => {
      const whole = new Uint32Array(size);
      whole.set(set.subarray(0, size));
      return whole;
    };
    const cutAll = <Key>(sets: ReadonlyMap<Key, BitSet>) => new Map([...sets].map(([key, set]) => [key, cut(set)]));
    return {
      personOf: this.#personOf.slice(0, this.#rows),
      personBegins: cut(this.#personBegins),
      studyBegins: cut(this.#studyBegins),
      studyless: cut(this.#studyless),
      people: this.#people,
      firstRow: Uint32Array.from([...this.#firstRow, this.#rows]),
      values: new Map([...this.#values].map(([field, sets]) => [field, cutAll(sets)])),
      bins: new Map([...this.#bins].map(([field, sets]) => [field, cutAll(sets)])),
    };
  }

  #numberOfStudy(uid: string | null): number {
    if (uid === null) return NO_STUDY;
    const known = this.#studyNumbers.get(uid);
    if (known !== undefined) return known;
    this.#studyNumbers.set(uid, this.#studies);
    this.#studies += 1;
    return this.#studies - 1;
  }

  /** Writes the rows of a person, study by study. */
  #flush(): void {
    if (this.#people.length === 0) return;
    this.#firstRow.push(this.#rows);
    this.#ofPerson.sort((a, b) => a.study - b.study);
    for (const [index, { study, member }] of this.#ofPerson.entries()) this.#write(study, member, index === 0);
    this.#ofPerson = [];
  }

  #write(study: number, member: Searchable, isFirst: boolean): void {
    const row = this.#rows;
    this.#rows += 1;
    if (row === this.#personOf.length) {
      this.#personOf = doubled(this.#personOf);
      this.#personBegins = doubled(this.#personBegins);
      this.#studyBegins = doubled(this.#studyBegins);
      this.#studyless = doubled(this.#studyless);
    }
    this.#personOf[row] = this.#people.length - 1;
    if (isFirst) put(this.#personBegins, row);
    if (isFirst || study !== this.#lastStudy) put(this.#studyBegins, row);
    if (study === NO_STUDY) put(this.#studyless, row);
    this.#lastStudy = study;
    eachFact(member, (field, value) => {
      const sets = this.#values.get(field) ?? new Map<string, BitSet>();
      if (sets.size === 0) this.#values.set(field, sets);
      setBit(sets, value, row);
    });
    for (const field of NUMBER_FIELDS) {
      const value = numberOf(field, member);
      if (value === null) continue;
      const sets = this.#bins.get(field) ?? new Map<number, BitSet>();
      this.#bins.set(field, sets);
      setBit(sets, binOf(field, value), row);
    }
  }
}

function setBit<Key>(sets: Map<Key, BitSet>, key: Key, row: number): void {
  let set = sets.get(key);
  if (set === undefined || set.length <= row >>> 5) {
    set ??= emptySet(32_768);
    while (set.length <= row >>> 5) set = doubled(set);
    sets.set(key, set);
  }
  put(set, row);
}

/** Equal for rows of a person that cannot be told apart by any question. */
function saidOf(study: number, one: Searchable): string {
  const { modality, bodyPart, manufacturer, sex, ageYears, studyYear, findings, coded, numbers } = one;
  return JSON.stringify([study, modality, bodyPart, manufacturer, sex, ageYears, studyYear, findings, coded, numbers]);
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const twice = new Uint32Array(words.length * 2);
  twice.set(words);
  return twice;
}
