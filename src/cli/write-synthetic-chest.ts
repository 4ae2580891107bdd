import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SyntheticClinicalRow, syntheticClinicalCsv, syntheticSite } from '#synth';

/** What was written. */
export type SyntheticChest = {
  readonly exams: number;
  readonly files: number;
  readonly seconds: number;
};

/** Writes synthetic chest films and `clinical.csv` into a folder; equal seeds give equal files. */
export async function writeSyntheticChest(
  folder: string,
  options: {
    readonly exams: number;
    readonly seed: number;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number) => void;
  },
): Promise<SyntheticChest> {
  const started = performance.now();
  await mkdir(join(folder, 'films'), { recursive: true });
  const rows: SyntheticClinicalRow[] = [];
  const site = { seed: options.seed, siteId: 'synthetic', country: 'PT', persons: options.exams, secondFilmShare: 0 };
  for (const { fileName, bytes, clinical } of syntheticSite(site)) {
    options.signal.throwIfAborted();
    await writeFile(join(folder, 'films', fileName), bytes);
    rows.push(clinical);
    options.onProgress(rows.length);
  }
  await writeFile(join(folder, 'clinical.csv'), syntheticClinicalCsv(rows));
  return { exams: rows.length, files: rows.length, seconds: (performance.now() - started) / 1000 };
}
