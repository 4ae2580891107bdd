import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { expectedOverObserved, unoConcordance } from '#evaluation';
import { cohortRows } from './cohort-rows.ts';
import { measureExams, measureFilms, type ScoredExam, type ScoredFilm } from './measure-cohort.ts';

const HEADER = [
  'PatientID',
  'StudyInstanceUID',
  'screening_date',
  'diagnosis',
  'diagnosis_date',
  'last_contact',
  'site',
  'age',
  'density',
  'family_history',
  'bmi',
];

test('rows of a table become follow-up: a cancer counts from its day, everybody else to the last news, others are left', () => {
  const { rows, left } = cohortRows('exam', {
    header: HEADER,
    rows: [
      ['p1', '1.2', '2015-01-01', 'C50.9', '2018-01-01', '2020-01-01', 'porto', '54', 'b', 'yes', '26.5'],
      ['p2', '1.3', '2015-01-01', '', '', '2020-01-01', 'porto', '', 'x', '', ''],
      ['p3', '1.4', '2015-01-01', 'C34.1', '2016-01-01', '2019-07-02', '', '71', '', 'no', 'many'],
      ['p4', '1.5', '2015-01-01', '', '', '', 'porto', '50', 'a', '', ''],
      ['p5', '1.6', '2015-01-01', 'C50.1', '2014-01-01', '2020-01-01', 'porto', '50', 'a', '', ''],
    ],
  });
  assert.equal(left, 2, 'without news, and with a cancer from before the exam');
  assert.deepEqual(
    rows.map(({ truth }) =>
      truth.kind === 'follow-up' ? [truth.event, Number(truth.years.toFixed(1)), truth.density] : [],
    ),
    [
      [1, 3, 1],
      [0, 5, null],
      [0, 4.5, null],
    ],
  );
  assert.deepEqual(rows[0]?.facts, { familyHistory: 1, bodyMassIndex: 26.5 });
  assert.deepEqual(rows[2]?.facts, { familyHistory: 0 });
  assert.deepEqual(
    rows.map(({ groups }) => groups['age']),
    ['50–59', null, '70 and over'],
  );
  assert.deepEqual(
    rows.map(({ siteId }) => siteId),
    ['porto', 'porto', null],
  );
});

test('a table without a column that is needed is refused by its name', () => {
  const unfit = (kind: 'exam' | 'film', header: readonly string[], problem: RegExp) =>
    assert.throws(
      () => cohortRows(kind, { header, rows: [] }),
      (error: unknown) =>
        error instanceof UnicaError && error.code === 'clinic.table-unfit' && problem.test(error.message),
    );
  unfit('exam', ['StudyInstanceUID', 'screening_date'], /last_contact/);
  unfit('film', ['StudyInstanceUID'], /nodule/);
  unfit('film', ['nodule'], /StudyInstanceUID/);
});

/** Exams of 60 women at two sites and one at a third; risk is higher for those whose cancer comes sooner. */
const exams: readonly ScoredExam[] = Array.from({ length: 61 }, (_, index) => {
  const event = index % 3 === 0 ? 1 : 0;
  const years = event === 1 ? 0.5 + (index % 9) / 2 : 6;
  const risk = event === 1 ? 0.3 - years / 40 : 0.1 + (index % 7) / 100;
  const site = index === 60 ? 'lviv' : index % 2 === 0 ? 'porto' : 'kassel';
  return {
    row: {
      ...{
        studyInstanceUid: `1.${index}`,
        patientId: `p${index}`,
        siteId: site,
        groups: { site, age: null },
        facts: {},
      },
      truth: { kind: 'follow-up', years, event, density: index % 4 },
    },
    vendor: 'maker',
    risk: [1, 2, 3, 4, 5].map((year) => (risk * year) / 5),
    densityShares: [0, 1, 2, 3].map((grade) => (grade === index % 4 ? 0.7 : 0.1)),
    densitySet: [['a', 'b', 'c', 'd'][index % 4] ?? 'a'],
  };
});

test('figures of exams are those of the room of evaluation, and a site of one woman tells nothing, nor lets another tell it', () => {
  const { figures, groups, tables } = measureExams(exams);
  const figureOf = (id: string) => figures.find((one) => one.id === id)?.value;
  const followUp = {
    years: exams.map(({ row }) => (row.truth.kind === 'follow-up' ? row.truth.years : 0)),
    events: exams.map(({ row }) => (row.truth.kind === 'follow-up' ? row.truth.event : 0)),
  };
  const last = exams.map(({ risk }) => risk.at(-1) ?? 0);
  assert.equal(figureOf('concordance'), unoConcordance(last, followUp, { tauYears: 5 }));
  assert.equal(figureOf('expected-over-observed'), expectedOverObserved(last, followUp, { atYears: 5 }).ratio);
  assert.equal(figureOf('coverage'), 1);
  assert.equal(figureOf('density-auc'), 1);
  const concordance = figures.find((one) => one.id === 'concordance');
  assert.ok(
    (concordance?.low ?? 1) <= (concordance?.value ?? 0) && (concordance?.value ?? 1) <= (concordance?.high ?? 0),
  );
  assert.deepEqual(
    groups
      .filter(({ by }) => by === 'site')
      .map(({ group, people, figures: found }) => [group, people, found === null]),
    [
      ['kassel', null, true],
      ['lviv', null, true],
      ['porto', 30, false],
    ],
  );
  assert.equal(tables[0]?.rows.length, 5);
});

test('figures of films: places count only where they are told', () => {
  const films = (withSpots: boolean): readonly ScoredFilm[] =>
    Array.from({ length: 40 }, (_, index) => {
      const label = index % 2 === 0 ? 1 : 0;
      const spot = withSpots && label === 1 ? { x: 50, y: 50, radius: 10 } : null;
      return {
        row: {
          ...{ studyInstanceUid: `1.${index}`, patientId: `p${index}`, siteId: null, groups: {}, facts: {} },
          truth: { kind: 'finding', label, spot },
        },
        ...{ vendor: null, view: 'PA', probability: label === 1 ? 0.8 - index / 200 : 0.2 + index / 200 },
        // Every fourth nodule is marked elsewhere.
        marks: label === 1 ? [{ x: index % 8 === 0 ? 200 : 52, y: 49, score: 0.8 }] : [],
      };
    });
  const of = (all: readonly ScoredFilm[], id: string) => measureFilms(all).figures.find((one) => one.id === id)?.value;
  assert.equal(of(films(true), 'auc'), 1);
  assert.equal(of(films(true), 'pointing-game'), 0.75);
  assert.equal(of(films(false), 'pointing-game'), undefined);
  assert.equal(of(films(true), 'accuracy'), 1);
  assert.deepEqual(
    measureFilms(films(true)).groups.map(({ by, group, people }) => [by, group, people]),
    [['view', 'PA', 40]],
  );
});
