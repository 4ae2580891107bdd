import { UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import type { DicomFile } from '#dicom';
import { isExamSpec } from '#engine';
import { codeDigest, type RunRecord, readModelFolder, runEnvironment, weightsDigest } from '#models';
import { breastModelOf, chestModelOf, openBreastReader, openChestReader } from '#pilots';
import { tagOf } from '#vocab';
import type { CohortRow } from './cohort-rows.ts';
import { type Measured, measureExams, measureFilms, type ScoredExam, type ScoredFilm } from './measure-cohort.ts';

/** A cohort as it is measured: what a table tells of studies, and their films, read when their turn comes. */
export interface Cohort {
  readonly rows: readonly CohortRow[];
  /** Files of a study; none where the folder has none. */
  readonly filmsOf: (studyInstanceUid: string) => Promise<readonly DicomFile[]>;
  /** Such as `films of porto`; goes into the record. */
  readonly what: string;
  readonly isSynthetic: boolean;
  /** Of the table. */
  readonly sha256: string;
  readonly command: string;
}

/** What measuring a cohort found. */
export interface CohortMeasured {
  readonly run: RunRecord;
  /** Studies that were scored, were scored only without a claim, were refused, and of which there was no film. */
  readonly scored: number;
  readonly gated: number;
  readonly refused: number;
  readonly missing: number;
}

/** A study with its films, as its model is asked about it. */
type Asked<Case> = (
  row: CohortRow,
  files: readonly DicomFile[],
) => Promise<{ readonly cases: readonly Case[]; readonly isGated: boolean }>;

/**
 * Measures a model of a folder on a cohort: every figure of its pilot with 95 % intervals by drawing people, groups of at least 20
 * people, decision curve. Studies that the gate has refused have no score and are counted; those scored without a claim are measured,
 * and counted too.
 * @throws UnicaError `models.…` for a folder that is none, `pilots.model-unfit` for a model of no pilot, `clinic.cohort-unscored` where
 * no study could be scored
 */
export async function evaluateCohort(
  folder: string,
  cohort: Cohort,
  { signal, onStudy }: { readonly signal: AbortSignal; readonly onStudy?: (done: number) => void },
): Promise<CohortMeasured> {
  const stored = await readModelFolder(folder);
  const codecs = pixelCodecs();
  const vendorOf = (file: DicomFile | undefined) => file?.dataset.text(tagOf('Manufacturer'))?.trim() || null;
  const told = { cohort, weightsSha256: await weightsDigest(folder), signal, onStudy };
  if (isExamSpec(stored.spec)) {
    const reader = await openBreastReader(breastModelOf(stored), { threads: 1 });
    const ask: Asked<ScoredExam> = async (row, files) => {
      const reading = await reader.read(files, { facts: row.facts, codecs, siteId: row.siteId ?? undefined });
      if (reading.kind === 'refused' || row.truth.kind !== 'follow-up') return { cases: [], isGated: false };
      const { density } = reading;
      const scored = { ...{ risk: reading.risk, densityShares: density.shares }, densitySet: density.set };
      return {
        cases: [{ row: { ...row, truth: row.truth }, vendor: vendorOf(files[0]), ...scored }],
        isGated: reading.films.some(({ isRead, reasons }) => isRead && reasons.length > 0),
      };
    };
    return await measured(ask, measureExams, told).finally(() => reader.close());
  }
  const reader = await openChestReader(chestModelOf(stored), { threads: 1 });
  const ask: Asked<ScoredFilm> = async (row, files) => {
    const cases: ScoredFilm[] = [];
    let isGated = false;
    for (const file of files) {
      const reading = await reader.read(file, codecs);
      if (reading.kind === 'refused' || row.truth.kind !== 'finding') continue;
      isGated ||= reading.reasons.length > 0;
      const view = file.dataset.text(tagOf('ViewPosition'))?.trim() || null;
      const { probability, marks } = reading;
      cases.push({ row: { ...row, truth: row.truth }, vendor: vendorOf(file), view, probability, marks });
    }
    return { cases, isGated };
  };
  return await measured(ask, measureFilms, told).finally(() => reader.close());
}

async function measured<Case>(
  ask: Asked<Case>,
  measure: (cases: readonly Case[]) => Measured,
  told: {
    readonly cohort: Cohort;
    readonly weightsSha256: string;
    readonly signal: AbortSignal;
    readonly onStudy: ((done: number) => void) | undefined;
  },
): Promise<CohortMeasured> {
  const { cohort, weightsSha256, signal } = told;
  const cases: Case[] = [];
  const people = new Set<string>();
  let [done, scored, gated, refused, missing] = [0, 0, 0, 0, 0];
  for (const row of cohort.rows) {
    signal.throwIfAborted();
    const files = await cohort.filmsOf(row.studyInstanceUid);
    done += 1;
    told.onStudy?.(done);
    if (files.length === 0) {
      missing += 1;
      continue;
    }
    const answer = await ask(row, files);
    if (answer.cases.length === 0) {
      refused += 1;
      continue;
    }
    scored += 1;
    if (answer.isGated) gated += 1;
    people.add(row.patientId);
    cases.push(...answer.cases);
  }
  if (cases.length === 0)
    throw new UnicaError('clinic.cohort-unscored', { studies: cohort.rows.length, refused, missing });
  const sites = [...new Set(cohort.rows.flatMap(({ siteId }) => (siteId === null ? [] : [siteId])))].sort();
  const run: RunRecord = {
    ...({ format: 'unica-run/1', kind: 'evaluation' } as const),
    title: `Measured on ${cohort.what}`.replaceAll(/["\\]/g, '').slice(0, 200),
    ...{
      weightsSha256,
      command: cohort.command.slice(0, 400),
      environment: runEnvironment(),
      codeSha256: await codeDigest(),
    },
    isSynthetic: cohort.isSynthetic,
    data: [
      {
        ...({ part: 'test', what: cohort.what.slice(0, 400), sha256: cohort.sha256, seed: null } as const),
        ...{ examples: cases.length, people: people.size, sites },
      },
    ],
    settings: {
      'studies scored': scored,
      'of these without a claim': gated,
      'studies refused': refused,
      'studies without films': missing,
    },
    ...measure(cases),
    notes: [
      'Intervals are of 95 %, by drawing people with replacement; that of expected over observed by the variance of the curve of survival with each person counted once.',
    ],
  };
  return { run, scored, gated, refused, missing };
}
