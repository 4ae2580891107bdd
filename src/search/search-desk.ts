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
import { ToldNumbers } from './told-numbers.ts';

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

/** What of a permit exact numbers go by. */
export interface ExactPermit {
  readonly permitId: string;
  /** Whoever holds several permits is one: their answers could be compared. */
  readonly holder: string;
  readonly projectId: string;
  /** It allows tables. */
  readonly statistics?: boolean;
  /** Looks at the answer before it is kept and leaves; where it throws, nothing was told. */
  mayLeave?(draft: SearchAnswer): Promise<void>;
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
  readonly #combined: number;
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
    /** With so many earlier exact numbers a new one is combined before it is told, 1–3; fewer only to show what that lets through. */
    readonly combined?: number;
  }) {
    this.#source = parts.source;
    this.#ledger = parts.ledger;
    this.#secret = parts.secret;
    this.#rule = parts.rule;
    this.#clock = parts.clock;
    this.#questionsOfAll = parts.questionsOfAll ?? DAILY_QUESTIONS_OF_ALL;
    this.#combined = parts.combined ?? 3;
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
   * give them away. Numbers are held against what the permit's holder, and everybody of its project, was told before: what would tell of
   * a handful of people together with up to three of them is not told.
   * @param permit what the room access has verified
   * @throws as {@link answer}; UnicaError `search.too-little-new`, `search.exact-numbers-spent`
   */
  async answerExactly(asked: Asked, permit: ExactPermit): Promise<SearchAnswer> {
    return await this.#inTurn(async () => {
      const index = await this.#index();
      if (permit.mayLeave !== undefined) {
        await permit.mayLeave(await this.#exactly(index, asked, permit, { isDraft: true }));
      }
      return await this.#exactly(index, asked, permit, { isDraft: false });
    });
  }

  async #exactly(
    index: SearchIndex,
    asked: Asked,
    permit: ExactPermit,
    { isDraft }: { readonly isDraft: boolean },
  ): Promise<SearchAnswer> {
    const { query, unsupported } = supported(index, asked.query);
    const question = queryText(query);
    const under = { ...asked, requester: `holder ${permit.holder}`, project: permit.projectId };
    const counts = await this.#once({
      index,
      isDraft,
      asked: under,
      kind: 'exact',
      question: `exact ${question}`,
      parse: (answer) => countsSchema.parse(answer),
      work: async () => {
        const rows = index.find(query);
        const told = releaseExactly(index.count(rows), this.#rule).value;
        if (!('count' in told.persons)) return { answer: told, tells: [], cost: 0 };
        this.#toldNumbers(index, under, permit).checkCount(question, rows);
        return { answer: told, tells: [{ question, query, persons: told.persons.count }], cost: 0 };
      },
    });
    const told = { ...counts.answer, unsupported, version: index.version };
    const fields = permit.statistics === true ? [...new Set(asked.facets ?? [])].sort() : [];
    if (fields.length === 0) return { ...told, facets: undefined, entrySha256: counts.entrySha256 };
    const total = 'count' in counts.answer.persons ? counts.answer.persons.count : undefined;
    const tables = await this.#facets({ index, asked: under, query, question, fields, total, permit, isDraft });
    return { ...told, facets: tables.answer, entrySha256: tables.entrySha256 };
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
        this.#checkDistance(index, asked, tells);
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
      total: 'count' in counts.answer.persons ? counts.answer.persons.count : undefined,
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
    /** People of the question as they were told; undefined where that was withheld. */
    readonly total: number | undefined;
    /** With one: without noise and rounding. */
    readonly permit?: ExactPermit;
    readonly isDraft?: boolean;
  }): Promise<{ readonly answer: readonly FacetTable[]; readonly entrySha256: string | null }> {
    const { index, asked, query, question, fields, total, permit } = parts;
    const isExact = permit !== undefined;
    // @note Exact counts add up: who is in no cell, and what is withheld for another's sake, must not follow from the others.
    const rule: SearchRule = isExact ? { ...this.#rule, epsilon: Number.POSITIVE_INFINITY, roundTo: 1 } : this.#rule;
    // Of few people nothing can be told, whatever the field: no answer, so no cost.
    if (total === undefined) return { answer: fields.map((field) => ({ field, cells: [] })), entrySha256: null };
    return await this.#once({
      index,
      isDraft: parts.isDraft ?? false,
      asked,
      kind: isExact ? 'exact' : 'facets',
      question: sha256Hex(`facets\n${fields.join()}\n${isExact ? 'exact ' : ''}${question}`),
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
        const flat = cells.flatMap((table) => table.cells);
        const near = new Set(
          (permit === undefined
            ? this.#nearCells(index, asked, question, flat)
            : await this.#toldNumbers(index, asked, permit).cellsToKeepBack(question, rows, flat)
          ).map((cell) => `${cell.field} ${cell.name}`),
        );
        const released = releaseFacets(
          truth,
          rule,
          { secret: this.#secret, dataVersion: index.version, question: `facets ${question}` },
          {
            total,
            // One person may have images of two parts of the body, but is of one sex.
            apart: (field) => field === 'sex',
            withheld: (field, name) => near.has(`${field} ${name}`),
          },
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
          cells.flatMap((cell) => {
            const persons = released[field]?.[cell.name];
            if (persons === undefined || !('count' in persons)) return [];
            return [{ ...told(cell.query), ...(isExact ? { persons: persons.count } : {}) }];
          }),
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
    /** Not told yet: worked out, and not kept. */
    readonly isDraft?: boolean;
    parse(answer: unknown): Answer;
    work(): Promise<{ readonly answer: Answer; readonly tells: readonly Told[]; readonly cost: number }>;
  }): Promise<{ readonly answer: Answer; readonly entrySha256: string | null }> {
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
      if (before.kind === 'refused')
        throw new UnicaError(REFUSALS.find((code) => code === before.answer) ?? 'search.too-near');
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
      if (question.isDraft === true) return { answer, entrySha256: null };
      // Kept before it leaves: a node that falls now has said nothing yet, and will say the same.
      const entry = await this.#ledger.append({ ...head, kind, told: tells, answer: answer as Json, cost });
      return { answer, entrySha256: entry.entrySha256 };
    } catch (error) {
      const refusal = error instanceof UnicaError ? REFUSALS.find((code) => code === error.code) : undefined;
      if (refusal !== undefined) {
        await this.#ledger.append({ ...head, kind: 'refused', told: [], answer: refusal, cost: QUESTION_EPSILON });
      }
      throw error;
    }
  }

  /** @throws UnicaError `search.too-near` where what would be told differs by a handful of people from what was told. */
  #checkDistance(index: SearchIndex, asked: Asked, tells: readonly Told[]): void {
    const earlier = this.#earlier(index, asked);
    for (const one of tells) {
      if (this.#isNear(index, one, earlier)) throw new UnicaError('search.too-near');
    }
  }

  /** Cells that are too near to what was told; the question they are the facets of is told with them. */
  #nearCells(index: SearchIndex, asked: Asked, question: string, cells: readonly FacetCell[]): readonly FacetCell[] {
    const earlier = this.#earlier(index, asked).filter((one) => one.question !== question);
    return cells.filter((cell) => this.#isNear(index, told(cell.query), earlier));
  }

  /** What was told under disclosure control to the same requester or for the same project. */
  #earlier(index: SearchIndex, asked: Asked): readonly Told[] {
    const found = new Map<string, Told>();
    for (const entry of this.#ledger.of(index.dataset)) {
      if (entry.kind === 'exact' || !concerns(entry, asked)) continue;
      for (const one of entry.told) found.set(one.question, one);
    }
    return [...found.values()];
  }

  /** What was told exactly to the permit's holder, for its project, or, by earlier programs, under it. */
  #toldNumbers(index: SearchIndex, asked: Asked, { permitId }: ExactPermit): ToldNumbers {
    const entries = this.#ledger
      .of(index.dataset)
      .filter(
        (entry) => entry.kind === 'exact' && (concerns(entry, asked) || entry.requester === `permit ${permitId}`),
      );
    return new ToldNumbers(index, entries, { threshold: this.#rule.threshold, combined: this.#combined });
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

/** Refusals that are kept, and said again where the same is asked again. */
const REFUSALS = ['search.too-near', 'search.too-little-new'] as const;

function concerns(entry: LedgerEntry, { requester, project }: Asked): boolean {
  return entry.requester === requester || (project !== undefined && entry.project === project);
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
