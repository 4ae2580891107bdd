import type { Kysely } from 'kysely';
import type { ImagedStudy, ImagingIndex } from '#warehouse';
import type { Archive } from './archive.ts';
import type { NodeTables } from './tables.ts';

/** What the index of the de-identified images tells the warehouse. */
export function imagingOfIndex(db: Kysely<NodeTables>, archive: Archive): ImagingIndex {
  return {
    async revision() {
      const { unread } = await db
        .selectFrom('dicom_instances')
        .select((select) => select.fn.countAll().as('unread'))
        .where('acquisition_read', '=', 0)
        .executeTakeFirstOrThrow();
      // While images of before are read once more, what is built of them changes without a new image.
      return Number(unread) === 0 ? await archive.revision() : `${await archive.revision()}, ${unread} unread`;
    },
    async personsAfter(person, limit) {
      const rows = await db
        .selectFrom('dicom_studies')
        .select('person')
        .distinct()
        .where('person', '>', person)
        .orderBy('person')
        .limit(limit)
        .execute();
      return rows.map((row) => row.person);
    },
    async studiesBetween(from, to) {
      const [studies, series, taken] = await Promise.all([
        db.selectFrom('dicom_studies').selectAll().where('person', '>=', from).where('person', '<=', to).execute(),
        db.selectFrom('dicom_series').selectAll().where('person', '>=', from).where('person', '<=', to).execute(),
        // The least of a series, so that the order in which its images came changes nothing.
        db
          .selectFrom('dicom_instances')
          .select((select) => [
            'series_instance_uid',
            select.fn.min('slice_thickness_mm').as('sliceThicknessMm'),
            select.fn.min('echo_time_ms').as('echoTimeMs'),
            select.fn.min('image_laterality').as('firstSide'),
            select.fn.max('image_laterality').as('lastSide'),
          ])
          .where('person', '>=', from)
          .where('person', '<=', to)
          .groupBy('series_instance_uid')
          .execute(),
      ]);
      const ofImages = new Map(taken.map((one) => [one.series_instance_uid, one]));
      const found = new Map<string, ImagedStudy[]>();
      for (const { person, study_instance_uid: studyUid, study_date: date, patient_sex: sex } of studies) {
        const own = series
          .filter((one) => one.study_instance_uid === studyUid)
          .map((one) => {
            const images = ofImages.get(one.series_instance_uid);
            return {
              seriesUid: one.series_instance_uid,
              number: one.series_number === null ? null : Number(one.series_number),
              description: one.series_description,
              manufacturer: one.manufacturer,
              bodyPart: one.body_part,
              // Mammograms tell their side one by one; a series of both sides has none.
              laterality: one.laterality || (images?.firstSide === images?.lastSide ? (images?.firstSide ?? '') : ''),
              date: one.series_date || date,
              modality: one.modality,
              acquisition: {
                sliceThicknessMm: images?.sliceThicknessMm ?? null,
                echoTimeMs: images?.echoTimeMs ?? null,
              },
            };
          });
        const list = found.get(person) ?? [];
        list.push({ studyUid, date, sex, series: own });
        found.set(person, list);
      }
      return found;
    },
  };
}
