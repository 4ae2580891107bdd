import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { asUnicaError, fromUtf8, UnicaError } from '#base';
import { ALL_OPTIONS, type DeidOptions, type RegionRule, type SiteSecret, type SiteWords } from '#deid';
import type { SiteVault } from '#vault';
import { cleanClinicalTable } from './clean-clinical.ts';
import { CleaningThreads } from './cleaning-threads.ts';
import type { CleaningResult } from './deidentify-messages.ts';
import { HeldBytes } from './held-bytes.ts';
import { openSource, type SourceFile } from './open-source.ts';

/** What to do beside the pictures, and who watches. */
export interface DeidentifyOptions extends SiteSecret {
  /** Clinical table whose first column is PatientID; written to OUT as `clinical.csv` with pseudonyms. */
  readonly clinicalPath?: string | undefined;
  /** Options of PS3.15 beside the Basic Profile; all of them unless told. */
  readonly profile?: DeidOptions | undefined;
  /** Words that the site lets stay in descriptions. */
  readonly siteWords?: SiteWords | undefined;
  /** Rectangles of the site that are blacked out, beside those that come with the product. */
  readonly regionRules?: readonly RegionRule[] | undefined;
  /** Files that an earlier run with the same secret and options wrote are not made again. */
  readonly resume?: boolean | undefined;
  /** Told whose each file is, before the file is written. */
  readonly vault?: SiteVault | undefined;
  /** Most threads that clean, started as they are needed; as many as the machine has cores, at most four, unless told. */
  readonly jobs?: number | undefined;
  readonly onFile?: ((file: { readonly path: string; readonly written: boolean }) => void) | undefined;
  readonly onProgress?: ((progress: { readonly files: number; readonly written: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Result of `unica deidentify`. A type and not an interface, so that it is also JSON. */
export type DeidentifyReport = {
  /** Files looked at. */
  readonly files: number;
  readonly written: number;
  readonly rejected: readonly { readonly path: string; readonly reason: string }[];
  /** Files in whose pixels writing was blacked out. */
  readonly pixels_cleaned: number;
  /** Of those written, what an earlier run had done. */
  readonly kept: number;
  /** Written, though the DICOMDIR of their medium does not list them. */
  readonly unlisted: number;
  /** Columns of the clinical table that name people and were left out. */
  readonly columns_dropped: readonly string[];
  readonly seconds: number;
};

/**
 * Of files of zips and of pictures that are none of DICOM yet, which are read here and handed to a thread; what lies as a file of DICOM
 * the thread reads itself.
 */
const HELD_BYTES = 134_217_728;
/** So many times its bytes a PNG takes once it is unpacked, where it shrank well. */
const PNG_GROWTH = 4;

/**
 * De-identifies files, folders and zips into `output`: `person/study/instance.dcm`, all three by their new names, so that
 * no part of an original name remains. Each file is written whole or not at all. What cannot be vouched for is
 * rejected with its reason and not written.
 * @throws UnicaError `intake.missing`, `intake.same-folder`, `intake.csv-invalid`, `vault.…`, and the signal's reason
 * when stopped
 */
export async function deidentifyFolder(
  input: string | readonly string[],
  output: string,
  options: DeidentifyOptions,
): Promise<DeidentifyReport> {
  const started = performance.now();
  const inputs = typeof input === 'string' ? [input] : input;
  await refuseOverlap(inputs, output);
  // Threads that only import stand beside this file and do without the databases of the store.
  const { isBeingWritten, WRITER_MARK: mark } = await import('#store');
  await tidy(output, isBeingWritten);
  const rejected: { readonly path: string; readonly reason: string }[] = [];
  let files = 0;
  let written = 0;
  let pixelsCleaned = 0;
  let unlisted = 0;
  let kept = 0;
  const held = new HeldBytes(HELD_BYTES);
  const one = async (file: SourceFile): Promise<void> => {
    const { reason, maskedLines = 0, isKept = false } = await cleanOne(file, { threads, held }, options);
    if (isKept) kept += 1;
    files += 1;
    if (maskedLines > 0) pixelsCleaned += 1;
    if (reason === undefined && !file.isListed) unlisted += 1;
    if (reason === undefined) written += 1;
    else rejected.push({ path: file.name, reason });
    options.onFile?.({ path: file.name, written: reason === undefined });
    options.onProgress?.({ files, written });
  };
  const { siteId, secret, profile, siteWords, regionRules, resume = false, vault, jobs = defaultThreads() } = options;
  const threads = new CleaningThreads(
    {
      ...{ output, siteId, secret, siteWords, regionRules, resume },
      profile: profile === undefined ? undefined : [...profile],
      holdBack: vault !== undefined,
      mark,
    },
    Math.max(1, jobs),
  );
  try {
    await forEachAtOnce(openSource(inputs, { signal: options.signal }), { atOnce: threads.capacity, held }, one);
    options.signal?.throwIfAborted();
  } finally {
    await threads.close();
  }
  const dropped =
    options.clinicalPath === undefined
      ? []
      : await cleanClinical(options.clinicalPath, output, { site: options, mark });
  rejected.sort((a, b) => (a.path < b.path ? -1 : 1));
  const seconds = (performance.now() - started) / 1000;
  return { files, written, rejected, pixels_cleaned: pixelsCleaned, kept, unlisted, columns_dropped: dropped, seconds };
}

/** With the reason when the file was not written. */
async function cleanOne(
  file: SourceFile,
  { threads, held }: { readonly threads: CleaningThreads; readonly held: HeldBytes },
  { vault }: Pick<DeidentifyOptions, 'vault'>,
): Promise<{ readonly reason?: string; readonly maskedLines?: number; readonly isKept?: boolean }> {
  let result: CleaningResult = { kind: 'not-dicom' };
  if (file.path !== undefined) result = await threads.clean({ path: file.path });
  if (result.kind === 'not-dicom') {
    try {
      // Out of a zip at once, which whoever goes through it has counted: it is closed behind its last file.
      result = await (file.path === undefined
        ? cleanRead(file, threads)
        : cleanCounted(file, file.path, { threads, held }));
    } catch (error) {
      return { reason: refusalOf(error) };
    }
  }
  switch (result.kind) {
    case 'written':
      return { maskedLines: result.maskedLines };
    case 'held':
      await vault?.record([result.link]);
      await rename(result.temporary, result.path);
      return { maskedLines: result.maskedLines };
    case 'kept':
      return { isKept: true };
    case 'rejected':
      return { reason: result.reason };
    case 'not-dicom':
      return { reason: new UnicaError('intake.not-an-image').message };
  }
}

async function cleanRead(file: SourceFile, threads: CleaningThreads): Promise<CleaningResult> {
  return await threads.clean({ bytes: await file.read() });
}

async function cleanCounted(
  file: SourceFile,
  path: string,
  { threads, held }: { readonly threads: CleaningThreads; readonly held: HeldBytes },
): Promise<CleaningResult> {
  const sizeBytes = await weightOf(path);
  await held.taken(sizeBytes);
  try {
    return await cleanRead(file, threads);
  } finally {
    held.back(sizeBytes);
  }
}

/** Bytes that a picture takes when it is read; whoever reads it says why it cannot be. */
async function weightOf(path: string): Promise<number> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  return isPngName(path) ? PNG_GROWTH * size : size;
}

function isPngName(name: string): boolean {
  return name.toLowerCase().endsWith('.png');
}

function refusalOf(error: unknown): string {
  const failure = asUnicaError(error);
  if (failure.family === 'bug') throw failure;
  return failure.message;
}

/** What a run that was killed had half written, each beside the file that it was to become. */
async function tidy(output: string, isBeingWritten: (name: string) => boolean): Promise<void> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.part') && !isBeingWritten(entry.name)) {
      await rm(join(entry.parentPath, entry.name), { force: true });
    }
  }
}

/** More wait for the disk. */
const MOST_THREADS = 4;

function defaultThreads(): number {
  return Math.min(MOST_THREADS, availableParallelism());
}

let temporaryNumber = 0;

async function writeWhole(path: string, content: Uint8Array | string, mark: string): Promise<void> {
  temporaryNumber += 1;
  const temporary = join(dirname(path), `${mark}-${temporaryNumber}.part`);
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function cleanClinical(
  path: string,
  output: string,
  { site, mark }: { readonly site: DeidentifyOptions; readonly mark: string },
): Promise<readonly string[]> {
  const text = await readFile(path).catch((cause) => {
    throw new UnicaError('intake.missing', { path }, { cause });
  });
  const table = cleanClinicalTable(fromUtf8(text), site, site.profile ?? ALL_OPTIONS);
  await mkdir(output, { recursive: true, mode: 0o700 });
  await writeWhole(join(output, 'clinical.csv'), table.text, mark);
  return table.dropped;
}

/** Cleaned files must not be taken for originals in the next run. */
async function refuseOverlap(inputs: readonly string[], output: string): Promise<void> {
  const target = await nearest(output);
  for (const input of inputs) {
    const from = await realpath(input).catch((cause) => {
      throw new UnicaError('intake.missing', { path: input }, { cause });
    });
    if (target === from || target.startsWith(from + sep)) throw new UnicaError('intake.same-folder');
  }
}

/** The real path of a folder that may not exist yet. */
async function nearest(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined) return found;
  const parent = dirname(path);
  return parent === path ? path : join(await nearest(parent), path.slice(parent.length).replace(/^[\\/]/, ''));
}

async function forEachAtOnce(
  files: AsyncIterable<SourceFile>,
  { atOnce, held }: { readonly atOnce: number; readonly held: HeldBytes },
  work: (file: SourceFile) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let running = 0;
  // Told when one ends. Racing all that run for each file would cost as much as cleaning it.
  let onEnd: (() => void) | undefined;
  const begun = (file: SourceFile, weightBytes: number): void => {
    running += 1;
    const end = (): void => {
      held.back(weightBytes);
      running -= 1;
      onEnd?.();
    };
    work(file).then(end, (error: unknown) => {
      failures.push(error);
      end();
    });
  };
  const fewerThan = async (most: number): Promise<void> => {
    while (running >= most) {
      await new Promise<void>((resolve) => {
        onEnd = resolve;
      });
    }
  };
  for await (const file of files) {
    const { name, sizeBytes = 0 } = file;
    const weightBytes = isPngName(name) ? PNG_GROWTH * sizeBytes : sizeBytes;
    await held.taken(weightBytes);
    // One that failed while the next was looked for is told as soon as there is somebody to tell it to.
    if (failures.length > 0) throw failures[0];
    begun(file, weightBytes);
    await fewerThan(atOnce);
  }
  await fewerThan(1);
  if (failures.length > 0) throw failures[0];
}
