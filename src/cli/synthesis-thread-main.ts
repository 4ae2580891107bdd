// Entry of a thread that makes and writes examinations one by one; owned by `writeSyntheticMammography`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { screeningExam, screeningFiles, screeningTruthLines } from '#synth';
import type { SynthesisSetup, SynthesisStep } from './synthesis-messages.ts';

const { folder, seed, indices, rows, columns, stop } = workerData as SynthesisSetup;
const stopped = new Int32Array(stop);

for (const index of indices) {
  if (Atomics.load(stopped, 0) === 1) break;
  const exam = screeningExam(seed, index, { rows, columns });
  const files = screeningFiles(exam);
  for (const { fileName, bytes } of files) writeFileSync(join(folder, fileName), bytes);
  parentPort?.postMessage({ index, files: files.length, truth: screeningTruthLines(exam) } satisfies SynthesisStep);
}
