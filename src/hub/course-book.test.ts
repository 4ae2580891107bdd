import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RIGHT_ANSWERS, TRACKS } from '#academy';
import { openJournal } from '#audit';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { forEachEngine } from '#store';
import { CourseBook } from './course-book.ts';
import { newId } from './new-id.ts';
import { type AllHubTables, allHubMigrations } from './records.ts';

const URL = process.env['UNICA_TEST_POSTGRES_URL'];
const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;
const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-30T09:00:00Z');
const COURSE = { title: 'Reading room', track: 'patient', startsOn: '2026-11-30', endsOn: null };
const LESSONS = TRACKS.patient;

async function bookOf(
  open: Parameters<Parameters<typeof forEachEngine>[3]>[0],
  context: Parameters<Parameters<typeof forEachEngine>[3]>[1],
) {
  const database = await open<AllHubTables>(context, allHubMigrations);
  const time = { now: START };
  const clock = () => time.now;
  const journal = openJournal(database, { keys: generateKeys(), clock });
  const book = new CourseBook({ db: database.kysely, journal, clock, newId });
  return { book, time, journal, db: database.kysely };
}

forEachEngine(
  test,
  URL,
  'a course counts what its learners do, and tells sums of five or more',
  async (open, context) => {
    const { book, time, journal } = await bookOf(open, context);
    const course = await book.open(COURSE, 'ana');
    assert.match(course.code, /^[A-HJ-NP-Z2-9]{8}$/);
    assert.deepEqual([course.endsOn, course.isOpen, course.joined, course.figures], ['2026-12-30', true, 0, null]);

    const places = [];
    for (const nickname of ['Zoë', null, 'ana', null]) places.push(await book.join(course.code, nickname));
    const [first, second] = places;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(first.lessons, [...LESSONS]);
    // The first learner is right at once, the second at the second try; a third only tries.
    for (const lesson of LESSONS)
      assert.equal((await book.answer(first, { lesson, answer: RIGHT_ANSWERS[lesson] })).isRight, true);
    const [lesson, ...others] = LESSONS;
    assert.deepEqual(await book.answer(second, { lesson, answer: 'z' }), { isRight: false, done: [] });
    assert.deepEqual(await book.answer(second, { lesson, answer: RIGHT_ANSWERS[lesson] }), {
      isRight: true,
      done: [lesson],
    });
    const [four] = (await book.list()) as [typeof course];
    assert.deepEqual([four.joined, four.figures, four.nicknames], [4, null, ['ana', 'Zoë']], 'four would be somebody');

    await book.join(course.code, null);
    const [five] = (await book.list()) as [typeof course];
    assert.equal(five.figures?.finished, 1);
    assert.deepEqual(
      five.figures?.lessons,
      LESSONS.map((one) =>
        one === lesson ? { lesson, done: 2, firstTry: 1, tries: 3 } : { lesson: one, done: 1, firstTry: 1, tries: 1 },
      ),
    );
    // What is done is done: later answers count no more, and nobody finishes twice.
    await book.answer(first, { lesson, answer: 'z' });
    await book.answer(first, { lesson, answer: RIGHT_ANSWERS[lesson] });
    await book.countCertificate();
    time.now = Date.parse('2026-12-02T09:00:00Z');
    for (const other of others) await book.answer(second, { lesson: other, answer: RIGHT_ANSWERS[other] });
    assert.deepEqual(await book.reached(), {
      people: 3,
      months: [
        { month: '2026-11', inCourses: 1, certified: 1 },
        { month: '2026-12', inCourses: 1, certified: 0 },
      ],
    });

    // Whoever leaves is forgotten, and who was reached stays counted.
    await book.leave(first);
    await book.leave(first);
    await assert.rejects(book.answer(first, { lesson, answer: 'a' }), codeIs('academy.no-course'));
    assert.deepEqual([(await book.list())[0]?.joined, (await book.reached()).people], [4, 3]);
    const { entries } = await journal.view(10);
    assert.deepEqual(
      entries.map(({ action, actor }) => [action, actor]),
      [['course.opened', 'ana']],
      'the journal knows of no learner',
    );
  },
);

forEachEngine(
  test,
  URL,
  'a course that is over takes nobody in, and goes with every row after ninety days',
  async (open, context) => {
    const { book, time, db } = await bookOf(open, context);
    const course = await book.open({ ...COURSE, endsOn: '2026-12-01' }, 'ana');
    const kept = await book.open(COURSE, 'ana');
    const place = await book.join(course.code, 'Zoë');
    await book.join(kept.code, null);
    const [lesson = 'masks'] = LESSONS;
    await book.answer(place, { lesson, answer: RIGHT_ANSWERS[lesson] });
    assert.deepEqual(
      await db.selectFrom('academy_learners').select('learner_sha256').where('nickname', '=', place.learner).execute(),
      [],
    );

    time.now = Date.parse('2026-12-02T11:59:59Z');
    await book.join(course.code, null);
    time.now += 1000;
    await assert.rejects(book.join(course.code, null), codeIs('academy.no-course'));
    await assert.rejects(book.answer(place, { lesson, answer: 'a' }), codeIs('academy.no-course'));
    assert.equal((await book.list()).find(({ courseId }) => courseId === course.courseId)?.isOpen, false);

    time.now = course.deletedAtMs - 1;
    assert.equal(await book.removeDue(), 0);
    time.now += 1;
    assert.equal(await book.removeDue(), 1);
    assert.equal(course.deletedAtMs - Date.parse('2026-12-02T12:00:00Z'), 90 * DAY_MS);
    for (const table of ['academy_learners', 'academy_answers', 'academy_courses'] as const) {
      const rows = await db.selectFrom(table).select('course_id').execute();
      assert.ok(
        rows.every(({ course_id }) => course_id === kept.courseId),
        table,
      );
    }
    await assert.rejects(book.remove(course.courseId, 'ana'), codeIs('http.not-found'));
  },
);

forEachEngine(test, URL, 'what is no course is refused', async (open, context) => {
  const { book } = await bookOf(open, context);
  const course = await book.open(COURSE, 'ana');
  const place = await book.join(course.code, null);
  await assert.rejects(book.open({ ...COURSE, track: 'pilot' }, 'ana'), codeIs('http.not-found'));
  await assert.rejects(book.open({ ...COURSE, endsOn: '2028-01-01' }, 'ana'), codeIs('http.invalid-input'));
  await assert.rejects(book.open({ ...COURSE, startsOn: '2020-01-01' }, 'ana'), codeIs('http.invalid-input'));
  await assert.rejects(book.join('ABCDEFGH', null), codeIs('academy.no-course'));
  await assert.rejects(book.answer(place, { lesson: 'nothing', answer: 'a' }), codeIs('http.not-found'));
  await assert.rejects(
    book.answer({ ...place, learner: 'A'.repeat(22) }, { lesson: LESSONS[0], answer: 'a' }),
    codeIs('academy.no-course'),
  );
});

forEachEngine(
  test,
  URL,
  'whoever has no place in a course is told the same with a code that is one and with one that is none',
  async (open, context) => {
    const { book } = await bookOf(open, context);
    const { code } = await book.open(COURSE, 'ana');
    for (const tried of [code, 'ABCDEFGH'])
      for (const lesson of [LESSONS[0], 'nothing'])
        await assert.rejects(
          book.answer({ code: tried, learner: 'A'.repeat(22) }, { lesson, answer: 'a' }),
          codeIs('academy.no-course'),
        );
  },
);

forEachEngine(
  test,
  URL,
  'nobody is left behind in a course that is deleted while they join, and two at once fill the last place once',
  async (open, context) => {
    const { book, db } = await bookOf(open, context);
    const gone = await book.open(COURSE, 'ana');
    await Promise.allSettled([
      ...Array.from({ length: 6 }, async () => await book.join(gone.code, 'Zoë')),
      book.remove(gone.courseId, 'ana'),
      ...Array.from({ length: 6 }, async () => await book.join(gone.code, 'Zoë')),
    ]);
    assert.deepEqual(await db.selectFrom('academy_learners').select('nickname').execute(), []);

    const full = await book.open(COURSE, 'ana');
    const rows = Array.from({ length: 999 }, (_, index) => ({
      course_id: full.courseId,
      learner_sha256: String(index),
      nickname: null,
      finished: 0,
    }));
    await db.insertInto('academy_learners').values(rows).execute();
    const joined = await Promise.allSettled(Array.from({ length: 6 }, async () => await book.join(full.code, null)));
    assert.equal(joined.filter(({ status }) => status === 'fulfilled').length, 1);
  },
);

forEachEngine(test, URL, 'two hubs that clear at once take each course away once', async (open, context) => {
  const { book, time } = await bookOf(open, context);
  for (let i = 0; i < 3; i += 1) await book.open(COURSE, 'ana');
  time.now += 365 * DAY_MS;
  const removed = await Promise.all([book.removeDue(), book.removeDue()]);
  assert.equal(removed[0] + removed[1], 3);
  assert.deepEqual(await book.list(), []);
});
