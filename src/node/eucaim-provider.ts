import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Journal } from '#audit';
import { UnicaError } from '#base';
import { recordAddresses } from '#record';
import { readLensAst, type SearchDesk } from '#search';
import { cohortQuerySchema, explorerQuerySchema, type GuardedCount } from '#wire';
import { WHOLE_ARCHIVE } from './current-data.ts';
import type { IdentityCard } from './identity-card.ts';
import { lastRecord } from './last-record.ts';
import type { NodeTables } from './tables.ts';

/** A dataset as the explorer of Cancer Image Europe lists it. */
const collectionSchema = z.strictObject({
  /** The record's address in the catalogue. */
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** Released by disclosure control; 0 where withheld, which `suppressed` tells. */
  studies_count: z.number().int(),
  subjects_count: z.number().int(),
  age_range: z.strictObject({ min: z.number().int().nullable(), max: z.number().int().nullable() }),
  /** Hyper-ontology codes, as those that follow. */
  gender: z.array(z.string()),
  modality: z.array(z.string()),
  body_parts: z.array(z.string()),
  suppressed: z.boolean(),
});

/** What a mediator answers, with what the explorer shows beside it. */
export const eucaimAnswerSchema = z.strictObject({
  provider: z.string(),
  provider_icon: z.string(),
  collections: z.array(collectionSchema),
  /** Keys of criteria that cannot be honoured, and properties that are not known; every count is then zero. */
  unsupported: z.array(z.string()),
});

/** An answer to the explorer. */
export type EucaimAnswer = z.infer<typeof eucaimAnswerSchema>;

/**
 * Answers the explorer of Cancer Image Europe, whichever way its question came: from what the node has published, and by
 * the same desk as every other count.
 */
export class EucaimProvider {
  readonly #parts: {
    readonly db: Kysely<NodeTables>;
    readonly search: SearchDesk;
    readonly card: IdentityCard;
    readonly journal: Journal;
  };

  constructor(parts: {
    readonly db: Kysely<NodeTables>;
    readonly search: SearchDesk;
    readonly card: IdentityCard;
    readonly journal: Journal;
  }) {
    this.#parts = parts;
  }

  /**
   * @param question `{"ast":…,"id":…}` @param requester whose budget it is asked on
   * @throws UnicaError `eucaim.invalid-query`, `eucaim.not-answered` where the desk refuses.
   */
  async answer(question: unknown, requester: string): Promise<EucaimAnswer> {
    const { db, card, journal } = this.#parts;
    const parsed = explorerQuerySchema.safeParse(question);
    if (!parsed.success) throw invalid(parsed.error.issues[0]);
    const record = await lastRecord(db, WHOLE_ARCHIVE);
    const head = { provider: card.displayName, provider_icon: '' };
    if (record === undefined) return { ...head, collections: [], unsupported: [] };
    const counts = await this.#counts(parsed.data, requester);
    const collection = {
      id: recordAddresses(card.hubUrl, card.siteId, record.name).dataset,
      name: record.title,
      description: record.description,
      studies_count: told(counts.studies),
      subjects_count: told(counts.persons),
      age_range: { min: record.ageYears?.from ?? null, max: record.ageYears?.to ?? null },
      gender: [...(record.codes?.sexes ?? [])],
      modality: [...(record.codes?.modalities ?? [])],
      body_parts: [...(record.codes?.bodyParts ?? [])],
      suppressed: 'below' in counts.persons,
    };
    await journal.append({
      actor: requester,
      action: 'count.answered',
      subject: 'eucaim',
      because: 'public counts under disclosure control',
      facts: { suppressed: collection.suppressed, unsupported: counts.unsupported.length },
    });
    return { ...head, collections: [collection], unsupported: [...counts.unsupported] };
  }

  async #counts(
    { ast, id: _, ...others }: z.infer<typeof explorerQuerySchema>,
    requester: string,
  ): Promise<{
    readonly persons: GuardedCount;
    readonly studies: GuardedCount;
    readonly unsupported: readonly string[];
  }> {
    const { query, keysOf, ...reading } = readLensAst(ast);
    // What stands beside the tree and is not known may narrow the question as well.
    const unsupported = [...reading.unsupported, ...Object.keys(others).map((name) => name.slice(0, 200))];
    const nobody = { persons: { count: 0 }, studies: { count: 0 } };
    if (unsupported.length > 0) return { ...nobody, unsupported };
    const checked = cohortQuerySchema.safeParse(query);
    if (!checked.success) throw invalid(checked.error.issues[0]);
    const answer = await this.#parts.search.answer({ query: checked.data, requester }).catch((error: unknown) => {
      if (error instanceof UnicaError && error.family === 'user') {
        throw new UnicaError('eucaim.not-answered', { because: error.message }, { cause: error });
      }
      throw error;
    });
    if (answer.unsupported.length > 0)
      return {
        ...nobody,
        unsupported: [...new Set(answer.unsupported.flatMap((field) => keysOf.get(field) ?? [field]))],
      };
    return { persons: answer.persons, studies: answer.studies, unsupported: [] };
  }
}

function told(count: GuardedCount): number {
  return 'count' in count ? count.count : 0;
}

function invalid(issue: z.core.$ZodIssue | undefined): UnicaError {
  const where = issue?.path.map(String).join('.') ?? '';
  return new UnicaError('eucaim.invalid-query', {
    where: where === '' ? 'the query' : where,
    problem: issue?.message ?? '',
  });
}
