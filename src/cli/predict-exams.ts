import { z } from 'zod';
import { type Json, UnicaError } from '#base';
import type { DicomFile } from '#dicom';
import type { StoredModel } from '#models';
import type { BreastReading } from '#pilots';
import type { CommandContext } from './command-context.ts';
import { readInput, readJsonInput } from './input-file.ts';
import { readDicomInput } from './read-dicom-input.ts';

/** What `predict` is told of exams. */
export interface BreastOptions {
  readonly facts?: string;
  readonly site?: string;
}

/** Files and films of one call; a reading room has no more at once. */
const MOST_FILES = 4000;
const LARGEST_FILM_BYTES = 512 * 2 ** 20;
const STUDY = 0x0020000d;
const PATIENT = 0x00100020;

/**
 * A breast-risk model on the exams that some files are of, one after the other.
 * @throws UnicaError `cli.unreadable` where films or facts might be of somebody else
 */
export async function predictExams(
  stored: StoredModel,
  paths: readonly string[],
  options: BreastOptions,
  { terminal, signal }: CommandContext,
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
      problem: `it is of one woman, and the films are of ${studies.size} studies`,
      hint: 'With --facts give the films of one study.',
    });
  const reader = await openBreastReader(breastModelOf(stored));
  const codecs = pixelCodecs();
  try {
    for (const [study, own] of studies) {
      signal.throwIfAborted();
      const files: DicomFile[] = [];
      for (const path of own) files.push(await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES)));
      const reading = await reader.read(files, { facts, codecs, siteId: options.site });
      terminal.record(summary(study, own, reading), () => {
        for (const line of sentences(own, reading)) terminal.line(line);
      });
    }
  } finally {
    await reader.close();
  }
}

/** Paths by the study they are of, in the order of the first of each. A study is of one woman. */
async function studiesOf(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const studies = new Map<string, string[]>();
  const patients = new Map<string, string>();
  for (const path of paths) {
    const { dataset } = await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES));
    const study = dataset.text(STUDY) ?? path;
    const patient = dataset.text(PATIENT) ?? '';
    if ((patients.get(study) ?? patient) !== patient)
      throw new UnicaError('cli.unreadable', {
        path,
        problem: "it has the study of a film before it and another patient's number",
        hint: 'Leave out the films that are of somebody else.',
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
  if (reading.kind === 'refused') return { study, answer: 'refused', films };
  const isGated = reading.films.some(({ isRead, reasons }) => isRead && reasons.length > 0);
  const { density } = reading;
  return {
    study,
    answer: isGated ? 'gated' : 'scored',
    probability: reading.risk.at(-1) ?? null,
    interval: [reading.interval.at(-1)?.low ?? null, reading.interval.at(-1)?.high ?? null],
    ood: reading.films.some(({ reasons }) => reasons.some(({ code }) => code === 'unlike')),
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
