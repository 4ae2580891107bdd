import type { Migration } from '#store';

/** Courses of the academy, and what is counted of them. No name, no address, no account of a learner. */
export interface CourseTables {
  academy_courses: {
    course_id: string;
    code: string;
    title: string;
    track: string;
    /** ISO days. */
    starts_on: string;
    ends_on: string;
    closes_at_ms: number;
    delete_at_ms: number;
  };
  academy_learners: {
    course_id: string;
    /** Digest of what their browser was given: the house cannot speak as them. */
    learner_sha256: string;
    nickname: string | null;
    /** 1 when all lessons are done. */
    finished: number;
  };
  academy_answers: {
    course_id: string;
    learner_sha256: string;
    lesson: string;
    tries: number;
    done: number;
    first_try: number;
  };
  /** How many people were reached, which stays when a course goes. */
  academy_reached: { month: string; by: string; people: number };
}

export const courseMigrations: readonly Migration[] = [
  {
    id: 'hub-177-academy',
    async up(db) {
      await db.schema
        .createTable('academy_courses')
        .addColumn('course_id', 'text', (column) => column.primaryKey())
        .addColumn('code', 'text', (column) => column.notNull().unique())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('track', 'text', (column) => column.notNull())
        .addColumn('starts_on', 'text', (column) => column.notNull())
        .addColumn('ends_on', 'text', (column) => column.notNull())
        .addColumn('closes_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('delete_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('academy_learners')
        .addColumn('course_id', 'text', (column) => column.notNull())
        .addColumn('learner_sha256', 'text', (column) => column.notNull())
        .addColumn('nickname', 'text')
        .addColumn('finished', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('academy_learners_key', ['course_id', 'learner_sha256'])
        .execute();
      await db.schema
        .createTable('academy_answers')
        .addColumn('course_id', 'text', (column) => column.notNull())
        .addColumn('learner_sha256', 'text', (column) => column.notNull())
        .addColumn('lesson', 'text', (column) => column.notNull())
        .addColumn('tries', 'integer', (column) => column.notNull())
        .addColumn('done', 'integer', (column) => column.notNull())
        .addColumn('first_try', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('academy_answers_key', ['course_id', 'learner_sha256', 'lesson'])
        .execute();
      await db.schema
        .createTable('academy_reached')
        .addColumn('month', 'text', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('people', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('academy_reached_key', ['month', 'by'])
        .execute();
    },
  },
];
