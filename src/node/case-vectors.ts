import type { ExpressionBuilder, Kysely } from 'kysely';
import { fromBase64Url, toBase64Url } from '#base';
import { type KnownCase, NearestCases } from '#clinic';
import type { Standing } from '#consent';
import { serially } from '#store';
import type { SimilarPermits } from './similar-permits.ts';
import type { NodeTables } from './tables.ts';

/** A version of a model, whose vectors can be held beside one another and beside no others. */
export interface VectorModel {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
}

/** What a model made of a study, or of one film of it. */
export interface CaseVector extends KnownCase {
  readonly model: VectorModel;
  /** Empty where the study is one example. */
  readonly film: string;
  readonly vector: Float32Array;
}

/** Vectors of a version that are kept and searched, the newest: 52 MB of memory with 131 numbers each, while somebody looks. */
export const MOST_VECTORS = 100_000;
const PAGE = 2000;
/** Nobody looked for so long: the vectors are read again when somebody does. */
const IDLE_MS = 600_000;
/** So often what may not be kept any more is looked for, where nobody looks for cases. */
const TIDY_EVERY_MS = 3_600_000;
/** Films of a study that others are held beside: each takes a look at every vector. */
const MOST_ASKED = 8;

/** Vectors of one version alone. */
export const ofVersion =
  ({ name, version, digest }: VectorModel) =>
  (is: ExpressionBuilder<NodeTables, 'case_vectors'>) =>
    is.and({ model: name, version, digest });

interface Loaded {
  readonly key: string;
  readonly cases: NearestCases;
}

/**
 * What models made of studies, for looking for similar ones: kept only while something allows that, of nobody who is left out, for the
 * version of the model that made it. Whoever made it closes it.
 */
export class CaseVectors {
  readonly #parts: {
    readonly db: Kysely<NodeTables>;
    readonly standing: Standing;
    readonly permits: Pick<SimilarPermits, 'standing'>;
    readonly most?: number;
    readonly tidyEveryMs?: number;
  };
  /** One at a time, so that what is read from the disk and what is added meanwhile agree. */
  readonly #inTurn = serially();
  readonly #loaded = new Map<string, Loaded>();
  #idle: NodeJS.Timeout | undefined;
  #tidying: NodeJS.Timeout | undefined;
  /** Of the standing, when it was last asked whose vectors may be kept. */
  #seen = -1;

  constructor(parts: {
    readonly db: Kysely<NodeTables>;
    readonly standing: Standing;
    readonly permits: Pick<SimilarPermits, 'standing'>;
    /** Vectors of a version that are kept; 100,000 when absent. */
    readonly most?: number;
    /** An hour when absent. */
    readonly tidyEveryMs?: number;
  }) {
    this.#parts = parts;
  }

  /** From now on lets go in time of what may not be kept, such as after a permit has run out or what another process wrote down. */
  start(onError: (error: unknown) => void): void {
    const tidy = () => void this.forgetLeftOut().catch(onError);
    this.#tidying ??= setInterval(tidy, this.#parts.tidyEveryMs ?? TIDY_EVERY_MS).unref();
    tidy();
  }

  /** Keeps it where that is allowed, in the place of what that version made of the same before. */
  async keep({ model, study, film, person, vector }: CaseVector): Promise<void> {
    const { db, standing, permits } = this.#parts;
    await this.#inTurn(async () => {
      // In turn, so that whoever takes a permit back and then lets go of everything has let go of this too.
      if ((await permits.standing()).kind !== 'allowed') return;
      await standing.refresh();
      if (standing.isLeftOut(person)) return;
      const { name, version, digest } = model;
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      const values = { person, vector: toBase64Url(bytes) };
      await db
        .insertInto('case_vectors')
        .values({ model: name, version, digest, study, film, ...values })
        .onConflict((known) => known.columns(['model', 'version', 'digest', 'study', 'film']).doUpdateSet(values))
        .execute();
      const loaded = this.#loaded.get(name);
      if (loaded?.key === versionOf(model)) loaded.cases.put(keyOf({ study, film }), { person, study }, vector);
    });
  }

  /** What a version made of a study; of its first films where it has more of them than others are held beside. */
  async of(model: VectorModel, study: string): Promise<readonly Float32Array[]> {
    const rows = await this.#parts.db
      .selectFrom('case_vectors')
      .select('vector')
      .where(ofVersion(model))
      .where('study', '=', study)
      .orderBy('film')
      .limit(MOST_ASKED)
      .execute();
    return rows.map(({ vector }) => numbersOf(vector));
  }

  /** Studies near to these vectors, as `NearestCases.nearest` gives them; of nobody who is left out. */
  async nearest(model: VectorModel, vectors: readonly Float32Array[], mayTell: (known: KnownCase) => boolean) {
    const { standing } = this.#parts;
    await this.forgetLeftOut();
    return await this.#inTurn(async () => {
      const cases = await this.#cases(model, vectors[0]?.length ?? 0);
      return cases.nearest(vectors, (known) => !standing.isLeftOut(known.person) && mayTell(known));
    });
  }

  /** Who of these may be told of as the ledgers say now. */
  async stillTold(people: readonly string[]): Promise<ReadonlySet<string>> {
    const { standing } = this.#parts;
    await standing.refresh();
    return new Set(people.filter((person) => !standing.isLeftOut(person)));
  }

  /**
   * Lets go of everything of whoever is left out, of everybody where nothing allows keeping it any more, and of the oldest of a version where
   * there are too many.
   */
  async forgetLeftOut(): Promise<void> {
    const { db, standing, permits } = this.#parts;
    await this.#inTurn(async () => {
      const now = await permits.standing();
      await standing.refresh();
      if (now.kind === 'refused' && now.why !== 'stopped') {
        await db.deleteFrom('case_vectors').execute();
        this.#loaded.clear();
        return;
      }
      const models = await db.selectFrom('case_vectors').select(['model', 'version', 'digest']).distinct().execute();
      for (const { model, ...rest } of models) await this.#trim({ name: model, ...rest });
      const version = standing.version();
      if (version === this.#seen) return;
      const people = await db.selectFrom('case_vectors').select('person').distinct().execute();
      const gone = people.map(({ person }) => person).filter((person) => standing.isLeftOut(person));
      for (const person of gone) await db.deleteFrom('case_vectors').where('person', '=', person).execute();
      for (const { cases } of this.#loaded.values()) cases.removeWhere(({ person }) => standing.isLeftOut(person));
      this.#seen = version;
    });
  }

  /** Lets go of a study that is not in the archive any more. */
  async forgetStudy(study: string): Promise<void> {
    await this.#inTurn(async () => {
      await this.#parts.db.deleteFrom('case_vectors').where('study', '=', study).execute();
      for (const { cases } of this.#loaded.values()) cases.removeWhere((known) => known.study === study);
    });
  }

  close(): void {
    clearTimeout(this.#idle);
    clearInterval(this.#tidying);
    this.#loaded.clear();
  }

  /** Those of a version, read once; vectors of other versions of that model are nobody's any more. */
  async #cases(model: VectorModel, length: number): Promise<NearestCases> {
    const { name, version, digest } = model;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#loaded.clear(), IDLE_MS).unref();
    const key = versionOf(model);
    const known = this.#loaded.get(name);
    if (known?.key === key && known.cases.length === length) return known.cases;
    const { db, most = MOST_VECTORS } = this.#parts;
    await db
      .deleteFrom('case_vectors')
      .where('model', '=', name)
      .where((is) => is.or([is('version', '!=', version), is('digest', '!=', digest)]))
      .execute();
    const cases = new NearestCases(length, most);
    await this.#trim(model);
    let after = -1;
    for (;;) {
      const rows = await db
        .selectFrom('case_vectors')
        .selectAll()
        .where(ofVersion(model))
        .where('number', '>', after)
        .orderBy('number')
        .limit(PAGE)
        .execute();
      for (const row of rows) cases.put(keyOf(row), row, numbersOf(row.vector));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.number;
    }
    this.#loaded.set(name, { key, cases });
    return cases;
  }

  /** Lets go of the oldest of a version where there are too many. */
  async #trim(model: VectorModel): Promise<void> {
    const { db, most = MOST_VECTORS } = this.#parts;
    const beyond = await db
      .selectFrom('case_vectors')
      .select('number')
      .where(ofVersion(model))
      .orderBy('number', 'desc')
      .offset(most)
      .limit(1)
      .executeTakeFirst();
    if (beyond === undefined) return;
    await db.deleteFrom('case_vectors').where(ofVersion(model)).where('number', '<=', beyond.number).execute();
  }
}

const versionOf = ({ version, digest }: VectorModel) => `${version}/${digest}`;

const keyOf = ({ study, film }: { readonly study: string; readonly film: string }) => `${study}/${film}`;

function numbersOf(text: string): Float32Array {
  const bytes = fromBase64Url(text);
  return new Float32Array(bytes.slice().buffer);
}
