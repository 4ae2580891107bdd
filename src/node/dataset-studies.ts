import type { Kysely } from 'kysely';
import type { DatasetSeries, DatasetStudy } from '#fhir';
import type { ArchiveMember } from './archive.ts';
import type { NodeTables } from './tables.ts';

/**
 * The examinations of a cohort one after another, in the order of their UIDs, from the index of the de-identified
 * images; images that are not of the cohort are left out.
 */
export async function* datasetStudies(
  db: Kysely<NodeTables>,
  members: readonly ArchiveMember[],
): AsyncGenerator<DatasetStudy> {
  const byStudy = new Map<string, ArchiveMember[]>();
  for (const member of members) {
    const known = byStudy.get(member.studyInstanceUid);
    if (known === undefined) byStudy.set(member.studyInstanceUid, [member]);
    else known.push(member);
  }
  for (const studyInstanceUid of [...byStudy.keys()].sort()) {
    const own = byStudy.get(studyInstanceUid) ?? [];
    const [first] = own;
    const study = await db
      .selectFrom('dicom_studies')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .executeTakeFirst();
    const series = await seriesOf(db, studyInstanceUid, new Set(own.map(({ sopInstanceUid }) => sopInstanceUid)));
    if (first === undefined || study === undefined || series.length === 0) continue;
    const { person, sex, ageYears, labelled, findings } = first;
    yield {
      person,
      sex: sex === 'F' || sex === 'M' || sex === 'O' ? sex : null,
      ageYears,
      studyInstanceUid,
      studyDate: study.study_date,
      studyTime: study.study_time,
      description: study.study_description,
      findings: labelled ? findings : undefined,
      series,
    };
  }
}

async function seriesOf(
  db: Kysely<NodeTables>,
  studyInstanceUid: string,
  wanted: ReadonlySet<string>,
): Promise<readonly DatasetSeries[]> {
  const [series, instances] = await Promise.all([
    db
      .selectFrom('dicom_series')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .orderBy('series_number')
      .orderBy('series_instance_uid')
      .execute(),
    db
      .selectFrom('dicom_instances')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .orderBy('instance_number')
      .orderBy('sop_instance_uid')
      .execute(),
  ]);
  return series
    .map((one) => ({
      seriesInstanceUid: one.series_instance_uid,
      number: one.series_number === null ? null : Number(one.series_number),
      modality: one.modality,
      description: one.series_description,
      bodyPart: one.body_part,
      laterality: one.laterality,
      date: one.series_date,
      time: one.series_time,
      instances: instances
        .filter((instance) => instance.series_instance_uid === one.series_instance_uid)
        .filter((instance) => wanted.has(instance.sop_instance_uid))
        .map((instance) => ({
          sopInstanceUid: instance.sop_instance_uid,
          sopClassUid: instance.sop_class_uid,
          number: instance.instance_number === null ? null : Number(instance.instance_number),
          frames: instance.frame_count,
        })),
    }))
    .filter((one) => one.instances.length > 0);
}
