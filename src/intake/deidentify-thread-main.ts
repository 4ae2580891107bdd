// Entry of a cleaning thread: reads, cleans and writes files one by one; owned by `CleaningThreads`. Everything here is
// synchronous: the thread has nothing else to do, and a file of half a megabyte costs as much in promises as in reading.
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { asUnicaError, packError, UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import {
  ALL_OPTIONS,
  type Deidentified,
  deidentify,
  deidentifyLarge,
  originOf,
  pseudonymOf,
  pseudonymousUid,
  type Refusal,
  reopen,
  reopenLarge,
  shiftDays,
} from '#deid';
import { type DataSet, outlineDicom, parseDicom, TAGS } from '#dicom';
import type { VaultLink } from '#vault';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';
import { type FileSource, openFileSource } from './file-source.ts';
import { FILE_LIMIT_BYTES, LARGE_FILE_BYTES, WHOLE_LIMIT_BYTES } from './open-source.ts';
import { looksLikeDicom } from './sniff.ts';
import { writeContents } from './write-contents.ts';

const { output, siteId, secret, profile, siteWords, resume, holdBack, mark, stop } = workerData as CleaningSetup;
const site = { siteId, secret };
const options = profile === undefined ? ALL_OPTIONS : new Set(profile);
const codecs = pixelCodecs();
const stopped = new Int32Array(stop);
const folders = new Set<string>();
let temporaryNumber = 0;

type NewNames = Pick<Deidentified, 'person' | 'studyInstanceUid' | 'sopInstanceUid'>;

function clean(task: CleaningTask): CleaningResult {
  try {
    const large = 'path' in task ? cleanLarge(task.path) : undefined;
    if (large !== undefined) return large;
    const bytes = 'path' in task ? readWhole(task.path) : task.bytes;
    if ('path' in task && !looksLikeDicom(bytes)) return { kind: 'not-dicom' };
    if (resume && isDone(bytes)) return { kind: 'kept' };
    const outcome = deidentify(bytes, site, options, { codecs, siteWords });
    if (outcome.kind === 'quarantined') return rejected(outcome);
    const { image, maskedLines } = outcome;
    const path = placeOf(image);
    const temporary = writtenBeside(path, image.bytes);
    return inPlace({ temporary, path, maskedLines }, () => linkOf(parseDicom(bytes).dataset, image));
  } catch (error) {
    const failure = asUnicaError(error);
    if (failure.code !== 'intake.unreadable') throw failure;
    return { kind: 'rejected', reason: failure.message };
  }
}

/** A file of which no more than a frame is held; undefined for one that is small, or is read as a whole. */
function cleanLarge(path: string): CleaningResult | undefined {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= LARGE_FILE_BYTES) return undefined;
  const source = openFileSource(path);
  try {
    if (source.sizeBytes > FILE_LIMIT_BYTES || !looksLikeDicom(source.read(0, 132))) return undefined;
    const original = datasetIn(source);
    if (original !== undefined && resume && isDoneLarge(namesOf(original))) return { kind: 'kept' };
    const outcome = deidentifyLarge(source, site, options, { codecs, siteWords });
    if (outcome === undefined || original === undefined) {
      return outcome?.kind === 'quarantined' ? rejected(outcome) : undefined;
    }
    if (outcome.kind === 'quarantined') return rejected(outcome);
    const names = namesOf(original);
    const place = placeOf(names);
    const written = writeContents(temporaryBeside(place), outcome.contents());
    if ('because' in written) return rejected(written);
    const made = { temporary: written.path, path: place, maskedLines: outcome.maskedLines };
    return inPlace(made, () => linkOf(original, names));
  } finally {
    source.close();
  }
}

/** Undefined where it is unreadable, which cleaning will say, or deflated. */
function datasetIn(source: FileSource): DataSet | undefined {
  try {
    return outlineDicom(source)?.file.dataset;
  } catch (error) {
    if (error instanceof UnicaError) return undefined;
    throw error;
  }
}

/** A large file that has the right name and ends where it should is whole: it came to its name by renaming. */
function isDoneLarge(names: NewNames): boolean {
  let found: FileSource | undefined;
  try {
    found = openFileSource(placeOf(names));
    return reopenLarge(found).sopInstanceUid === names.sopInstanceUid;
  } catch (error) {
    if (error instanceof UnicaError) return false;
    throw error;
  } finally {
    found?.close();
  }
}

function rejected({ sentence, mend }: Refusal): CleaningResult {
  return { kind: 'rejected', reason: `${sentence} ${mend}` };
}

/** The new file comes to its place, or waits beside it until the vault knows whose it is. */
function inPlace(
  made: { readonly temporary: string; readonly path: string; readonly maskedLines: number },
  link: () => VaultLink,
): CleaningResult {
  if (holdBack) return { kind: 'held', ...made, link: link() };
  renameSync(made.temporary, made.path);
  return { kind: 'written', maskedLines: made.maskedLines };
}

function readWhole(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    // Whoever listed it says so in its own words.
    if (size > WHOLE_LIMIT_BYTES) return new Uint8Array(0);
    const bytes = new Uint8Array(new ArrayBuffer(size));
    let read = 0;
    for (let more = -1; read < size && more !== 0; read += more) more = readSync(file, bytes, read, size - read, read);
    return read < size ? bytes.subarray(0, read) : bytes;
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UnicaError('intake.unreadable', { problem }, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** A name beside a place, in a folder that is there. */
function temporaryBeside(path: string): string {
  const folder = dirname(path);
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  folders.add(folder);
  temporaryNumber += 1;
  return join(folder, `${mark}-${threadId}-${temporaryNumber}.part`);
}

/** Written whole under another name; → that name. */
function writtenBeside(path: string, content: Uint8Array): string {
  const temporary = temporaryBeside(path);
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    return temporary;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Whose a clean file is. */
function linkOf(original: DataSet, { person, studyInstanceUid }: NewNames): VaultLink {
  const daysBack = options.has('dates') === false ? 0 : shiftDays(site, person);
  return { ...originOf(original), person, daysBack, newStudyInstanceUid: studyInstanceUid };
}

/**
 * Whether the clean file is there and whole; its names follow from the original's. A loss of power can leave less than
 * was written, so it is looked at.
 */
function isDone(bytes: Uint8Array): boolean {
  try {
    const names = namesOf(parseDicom(bytes).dataset);
    const found = bytesAt(placeOf(names));
    return found !== undefined && reopen(found).sopInstanceUid === names.sopInstanceUid;
  } catch (error) {
    // What is wrong with either, cleaning will say.
    if (error instanceof UnicaError) return false;
    throw error;
  }
}

/** How a file will be called, by what it is called now. */
function namesOf(original: DataSet): NewNames {
  const { patientId, studyInstanceUid } = originOf(original);
  return {
    person: pseudonymOf(site, patientId),
    studyInstanceUid: pseudonymousUid(site, studyInstanceUid),
    sopInstanceUid: pseudonymousUid(site, original.text(TAGS.sopInstanceUid) ?? ''),
  };
}

function bytesAt(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** Where an image goes by its new names: no part of an original one remains. */
function placeOf(names: NewNames): string {
  const { person, studyInstanceUid, sopInstanceUid } = names;
  return join(output, safeName(person), safeName(studyInstanceUid), `${safeName(sopInstanceUid)}.dcm`);
}

/** New UIDs are digits and dots by their making; a file that kept something else must not choose a folder. */
function safeName(name: string): string {
  const plain = name.replace(/[^0-9A-Za-z.-]/g, '');
  return plain === '' || /^\.+$/.test(plain) ? 'unnamed' : plain;
}

parentPort?.on('message', (tasks: readonly CleaningTask[]) => {
  let answer: CleaningAnswer;
  try {
    const results: CleaningResult[] = [];
    for (const task of tasks) if (Atomics.load(stopped, 0) === 0) results.push(clean(task));
    answer = { results };
  } catch (error) {
    answer = { failure: packError(error) };
  }
  parentPort?.postMessage(answer);
});
