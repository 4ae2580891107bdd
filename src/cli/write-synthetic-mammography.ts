import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import {
  FULL_SIZE,
  type PictureSize,
  SCREENING_TRUTH_HEADING,
  type ScreeningRecord,
  screeningCeiling,
  screeningClinicalCsv,
  screeningRecords,
  TRAINING_SIZE,
} from '#synth';
import type { SynthesisSetup, SynthesisStep } from './synthesis-messages.ts';

/** What was written. */
export type SyntheticMammography = {
  readonly exams: number;
  readonly files: number;
  readonly seconds: number;
  /** Concordance index within five years that the latent risk itself reaches on these examinations. */
  readonly ceiling: number | null;
};

/** The sizes that can be asked for. */
const SIZES: Readonly<Record<'full' | 'training', PictureSize>> = { full: FULL_SIZE, training: TRAINING_SIZE };

/**
 * Writes screening examinations as DICOM files (`films/`), `clinical.csv` and `truth.csv` (lesions, latent risks) into a
 * folder, in threads of their own. Equal seeds and places in the stream give equal files, whatever else is written with them.
 */
export async function writeSyntheticMammography(
  folder: string,
  options: {
    readonly exams: number;
    readonly seed: number;
    /** Place of the first in the stream of the seed. */
    readonly from: number;
    readonly size: 'full' | 'training';
    /** Only examinations of this site; of those between, none is made. */
    readonly site?: string;
    readonly jobs?: number;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number) => void;
  },
): Promise<SyntheticMammography> {
  const started = performance.now();
  const { exams, from, signal } = options;
  const seed = String(options.seed);
  await mkdir(join(folder, 'films'), { recursive: true });
  const records = [...recordsOf(seed, from, exams, options.site)];
  const clinical = [...screeningClinicalCsv(records)];
  await writeFile(join(folder, 'clinical.csv'), `${clinical.join('\n')}\n`);
  const steps = new Map<number, SynthesisStep>();
  const jobs = Math.min(options.jobs ?? Math.min(4, availableParallelism()), exams);
  const stop = new SharedArrayBuffer(4);
  const threads = Array.from({ length: jobs }, (_, job) => {
    const setup: SynthesisSetup = {
      ...{ folder: join(folder, 'films'), seed, stop, ...SIZES[options.size] },
      indices: records.flatMap(({ index }, place) => (place % jobs === job ? [index] : [])),
    };
    const thread = new Worker(new URL('./synthesis-thread-main.js', import.meta.url), {
      workerData: setup,
      execArgv: [],
    });
    thread.on('message', (step: SynthesisStep) => {
      steps.set(step.index, step);
      options.onProgress(steps.size);
    });
    return thread;
  });
  const halt = () => Atomics.store(new Int32Array(stop), 0, 1);
  signal.addEventListener('abort', halt);
  try {
    // A thread's failure, as of a full disk, rejects here.
    await Promise.all(threads.map((thread) => once(thread, 'exit')));
  } finally {
    halt();
    signal.removeEventListener('abort', halt);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  signal.throwIfAborted();
  await writeTruth(join(folder, 'truth.csv'), records, steps);
  const files = records.reduce((sum, { index }) => sum + (steps.get(index)?.files ?? 0), 0);
  return { exams, files, seconds: (performance.now() - started) / 1000, ceiling: screeningCeiling(records) };
}

/** The first examinations from a place on, of one site or of all. */
function* recordsOf(seed: string, from: number, exams: number, site: string | undefined): Generator<ScreeningRecord> {
  let count = 0;
  // Any run of 240 has all sites.
  for (const record of screeningRecords(seed, from, site === undefined ? exams : 240 + 240 * exams)) {
    if (site !== undefined && record.site.siteId !== site) continue;
    yield record;
    count += 1;
    if (count === exams) return;
  }
}

async function writeTruth(
  path: string,
  records: readonly ScreeningRecord[],
  steps: ReadonlyMap<number, SynthesisStep>,
): Promise<void> {
  const stream = createWriteStream(path);
  stream.write(`${SCREENING_TRUTH_HEADING}\n`);
  for (const { index } of records) {
    for (const line of steps.get(index)?.truth ?? []) stream.write(`${line}\n`);
  }
  stream.end();
  await finished(stream);
}
