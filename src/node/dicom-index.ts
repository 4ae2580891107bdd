import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { canonicalJson, type Json } from '#base';
import type { Deidentified } from '#deid';
import type { PixelPlace } from '#dicom';
import type { SearchQuery, SearchRow } from '#dicomweb';
import type { Database } from '#store';
import { acquisitionColumns, dicomIndexRows } from './dicom-index-rows.ts';
import type { DicomIndexTables } from './dicom-index-tables.ts';
import { type ColumnOf, conditionOf, LEVELS } from './dicom-search-sql.ts';
import type { NodeTables } from './tables.ts';

/** Which part of the archive is meant: all of it, a study, a series or one image. */
export interface DicomScope {
  readonly studyInstanceUid?: string | undefined;
  readonly seriesInstanceUid?: string | undefined;
  readonly sopInstanceUid?: string | undefined;
}

/** An image as it is retrieved. */
export interface IndexedInstance {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly person: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly samplesPerPixel: number | null;
  readonly bitsAllocated: number | null;
  readonly blobSha256: string;
  readonly sizeBytes: number;
  readonly pixelPlace: PixelPlace | null;
}

/** What is meant: images that fit every list that is not empty. */
export interface ImageLists {
  readonly persons: readonly string[];
  readonly studyInstanceUids: readonly string[];
  readonly seriesInstanceUids: readonly string[];
  readonly sopInstanceUids: readonly string[];
}

/** An image as it is sent to another system. */
export type SentInstance = Omit<IndexedInstance, 'pixelPlace'>;

/** What is said of an image and its file, of `dicom_instances as i` and `dicom_blobs as f`. */
const FILE_COLUMNS = [
  'i.study_instance_uid as studyInstanceUid',
  'i.series_instance_uid as seriesInstanceUid',
  'i.sop_instance_uid as sopInstanceUid',
  'i.person',
  'i.sop_class_uid as sopClassUid',
  'i.transfer_syntax_uid as transferSyntaxUid',
  'i.samples_per_pixel as samplesPerPixel',
  'i.bits_allocated as bitsAllocated',
  'f.blob_sha256 as blobSha256',
  'f.size_bytes as sizeBytes',
] as const;

/** Searches and finds de-identified images by what DICOM says of them. */
export class DicomIndex {
  readonly #database: Database<NodeTables>;

  constructor(database: Database<NodeTables>) {
    this.#database = database;
  }

  /** Adds an image that the archive holds; false when it is in the index already. */
  async add(image: Deidentified, blob: { readonly sha256: string; readonly sizeBytes: number }): Promise<boolean> {
    const { study, series, instance, pixelPlace } = dicomIndexRows(image);
    return await this.#database.transaction(async (transaction) => {
      const added = await inserted(
        transaction
          .insertInto('dicom_instances')
          .values(instance)
          .onConflict((conflict) => conflict.column('sop_instance_uid').doNothing()),
      );
      if (!added) return false;
      await transaction
        .insertInto('dicom_blobs')
        .values({
          sop_instance_uid: instance.sop_instance_uid,
          blob_sha256: blob.sha256,
          size_bytes: blob.sizeBytes,
          pixel_place: pixelPlace === undefined ? null : canonicalJson(pixelPlace as unknown as Json),
        })
        .onConflict((conflict) => conflict.column('sop_instance_uid').doNothing())
        .execute();
      await countIn(transaction, { study, series });
      return true;
    });
  }

  /** One more than `limit` results at most, so that the caller sees that there are more. */
  async search(query: SearchQuery, scope: DicomScope, hidden: readonly string[]): Promise<readonly SearchRow[]> {
    const { engine } = this.#database;
    const level = LEVELS[query.level];
    const one = modalityOf(query);
    const column: ColumnOf = (keyword) => level.columns[keyword];
    const conditions: RawBuilder<unknown>[] = [
      ...query.matches
        .filter((match) => match.attribute.keyword !== 'ModalitiesInStudy' || one === undefined)
        .map((match) => conditionOf(match, column, engine)),
      ...(one === undefined ? [] : [sql`m.modality = ${one}`]),
      ...scopeConditions(scope),
      ...(hidden.length === 0 ? [] : [notHidden(sql.ref('b.person'), hidden)]),
    ];
    // The index that begins with the modality gives its studies in their order; dates are looked at there as well.
    const from =
      one === undefined
        ? sql`${sql.table(level.table)} b`
        : sql`dicom_study_modalities m join dicom_studies b on b.study_instance_uid = m.study_instance_uid`;
    if (one !== undefined) {
      for (const match of query.matches) {
        if (match.attribute.keyword === 'StudyDate') conditions.push(conditionOf(match, () => 'm.study_date', engine));
      }
    }
    const order =
      one !== undefined
        ? sql`m.study_date desc, m.study_instance_uid`
        : scope.studyInstanceUid === undefined
          ? level.order
          : level.orderInStudy;
    const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
    const page = sql`select b.* from ${from} ${where} order by ${order} limit ${query.limit + 1} offset ${query.offset}`;
    const outerOrder = scope.studyInstanceUid === undefined ? level.order : level.orderInStudy;
    const statement = sql<
      Record<string, string | number | null>
    >`select ${sql.raw(level.selected)} from (${page}) b ${sql.raw(level.parents)} order by ${outerOrder}`;
    const { rows } = await statement.execute(this.#database.kysely);
    return rows.map(rowOf);
  }

  /** Images of a study, series or one image, in the order of their numbers; none where the scope names nothing. */
  async instances(scope: DicomScope, hidden: readonly string[]): Promise<readonly IndexedInstance[]> {
    const { studyInstanceUid = '', seriesInstanceUid, sopInstanceUid } = scope;
    let wanted = this.#database.kysely
      .selectFrom('dicom_instances as i')
      .innerJoin('dicom_blobs as f', 'f.sop_instance_uid', 'i.sop_instance_uid')
      .select([...FILE_COLUMNS, 'f.pixel_place as pixelPlace'])
      .where('i.study_instance_uid', '=', studyInstanceUid);
    if (seriesInstanceUid !== undefined) wanted = wanted.where('i.series_instance_uid', '=', seriesInstanceUid);
    if (sopInstanceUid !== undefined) wanted = wanted.where('i.sop_instance_uid', '=', sopInstanceUid);
    const rows = await wanted
      .orderBy('i.series_instance_uid')
      .orderBy('i.instance_number')
      .orderBy('i.sop_instance_uid')
      .execute();
    const unseen = new Set(hidden);
    return rows
      .filter(({ person }) => !unseen.has(person))
      .map((row) => ({
        ...row,
        pixelPlace: row.pixelPlace === null ? null : (JSON.parse(row.pixelPlace) as PixelPlace),
      }));
  }

  /** People whose studies fit all conditions, by their pseudonyms, with how many studies, series and images they have of them. */
  async searchPersons(
    query: Pick<SearchQuery, 'matches' | 'limit' | 'offset'>,
    hidden: readonly string[],
  ): Promise<readonly SearchRow[]> {
    const { engine } = this.#database;
    const { columns } = LEVELS.study;
    const conditions: RawBuilder<unknown>[] = [
      ...query.matches.map((match) => conditionOf(match, (keyword) => columns[keyword], engine)),
      ...(hidden.length === 0 ? [] : [notHidden(sql.ref('b.person'), hidden)]),
    ];
    const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
    const { rows } = await sql<Record<string, string | number | null>>`
      select b.person as "PatientID", b.person as "PatientName", max(b.patient_sex) as "PatientSex",
        count(*) as "NumberOfPatientRelatedStudies", sum(b.series_count) as "NumberOfPatientRelatedSeries",
        sum(b.instance_count) as "NumberOfPatientRelatedInstances"
      from dicom_studies b ${where} group by b.person order by b.person limit ${query.limit} offset ${query.offset}
    `.execute(this.#database.kysely);
    return rows;
  }

  /** At most `limit` images that fit every list that is not empty and are not of the hidden people, study by study. */
  async imagesOf(lists: ImageLists, hidden: readonly string[], limit: number): Promise<readonly SentInstance[]> {
    const rows: SentInstance[] = [];
    // SQLite takes some 32,000 values in one statement; one list is long at most.
    for (const { persons, studyInstanceUids, seriesInstanceUids, sopInstanceUids } of portionsOf(lists)) {
      let wanted = this.#database.kysely
        .selectFrom('dicom_instances as i')
        .innerJoin('dicom_blobs as f', 'f.sop_instance_uid', 'i.sop_instance_uid')
        .select(FILE_COLUMNS);
      // Before the limit counts: what is hidden must not take the place of what is shown.
      if (hidden.length > 0) wanted = wanted.where(notHidden(sql.ref('i.person'), hidden));
      if (persons.length > 0) wanted = wanted.where('i.person', 'in', persons);
      if (studyInstanceUids.length > 0) wanted = wanted.where('i.study_instance_uid', 'in', studyInstanceUids);
      if (seriesInstanceUids.length > 0) wanted = wanted.where('i.series_instance_uid', 'in', seriesInstanceUids);
      if (sopInstanceUids.length > 0) wanted = wanted.where('i.sop_instance_uid', 'in', sopInstanceUids);
      const found = await wanted
        .orderBy('i.study_instance_uid')
        .orderBy('i.series_instance_uid')
        .orderBy('i.instance_number')
        .orderBy('i.sop_instance_uid')
        .limit(limit)
        .execute();
      rows.push(...found);
      if (rows.length >= limit) break;
    }
    return rows.slice(0, limit);
  }

  /** Images of which the index was made before it kept how they were taken, by UID after `after`. */
  async withoutAcquisition(after: string, limit: number) {
    return await this.#database.kysely
      .selectFrom('dicom_instances as i')
      .innerJoin('dicom_blobs as f', 'f.sop_instance_uid', 'i.sop_instance_uid')
      .select(['i.sop_instance_uid', 'f.blob_sha256', 'f.size_bytes'])
      .where('i.acquisition_read', '=', 0)
      .where('i.sop_instance_uid', '>', after)
      .orderBy('i.sop_instance_uid')
      .limit(limit)
      .execute();
  }

  /** Adds how an image was taken; true where it is in the index. */
  async addAcquisition(image: Deidentified): Promise<boolean> {
    const { numUpdatedRows } = await this.#database.kysely
      .updateTable('dicom_instances')
      .set(acquisitionColumns(image))
      .where('sop_instance_uid', '=', image.sopInstanceUid)
      .executeTakeFirst();
    return Number(numUpdatedRows) > 0;
  }

  /** Images of the archive that are not in the index yet, by UID after `after`. */
  async missing(after: string, limit: number) {
    return await this.#database.kysely
      .selectFrom('instances as a')
      .leftJoin('dicom_instances as i', 'i.sop_instance_uid', 'a.sop_instance_uid')
      .select(['a.sop_instance_uid', 'a.blob_sha256', 'a.size_bytes'])
      .where('i.sop_instance_uid', 'is', null)
      .where('a.sop_instance_uid', '>', after)
      .orderBy('a.sop_instance_uid')
      .limit(limit)
      .execute();
  }
}

/** The one modality that studies are searched by, where it is one. */
function modalityOf({ level, matches }: SearchQuery): string | undefined {
  if (level !== 'study') return undefined;
  const match = matches.find(({ attribute }) => attribute.keyword === 'ModalitiesInStudy');
  return match?.kind === 'equal' && match.anyOf.length === 1 ? match.anyOf[0] : undefined;
}

function notHidden(person: RawBuilder<unknown>, hidden: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${person} not in (${sql.join(hidden.map((each) => sql.lit(each)))})`;
}

const VALUES_AT_ONCE = 5000;

/** The same lists, the longest in portions. */
function* portionsOf(lists: ImageLists): Generator<ImageLists> {
  const [name, values] = (Object.entries(lists) as [keyof ImageLists, readonly string[]][]).reduce((longest, each) =>
    each[1].length > longest[1].length ? each : longest,
  );
  const unique = [...new Set(values)];
  for (let start = 0; start < unique.length; start += VALUES_AT_ONCE) {
    yield { ...lists, [name]: unique.slice(start, start + VALUES_AT_ONCE) };
  }
}

function scopeConditions({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }: DicomScope): RawBuilder<unknown>[] {
  return [
    ...(studyInstanceUid === undefined ? [] : [sql`b.study_instance_uid = ${studyInstanceUid}`]),
    ...(seriesInstanceUid === undefined ? [] : [sql`b.series_instance_uid = ${seriesInstanceUid}`]),
    ...(sopInstanceUid === undefined ? [] : [sql`b.sop_instance_uid = ${sopInstanceUid}`]),
  ];
}

function rowOf(row: Record<string, string | number | null>): SearchRow {
  const { ModalitiesInStudy: modalities, PatientID: person } = row;
  return {
    ...row,
    PatientName: person,
    ModalitiesInStudy: typeof modalities === 'string' && modalities !== '' ? modalities.split('\\') : null,
  };
}

async function inserted(insert: {
  executeTakeFirst(): Promise<{ readonly numInsertedOrUpdatedRows?: bigint | undefined }>;
}): Promise<boolean> {
  const result = await insert.executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** Counts one more image in its study and series, which are made when it is their first. */
async function countIn(
  db: Kysely<NodeTables>,
  {
    study,
    series,
  }: {
    readonly study: Omit<DicomIndexTables['dicom_studies'], 'modalities' | 'series_count' | 'instance_count'>;
    readonly series: Omit<DicomIndexTables['dicom_series'], 'instance_count'>;
  },
): Promise<void> {
  const newSeries = await inserted(
    db
      .insertInto('dicom_series')
      .values({ ...series, instance_count: 0 })
      .onConflict((conflict) => conflict.columns(['study_instance_uid', 'series_instance_uid']).doNothing()),
  );
  await db
    .updateTable('dicom_series')
    .set((expression) => ({ instance_count: expression('instance_count', '+', 1) }))
    .where('study_instance_uid', '=', study.study_instance_uid)
    .where('series_instance_uid', '=', series.series_instance_uid)
    .execute();
  await db
    .insertInto('dicom_studies')
    .values({ ...study, modalities: '', series_count: 0, instance_count: 0 })
    .onConflict((conflict) => conflict.column('study_instance_uid').doNothing())
    .execute();
  await db
    .updateTable('dicom_studies')
    .set((expression) => ({
      instance_count: expression('instance_count', '+', 1),
      series_count: expression('series_count', '+', newSeries ? 1 : 0),
    }))
    .where('study_instance_uid', '=', study.study_instance_uid)
    .execute();
  if (series.modality === '' || !newSeries) return;
  const { study_instance_uid, study_date } = study;
  const newModality = await inserted(
    db
      .insertInto('dicom_study_modalities')
      .values({ study_instance_uid, study_date, modality: series.modality })
      .onConflict((conflict) => conflict.columns(['study_instance_uid', 'modality']).doNothing()),
  );
  if (!newModality) return;
  const all = await db
    .selectFrom('dicom_study_modalities')
    .select('modality')
    .where('study_instance_uid', '=', study_instance_uid)
    .orderBy('modality')
    .execute();
  await db
    .updateTable('dicom_studies')
    .set({ modalities: all.map(({ modality }) => modality).join('\\') })
    .where('study_instance_uid', '=', study_instance_uid)
    .execute();
}
