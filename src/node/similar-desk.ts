import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { UnicaError } from '#base';
import type { NearCase } from '#clinic';
import { MOST_SIMILAR, type Opinion, type SimilarCases, type SimilarPermit } from '#wire';
import type { CaseVectors } from './case-vectors.ts';
import type { ClinicModels } from './clinic-models.ts';
import type { ReadableStudies, ReadableStudy } from './readable-studies.ts';
import type { ReadingDesk, StudyOpinions } from './reading-desk.ts';
import type { SimilarPermits } from './similar-permits.ts';
import type { SimilarShown } from './similar-shown.ts';
import { studyOutcomes } from './study-outcomes.ts';
import type { NodeTables } from './tables.ts';

/** What similar cases are found with. */
export interface SimilarParts {
  readonly db: Kysely<NodeTables>;
  readonly reading: Pick<ReadingDesk, 'mayHearModels'>;
  readonly opinions: Pick<StudyOpinions, 'of'>;
  readonly models: Pick<ClinicModels, 'enabled'>;
  readonly studies: ReadableStudies;
  readonly permits: SimilarPermits;
  readonly vectors: CaseVectors;
  readonly journal: Pick<Journal, 'append'>;
  readonly shown: Pick<SimilarShown, 'record'>;
}

/** Films of a case that are shown. */
const MOST_FILMS = 4;

type Shown = Extract<SimilarCases, { readonly kind: 'found' }>['cases'][number];

/** Earlier cases of this node that look alike to a model, for a reader who has looked by herself. */
export class SimilarDesk {
  readonly #parts: SimilarParts;

  constructor(parts: SimilarParts) {
    this.#parts = parts;
  }

  /**
   * The cases nearest to a study, one of each person, none of the person herself; each is in the journal before it is shown, under the
   * study that is shown and under the one that it is shown beside, and in the log of the person whose it is.
   * @param digest of the model whose opinion is looked at
   * @throws UnicaError `http.not-found`, `reading.own-read-first`
   */
  async of(reader: string, readingId: string, digest: string): Promise<SimilarCases> {
    const { reading, permits, vectors, journal, opinions, models, shown } = this.#parts;
    const study = await reading.mayHearModels(reader, readingId);
    const standing = await permits.standing();
    if (standing.kind === 'refused') {
      if (standing.why !== 'stopped') await vectors.forgetLeftOut();
      return { kind: 'none', why: standing.why };
    }
    const opinion = (await opinions.of(study.studyInstanceUid)).find(({ model }) => model.digest === digest);
    if (opinion === undefined)
      throw new UnicaError('http.not-found', { what: 'opinion of that model about this study' });
    // An opinion may be of a version that is no longer in use, of which nothing is kept.
    const isInUse = (await models.enabled()).some(
      ({ name, version, digest: used }) =>
        name === opinion.model.name && version === opinion.model.version && used === digest,
    );
    const own = isInUse ? await vectors.of(opinion.model, study.studyInstanceUid) : [];
    if (own.length === 0) return { kind: 'none', why: 'not-kept' };
    const found = await vectors.nearest(opinion.model, own, ({ person }) => person !== study.person);
    const cases = await this.#readable(found.cases, study);
    const { permit } = standing;
    for (const { studyInstanceUid } of cases) {
      await journal.append({
        actor: reader,
        action: 'similar.shown',
        subject: studyInstanceUid,
        because: permit.permitId,
        facts: factsOf(opinion, permit, study.studyInstanceUid),
      });
    }
    await journal.append({
      actor: reader,
      action: 'similar.asked',
      subject: study.studyInstanceUid,
      because: permit.permitId,
      facts: { ...factsOf(opinion, permit, study.studyInstanceUid), shown: cases.length, searched: found.searched },
    });
    // Asked again at the very end: somebody may have decided otherwise meanwhile, in another process too.
    const now = await permits.standing();
    if (now.kind === 'refused') return { kind: 'none', why: now.why };
    const people = await vectors.stillTold(cases.map(({ person }) => person));
    const told = cases.filter(({ person }) => people.has(person));
    await shown.record([...people], permit.permitId);
    return { kind: 'found', permit, searched: found.searched, medianDistance: found.medianDistance, cases: told };
  }

  /** The nearest that may be opened like any other study, with what became of them. */
  async #readable(near: readonly NearCase[], beside: ReadableStudy): Promise<Shown[]> {
    const { db, studies, vectors } = this.#parts;
    const taken: { readonly study: ReadableStudy; readonly distance: number }[] = [];
    const people = new Set<string>();
    for (const { study: uid, person, distance } of near) {
      if (taken.length === MOST_SIMILAR) break;
      if (people.has(person)) continue;
      const study = await studies.study(uid).catch((error: unknown) => {
        if (error instanceof UnicaError && error.code === 'http.not-found') return undefined;
        throw error;
      });
      // Removed from the archive since, or put right to be somebody else's.
      if (study === undefined || study.person !== person || study.task !== beside.task) {
        await vectors.forgetStudy(uid);
        continue;
      }
      people.add(person);
      taken.push({ study, distance });
    }
    const task = beside.task === 'mammography' ? 'breast-risk' : 'chest-nodule';
    const uids = taken.map(({ study }) => study.studyInstanceUid);
    const [accessions, last] = await Promise.all([this.#accessions(uids), this.#lastDays([...people])]);
    const outcomes = await studyOutcomes(
      db,
      task,
      taken.map(({ study: { studyInstanceUid, person } }) => ({
        ...{ study: studyInstanceUid, person },
        accession: accessions.get(studyInstanceUid) ?? null,
      })),
    );
    return await Promise.all(
      taken.map(async ({ study, distance }) => ({
        studyInstanceUid: study.studyInstanceUid,
        person: study.person,
        date: study.date,
        ageYears: await studies.ageYears(study.studyInstanceUid),
        distance,
        outcome: outcomes.get(study.studyInstanceUid) ?? null,
        followedMonths: monthsBetween(study.date, last.get(study.person) ?? ''),
        images: (await studies.imagesOf(study)).slice(0, MOST_FILMS),
      })),
    );
  }

  async #accessions(studies: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (studies.length === 0) return new Map();
    const rows = await this.#parts.db
      .selectFrom('clinic_results')
      .select(['study', 'accession'])
      .where('study', 'in', studies)
      .where('accession', 'is not', null)
      .execute();
    return new Map(rows.flatMap(({ study, accession }) => (accession === null ? [] : [[study, accession] as const])));
  }

  /** The day of the last study of each person. */
  async #lastDays(people: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (people.length === 0) return new Map();
    const rows = await this.#parts.db
      .selectFrom('dicom_studies')
      .select(['person', (select) => select.fn.max('study_date').as('last')])
      .where('person', 'in', people)
      .groupBy('person')
      .execute();
    return new Map(rows.map(({ person, last }) => [person, last]));
  }
}

function factsOf({ model }: Omit<Opinion, 'verdict'>, { dataset }: SimilarPermit, beside: string) {
  return { model: model.name, version: model.version, dataset, beside };
}

/** Whole months from one day (YYYYMMDD) to another; null where one of them is none. */
function monthsBetween(from: string, to: string): number | null {
  const [first, last] = [from, to].map((day) => /^(\d{4})(\d{2})(\d{2})$/.exec(day)?.slice(1).map(Number));
  if (first === undefined || last === undefined) return null;
  const [year = 0, month = 0, day = 0] = first;
  const [lastYear = 0, lastMonth = 0, lastDay = 0] = last;
  return Math.max(0, 12 * (lastYear - year) + lastMonth - month - (lastDay < day ? 1 : 0));
}
