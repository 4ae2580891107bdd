import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { asUnicaError, fromUtf8, UnicaError } from '#base';
import {
  ALL_OPTIONS,
  type Deidentified,
  type DeidOptions,
  deidentify,
  originOf,
  pseudonymOf,
  pseudonymousUid,
  reopen,
  type SiteSecret,
  type SiteWords,
  shiftDays,
} from '#deid';
import { parseDicom, TAGS } from '#dicom';
import { isBeingWritten, WRITER_MARK } from '#store';
import type { SiteVault, VaultLink } from '#vault';
import { cleanClinicalTable } from './clean-clinical.ts';
import { openSource, type SourceFile } from './open-source.ts';

/** What to do beside the pictures, and who watches. */
export interface DeidentifyOptions extends SiteSecret {
  /** Clinical table whose first column is PatientID; written to OUT as `clinical.csv` with pseudonyms. */
  readonly clinicalPath?: string | undefined;
  /** Options of PS3.15 beside the Basic Profile; all of them unless told. */
  readonly profile?: DeidOptions | undefined;
  /** Words that the site lets stay in descriptions. */
  readonly siteWords?: SiteWords | undefined;
  /** Files that an earlier run with the same secret and options wrote are not made again. */
  readonly resume?: boolean | undefined;
  /** Told whose each file is, before the file is written. */
  readonly vault?: SiteVault | undefined;
  /** Files read and written at once; default 4. The cleaning itself runs in one thread. */
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
  await tidy(output);
  const rejected: { readonly path: string; readonly reason: string }[] = [];
  let files = 0;
  let written = 0;
  let pixelsCleaned = 0;
  let unlisted = 0;
  let kept = 0;
  const one = async (file: SourceFile): Promise<void> => {
    const { reason, maskedLines = 0, isKept = false } = await cleanOne(file, output, options);
    if (isKept) kept += 1;
    files += 1;
    if (maskedLines > 0) pixelsCleaned += 1;
    if (reason === undefined && !file.isListed) unlisted += 1;
    if (reason === undefined) written += 1;
    else rejected.push({ path: file.name, reason });
    options.onFile?.({ path: file.name, written: reason === undefined });
    options.onProgress?.({ files, written });
  };
  const source = openSource(inputs, { signal: options.signal });
  await forEachAtOnce(source, Math.max(1, options.jobs ?? 4), one);
  const dropped = options.clinicalPath === undefined ? [] : await cleanClinical(options.clinicalPath, output, options);
  rejected.sort((a, b) => (a.path < b.path ? -1 : 1));
  const seconds = (performance.now() - started) / 1000;
  return { files, written, rejected, pixels_cleaned: pixelsCleaned, kept, unlisted, columns_dropped: dropped, seconds };
}

/** With the reason when the file was not written. */
async function cleanOne(
  file: SourceFile,
  output: string,
  site: DeidentifyOptions,
): Promise<{ readonly reason?: string; readonly maskedLines?: number; readonly isKept?: boolean }> {
  let bytes: Uint8Array;
  try {
    bytes = await file.read();
  } catch (error) {
    return { reason: refusalOf(error) };
  }
  if (site.resume === true && (await isDone(bytes, output, site))) return { isKept: true };
  const outcome = deidentify(bytes, site, site.profile, site.siteWords);
  if (outcome.kind === 'quarantined') return { reason: `${outcome.sentence} ${outcome.mend}` };
  await site.vault?.record([linkOf(bytes, outcome.image, site)]);
  const path = placeOf(outcome.image, output);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(path, outcome.image.bytes);
  return { maskedLines: outcome.maskedLines };
}

function linkOf(bytes: Uint8Array, { person, studyInstanceUid }: Deidentified, site: DeidentifyOptions): VaultLink {
  const daysBack = site.profile?.has('dates') === false ? 0 : shiftDays(site, person);
  return { ...originOf(parseDicom(bytes).dataset), person, daysBack, newStudyInstanceUid: studyInstanceUid };
}

function refusalOf(error: unknown): string {
  const failure = asUnicaError(error);
  if (failure.family === 'bug') throw failure;
  return failure.message;
}

/** Where an image goes by its new names. */
function placeOf(names: Pick<Deidentified, 'person' | 'studyInstanceUid' | 'sopInstanceUid'>, output: string): string {
  const { person, studyInstanceUid, sopInstanceUid } = names;
  return join(output, safeName(person), safeName(studyInstanceUid), `${safeName(sopInstanceUid)}.dcm`);
}

/**
 * Whether the clean file is there and whole; its names follow from the original's. A loss of power can leave less than
 * was written, so it is looked at.
 */
async function isDone(bytes: Uint8Array, output: string, site: SiteSecret): Promise<boolean> {
  try {
    const { dataset } = parseDicom(bytes);
    const { patientId, studyInstanceUid } = originOf(dataset);
    const names = {
      person: pseudonymOf(site, patientId),
      studyInstanceUid: pseudonymousUid(site, studyInstanceUid),
      sopInstanceUid: pseudonymousUid(site, dataset.text(TAGS.sopInstanceUid) ?? ''),
    };
    const found = await readFile(placeOf(names, output)).catch(() => undefined);
    return found !== undefined && reopen(found).sopInstanceUid === names.sopInstanceUid;
  } catch (error) {
    // What is wrong with either, cleaning will say.
    if (error instanceof UnicaError) return false;
    throw error;
  }
}

/** What a run that was killed had half written, each beside the file that it was to become. */
async function tidy(output: string): Promise<void> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.part') && !isBeingWritten(entry.name)) {
      await rm(join(entry.parentPath, entry.name), { force: true });
    }
  }
}

/** New UIDs are digits and dots by their making; a file that kept something else must not choose a folder. */
function safeName(name: string): string {
  const plain = name.replace(/[^0-9A-Za-z.-]/g, '');
  return plain === '' || /^\.+$/.test(plain) ? 'unnamed' : plain;
}

let temporaryNumber = 0;

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  temporaryNumber += 1;
  const temporary = join(dirname(path), `${WRITER_MARK}-${temporaryNumber}.part`);
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function cleanClinical(path: string, output: string, site: DeidentifyOptions): Promise<readonly string[]> {
  const text = await readFile(path).catch((cause) => {
    throw new UnicaError('intake.missing', { path }, { cause });
  });
  const table = cleanClinicalTable(fromUtf8(text), site, site.profile ?? ALL_OPTIONS);
  await mkdir(output, { recursive: true, mode: 0o700 });
  await writeWhole(join(output, 'clinical.csv'), table.text);
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

async function forEachAtOnce<T>(
  items: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    const task = work(item);
    const tracked = task.finally(() => running.delete(tracked));
    // A failure is met below, where the loop waits; it must not count as unhandled before.
    tracked.catch(() => {});
    running.add(tracked);
    if (running.size >= atOnce) await Promise.race(running);
  }
  await Promise.all(running);
}
