import { type Kysely, sql } from 'kysely';
import { UnicaError } from '#base';
import type { HungImage, ReadingTask, readingListQuerySchema } from '#wire';
import type { NodeTables } from './tables.ts';

/** Modalities of the studies that are read here, by what they are read for. */
const MODALITIES: Readonly<Record<ReadingTask, readonly string[]>> = {
  mammography: ['MG'],
  chest: ['DX', 'CR', 'RG'],
};

/** Raw pictures of mammograms and films (PS3.4 Table B.5-1), which are not made for eyes. */
const FOR_PROCESSING = ['1.2.840.10008.5.1.4.1.1.1.2.1', '1.2.840.10008.5.1.4.1.1.1.1.1'];

const PAGE_STUDIES = 25;
/** Earlier studies of a person that are hung beside. */
const MOST_PRIORS = 5;

type ListQuery = ReturnType<typeof readingListQuerySchema.parse>;

/** A study of the archive that can be read. */
export interface ReadableStudy {
  readonly studyInstanceUid: string;
  readonly person: string;
  readonly date: string;
  readonly description: string;
  readonly images: number;
  readonly task: ReadingTask;
}

/** The studies of the archive as readers find them: mammograms and films, never those of hidden people. */
export class ReadableStudies {
  readonly #db: Kysely<NodeTables>;
  readonly #hidden: () => Promise<readonly string[]>;

  constructor(db: Kysely<NodeTables>, hidden: () => Promise<readonly string[]>) {
    this.#db = db;
    this.#hidden = hidden;
  }

  /** A page of the list, newest first. */
  async page(reader: string, asked: ListQuery) {
    let wanted = (await this.#studies())
      .leftJoin('readings as r', (join) =>
        join.onRef('r.study_instance_uid', '=', 's.study_instance_uid').on('r.reader', '=', reader),
      )
      .select('r.recorded_at_ms');
    const { words, task, from, to, state, page } = asked;
    if (words !== undefined && words !== '') {
      // No wildcards from outside: % and _ are letters here.
      const text = words.toLowerCase().replace(/[\\%_]/g, '\\$&');
      wanted = wanted.where((either) =>
        either.or([
          sql<boolean>`lower(s.study_description) like ${`%${text}%`} escape '\\'`,
          sql<boolean>`lower(s.person) like ${`${text}%`} escape '\\'`,
        ]),
      );
    }
    if (task !== undefined) wanted = wanted.where('m.modality', 'in', MODALITIES[task]);
    if (from !== undefined) wanted = wanted.where('s.study_date', '>=', from.replaceAll('-', ''));
    if (to !== undefined) wanted = wanted.where('s.study_date', '<=', to.replaceAll('-', ''));
    if (state === 'unread') wanted = wanted.where('r.recorded_at_ms', 'is', null);
    if (state === 'read') wanted = wanted.where('r.recorded_at_ms', 'is not', null);
    const rows = await wanted
      .orderBy('s.study_date', 'desc')
      .orderBy('s.study_instance_uid')
      .limit(PAGE_STUDIES + 1)
      .offset((page - 1) * PAGE_STUDIES)
      .execute();
    return {
      items: rows.slice(0, PAGE_STUDIES).map((row) => ({ ...studyOf(row), readAtMs: row.recorded_at_ms })),
      page,
      hasMore: rows.length > PAGE_STUDIES,
    };
  }

  /** @throws UnicaError `http.not-found` also where the person has opted out. */
  async study(studyInstanceUid: string): Promise<ReadableStudy> {
    const row = await (await this.#studies())
      .where('s.study_instance_uid', '=', studyInstanceUid)
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'study to read of that UID' });
    return studyOf(row);
  }

  /** Earlier studies of the same person and kind, newest first. */
  async priorsOf({ studyInstanceUid, person, date, task }: ReadableStudy): Promise<readonly ReadableStudy[]> {
    const rows = await (await this.#studies())
      .where('s.person', '=', person)
      .where('m.modality', 'in', MODALITIES[task])
      .where('s.study_instance_uid', '!=', studyInstanceUid)
      .where('s.study_date', '<=', date)
      .orderBy('s.study_date', 'desc')
      .orderBy('s.study_instance_uid')
      .limit(MOST_PRIORS)
      .execute();
    return rows.map(studyOf);
  }

  /** The images of a study that can be hung, in the order of their numbers; raw ones last, so that none takes the place of its film. */
  async imagesOf({ studyInstanceUid, task }: Pick<ReadableStudy, 'studyInstanceUid' | 'task'>): Promise<HungImage[]> {
    const rows = await this.#db
      .selectFrom('dicom_instances')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .where('modality', 'in', MODALITIES[task])
      .where('image_rows', 'is not', null)
      .orderBy((raw) => raw.case().when('sop_class_uid', 'in', FOR_PROCESSING).then(1).else(0).end())
      .orderBy('series_instance_uid')
      .orderBy('instance_number')
      .orderBy('sop_instance_uid')
      .limit(200)
      .execute();
    return rows.map((row) => ({
      studyInstanceUid,
      seriesInstanceUid: row.series_instance_uid,
      sopInstanceUid: row.sop_instance_uid,
      rows: row.image_rows ?? 0,
      columns: row.image_columns ?? 0,
      frames: row.frame_count ?? 1,
      laterality: row.image_laterality,
      view: row.view_position,
    }));
  }

  /** Whole years on the day of the study; null where no image says. */
  async ageYears(studyInstanceUid: string): Promise<number | null> {
    const row = await this.#db
      .selectFrom('instances')
      .select((select) => select.fn.min('age_years').as('age'))
      .where('study_instance_uid', '=', studyInstanceUid)
      .executeTakeFirst();
    return row?.age === null || row?.age === undefined ? null : Number(row.age);
  }

  async #studies() {
    const hidden = await this.#hidden();
    const known = [...MODALITIES.mammography, ...MODALITIES.chest];
    const studies = this.#db
      .selectFrom('dicom_studies as s')
      .innerJoin('dicom_study_modalities as m', 'm.study_instance_uid', 's.study_instance_uid')
      .select(['s.study_instance_uid', 's.person', 's.study_date', 's.study_description', 's.instance_count'])
      .select('m.modality')
      // A study of films and mammograms is one line of the list, not two.
      .where('m.modality', '=', (first) =>
        first
          .selectFrom('dicom_study_modalities as f')
          .select((select) => select.fn.max('f.modality').as('modality'))
          .whereRef('f.study_instance_uid', '=', 's.study_instance_uid')
          .where('f.modality', 'in', known),
      );
    // As the index of DICOM does it: pseudonyms are letters and digits, and there may be more than a statement takes values.
    return hidden.length === 0
      ? studies
      : studies.where(sql<boolean>`s.person not in (${sql.join(hidden.map((one) => sql.lit(one)))})`);
  }
}

function studyOf(row: {
  readonly study_instance_uid: string;
  readonly person: string;
  readonly study_date: string;
  readonly study_description: string;
  readonly instance_count: number;
  readonly modality: string;
}): ReadableStudy {
  return {
    studyInstanceUid: row.study_instance_uid,
    person: row.person,
    date: row.study_date,
    description: row.study_description,
    images: row.instance_count,
    task: MODALITIES.mammography.includes(row.modality) ? 'mammography' : 'chest',
  };
}
