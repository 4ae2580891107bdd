import { accuracy, auc, expectedCalibrationError } from '#engine';
import {
  bootstrapInterval,
  brierScore,
  calibrationSlope,
  decisionCurve,
  expectedOverObserved,
  type FollowUp,
  froc,
  happenedBy,
  type Interval,
  knownWeights,
  type Lesion,
  type Mark,
  macroAuc,
  pointingGame,
  quadraticKappa,
  sensitivityAtFalsePositives,
  sensitivityAtSpecificity,
  subgroupTable,
  timeDependentAuc,
  topCapture,
  unoConcordance,
} from '#evaluation';
import { numberFigure, type RunFigure, type RunRecord, shareFigure, tableColumn, YEARS_TABLE } from '#models';
import { DENSITY_GRADES, RISK_YEARS } from '#pilots';
import type { CohortRow } from './cohort-rows.ts';

/** An exam that was scored, with what became of the woman. */
export interface ScoredExam {
  readonly row: CohortRow & { readonly truth: { readonly kind: 'follow-up' } };
  readonly vendor: string | null;
  readonly risk: readonly number[];
  readonly densityShares: readonly number[];
  readonly densitySet: readonly string[];
}

/** A film that was scored, with what is in it. */
export interface ScoredFilm {
  readonly row: CohortRow & { readonly truth: { readonly kind: 'finding' } };
  readonly vendor: string | null;
  readonly view: string | null;
  readonly probability: number;
  readonly marks: readonly Mark[];
}

/** What measuring gives of a record; who asked adds the rest. */
export type Measured = Pick<RunRecord, 'figures' | 'groups' | 'tables'>;

/** Drawings of people behind an interval of all and of a group. */
const DRAWINGS = { whole: 300, group: 100 } as const;
const RISKS = [0.02, 0.03, 0.05, 0.08, 0.12] as const;
const CHANCES = [0.05, 0.1, 0.2, 0.3, 0.5] as const;

/** Figures of exams under censoring, at 1 to 5 years, with those of groups. */
export function measureExams(exams: readonly ScoredExam[]): Measured {
  const people = exams.map(({ row }) => row.patientId);
  const all = exams.map((_, place) => place);
  const followUpOf = (places: readonly number[]): FollowUp => ({
    years: places.map((place) => truthOf(exams, place).years),
    events: places.map((place) => truthOf(exams, place).event),
  });
  const risksAt = (places: readonly number[], year: number) => places.map((place) => exams[place]?.risk[year - 1] ?? 0);
  const concordance = (places: readonly number[]) =>
    unoConcordance(risksAt(places, RISK_YEARS), followUpOf(places), { tauYears: RISK_YEARS });
  const area = (places: readonly number[]) =>
    timeDependentAuc(risksAt(places, RISK_YEARS), followUpOf(places), { atYears: RISK_YEARS });
  const between = intervalsOver(people);
  const followUp = followUpOf(all);
  const last = risksAt(all, RISK_YEARS);
  const labels = all.map((person) => happenedBy(followUp, person, RISK_YEARS));
  const weights = knownWeights(followUp, RISK_YEARS);
  const known = all.filter((place) => (weights[place] ?? 0) > 0);
  const ratio = expectedOverObserved(last, followUp, { atYears: RISK_YEARS, people });
  const slope = calibrationSlope(last, followUp, { atYears: RISK_YEARS });
  const graded = exams.flatMap(({ row, densityShares, densitySet }) =>
    row.truth.density === null ? [] : [{ truth: row.truth.density, densityShares, densitySet }],
  );
  const grades = graded.map(({ truth }) => truth);
  return {
    figures: [
      numberFigure('concordance', "Uno's concordance to five years", between(concordance)),
      numberFigure('auc', 'AUC at five years', between(area)),
      numberFigure('brier', 'Brier score at five years', brierScore(last, followUp, { atYears: RISK_YEARS }), {
        digits: 4,
      }),
      numberFigure('expected-over-observed', 'expected/observed at five years', intervalOf(ratio), { digits: 2 }),
      numberFigure('calibration-slope', 'calibration slope', slope?.slope ?? null, { digits: 2 }),
      numberFigure(
        'calibration-error',
        'calibration error of those whose five years are known',
        known.length === 0
          ? null
          : expectedCalibrationError(
              known.map((place) => labels[place] ?? 0),
              known.map((place) => last[place] ?? 0),
            ),
      ),
      shareFigure(
        'sensitivity',
        'sensitivity at nine in ten specificity',
        sensitivityAtSpecificity(labels, last, { specificity: 0.9, weights })?.sensitivity ?? null,
      ),
      shareFigure(
        'top-tenth',
        'cancers in the tenth with the highest risk',
        topCapture(labels, last, { share: 0.1, weights }),
      ),
      ...(graded.length === 0
        ? []
        : [
            numberFigure(
              'density-auc',
              'density, macro AUC',
              macroAuc(
                grades,
                graded.flatMap(({ densityShares }) => densityShares),
                DENSITY_GRADES.length,
              ),
            ),
            numberFigure(
              'density-kappa',
              'density, quadratic kappa',
              quadraticKappa(
                grades,
                graded.map(({ densityShares }) => densityShares.indexOf(Math.max(...densityShares))),
                DENSITY_GRADES.length,
              ),
            ),
            shareFigure(
              'coverage',
              'coverage of density sets',
              graded.filter(({ truth, densitySet }) => densitySet.includes(DENSITY_GRADES[truth] ?? '')).length /
                graded.length,
            ),
          ]),
    ],
    groups: groupsOf(people, exams, (places) => [
      numberFigure('concordance', "Uno's concordance", between(concordance, places, DRAWINGS.group)),
      numberFigure(
        'expected-over-observed',
        'expected/observed',
        expectedOverObserved(risksAt(places, RISK_YEARS), followUpOf(places), { atYears: RISK_YEARS }).ratio,
        { digits: 2 },
      ),
    ]),
    tables: [
      {
        ...YEARS_TABLE,
        rows: Array.from({ length: RISK_YEARS }, (_, index) => index + 1).map((atYears) => {
          const told = risksAt(all, atYears);
          const { ratio: found, low, high } = expectedOverObserved(told, followUp, { atYears, people });
          return [
            atYears,
            timeDependentAuc(told, followUp, { atYears }),
            brierScore(told, followUp, { atYears }),
            found,
            low,
            high,
            calibrationSlope(told, followUp, { atYears })?.slope ?? null,
          ];
        }),
      },
      decisionTable(decisionCurve(labels, last, { thresholds: RISKS, weights }), 'acting from a risk of'),
    ],
  };
}

/** Intervals of what is worked out of some of the cases (all unless told), people drawn again. */
function intervalsOver(people: readonly string[]) {
  const all = people.map((_, place) => place);
  return (
    statistic: (places: readonly number[]) => number | null,
    places: readonly number[] = all,
    repeats: number = DRAWINGS.whole,
  ) =>
    bootstrapInterval(
      places.map((place) => people[place] ?? ''),
      (drawn) => statistic(drawn.map((at) => places[at] ?? 0)),
      { seed: 'cohort', repeats },
    );
}

function truthOf(exams: readonly ScoredExam[], place: number) {
  const truth = exams[place]?.row.truth;
  return truth?.kind === 'follow-up' ? truth : { years: 0, event: 0 as const };
}

function intervalOf({
  ratio,
  low,
  high,
}: {
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
}): Interval | number | null {
  return ratio === null || low === null || high === null ? ratio : { value: ratio, low, high };
}

/** Figures of films with those of groups; of places only where the table tells some. */
export function measureFilms(films: readonly ScoredFilm[]): Measured {
  const people = films.map(({ row }) => row.patientId);
  const labels = films.map(({ row }) => row.truth.label);
  const scores = films.map(({ probability }) => probability);
  const area = (places: readonly number[]) =>
    auc(
      places.map((place) => labels[place] ?? 0),
      places.map((place) => scores[place] ?? 0),
    );
  const between = intervalsOver(people);
  // Of films with a nodule whose place is not told no mark can be called wrong or right.
  const placed = films.flatMap(({ row, marks }) => {
    const lesions: readonly Lesion[] = row.truth.spot === null ? [] : [row.truth.spot];
    return row.truth.label === 1 && lesions.length === 0 ? [] : [{ marks, lesions }];
  });
  const hasPlaces = placed.some(({ lesions }) => lesions.length > 0);
  const curve = froc(placed);
  return {
    figures: [
      numberFigure('auc', 'AUC', between(area)),
      shareFigure(
        'accuracy',
        'accuracy at a chance of one half',
        accuracy(Float32Array.from(labels), Float32Array.from(scores)),
      ),
      shareFigure(
        'sensitivity',
        'sensitivity at nine in ten specificity',
        sensitivityAtSpecificity(labels, scores, { specificity: 0.9 })?.sensitivity ?? null,
      ),
      numberFigure('calibration-error', 'calibration error', expectedCalibrationError(labels, scores)),
      ...(hasPlaces
        ? [
            numberFigure(
              'froc',
              'sensitivity at one false mark in five films',
              sensitivityAtFalsePositives(curve, 0.2),
            ),
            numberFigure(
              'pointing-game',
              'pointing game (the strongest mark lies in the nodule)',
              pointingGame(placed)?.share ?? null,
            ),
          ]
        : []),
    ],
    groups: groupsOf(people, films, (places) => [numberFigure('auc', 'AUC', between(area, places, DRAWINGS.group))]),
    tables: [decisionTable(decisionCurve(labels, scores, { thresholds: CHANCES }), 'acting from a chance of')],
  };
}

function decisionTable(points: ReturnType<typeof decisionCurve>, head: string): RunRecord['tables'][number] {
  return {
    title: 'Decision curve: net benefit in true positives a person (Vickers and Elkin 2006)',
    columns: [
      tableColumn(head, 'percent', 1),
      tableColumn('by the model', 'number', 4),
      tableColumn('on everybody', 'number', 4),
    ],
    rows: points.map(({ threshold, netBenefit, everybody }) => [threshold, netBenefit, everybody]),
  };
}

function groupsOf(
  people: readonly string[],
  cases: readonly { readonly row: CohortRow; readonly vendor: string | null; readonly view?: string | null }[],
  figuresOf: (places: readonly number[]) => RunFigure[],
): RunRecord['groups'] {
  const by = (name: string) => cases.map(({ row }) => row.groups[name] ?? null);
  const groupings = {
    ...{ age: by('age'), sex: by('sex'), density: by('density'), site: by('site') },
    ...{ vendor: cases.map(({ vendor }) => vendor), view: cases.map(({ view }) => view ?? null) },
  };
  return subgroupTable(people, groupings, (places) => ({ examples: places.length, figures: figuresOf(places) })).map(
    ({ by: name, group, figures, people: count }) => ({
      ...{ by: name, group: group.slice(0, 120) },
      ...{ examples: figures?.examples ?? null, people: figures === null ? null : (count ?? null) },
      figures: figures?.figures ?? null,
    }),
  );
}
