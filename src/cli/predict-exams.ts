import { z } from 'zod';
import { type Json, UnicaError } from '#base';
import type { DicomFile } from '#dicom';
import type { StoredModel } from '#models';
import type { BreastExplanation, BreastReader, BreastReading, BreastReadOptions } from '#pilots';
import type { CommandContext } from './command-context.ts';
import { writeMapPictures } from './explanation-files.ts';
import { readInput, readJsonInput } from './input-file.ts';
import { readDicomInput } from './read-dicom-input.ts';
import type { ToldResults } from './told-results.ts';
import type { ResultForms } from './write-results.ts';

/** What `predict` is told of exams. */
export interface BreastOptions {
  readonly facts?: string;
  readonly site?: string;
}

/** Files and films of one call; a reading room has no more at once. */
const MOST_FILES = 4000;
const LARGEST_FILM_BYTES = 512 * 2 ** 20;
const STUDY = 0x0020000d;
const PATIENT_ID = 0x00100020;

/** A model that is asked, and where its answers are told. */
export interface AskedModel {
  readonly stored: StoredModel;
  /** What results call it. */
  readonly name: string;
  readonly told: ToldResults;
}

/** What `predict` is told of exams: with `out`, a folder, their results are written as a clinic reads them. */
export interface ExamOptions extends BreastOptions, ResultForms {
  readonly out?: string;
}

/** A breast-risk model on the exams that some files are of, one after the other. */
export async function predictExams(
  asked: AskedModel,
  paths: readonly string[],
  options: ExamOptions,
  context: CommandContext,
): Promise<void> {
  const { out } = options;
  await exams(asked, paths, options, context, async (exam) => {
    const reading = await exam.reader.read(exam.files, exam.wish);
    const outputs = out === undefined ? [] : await writeExam(exam, reading, asked, { ...options, out });
    asked.told.add({ ...summary(exam.study, exam.paths, reading), outputs: [...outputs] }, [
      ...sentences(exam.paths, reading),
      ...outputs.map((output) => `  ${output}`),
    ]);
  });
}

/** What the risks of exams come of: shares of views and facts, and a picture of each view with the model's map over it. */
export async function explainExams(
  asked: AskedModel,
  paths: readonly string[],
  options: BreastOptions & { readonly out: string },
  context: CommandContext,
): Promise<void> {
  const { isFaithfulByGates } = await import('#models');
  const isFaithful = isFaithfulByGates(asked.stored, 'location-map');
  const label = isFaithful === undefined ? "the model's own answer by place" : isFaithful ? 'faithful' : 'not faithful';
  await exams(asked, paths, options, context, async (exam) => {
    const { reading, explanation } = await exam.reader.explain(exam.files, exam.wish);
    const pictures = [];
    for (const { view, seen, map } of explanation?.maps ?? []) {
      const name = `${exam.name}-${view}`;
      pictures.push({ view, ...(await writeMapPictures({ seen, map }, { out: options.out, name, method: MAP })) });
    }
    const outputs = pictures.flatMap(({ image, overlay }) => [image, overlay]);
    const shares =
      explanation === undefined
        ? {}
        : {
            views: explanation.views.map(({ view, logit }) => ({ view, logit })),
            withoutViews: explanation.withoutViews,
            facts: explanation.facts.map(({ name, logit }) => ({ name, logit })),
            withoutFacts: explanation.withoutFacts,
          };
    asked.told.add(
      { ...summary(exam.study, exam.paths, reading), explanation: { ...shares, label, pictures }, outputs },
      [
        ...sentences(exam.paths, reading),
        ...(explanation === undefined ? [] : reasonsOf(explanation)),
        ...pictures.map(({ overlay }) => `  ${overlay}  ${MAP}, ${label}`),
      ],
    );
  });
}

/** The one way into a model of exams: its own answer by place. */
const MAP = 'location-map';

/** How often as high the odds of a cancer are for each view and each fact, on average over what else is known beside it. */
function reasonsOf({ views, facts }: BreastExplanation): readonly string[] {
  const line = (all: readonly (readonly [name: string, logit: number])[]) =>
    all.map(([name, logit]) => `${name} × ${Math.exp(logit).toFixed(2)}`).join(', ');
  const told = facts.map(({ name, logit }) => [name, logit] as const);
  return [
    `  odds within 5 years by each view, on average over the orders in which views come: ${line(views.map(({ view, logit }) => [view, logit]))}`,
    ...(told.length === 0 ? [] : [`  by each fact, likewise: ${line(told)}`]),
  ];
}

/** An exam that is asked about. */
interface Exam {
  readonly study: string;
  readonly paths: readonly string[];
  readonly files: readonly DicomFile[];
  /** For what is made of it. */
  readonly name: string;
  readonly reader: BreastReader;
  readonly wish: BreastReadOptions;
}

async function exams(
  { stored }: AskedModel,
  paths: readonly string[],
  options: BreastOptions,
  { terminal, signal }: CommandContext,
  onExam: (exam: Exam) => Promise<void>,
): Promise<void> {
  const { pixelCodecs } = await import('#codecs');
  const { BREAST_COVARIATES, breastModelOf, openBreastReader } = await import('#pilots');
  if (paths.length > MOST_FILES)
    throw new UnicaError('cli.unreadable', {
      path: `${paths.length} files`,
      problem: 'they are too many',
      hint: `Give ${MOST_FILES} at most.`,
    });
  const factsShape = z.strictObject(
    Object.fromEntries(BREAST_COVARIATES.map(({ name }) => [name, z.number().nullable().optional()])),
  );
  const facts =
    options.facts === undefined
      ? {}
      : await readJsonInput(
          options.facts,
          factsShape,
          `Known are ${BREAST_COVARIATES.map(({ name }) => name).join(', ')}.`,
        );
  const studies = await studiesOf(paths);
  if (options.facts !== undefined && studies.size > 1)
    throw new UnicaError('cli.unreadable', {
      path: options.facts,
      problem: `it tells of one woman, and the films are of ${studies.size} studies`,
      hint: 'Name the films of one study.',
    });
  const model = breastModelOf(stored);
  if (options.site !== undefined && !Object.hasOwn(model.calibration.shifts, options.site))
    terminal.complain(`The model has no calibration for ${options.site}: the one for all sites is used.`);
  const reader = await openBreastReader(model);
  const wish = { facts, codecs: pixelCodecs(), siteId: options.site };
  let number = 0;
  try {
    for (const [study, own] of studies) {
      signal.throwIfAborted();
      number += 1;
      const files: DicomFile[] = [];
      for (const path of own) files.push(await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES)));
      const name = `${String(number).padStart(3, '0')}-exam`;
      await onExam({ study, paths: own, files, name, reader, wish });
    }
  } finally {
    await reader.close();
  }
}

/** The result of an exam in the forms that are asked for; all of them where none is named. */
async function writeExam(
  { files, name, wish }: Exam,
  reading: BreastReading,
  asked: AskedModel,
  options: ExamOptions & { readonly out: string },
): Promise<readonly string[]> {
  const { loadScoring, resultModelOf } = await import('#clinic');
  const { breastResult, givenFilm } = await loadScoring();
  const { wantedForms, writeResults } = await import('./write-results.ts');
  const { codecs = {}, ...told } = wish;
  const by = { model: resultModelOf(asked.name, asked.stored), told };
  const result = breastResult(files.map(givenFilm), reading, by, new Date());
  return await writeResults(result, files, { name, out: options.out, forms: wantedForms(options) }, codecs);
}

/**
 * Paths by the study they are of, in the order of the first of each.
 * @throws UnicaError `cli.unreadable` where films of one study are of different people: their exam would be nobody's
 */
async function studiesOf(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const studies = new Map<string, string[]>();
  const patients = new Map<string, string>();
  for (const path of paths) {
    const { dataset } = await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES));
    // Films that do not say whose study they are of are never put together.
    const study = dataset.text(STUDY) || path;
    const patient = dataset.text(PATIENT_ID) ?? '';
    if ((patients.get(study) ?? patient) !== patient)
      throw new UnicaError('cli.unreadable', {
        path,
        problem: 'it is of another person than the films of its study before it',
        hint: 'Name the films of one person only, or mend the study.',
      });
    patients.set(study, patient);
    const own = studies.get(study);
    if (own === undefined) studies.set(study, [path]);
    else own.push(path);
  }
  return studies;
}

function summary(study: string, paths: readonly string[], reading: BreastReading): { readonly [key: string]: Json } {
  const films = reading.films.map(({ file, view, isRead, reasons }) => ({
    path: paths[file] ?? '',
    view,
    read: isRead,
    reasons: reasons.map(({ effect, code, because }) => ({ effect, code, because })),
  }));
  const path = paths[0] ?? '';
  if (reading.kind === 'refused')
    return { path, study, answer: 'refused', probability: null, interval: null, ood: isUnlike(reading), films };
  const isGated = reading.films.some(({ isRead, reasons }) => isRead && reasons.length > 0);
  const { density } = reading;
  return {
    path,
    study,
    answer: isGated ? 'gated' : 'scored',
    probability: reading.risk.at(-1) ?? null,
    interval: [reading.interval.at(-1)?.low ?? null, reading.interval.at(-1)?.high ?? null],
    ood: isUnlike(reading),
    risk: reading.risk.map((value, year) => ({
      years: year + 1,
      probability: value,
      interval: [reading.interval[year]?.low ?? null, reading.interval[year]?.high ?? null],
    })),
    density: { grade: density.grade, shares: [...density.shares], set: [...density.set] },
    findings: { ...reading.findings },
    known: [...reading.known],
    films,
  };
}

function isUnlike({ films }: BreastReading): boolean {
  return films.some(({ reasons }) => reasons.some(({ code }) => code === 'unlike'));
}

function sentences(paths: readonly string[], reading: BreastReading): readonly string[] {
  const said = reading.films.flatMap(({ file, isRead, reasons }) =>
    reasons.map(({ because }) => `  ${paths[file] ?? ''}  ${isRead ? 'not to be relied on' : 'not read'}: ${because}`),
  );
  const percent = (value: number | undefined) => `${(100 * (value ?? 0)).toFixed(1)} %`;
  if (reading.kind === 'refused') return ['Exam refused: no film of it can be read.', ...said];
  const views = reading.films.flatMap(({ isRead, view }) => (isRead && view !== null ? [view] : []));
  const last = reading.interval.at(-1);
  return [
    `Exam of ${views.join(', ')}: risk of breast cancer within 1 to 5 years ${reading.risk.map(percent).join(', ')}`,
    `  within 5 years the members of the model say ${percent(last?.low)} to ${percent(last?.high)}`,
    `  breast density ${reading.density.grade} (one of ${reading.density.set.join(', ')})`,
    ...said,
  ];
}
