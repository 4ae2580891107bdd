import { randomBytes, randomInt } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { isRightAnswer, TRACKS, trackOf } from '#academy';
import type { Journal } from '#audit';
import { type Clock, isoInstant, sha256Hex, UnicaError, utf8 } from '#base';
import type { Course, CourseMembership, NetworkProgress, NewCourse } from '#wire';
import type { CourseTables } from './course-tables.ts';

const DAY_MS = 86_400_000;
/** A course without a last day ends so many days after its first. */
const DAYS_OPEN = 30;
/** What is kept of a course goes so long after its end. */
const KEPT_MS = 90 * DAY_MS;
const LONGEST_MS = 366 * DAY_MS;
/** The last day ends everywhere on earth before the course does. */
const LAST_ZONE_MS = 12 * 3_600_000;
const MOST_COURSES = 500;
const MOST_LEARNERS = 1000;
const MOST_TRIES = 99;
/** Of fewer learners, figures would be those of somebody. */
const FEWEST = 5;
/** Without I, O, 0 and 1. */
const CODE_DIGITS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

type Tables = CourseTables;
type Place = Pick<CourseMembership, 'code' | 'learner'>;
type CourseRow = CourseTables['academy_courses'];

/** Courses of the academy: opened by trainers, joined by code, gone with all their rows some time after their end. */
export class CourseBook {
  readonly #parts: {
    readonly db: Kysely<Tables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  };

  constructor(parts: {
    readonly db: Kysely<Tables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  }) {
    this.#parts = parts;
  }

  /** @param by who opens it @throws UnicaError `http.not-found` (the track), `http.invalid-input`, `academy.too-many` */
  async open({ title, track, startsOn, endsOn }: NewCourse, by: string): Promise<Course> {
    const { db, journal, clock, newId } = this.#parts;
    if (trackOf(track) === undefined) throw new UnicaError('http.not-found', { what: 'track of that name' });
    const startsAtMs = Date.parse(startsOn);
    const lastDay = endsOn ?? isoInstant(startsAtMs + DAYS_OPEN * DAY_MS).slice(0, 10);
    const closesAtMs = Date.parse(lastDay) + DAY_MS + LAST_ZONE_MS;
    if (closesAtMs <= clock() || closesAtMs > clock() + LONGEST_MS) {
      throw new UnicaError('http.invalid-input', { where: 'endsOn', problem: 'within a year from now' });
    }
    const { courses } = await db
      .selectFrom('academy_courses')
      .select((e) => e.fn.countAll<number>().as('courses'))
      .executeTakeFirstOrThrow();
    if (Number(courses) >= MOST_COURSES)
      throw new UnicaError('academy.too-many', { what: 'courses', most: MOST_COURSES });
    const row: CourseRow = {
      course_id: newId('course'),
      code: Array.from({ length: 8 }, () => CODE_DIGITS[randomInt(CODE_DIGITS.length)]).join(''),
      title,
      track,
      starts_on: startsOn,
      ends_on: lastDay,
      closes_at_ms: closesAtMs,
      delete_at_ms: closesAtMs + KEPT_MS,
    };
    await journal.together(async (transaction: Transaction<Tables>) => {
      await transaction.insertInto('academy_courses').values(row).execute();
      const facts = { track, startsOn, endsOn: lastDay };
      return { event: { actor: by, action: 'course.opened', subject: row.course_id, facts }, result: undefined };
    });
    return await this.#course(row);
  }

  /** All courses, the newest first. */
  async list(): Promise<readonly Course[]> {
    const rows = await this.#parts.db
      .selectFrom('academy_courses')
      .selectAll()
      .orderBy('starts_on', 'desc')
      .orderBy('course_id')
      .execute();
    return await Promise.all(rows.map(async (row) => await this.#course(row)));
  }

  /** Takes a course away with all that is kept of its learners. @throws UnicaError `http.not-found` */
  async remove(courseId: string, by: string): Promise<void> {
    await this.#parts.journal.together(async (transaction: Transaction<Tables>) => {
      const { numDeletedRows } = await transaction
        .deleteFrom('academy_courses')
        .where('course_id', '=', courseId)
        .executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) throw new UnicaError('http.not-found', { what: 'course of that number' });
      for (const table of ['academy_learners', 'academy_answers'] as const)
        await transaction.deleteFrom(table).where('course_id', '=', courseId).execute();
      return { event: { actor: by, action: 'course.deleted', subject: courseId, facts: {} }, result: undefined };
    });
  }

  /** Takes away every course whose time has come. @returns how many */
  async removeDue(): Promise<number> {
    const { db, clock } = this.#parts;
    const due = await db
      .selectFrom('academy_courses')
      .select('course_id')
      .where('delete_at_ms', '<=', clock())
      .execute();
    let removed = 0;
    for (const { course_id } of due) {
      try {
        await this.remove(course_id, 'hub');
        removed += 1;
      } catch (error) {
        // Another hub of the same network, or a trainer, came first.
        if (!(error instanceof UnicaError && error.code === 'http.not-found')) throw error;
      }
    }
    return removed;
  }

  /** @throws UnicaError `academy.no-course`, `academy.too-many` */
  async join(code: string, nickname: string | null): Promise<CourseMembership> {
    const { db } = this.#parts;
    const course = await this.#openCourse(code);
    const learner = randomBytes(16).toString('base64url');
    await db.transaction().execute(async (transaction) => {
      // Held until the end: of two who join at once one counts the other, and nobody joins a course that is just being deleted.
      const { numUpdatedRows } = await transaction
        .updateTable('academy_courses')
        .set((e) => ({ code: e.ref('code') }))
        .where('course_id', '=', course.course_id)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new UnicaError('academy.no-course');
      const { learners } = await transaction
        .selectFrom('academy_learners')
        .select((e) => e.fn.countAll<number>().as('learners'))
        .where('course_id', '=', course.course_id)
        .executeTakeFirstOrThrow();
      if (Number(learners) >= MOST_LEARNERS)
        throw new UnicaError('academy.too-many', { what: 'learners in this course', most: MOST_LEARNERS });
      await transaction
        .insertInto('academy_learners')
        .values({ course_id: course.course_id, learner_sha256: digestOf(learner), nickname, finished: 0 })
        .execute();
    });
    return { code, learner, title: course.title, track: course.track, lessons: [...lessonsOf(course)] };
  }

  /** Forgets a learner; whoever is not known is forgotten already. */
  async leave({ code, learner }: Place): Promise<void> {
    const { db } = this.#parts;
    const course = await db
      .selectFrom('academy_courses')
      .select('course_id')
      .where('code', '=', code)
      .executeTakeFirst();
    if (course === undefined) return;
    await db.transaction().execute(async (transaction) => {
      for (const table of ['academy_learners', 'academy_answers'] as const) {
        await transaction
          .deleteFrom(table)
          .where('course_id', '=', course.course_id)
          .where('learner_sha256', '=', digestOf(learner))
          .execute();
      }
    });
  }

  /**
   * Looks at an answer and counts it; whoever has done all lessons with it is reached in this month.
   * @throws UnicaError `academy.no-course`, `http.not-found` (the lesson)
   */
  async answer(
    { code, learner }: Place,
    { lesson, answer }: { readonly lesson: string; readonly answer: string },
  ): Promise<{ readonly isRight: boolean; readonly done: string[] }> {
    const { db, clock } = this.#parts;
    const course = await this.#openCourse(code);
    const lessons = lessonsOf(course);
    const isRight = isRightAnswer(lesson, answer);
    const who = { course_id: course.course_id, learner_sha256: digestOf(learner) };
    return await db.transaction().execute(async (transaction) => {
      // Held until the end, so that two answers of one learner come one after the other.
      const { numUpdatedRows } = await transaction
        .updateTable('academy_learners')
        .set((e) => ({ finished: e.ref('finished') }))
        .where('course_id', '=', who.course_id)
        .where('learner_sha256', '=', who.learner_sha256)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new UnicaError('academy.no-course');
      // Not before: whoever has no place here is not told that the code is one.
      if (!lessons.includes(lesson))
        throw new UnicaError('http.not-found', { what: 'lesson of that name in this course' });
      const rows = await transaction
        .selectFrom('academy_answers')
        .selectAll()
        .where('course_id', '=', who.course_id)
        .where('learner_sha256', '=', who.learner_sha256)
        .execute();
      const before = rows.find((row) => row.lesson === lesson);
      if (before?.done !== 1) {
        const right = isRight ? 1 : 0;
        const now = { tries: Math.min(MOST_TRIES, (before?.tries ?? 0) + 1), done: right };
        await transaction
          .insertInto('academy_answers')
          .values({ ...who, lesson, ...now, first_try: right })
          .onConflict((conflict) => conflict.columns(['course_id', 'learner_sha256', 'lesson']).doUpdateSet(now))
          .execute();
      }
      const done = lessons.filter(
        (one) => (one === lesson && isRight) || rows.some((row) => row.lesson === one && row.done === 1),
      );
      if (done.length === lessons.length) {
        const finished = await transaction
          .updateTable('academy_learners')
          .set({ finished: 1 })
          .where('course_id', '=', who.course_id)
          .where('learner_sha256', '=', who.learner_sha256)
          .where('finished', '=', 0)
          .executeTakeFirstOrThrow();
        if (finished.numUpdatedRows > 0n) await countReached(transaction, 'course', clock());
      }
      return { isRight, done };
    });
  }

  /** A certificate was made for somebody who is not counted by a course. */
  async countCertificate(): Promise<void> {
    await countReached(this.#parts.db, 'certificate', this.#parts.clock());
  }

  /** How many people training has reached, month by month. */
  async reached(): Promise<NetworkProgress['training']> {
    const rows = await this.#parts.db.selectFrom('academy_reached').selectAll().orderBy('month').execute();
    const of = (month: string, by: string) => rows.find((row) => row.month === month && row.by === by)?.people ?? 0;
    return {
      people: rows.reduce((sum, { people }) => sum + people, 0),
      months: [...new Set(rows.map(({ month }) => month))].map((month) => ({
        month,
        inCourses: of(month, 'course'),
        certified: of(month, 'certificate'),
      })),
    };
  }

  async #openCourse(code: string): Promise<CourseRow> {
    const { db, clock } = this.#parts;
    const course = await db.selectFrom('academy_courses').selectAll().where('code', '=', code).executeTakeFirst();
    if (course === undefined || course.closes_at_ms <= clock()) throw new UnicaError('academy.no-course');
    return course;
  }

  async #course(row: CourseRow): Promise<Course> {
    const { db, clock } = this.#parts;
    const [learners, sums] = await Promise.all([
      db
        .selectFrom('academy_learners')
        .select(['nickname', 'finished'])
        .where('course_id', '=', row.course_id)
        .execute(),
      db
        .selectFrom('academy_answers')
        .select((e) => [
          'lesson',
          e.fn.sum<number>('done').as('done'),
          e.fn.sum<number>('first_try').as('first_try'),
          e.fn.sum<number>('tries').as('tries'),
        ])
        .where('course_id', '=', row.course_id)
        .groupBy('lesson')
        .execute(),
    ]);
    const lessons = lessonsOf(row).map((lesson) => {
      const sum = sums.find((one) => one.lesson === lesson);
      return {
        lesson,
        done: Number(sum?.done ?? 0),
        firstTry: Number(sum?.first_try ?? 0),
        tries: Number(sum?.tries ?? 0),
      };
    });
    const finished = learners.filter((learner) => learner.finished === 1).length;
    return {
      courseId: row.course_id,
      code: row.code,
      title: row.title,
      track: row.track,
      startsOn: row.starts_on,
      endsOn: row.ends_on,
      isOpen: row.closes_at_ms > clock(),
      deletedAtMs: row.delete_at_ms,
      joined: learners.length,
      nicknames: learners.flatMap(({ nickname }) => nickname ?? []).sort((a, b) => a.localeCompare(b)),
      figures: learners.length < FEWEST ? null : { finished, lessons },
      fewest: FEWEST,
    };
  }
}

async function countReached(db: Kysely<Tables>, by: 'course' | 'certificate', atMs: number): Promise<void> {
  await db
    .insertInto('academy_reached')
    .values({ month: isoInstant(atMs).slice(0, 7), by, people: 1 })
    .onConflict((conflict) =>
      conflict.columns(['month', 'by']).doUpdateSet((e) => ({ people: e('academy_reached.people', '+', 1) })),
    )
    .execute();
}

/** A course of a track that is no longer taught has no lessons. */
function lessonsOf({ track }: Pick<CourseRow, 'track'>): readonly string[] {
  const known = trackOf(track);
  return known === undefined ? [] : TRACKS[known];
}

function digestOf(learner: string): string {
  return sha256Hex(utf8(learner));
}
