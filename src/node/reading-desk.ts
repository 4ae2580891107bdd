import type { Kysely, Transaction } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import { type JudgedOpinion, qualityOf } from '#reading';
import {
  type judgementSchema,
  type OpenedStudy,
  type Opinion,
  type OwnRead,
  ownReadSchema,
  type ReadingQuality,
  type readingListQuerySchema,
  type readingListSchema,
} from '#wire';
import type { PreviewsAhead } from './previews-ahead.ts';
import type { ReadableStudies, ReadableStudy } from './readable-studies.ts';
import type { ReadingSettings } from './reading-settings.ts';
import type { NodeTables } from './tables.ts';

/** What models say of a study, without those that are scored in the shadow. */
export interface StudyOpinions {
  /** What was said already. */
  of(studyInstanceUid: string): Promise<readonly Omit<Opinion, 'verdict'>[]>;
  /** What is said for a reader; models that have not looked yet do. */
  ask(studyInstanceUid: string, reader: string): Promise<readonly Omit<Opinion, 'verdict'>[]>;
}

/** What the reader view is kept with. */
export interface ReadingParts {
  readonly db: Kysely<NodeTables>;
  readonly studies: ReadableStudies;
  readonly settings: ReadingSettings;
  readonly opinions: StudyOpinions;
  readonly ahead: PreviewsAhead;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
}

type Reading = NodeTables['readings'];

/** Studies at the top of a list whose small pictures are drawn before one of them is opened. */
const AHEAD_OF_LIST = 3;

/** What clinicians read, and when a model's opinion is given to them. */
export class ReadingDesk {
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  async list(
    reader: string,
    asked: ReturnType<typeof readingListQuerySchema.parse>,
  ): Promise<ReturnType<typeof readingListSchema.parse>> {
    const { studies, settings } = this.#parts;
    const { items, ...rest } = await studies.page(reader, asked);
    this.#drawAhead(items.slice(0, AHEAD_OF_LIST).map(({ studyInstanceUid }) => studyInstanceUid));
    return { items: [...items], ...rest, mode: await settings.mode() };
  }

  /**
   * Makes the small pictures of a study and of the one that hangs beside it ready at the node; nothing is given and nobody has seen
   * anything, so that the journal says nothing. @throws UnicaError `http.not-found`
   */
  async prepare(studyInstanceUid: string): Promise<void> {
    const { studies } = this.#parts;
    const study = await studies.study(studyInstanceUid);
    const [prior] = await studies.priorsOf(study);
    this.#drawAhead([studyInstanceUid, ...(prior === undefined ? [] : [prior.studyInstanceUid])]);
  }

  /** Opens a study; each opening is in the journal. @throws UnicaError `http.not-found` */
  async open(reader: string, studyInstanceUid: string): Promise<OpenedStudy> {
    const { db, studies, settings, journal, clock, newId } = this.#parts;
    const study = await studies.study(studyInstanceUid);
    this.#drawAhead([studyInstanceUid]);
    const nowMs = clock();
    await journal.append({
      actor: reader,
      action: 'study.opened',
      subject: studyInstanceUid,
      facts: { task: study.task },
    });
    await db
      .insertInto('readings')
      .values({
        reading_id: newId('reading'),
        study_instance_uid: studyInstanceUid,
        reader,
        task: study.task,
        opened_at_ms: nowMs,
        own_read: null,
        recorded_at_ms: null,
      })
      .onConflict((known) => known.columns(['study_instance_uid', 'reader']).doNothing())
      .execute();
    // The time of a read is counted from the last time that it was begun.
    await db
      .updateTable('readings')
      .set({ opened_at_ms: nowMs })
      .where('study_instance_uid', '=', studyInstanceUid)
      .where('reader', '=', reader)
      .where('recorded_at_ms', 'is', null)
      .execute();
    const reading = await db
      .selectFrom('readings')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .where('reader', '=', reader)
      .executeTakeFirstOrThrow();
    const [images, priors, next] = await Promise.all([
      studies.imagesOf(study),
      studies.priorsOf(study),
      studies.page(reader, { state: 'unread', page: 1, task: study.task }),
    ]);
    return {
      readingId: reading.reading_id,
      ...headOf(study),
      task: study.task,
      images,
      priors: await Promise.all(
        priors.map(async (prior) => ({
          studyInstanceUid: prior.studyInstanceUid,
          date: prior.date,
          description: prior.description,
          images: await studies.imagesOf(prior),
        })),
      ),
      mode: await settings.mode(),
      ownRead: readOf(reading),
      recordedAtMs: reading.recorded_at_ms,
      nextStudy: next.items.find((one) => one.studyInstanceUid !== studyInstanceUid)?.studyInstanceUid ?? null,
    };
  }

  /** Records what the reader says; it stays as it is. @throws UnicaError `http.not-found`, `reading.already-recorded`, `reading.unusable` */
  async record(reader: string, readingId: string, ownRead: OwnRead): Promise<{ recordedAtMs: number }> {
    const { studies, journal, clock } = this.#parts;
    const { reading, study } = await this.#own(reader, readingId);
    if (ownRead.task !== study.task) {
      throw new UnicaError('reading.unusable', { problem: `it is a read of another kind than ${study.task}` });
    }
    if (ownRead.task === 'mammography' && ownRead.left === null && ownRead.right === null) {
      throw new UnicaError('reading.unusable', { problem: 'no breast has an assessment' });
    }
    const images = await studies.imagesOf(study);
    for (const { sopInstanceUid, column, row } of ownRead.places) {
      const image = images.find((one) => one.sopInstanceUid === sopInstanceUid);
      if (image === undefined || column > image.columns || row > image.rows) {
        throw new UnicaError('reading.unusable', { problem: 'a marked place lies in no image of the study' });
      }
    }
    const text = canonicalJson(ownRead as unknown as Json);
    const recordedAtMs = clock();
    return await journal.together(async (records: Transaction<NodeTables>) => {
      const { numUpdatedRows } = await records
        .updateTable('readings')
        .set({ own_read: text, recorded_at_ms: recordedAtMs })
        .where('reading_id', '=', readingId)
        .where('recorded_at_ms', 'is', null)
        .executeTakeFirst();
      if (Number(numUpdatedRows) === 0) throw new UnicaError('reading.already-recorded');
      const afterOpinion = await hasSeen(records, readingId);
      const facts = { task: study.task, readSha256: sha256Hex(text), afterOpinion };
      return {
        event: { actor: reader, action: 'study.read', subject: reading.study_instance_uid, facts },
        result: { recordedAtMs },
      };
    });
  }

  /**
   * Gives what models say; who was given what and when is kept, and in the journal before it is given.
   * @throws UnicaError `http.not-found`, `reading.own-read-first`
   */
  async opinions(reader: string, readingId: string): Promise<readonly Opinion[]> {
    const { db, opinions, journal, clock } = this.#parts;
    const { reading } = await this.#hearing(reader, readingId);
    const isAfter = reading.recorded_at_ms !== null;
    const said = await opinions.ask(reading.study_instance_uid, reader);
    const given = await db
      .selectFrom('reading_opinions')
      .select('model_digest')
      .where('reading_id', '=', readingId)
      .execute();
    for (const { model } of said) {
      if (given.some(({ model_digest }) => model_digest === model.digest)) continue;
      // The journal first: what it could not take is not known as given, and is told to it when it is asked for again.
      await journal.append({
        actor: reader,
        action: 'opinion.released',
        subject: reading.study_instance_uid,
        facts: { model: model.name, version: model.version, weightsSha256: model.digest, afterOwnRead: isAfter },
      });
      await db
        .insertInto('reading_opinions')
        .values({
          reading_id: readingId,
          model_digest: model.digest,
          model_name: model.name,
          model_version: model.version,
          released_at_ms: clock(),
          after_own_read: isAfter ? 1 : 0,
        })
        .onConflict((known) => known.columns(['reading_id', 'model_digest']).doNothing())
        .execute();
    }
    const verdicts = await this.#verdictsOf(readingId);
    return said.map((one) => ({ ...one, verdict: verdicts.get(one.model.digest) ?? null }));
  }

  /**
   * The study of a reading whose reader may hear what models make of it.
   * @throws UnicaError `http.not-found`, `reading.own-read-first`
   */
  async mayHearModels(reader: string, readingId: string): Promise<ReadableStudy> {
    return (await this.#hearing(reader, readingId)).study;
  }

  /** Opinions that the reader has been given already, without giving more. */
  async released(reader: string, studyInstanceUid: string): Promise<readonly Opinion[]> {
    const { db, opinions } = this.#parts;
    const given = await db
      .selectFrom('reading_opinions as o')
      .innerJoin('readings as r', 'r.reading_id', 'o.reading_id')
      .select(['o.model_digest', 'o.reading_id'])
      .where('r.reader', '=', reader)
      .where('r.study_instance_uid', '=', studyInstanceUid)
      .execute();
    if (given.length === 0) return [];
    const said = await opinions.of(studyInstanceUid);
    return said
      .filter(({ model }) => given.some((one) => one.model_digest === model.digest))
      .map((one) => ({ ...one, verdict: null }));
  }

  /** The reader's recorded read of a study. @throws UnicaError `http.not-found`, `reading.no-read` */
  async ownRead(reader: string, studyInstanceUid: string): Promise<{ study: ReadableStudy; ownRead: OwnRead }> {
    const study = await this.#parts.studies.study(studyInstanceUid);
    const reading = await this.#parts.db
      .selectFrom('readings')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .where('reader', '=', reader)
      .executeTakeFirst();
    const ownRead = reading === undefined ? null : readOf(reading);
    if (ownRead === null) throw new UnicaError('reading.no-read');
    return { study, ownRead };
  }

  /** Whether the reader agrees with an opinion that was given; the newest counts. @throws UnicaError `http.not-found` */
  async judge(reader: string, readingId: string, said: ReturnType<typeof judgementSchema.parse>): Promise<void> {
    const { db, journal, clock } = this.#parts;
    const { reading } = await this.#own(reader, readingId);
    const given = await db
      .selectFrom('reading_opinions')
      .selectAll()
      .where('reading_id', '=', readingId)
      .where('model_digest', '=', said.digest)
      .executeTakeFirst();
    if (given === undefined)
      throw new UnicaError('http.not-found', { what: 'opinion of that model that you have seen' });
    const reason = said.judged.verdict === 'disagree' ? said.judged.reason : null;
    const { verdict } = said.judged;
    const values = { reading_id: readingId, model_digest: said.digest, verdict, reason, at_ms: clock() };
    const facts = { model: given.model_name, version: given.model_version, verdict, reason };
    await journal.together(async (records: Transaction<NodeTables>) => {
      await records.insertInto('reading_verdicts').values(values).execute();
      return {
        event: { actor: reader, action: 'opinion.judged', subject: reading.study_instance_uid, facts },
        result: undefined,
      };
    });
  }

  /** How reading with models goes. */
  async quality(): Promise<ReadingQuality> {
    const { db } = this.#parts;
    const rows = await db
      .selectFrom('reading_verdicts as v')
      .innerJoin('reading_opinions as o', (join) =>
        join.onRef('o.reading_id', '=', 'v.reading_id').onRef('o.model_digest', '=', 'v.model_digest'),
      )
      .select(['v.reading_id', 'v.model_digest', 'v.verdict', 'v.reason', 'o.model_name', 'o.model_version'])
      .orderBy('v.number')
      .execute();
    const newest = new Map(rows.map((row) => [`${row.reading_id}/${row.model_digest}`, row]));
    const judged = [...newest.values()].map((row) => ({
      name: row.model_name,
      version: row.model_version,
      reason: row.verdict === 'agree' ? null : (row.reason as JudgedOpinion['reason']),
    }));
    const reads = await db
      .selectFrom('readings')
      .select(['task', 'opened_at_ms', 'recorded_at_ms'])
      .where('recorded_at_ms', 'is not', null)
      .execute();
    return qualityOf(
      judged,
      reads.map(({ task, opened_at_ms, recorded_at_ms }) => ({
        task: task === 'mammography' ? 'mammography' : 'chest',
        durationMs: (recorded_at_ms ?? 0) - opened_at_ms,
      })),
    );
  }

  /** A reading of the reader's own, of a study that may still be shown: somebody may have opted out since. */
  async #own(reader: string, readingId: string): Promise<{ reading: Reading; study: ReadableStudy }> {
    const reading = await this.#parts.db
      .selectFrom('readings')
      .selectAll()
      .where('reading_id', '=', readingId)
      .where('reader', '=', reader)
      .executeTakeFirst();
    if (reading === undefined) throw new UnicaError('http.not-found', { what: 'reading of yours of that number' });
    return { reading, study: await this.#parts.studies.study(reading.study_instance_uid) };
  }

  /** A reading after whose own read models are heard, where the site reads that way. */
  async #hearing(reader: string, readingId: string): Promise<{ reading: Reading; study: ReadableStudy }> {
    const own = await this.#own(reader, readingId);
    if (own.reading.recorded_at_ms === null && (await this.#parts.settings.mode()) === 'own-read-first')
      throw new UnicaError('reading.own-read-first');
    return own;
  }

  /** What cannot be drawn is told to whoever asks for it. */
  #drawAhead(studyInstanceUids: readonly string[]): void {
    void this.#parts.ahead(studyInstanceUids).catch(() => {});
  }

  async #verdictsOf(readingId: string): Promise<ReadonlyMap<string, Opinion['verdict']>> {
    const rows = await this.#parts.db
      .selectFrom('reading_verdicts')
      .selectAll()
      .where('reading_id', '=', readingId)
      .orderBy('number')
      .execute();
    return new Map(
      rows.map(({ model_digest, verdict, reason }) => [
        model_digest,
        (verdict === 'agree' ? { verdict } : { verdict, reason }) as Opinion['verdict'],
      ]),
    );
  }
}

async function hasSeen(records: Kysely<NodeTables>, readingId: string): Promise<boolean> {
  const seen = await records
    .selectFrom('reading_opinions')
    .select('reading_id')
    .where('reading_id', '=', readingId)
    .executeTakeFirst();
  return seen !== undefined;
}

function headOf({ studyInstanceUid, person, date, description }: ReadableStudy) {
  return { studyInstanceUid, person, date, description };
}

function readOf({ own_read }: Reading): OwnRead | null {
  return own_read === null ? null : ownReadSchema.parse(JSON.parse(own_read));
}
