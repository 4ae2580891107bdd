import { z } from 'zod';
import { type Clock, type Json, sha256Hex, UnicaError } from '#base';
import type { CohortStream } from '#consent';
import {
  DAILY_QUESTIONS_OF_ALL,
  type Guarded,
  QUESTION_EPSILON,
  releaseExactly,
  releaseFacets,
  releaseSearch,
  type SearchCounts,
  type SearchRule,
  spentBudget,
} from '#privacy';
import { serially } from '#store';
import { type CohortQuery, type FacetTable, facetTableSchema, guardedCountSchema, type QueryField } from '#wire';
import { type BitSet, differenceOf, emptySet, keepOnly, takeOut } from './bit-set.ts';
import { canonicalQuery } from './canonical-query.ts';
import { type FacetCell, facetCells } from './facet-cells.ts';
import type { Searchable } from './matches.ts';
import { queryText } from './question.ts';
import type { LedgerEntry, QuestionLedger, Told } from './question-ledger.ts';
import { SearchIndex } from './search-index.ts';

/**
 * Where an index comes from: people with their studies and coded facts, of one dataset. Whoever keeps them (the archive's
 * images, a warehouse of clinical rows) offers them so.
 */
export interface SearchSource {
  /** Changes whenever anything that may be counted has changed, but for opt-outs; cheap to ask. */
  revision(): Promise<string>;
  /** People in ascending order, each with their rows together. */
  draw(): Promise<CohortStream<Searchable>>;
}

/** A question as it reaches a node. */
export interface Asked {
  readonly query: CohortQuery;
  readonly requester: string;
  /** Those who ask for one project are one requester where answers could be compared. */
  readonly project?: string | undefined;
  readonly facets?: readonly QueryField[] | undefined;
}

/** What leaves the node of a question, and what its journal keeps. */
export interface SearchAnswer extends SearchCounts<Guarded> {
  /** Absent where no facets were asked for. */
  readonly facets: readonly FacetTable[] | undefined;
  /** Fields that this node knows nothing of: the answer is then about nobody. */
  readonly unsupported: readonly QueryField[];
  readonly version: string;
  /** Digest of the newest entry of the ledger that stands for the answer. */
  readonly entrySha256: string | null;
}

const countsSchema = z.strictObject({ persons: guardedCountSchema, studies: guardedCountSchema });
const facetsSchema = z.array(facetTableSchema);

/**
 * Answers federated counts of one node: the index, disclosure control and the budget behind one desk, one question at a time.
 * Nothing comes out of it that the room privacy has not let pass.
 */
export class SearchDesk {
  readonly #source: SearchSource;
  readonly #ledger: QuestionLedger;
  readonly #secret: Uint8Array;
  readonly #rule: SearchRule;
  readonly #clock: Clock;
  readonly #questionsOfAll: number;
  readonly #inTurn = serially();
  #held: { readonly revision: string; readonly index: SearchIndex } | undefined;
  /** People of questions that were told, in the index of now. */
  #peopleOf = new Map<string, BitSet>();
  #peopleVersion = '';

  constructor(parts: {
    readonly source: SearchSource;
    readonly ledger: QuestionLedger;
    readonly secret: Uint8Array;
    readonly rule: SearchRule;
    readonly clock: Clock;
    /** Distinct questions of all requesters together, a day. */
    readonly questionsOfAll?: number;
  }) {
    this.#source = parts.source;
    this.#ledger = parts.ledger;
    this.#secret = parts.secret;
    this.#rule = parts.rule;
    this.#clock = parts.clock;
    this.#questionsOfAll = parts.questionsOfAll ?? DAILY_QUESTIONS_OF_ALL;
  }

  /** Builds the index, so that the first question does not wait for it. */
  async prepare(): Promise<void> {
    await this.#inTurn(async () => await this.#index());
  }

  /**
   * Counts under disclosure control. The same question of the same requester about the same data has the same answer, and
   * costs once. @throws UnicaError `node.questions-spent`, `node.dataset-questions-spent`, `search.too-near`,
   * `search.too-intricate`.
   */
  async answer(asked: Asked): Promise<SearchAnswer> {
    return await this.#inTurn(async () => await this.#answer(asked));
  }

  /**
   * Counts exactly, under a permit; tables of exact counts where it allows statistics, without their small cells and what would
   * give them away. @param permit what the room access has verified. @throws as {@link answer}
   */
  async answerExactly(
    asked: Asked,
    permit: { readonly permitId: string; readonly statistics?: boolean },
  ): Promise<SearchAnswer> {
    return await this.#inTurn(async () => {
      const index = await this.#index();
      const { query, unsupported } = supported(index, asked.query);
      const question = `exact ${queryText(query)}`;
      const requester = `permit ${permit.permitId}`;
      const counts = await this.#once({
        index,
        asked: { ...asked, requester },
        kind: 'exact',
        question,
        parse: (answer) => countsSchema.parse(answer),
        work: async () => {
          const rows = index.find(query);
          const told = releaseExactly(index.count(rows), this.#rule).value;
          const tells = 'count' in told.persons ? [{ question, query }] : [];
          this.#checkDistance(index, asked, requester, tells, (earlier) => earlier.kind === 'exact');
          return { answer: told, tells, cost: 0 };
        },
      });
      const told = { ...counts.answer, unsupported, version: index.version };
      const fields = permit.statistics === true ? [...new Set(asked.facets ?? [])].sort() : [];
      if (fields.length === 0) return { ...told, facets: undefined, entrySha256: counts.entrySha256 };
      const small = 'below' in counts.answer.persons;
      const tables = await this.#facets({
        index,
        asked: { ...asked, requester },
        query,
        question,
        fields,
        small,
        isExact: true,
      });
      return { ...told, facets: tables.answer, entrySha256: tables.entrySha256 };
    });
  }

  async #answer(asked: Asked): Promise<SearchAnswer> {
    const index = await this.#index();
    const { query, unsupported } = supported(index, asked.query);
    const question = queryText(query);
    const seed = { secret: this.#secret, dataVersion: index.version, question };
    const counts = await this.#once({
      index,
      asked,
      kind: 'count',
      question,
      parse: (answer) => countsSchema.parse(answer),
      work: async () => {
        const truth = index.count(index.find(query), this.#rule.studiesOfOne);
        const told = releaseSearch(truth, this.#rule, seed).value;
        const tells = 'count' in told.persons ? [{ question, query }] : [];
        this.#checkDistance(index, asked, asked.requester, tells, (earlier) => earlier.kind !== 'exact');
        return { answer: told, tells, cost: QUESTION_EPSILON };
      },
    });
    const fields = [...new Set(asked.facets ?? [])].sort();
    if (fields.length === 0) {
      return {
        ...counts.answer,
        facets: undefined,
        unsupported,
        version: index.version,
        entrySha256: counts.entrySha256,
      };
    }
    const facets = await this.#facets({
      index,
      asked,
      query,
      question,
      fields,
      small: 'below' in counts.answer.persons,
    });
    return {
      ...counts.answer,
      facets: facets.answer,
      unsupported,
      version: index.version,
      entrySha256: facets.entrySha256,
    };
  }

  async #facets(parts: {
    readonly index: SearchIndex;
    readonly asked: Asked;
    readonly query: CohortQuery;
    readonly question: string;
    readonly fields: readonly QueryField[];
    readonly small: boolean;
    /** Under a permit: without noise and rounding. */
    readonly isExact?: boolean;
  }): Promise<{ readonly answer: readonly FacetTable[]; readonly entrySha256: string | null }> {
    const { index, asked, query, question, fields, small, isExact = false } = parts;
    // @note Exact counts add up: who is in no cell, and what is withheld for another's sake, must not follow from the others.
    const rule: SearchRule = isExact ? { ...this.#rule, epsilon: Number.POSITIVE_INFINITY, roundTo: 1 } : this.#rule;
    // Of few people nothing can be told, whatever the field: no answer, so no cost.
    if (small) return { answer: fields.map((field) => ({ field, cells: [] })), entrySha256: null };
    return await this.#once({
      index,
      asked,
      kind: isExact ? 'exact' : 'facets',
      question: sha256Hex(`facets\n${fields.join()}\n${question}`),
      parse: (answer) => facetsSchema.parse(answer),
      work: async () => {
        const rows = index.find(query);
        const all = index.count(rows).persons;
        const cells = fields.map((field) => ({ field, cells: facetCells(index, field, query, rule.threshold) }));
        const truth = Object.fromEntries(
          cells.map(({ field, cells }) => {
            const shown = Object.fromEntries(cells.map((cell) => [cell.name, this.#peopleIn(index, rows, cell)]));
            const others = isExact ? this.#peopleOutside(index, rows, cells) : 0;
            return [field, others === 0 ? shown : { ...shown, [IN_NO_CELL]: others }];
          }),
        );
        const near = this.#nearCells(
          index,
          asked,
          question,
          cells.flatMap((table) => table.cells),
          (entry) => (entry.kind === 'exact') === isExact,
        );
        const released = releaseFacets(
          truth,
          rule,
          { secret: this.#secret, dataVersion: index.version, question: `facets ${question}` },
          (field, name) => near.has(`${field} ${name}`),
        ).value;
        const personsOf = (field: QueryField, name: string): Guarded => {
          const persons = released[field]?.[name] ?? { below: rule.threshold };
          // Where nothing is noisy, a bound made of the number would tell the number.
          return isExact && 'below' in persons && persons.below > rule.threshold ? { below: all + 1 } : persons;
        };
        const answer = cells.map(({ field, cells }) => ({
          field,
          cells: cells.map(({ name, shown }) => ({ ...shown, persons: personsOf(field, name) })),
        }));
        const tells = cells.flatMap(({ field, cells }) =>
          cells.flatMap((cell) => ('count' in (released[field]?.[cell.name] ?? {}) ? [told(cell.query)] : [])),
        );
        return { answer, tells, cost: isExact ? 0 : QUESTION_EPSILON };
      },
    });
  }

  #peopleIn(index: SearchIndex, rows: BitSet, cell: FacetCell): number {
    const both = index.find(cell.of);
    keepOnly(both, rows);
    return index.count(both).persons;
  }

  /** People of the question whom no cell counts: their value is rare or not known. */
  #peopleOutside(index: SearchIndex, rows: BitSet, cells: readonly FacetCell[]): number {
    const outside = index.peopleOf(rows);
    for (const { of } of cells) {
      const inside = index.find(of);
      keepOnly(inside, rows);
      takeOut(outside, index.peopleOf(inside));
    }
    return differenceOf(outside, emptySet(outside.length * 32));
  }

  /** Answers a question anew, or as it was answered before; refusals are kept and cost, too. */
  async #once<Answer>(question: {
    readonly index: SearchIndex;
    readonly asked: Asked;
    readonly kind: 'count' | 'facets' | 'exact';
    readonly question: string;
    parse(answer: unknown): Answer;
    work(): Promise<{ readonly answer: Answer; readonly tells: readonly Told[]; readonly cost: number }>;
  }): Promise<{ readonly answer: Answer; readonly entrySha256: string }> {
    const { index, asked, kind } = question;
    const { dataset, version } = index;
    const entries = this.#ledger.of(dataset);
    const before = entries.find(
      (entry) =>
        entry.requester === asked.requester &&
        entry.question === question.question &&
        entry.version === version &&
        entry.project === (asked.project ?? null),
    );
    if (before !== undefined) {
      if (before.kind === 'refused') throw new UnicaError('search.too-near');
      return { answer: question.parse(before.answer), entrySha256: before.entrySha256 };
    }
    const spent = spentBudget(
      entries.map((entry) => ({ ...entry, dataVersion: entry.version })),
      { requester: asked.requester, question: question.question, dataVersion: version, atMs: this.#clock() },
      { ofAll: this.#questionsOfAll },
    );
    if (spent !== undefined) {
      throw new UnicaError(spent === 'requester' ? 'node.questions-spent' : 'node.dataset-questions-spent');
    }
    const head = {
      dataset,
      version,
      requester: asked.requester,
      project: asked.project ?? null,
      question: question.question,
    };
    try {
      const { answer, tells, cost } = await question.work();
      // Kept before it leaves: a node that falls now has said nothing yet, and will say the same.
      const entry = await this.#ledger.append({ ...head, kind, told: tells, answer: answer as Json, cost });
      return { answer, entrySha256: entry.entrySha256 };
    } catch (error) {
      if (error instanceof UnicaError && error.code === 'search.too-near') {
        await this.#ledger.append({ ...head, kind: 'refused', told: [], answer: null, cost: QUESTION_EPSILON });
      }
      throw error;
    }
  }

  /** @throws UnicaError `search.too-near` where what would be told differs by a handful of people from what was told. */
  #checkDistance(
    index: SearchIndex,
    asked: Asked,
    requester: string,
    tells: readonly Told[],
    concerns: (earlier: LedgerEntry) => boolean,
  ): void {
    const earlier = this.#earlier(index, { ...asked, requester }, concerns);
    for (const one of tells) {
      if (this.#isNear(index, one, earlier)) throw new UnicaError('search.too-near');
    }
  }

  /** Cells that are too near to what was told; the question they are the facets of is told with them. */
  #nearCells(
    index: SearchIndex,
    asked: Asked,
    question: string,
    cells: readonly FacetCell[],
    concerns: (earlier: LedgerEntry) => boolean,
  ): ReadonlySet<string> {
    const earlier = this.#earlier(index, asked, concerns).filter((one) => one.question !== question);
    return new Set(
      cells.flatMap((cell) => (this.#isNear(index, told(cell.query), earlier) ? [`${cell.field} ${cell.name}`] : [])),
    );
  }

  /** What was told to the same requester or for the same project. */
  #earlier(index: SearchIndex, asked: Asked, concerns: (earlier: LedgerEntry) => boolean): readonly Told[] {
    const found = new Map<string, Told>();
    for (const entry of this.#ledger.of(index.dataset)) {
      const same =
        entry.requester === asked.requester || (asked.project !== undefined && entry.project === asked.project);
      if (!same || !concerns(entry)) continue;
      for (const one of entry.told) found.set(one.question, one);
    }
    return [...found.values()];
  }

  #isNear(index: SearchIndex, one: Told, earlier: readonly Told[]): boolean {
    if (earlier.length === 0) return false;
    const people = this.#people(index, one);
    return earlier.some(
      (other) =>
        other.question !== one.question && differenceOf(people, this.#people(index, other)) < this.#rule.threshold,
    );
  }

  #people(index: SearchIndex, { question, query }: Told): BitSet {
    if (this.#peopleVersion !== index.version) {
      this.#peopleOf = new Map();
      this.#peopleVersion = index.version;
    }
    const known = this.#peopleOf.get(question);
    if (known !== undefined) return known;
    const people = index.peopleOf(index.find(query));
    this.#peopleOf.set(question, people);
    return people;
  }

  /** The index of the data as they may be used at this moment. */
  async #index(): Promise<SearchIndex> {
    const revision = await this.#source.revision();
    const held = this.#held;
    if (held?.revision === revision && (await held.index.refresh())) return held.index;
    const index = await SearchIndex.build(await this.#source.draw());
    this.#held = { revision, index };
    return index;
  }
}

/** No value is written so. */
const IN_NO_CELL = '\n';

function told(query: CohortQuery): Told {
  return { question: queryText(query), query: canonicalQuery(query) };
}

/** What a node knows nothing of it cannot count: the question is then about nobody, and says why. */
function supported(
  index: SearchIndex,
  asked: CohortQuery,
): { readonly query: CohortQuery; readonly unsupported: readonly QueryField[] } {
  const query = canonicalQuery(asked);
  const unsupported = [...new Set(fieldsOf(query))].filter((field) => !ALWAYS_KNOWN.has(field) && !index.knows(field));
  return { query: unsupported.length === 0 ? query : { any: [] }, unsupported };
}

/** What images say, or leave out. */
const ALWAYS_KNOWN: ReadonlySet<QueryField> = new Set([
  'modality',
  'bodyPart',
  'manufacturer',
  'sex',
  'ageYears',
  'studyYear',
  'finding',
]);

function fieldsOf(query: CohortQuery): readonly QueryField[] {
  if ('all' in query) return query.all.flatMap(fieldsOf);
  if ('any' in query) return query.any.flatMap(fieldsOf);
  return 'not' in query ? fieldsOf(query.not) : [query.is];
}
