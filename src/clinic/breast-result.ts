import { UnicaError } from '#base';
import type { DataSet } from '#dicom';
import type { BreastFilm, BreastReading } from '#pilots';
import { imageOfDataSet, type ModelResult, type ResultImage, type ResultModel, studyOfDataSet } from '#results';
import { reckonedAt } from './reckoned-at.ts';
import { type GivenFilm, resultInputs, type Told } from './result-inputs.ts';

type Scored = Extract<BreastReading, { readonly kind: 'scored' }>;

/** The members of an ensemble lie within mean ± 1.96 deviations of their logits. */
const LEVEL = 0.95;

/**
 * What a breast-risk model said of an exam, as the result that is written down for a clinic. An exam of which a film that was read
 * has something against it has no score there but the reason.
 * @param films, in the order in which they were read
 */
export function breastResult(
  films: readonly GivenFilm[],
  reading: BreastReading,
  { model, told }: { readonly model: ResultModel; readonly told: Told },
  now: Date,
): ModelResult {
  const datasets = films.map(({ dataset }) => dataset);
  const [first] = datasets;
  if (first === undefined) throw new UnicaError('results.no-image', { keyword: 'SOPInstanceUID' });
  const common = {
    task: 'breast-risk',
    study: studyOfDataSet(first),
    inputsSha256: resultInputs(films, told),
    model,
    reckoned: reckonedAt(first, now),
  } as const;
  const doubtful = reading.films.filter(
    ({ isRead, reasons }) => reasons.length > 0 && (isRead || reading.kind === 'refused'),
  );
  if (reading.kind === 'refused' || doubtful.length > 0) {
    const concerned = doubtful.length > 0 ? doubtful : reading.films;
    const reasons = concerned.flatMap((film) => film.reasons);
    const says = `${[...new Set(reasons.map(({ because }) => because))].join('; ') || 'no film of it can be read'}.`;
    const images = datasets.map((dataset) => imageOfDataSet(dataset));
    return { ...common, images, outcome: { kind: 'refused', reason: reasons[0]?.code ?? 'missing-views', says } };
  }
  const images = reading.films.flatMap((film) => imageOf(film, datasets[film.file], reading));
  const risks = reading.risk.map((value, year) => ({ years: year + 1, estimate: estimateOf(reading, value, year) }));
  const last = reading.risk.length - 1;
  const { grade, shares } = reading.density;
  return {
    ...common,
    images,
    outcome: {
      kind: 'scored',
      score: estimateOf(reading, reading.risk[last] ?? Number.NaN, last),
      risks,
      density: { category: grade, probability: Math.max(...shares) },
      remarks: remarksOf(reading.films),
    },
  };
}

function estimateOf({ interval }: Scored, value: number, year: number) {
  const ends = interval[year];
  return ends === undefined ? { value } : { value, interval: { ...ends, level: LEVEL } };
}

function imageOf({ isRead, view }: BreastFilm, dataset: DataSet | undefined, reading: Scored): readonly ResultImage[] {
  if (!isRead || view === null || dataset === undefined) return [];
  const finding = reading.findings[view];
  return [{ ...imageOfDataSet(dataset), ...(finding === undefined ? {} : { score: { value: finding } }) }];
}

/** What was left out of the exam, and why. */
function remarksOf(films: readonly BreastFilm[]): readonly string[] {
  return films.flatMap(({ isRead, reasons }) =>
    isRead || reasons.length === 0
      ? []
      : [`One film was not read: ${reasons.map(({ because }) => because).join('; ')}.`],
  );
}
