import type { Kysely } from 'kysely';
import type { BlobStore, Database } from '#store';
import type { NodeTables } from './tables.ts';

/** Where images are kept. */
export interface ImageShelves {
  readonly database: Database<NodeTables>;
  readonly blobs: BlobStore;
}

/**
 * Takes an image out of the archive: its record, its place in the DICOM index and its bytes. What `also` does happens with
 * it or not at all.
 */
export async function removeImage(
  { database, blobs }: ImageShelves,
  sopInstanceUid: string,
  also: (db: Kysely<NodeTables>) => Promise<void> = async () => {},
): Promise<void> {
  const sha256 = await database.transaction(async (db) => {
    const row = await db
      .selectFrom('instances')
      .select(['blob_sha256', 'study_instance_uid', 'series_instance_uid'])
      .where('sop_instance_uid', '=', sopInstanceUid)
      .executeTakeFirst();
    await also(db);
    if (row === undefined) return undefined;
    for (const table of ['instances', 'image_records'] as const) {
      await db.deleteFrom(table).where('sop_instance_uid', '=', sopInstanceUid).execute();
    }
    await db.deleteFrom('pixel_masks').where('subject', '=', sopInstanceUid).execute();
    await removeFromIndex(db, sopInstanceUid, row);
    const others = await db
      .selectFrom('instances')
      .select('sop_instance_uid')
      .where('blob_sha256', '=', row.blob_sha256)
      .executeTakeFirst();
    return others === undefined ? row.blob_sha256 : undefined;
  });
  if (sha256 !== undefined) await blobs.remove(sha256);
}

type Place = Pick<NodeTables['instances'], 'study_instance_uid' | 'series_instance_uid'>;

async function removeFromIndex(db: Kysely<NodeTables>, sopInstanceUid: string, place: Place): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('dicom_instances')
    .where('sop_instance_uid', '=', sopInstanceUid)
    .executeTakeFirstOrThrow();
  // Not in the index yet: images of before the index are brought into it in the background.
  if (Number(numDeletedRows) === 0) return;
  await db.deleteFrom('dicom_blobs').where('sop_instance_uid', '=', sopInstanceUid).execute();
  const { study_instance_uid: study, series_instance_uid: series } = place;
  await db
    .updateTable('dicom_series')
    .set((set) => ({ instance_count: set('instance_count', '-', 1) }))
    .where('study_instance_uid', '=', study)
    .where('series_instance_uid', '=', series)
    .execute();
  const emptied = await db
    .deleteFrom('dicom_series')
    .where('study_instance_uid', '=', study)
    .where('series_instance_uid', '=', series)
    .where('instance_count', '<=', 0)
    .executeTakeFirstOrThrow();
  await db
    .updateTable('dicom_studies')
    .set((set) => ({
      instance_count: set('instance_count', '-', 1),
      series_count: set('series_count', '-', Number(emptied.numDeletedRows)),
    }))
    .where('study_instance_uid', '=', study)
    .execute();
  if (Number(emptied.numDeletedRows) > 0) await withoutSeries(db, study);
}

/** A study that lost a series: its modalities are those of the others; without any it goes too. */
async function withoutSeries(db: Kysely<NodeTables>, study: string): Promise<void> {
  const left = await db
    .selectFrom('dicom_series')
    .select('modality')
    .distinct()
    .where('study_instance_uid', '=', study)
    .execute();
  const modalities = left
    .map(({ modality }) => modality)
    .filter((modality) => modality !== '')
    .sort();
  let gone = db.deleteFrom('dicom_study_modalities').where('study_instance_uid', '=', study);
  if (modalities.length > 0) gone = gone.where('modality', 'not in', modalities);
  await gone.execute();
  if (left.length === 0) await db.deleteFrom('dicom_studies').where('study_instance_uid', '=', study).execute();
  else {
    await db
      .updateTable('dicom_studies')
      .set({ modalities: modalities.join('\\') })
      .where('study_instance_uid', '=', study)
      .execute();
  }
}
