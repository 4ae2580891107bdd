import { type RawBuilder, sql } from 'kysely';
import type { Match, SearchLevel } from '#dicomweb';

/** The database that is asked. */
export type Engine = 'sqlite' | 'postgres';

/** The column that holds an attribute, as `table.column`; undefined where only a level above has it. */
export type ColumnOf = (keyword: string) => string | undefined;

/** How a level is searched. `b` is its own table, `r` the series and `s` the study above it. */
export interface LevelSql {
  readonly table: string;
  readonly columns: Readonly<Record<string, string | undefined>>;
  /** As an index has it, newest first. */
  readonly order: RawBuilder<unknown>;
  /** By number, within one study. */
  readonly orderInStudy: RawBuilder<unknown>;
  readonly selected: string;
  readonly parents: string;
}

const STUDY: Readonly<Record<string, string>> = {
  StudyInstanceUID: 'study_instance_uid',
  StudyDate: 'study_date',
  StudyTime: 'study_time',
  AccessionNumber: 'accession_number',
  ModalitiesInStudy: 'modalities',
  PatientName: 'person',
  PatientID: 'person',
  PatientSex: 'patient_sex',
  StudyID: 'study_id',
  StudyDescription: 'study_description',
  NumberOfStudyRelatedSeries: 'series_count',
  NumberOfStudyRelatedInstances: 'instance_count',
};

const SERIES: Readonly<Record<string, string>> = {
  SeriesInstanceUID: 'series_instance_uid',
  Modality: 'modality',
  SeriesNumber: 'series_number',
  SeriesDescription: 'series_description',
  SeriesDate: 'series_date',
  SeriesTime: 'series_time',
  PerformedProcedureStepStartDate: 'step_date',
  PerformedProcedureStepStartTime: 'step_time',
  BodyPartExamined: 'body_part',
  Laterality: 'laterality',
  Manufacturer: 'manufacturer',
  NumberOfSeriesRelatedInstances: 'instance_count',
};

const INSTANCE: Readonly<Record<string, string>> = {
  SOPInstanceUID: 'sop_instance_uid',
  SOPClassUID: 'sop_class_uid',
  InstanceNumber: 'instance_number',
  Rows: 'image_rows',
  Columns: 'image_columns',
  BitsAllocated: 'bits_allocated',
  NumberOfFrames: 'frame_count',
  AvailableTransferSyntaxUID: 'transfer_syntax_uid',
  ImageLaterality: 'image_laterality',
  ViewPosition: 'view_position',
  PhotometricInterpretation: 'photometric',
};

/** Repeated in the tables below, so that one index serves. */
const REPEATED = {
  StudyInstanceUID: 'b.study_instance_uid',
  StudyDate: 'b.study_date',
  PatientName: 'b.person',
  PatientID: 'b.person',
} as const;

export const LEVELS: Readonly<Record<SearchLevel, LevelSql>> = {
  study: {
    table: 'dicom_studies',
    columns: under('b', STUDY),
    order: sql`b.study_date desc, b.study_instance_uid`,
    orderInStudy: sql`b.study_date desc, b.study_instance_uid`,
    selected: named(['b', STUDY]),
    parents: '',
  },
  series: {
    table: 'dicom_series',
    columns: { ...under('s', STUDY), ...under('b', SERIES), ...REPEATED },
    order: sql`b.study_date desc, b.series_instance_uid`,
    orderInStudy: sql`b.series_number, b.series_instance_uid`,
    selected: named(['s', STUDY], ['b', SERIES]),
    parents: 'left join dicom_studies s on s.study_instance_uid = b.study_instance_uid',
  },
  instance: {
    table: 'dicom_instances',
    columns: {
      ...under('s', STUDY),
      ...under('r', SERIES),
      ...under('b', INSTANCE),
      ...REPEATED,
      Modality: 'b.modality',
      SeriesInstanceUID: 'b.series_instance_uid',
    },
    order: sql`b.study_date desc, b.sop_instance_uid`,
    orderInStudy: sql`b.series_instance_uid, b.instance_number, b.sop_instance_uid`,
    selected: named(['s', STUDY], ['r', SERIES], ['b', INSTANCE]),
    parents:
      'left join dicom_series r on r.study_instance_uid = b.study_instance_uid and r.series_instance_uid = b.series_instance_uid ' +
      'left join dicom_studies s on s.study_instance_uid = b.study_instance_uid',
  },
};

/** A condition on the level's own table; on one above it, as a set of what lies below those that fulfil it. */
export function conditionOf(match: Match, columnOf: ColumnOf, engine: Engine): RawBuilder<unknown> {
  const { keyword } = match.attribute;
  const place = columnOf(keyword) ?? 'b.study_instance_uid';
  if (keyword === 'ModalitiesInStudy') return modalities(match, engine);
  const [table = 'b', column] = place.split('.');
  if (column === 'person' && match.kind === 'wildcard') {
    // The index of persons alone is walked, not the rows it points to.
    return sql`b.person in (select p.person from dicom_studies p where ${comparison(match, sql.ref('p.person'), engine)})`;
  }
  const condition = comparison(match, sql.ref(place), engine);
  if (table === 's')
    return sql`b.study_instance_uid in (select s.study_instance_uid from dicom_studies s where ${condition})`;
  if (table === 'r') {
    return sql`exists (select 1 from dicom_series r where r.study_instance_uid = b.study_instance_uid and r.series_instance_uid = b.series_instance_uid and ${condition})`;
  }
  return condition;
}

function modalities(match: Match, engine: Engine): RawBuilder<unknown> {
  const wanted =
    match.kind === 'equal'
      ? sql`m.modality in (${sql.join(match.anyOf)})`
      : comparison(match, sql.ref('m.modality'), engine);
  return sql`exists (select 1 from dicom_study_modalities m where m.study_instance_uid = b.study_instance_uid and ${wanted})`;
}

function comparison(match: Match, column: RawBuilder<unknown>, engine: Engine): RawBuilder<unknown> {
  switch (match.kind) {
    case 'equal':
      return match.anyOf.length === 1
        ? sql`${column} = ${match.anyOf[0]}`
        : sql`${column} in (${sql.join(match.anyOf)})`;
    case 'wildcard':
      // SQLite's LIKE takes no notice of the case of ASCII letters; PostgreSQL has a word of its own for that.
      return engine === 'sqlite'
        ? sql`${column} like ${likePattern(match.pattern)} escape '\\'`
        : sql`${column} ilike ${likePattern(match.pattern)} escape '\\'`;
    case 'number':
      return sql`${column} = ${match.equals}`;
    case 'range': {
      const { from, to } = match;
      // A time may be written in hours alone.
      const value = match.attribute.matching === 'time' ? sql`substr(${column} || '000000', 1, 6)` : column;
      if (from !== null && from === to) return sql`${value} = ${from}`;
      return sql.join(
        [
          sql`${column} <> ''`,
          ...(from === null ? [] : [sql`${value} >= ${from}`]),
          ...(to === null ? [] : [sql`${value} <= ${to}`]),
        ],
        sql` and `,
      );
    }
  }
}

/** `*` and `?` as LIKE has them; case does not count, on both engines alike. */
function likePattern(pattern: string): string {
  return pattern
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

function under(table: string, columns: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(columns).map(([keyword, column]) => [keyword, `${table}.${column}`]));
}

function named(...levels: readonly (readonly [table: string, columns: Readonly<Record<string, string>>])[]): string {
  return levels
    .flatMap(([table, columns]) =>
      Object.entries(columns).map(([keyword, column]) => `${table}.${column} as "${keyword}"`),
    )
    .join(', ');
}
