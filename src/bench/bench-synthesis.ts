import {
  FULL_SIZE,
  type PictureSize,
  screeningCeiling,
  screeningExam,
  screeningFiles,
  screeningRecords,
  TRAINING_SIZE,
} from '#synth';
import { type Measurement, plain, rounded } from './measurement.ts';

/** Cores that the promises are for. */
const CORES = 2;
const COHORT = 20_000;

/**
 * Processor time of the synthetic screening cohort on one core, told as examinations a second on two: each is made by itself,
 * so that threads share nothing. Processor time, not the clock's, so that a shared machine gives the same figure.
 */
export function* benchSynthesis(): Generator<Measurement> {
  const records = secondsOf(() => screeningCeiling([...screeningRecords('bench', 0, COHORT)]));
  yield plain(
    `what is known of ${COHORT} screening examinations, without pictures`,
    records.seconds,
    's of processor time',
  );
  yield plain('the ceiling of their concordance', records.value ?? Number.NaN, 'concordance index');
  yield perSecond('screening examinations at training size (128 × 96)', TRAINING_SIZE, 60, 50, false);
  yield perSecond('screening examinations as full-size DICOM (2304 × 1728)', FULL_SIZE, 6, 1, true);
}

function perSecond(name: string, size: PictureSize, exams: number, promised: number, asFiles: boolean): Measurement {
  screeningExam('warm', 0, size);
  const { seconds } = secondsOf(() => {
    for (let index = 0; index < exams; index += 1) {
      const exam = screeningExam('bench', index, size);
      if (asFiles) screeningFiles(exam);
    }
  });
  const value = (CORES * exams) / seconds;
  return {
    name,
    value: rounded(value),
    unit: `a second on ${CORES} cores, by processor time`,
    reference: 'promised at least',
    reference_value: promised,
    ratio: rounded(value / promised),
  };
}

function secondsOf<Value>(work: () => Value): { readonly seconds: number; readonly value: Value } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, value };
}
