import type { Kysely } from 'kysely';
import type { ImagedStudy, ImagingIndex } from '#warehouse';
import type { Archive } from './archive.ts';
import type { NodeTables } from './tables.ts';

/** What the index of the de-identified images tells the warehouse. */
export function imagingOfIndex(db: Kysely<NodeTables>, archive: Archive): ImagingIndex {
  return {
    revision: async () => await archive.revision(),
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
      const [studies, series] = await Promise.all([
        db.selectFrom('dicom_studies').selectAll().where('person', '>=', from).where('person', '<=', to).execute(),
        db.selectFrom('dicom_series').selectAll().where('person', '>=', from).where('person', '<=', to).execute(),
      ]);
      const found = new Map<string, ImagedStudy[]>();
      for (const { person, study_instance_uid: studyUid, study_date: date, patient_sex: sex } of studies) {
        const own = series
          .filter((one) => one.study_instance_uid === studyUid)
          .map((one) => ({
            seriesUid: one.series_instance_uid,
            number: one.series_number === null ? null : Number(one.series_number),
            description: one.series_description,
            manufacturer: one.manufacturer,
            bodyPart: one.body_part,
            laterality: one.laterality,
            date: one.series_date || date,
            modality: one.modality,
          }));
        const list = found.get(person) ?? [];
        list.push({ studyUid, date, sex, series: own });
        found.set(person, list);
      }
      return found;
    },
  };
}
