import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, type Json, sha256Hex } from '#base';
import type { PixelMask } from '#deid';
import type { ImageRecord } from '#quality';
import { keepImageRecord } from './image-records.ts';
import { keepMasks, masksOf } from './pixel-masks.ts';
import type { NodeTables } from './tables.ts';

/** One stored, de-identified image with what search and training need to know of it. */
export type Instance = NodeTables['instances'];

/** A cohort's member: an image of a person, with its findings. */
export interface ArchiveMember {
  readonly person: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly blobSha256: string;
  readonly sizeBytes: number;
  readonly modality: string | null;
  readonly bodyPart: string | null;
  readonly manufacturer: string | null;
  readonly sex: string | null;
  readonly ageYears: number | null;
  readonly studyYear: number | null;
  readonly findings: readonly string[];
  /** False where the clinical table has no row for it: what it shows is then unknown, not normal. */
  readonly labelled: boolean;
}

/** Findings of the clinical table for one study, or for a person where the table names no study. */
export interface ClinicalFindings {
  readonly subject: string;
  readonly person: string;
  readonly findings: readonly string[];
}

/** The de-identified images of a node and their clinical findings. */
export class Archive {
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<NodeTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** True when this very file arrived before, whatever became of it. */
  async knowsSource(sourceSha256: string): Promise<boolean> {
    const stored = await this.#db
      .selectFrom('instances')
      .select('sop_instance_uid')
      .where('source_sha256', '=', sourceSha256)
      .executeTakeFirst();
    return stored !== undefined;
  }

  /** True when an instance is stored under its pseudonymous UID, from whatever file. */
  async knowsInstance(sopInstanceUid: string): Promise<boolean> {
    const stored = await this.#db
      .selectFrom('instances')
      .select('sop_instance_uid')
      .where('sop_instance_uid', '=', sopInstanceUid)
      .executeTakeFirst();
    return stored !== undefined;
  }

  /** The study of an instance; both UIDs are pseudonymous. */
  async studyOf(sopInstanceUid: string): Promise<string | undefined> {
    const stored = await this.#db
      .selectFrom('instances')
      .select('study_instance_uid')
      .where('sop_instance_uid', '=', sopInstanceUid)
      .executeTakeFirst();
    return stored?.study_instance_uid;
  }

  /** What was blacked out in the pixels of an instance, and why. */
  async masksOf(sopInstanceUid: string): Promise<readonly PixelMask[]> {
    return await masksOf(this.#db, sopInstanceUid);
  }

  /** Adds an instance; false when its UID is already there (the same instance twice is one). */
  async add(
    instance: Omit<Instance, 'imported_at_ms'>,
    masks: readonly PixelMask[] = [],
    record?: ImageRecord,
  ): Promise<boolean> {
    await keepMasks(this.#db, instance.sop_instance_uid, masks);
    if (record !== undefined) await keepImageRecord(this.#db, record);
    const result = await this.#db
      .insertInto('instances')
      .values({ ...instance, imported_at_ms: this.#clock() })
      .onConflict((conflict) => conflict.column('sop_instance_uid').doNothing())
      .executeTakeFirst();
    return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
  }

  /** Keeps what the checks of the data set as a whole need of an image that is stored; once. */
  async keepRecord(record: ImageRecord): Promise<void> {
    await keepImageRecord(this.#db, record);
  }

  /** Sets findings; a later table replaces an earlier one row by row. */
  async putFindings(rows: readonly ClinicalFindings[], importId: string): Promise<void> {
    for (const { subject, person, findings } of rows) {
      const values = { person, findings: canonicalJson(findings), import_id: importId };
      await this.#db
        .insertInto('clinical_findings')
        .values({ subject, ...values })
        .onConflict((conflict) => conflict.column('subject').doUpdateSet(values))
        .execute();
    }
  }

  /** Every stored image with its findings, in a fixed order. */
  async members(): Promise<readonly ArchiveMember[]> {
    const [instances, clinical] = await Promise.all([
      this.#db.selectFrom('instances').selectAll().orderBy('sop_instance_uid').execute(),
      this.#db.selectFrom('clinical_findings').select(['subject', 'findings']).execute(),
    ]);
    const findingsOf = new Map(clinical.map((row) => [row.subject, JSON.parse(row.findings) as readonly string[]]));
    return instances.map((row) => {
      const findings = findingsOf.get(row.study_instance_uid) ?? findingsOf.get(row.person);
      return {
        person: row.person,
        sopInstanceUid: row.sop_instance_uid,
        studyInstanceUid: row.study_instance_uid,
        blobSha256: row.blob_sha256,
        sizeBytes: row.size_bytes,
        modality: row.modality,
        bodyPart: row.body_part,
        manufacturer: row.manufacturer,
        sex: row.sex,
        ageYears: row.age_years,
        studyYear: row.study_year,
        findings: findings ?? [],
        labelled: findings !== undefined,
      };
    });
  }

  /** Digest of everything a dataset version would hold: equal digests, equal data. */
  contentSha256(members: readonly ArchiveMember[]): string {
    const rows: Json = members.map((member) => [member.sopInstanceUid, member.blobSha256, [...member.findings].sort()]);
    return sha256Hex(canonicalJson(rows));
  }

  /** Changes whenever images or findings were added or replaced. */
  async revision(): Promise<string> {
    const [images, last] = await Promise.all([
      this.#db
        .selectFrom('instances')
        .select((select) => select.fn.countAll().as('count'))
        .executeTakeFirstOrThrow(),
      this.#db
        .selectFrom('imports')
        .select(['import_id', 'state', 'received'])
        .orderBy('started_at_ms', 'desc')
        .limit(1)
        .executeTakeFirst(),
    ]);
    return [images.count, last?.import_id, last?.state, last?.received].join('/');
  }

  /** Totals of the archive. */
  async totals(): Promise<{ readonly images: number; readonly studies: number; readonly persons: number }> {
    const row = await this.#db
      .selectFrom('instances')
      .select((select) => [
        select.fn.countAll().as('images'),
        select.fn.count('study_instance_uid').distinct().as('studies'),
        select.fn.count('person').distinct().as('persons'),
      ])
      .executeTakeFirstOrThrow();
    return { images: Number(row.images), studies: Number(row.studies), persons: Number(row.persons) };
  }

  /** Everybody of whom there is an image. */
  async persons(): Promise<readonly string[]> {
    const rows = await this.#db.selectFrom('instances').select('person').distinct().execute();
    return rows.map(({ person }) => person);
  }

  /** When the first image of a person that is still there came in, epoch milliseconds; undefined: there is none. */
  async arrivedAtMs(person: string): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('instances')
      .select((select) => select.fn.min('imported_at_ms').as('at_ms'))
      .where('person', '=', person)
      .executeTakeFirst();
    return row?.at_ms === null || row?.at_ms === undefined ? undefined : Number(row.at_ms);
  }

  /** Studies of one person. */
  async studiesOf(person: string): Promise<number> {
    const row = await this.#db
      .selectFrom('instances')
      .select((select) => select.fn.count('study_instance_uid').distinct().as('studies'))
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    return Number(row.studies);
  }
}
