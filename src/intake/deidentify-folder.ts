import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { asUnicaError, fromUtf8, UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { type Deidentified, type DeidOptions, deidentify, pseudonymOf, pseudonymousUid, type SiteSecret } from '#deid';
import { csvLine, readCsv } from './csv.ts';
import { openSource, type SourceFile } from './open-source.ts';

/** What to do beside the pictures, and who watches. */
export interface DeidentifyOptions extends SiteSecret {
  /** Clinical table whose first column is PatientID; written to OUT as `clinical.csv` with pseudonyms. */
  readonly clinicalPath?: string | undefined;
  /** Options of PS3.15 beside the Basic Profile; all of them unless told. */
  readonly profile?: DeidOptions | undefined;
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
  readonly seconds: number;
};

/**
 * De-identifies files, folders and zips into `output`: `person/study/instance.dcm`, all three by their new names, so that
 * no part of an original name remains. Each file is written whole or not at all. What cannot be vouched for is
 * rejected with its reason and not written.
 * @throws UnicaError `intake.missing`, `intake.same-folder`, `intake.csv-invalid`, and the signal's reason when stopped
 */
export async function deidentifyFolder(
  input: string | readonly string[],
  output: string,
  options: DeidentifyOptions,
): Promise<DeidentifyReport> {
  const started = performance.now();
  const inputs = typeof input === 'string' ? [input] : input;
  await refuseOverlap(inputs, output);
  const rejected: { readonly path: string; readonly reason: string }[] = [];
  let files = 0;
  let written = 0;
  let pixelsCleaned = 0;
  const one = async (file: SourceFile): Promise<void> => {
    const { reason, maskedLines = 0 } = await cleanOne(file, output, options);
    files += 1;
    if (maskedLines > 0) pixelsCleaned += 1;
    if (reason === undefined) written += 1;
    else rejected.push({ path: file.name, reason });
    options.onFile?.({ path: file.name, written: reason === undefined });
    options.onProgress?.({ files, written });
  };
  const source = openSource(inputs, { signal: options.signal });
  await forEachAtOnce(source, Math.max(1, options.jobs ?? 4), one);
  if (options.clinicalPath !== undefined) await cleanClinical(options.clinicalPath, output, options);
  rejected.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, written, rejected, pixels_cleaned: pixelsCleaned, seconds: (performance.now() - started) / 1000 };
}

/** One for all files: the compiled code is loaded once, at the first picture that needs it. */
const codecs = pixelCodecs();

/** With the reason when the file was not written. */
async function cleanOne(
  file: SourceFile,
  output: string,
  site: DeidentifyOptions,
): Promise<{ readonly reason?: string; readonly maskedLines?: number }> {
  let bytes: Uint8Array;
  try {
    bytes = await file.read();
  } catch (error) {
    return { reason: refusalOf(error) };
  }
  const outcome = deidentify(bytes, site, site.profile, { codecs });
  if (outcome.kind === 'quarantined') return { reason: `${outcome.sentence} ${outcome.mend}` };
  await writeImage(outcome.image, output);
  return { maskedLines: outcome.maskedLines };
}

function refusalOf(error: unknown): string {
  const failure = asUnicaError(error);
  if (failure.family === 'bug') throw failure;
  return failure.message;
}

async function writeImage(image: Deidentified, output: string): Promise<void> {
  const folder = join(output, safeName(image.person), safeName(image.studyInstanceUid));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(join(folder, `${safeName(image.sopInstanceUid)}.dcm`), image.bytes);
}

/** New UIDs are digits and dots by their making; a file that kept something else must not choose a folder. */
function safeName(name: string): string {
  const plain = name.replace(/[^0-9A-Za-z.-]/g, '');
  return plain === '' || /^\.+$/.test(plain) ? 'unnamed' : plain;
}

let temporaryNumber = 0;

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  temporaryNumber += 1;
  const temporary = `${path}.${process.pid}-${temporaryNumber}.part`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * The first column, and any named PatientID, becomes the pseudonym, columns whose name ends in UID the new UID. All others
 * are kept as they are, dates and free text too: what is in them is for the one who made the table to answer for.
 */
async function cleanClinical(path: string, output: string, site: SiteSecret): Promise<void> {
  const text = await readFile(path).catch((cause) => {
    throw new UnicaError('intake.missing', { path }, { cause });
  });
  const { header, rows, separator } = readCsv(fromUtf8(text));
  const isUid = header.map((name) => /uid$/i.test(name));
  const patientAt = header.findIndex((name, column) => column > 0 && /^patient[\s_-]*id$/i.test(name));
  const lines = rows.map((row) =>
    row.map((cell, column) => {
      if (cell === '') return cell;
      if (isUid[column]) return pseudonymousUid(site, cell);
      return column === 0 || column === patientAt ? pseudonymOf(site, cell) : cell;
    }),
  );
  await mkdir(output, { recursive: true, mode: 0o700 });
  const table = [header, ...lines].map((line) => csvLine(line, separator)).join('\n');
  await writeWhole(join(output, 'clinical.csv'), `${table}\n`);
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
