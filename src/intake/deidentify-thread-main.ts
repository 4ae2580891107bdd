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
  originOf,
  pseudonymOf,
  pseudonymousUid,
  reopen,
  shiftDays,
} from '#deid';
import { type DataSet, parseDicom, TAGS } from '#dicom';
import type { VaultLink } from '#vault';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';
import { FILE_LIMIT_BYTES } from './open-source.ts';
import { looksLikeDicom } from './sniff.ts';

const { output, siteId, secret, profile, siteWords, resume, holdBack, mark, stop } = workerData as CleaningSetup;
const site = { siteId, secret };
const options = profile === undefined ? ALL_OPTIONS : new Set(profile);
const codecs = pixelCodecs();
const stopped = new Int32Array(stop);
const folders = new Set<string>();
let temporaryNumber = 0;

function clean(task: CleaningTask): CleaningResult {
  try {
    const bytes = 'path' in task ? readWhole(task.path) : task.bytes;
    if ('path' in task && !looksLikeDicom(bytes)) return { kind: 'not-dicom' };
    if (resume && isDone(bytes)) return { kind: 'kept' };
    const outcome = deidentify(bytes, site, options, { codecs, siteWords });
    if (outcome.kind === 'quarantined') return { kind: 'rejected', reason: `${outcome.sentence} ${outcome.mend}` };
    const { image, maskedLines } = outcome;
    const path = placeOf(image);
    const temporary = writtenBeside(path, image.bytes);
    if (holdBack) return { kind: 'held', maskedLines, temporary, path, link: linkOf(parseDicom(bytes).dataset, image) };
    renameSync(temporary, path);
    return { kind: 'written', maskedLines };
  } catch (error) {
    const failure = asUnicaError(error);
    if (failure.code !== 'intake.unreadable') throw failure;
    return { kind: 'rejected', reason: failure.message };
  }
}

function readWhole(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    // Whoever listed it says so in its own words.
    if (size > FILE_LIMIT_BYTES) return new Uint8Array(0);
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

/** Written whole under another name; → that name. */
function writtenBeside(path: string, content: Uint8Array): string {
  const folder = dirname(path);
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  folders.add(folder);
  temporaryNumber += 1;
  const temporary = join(folder, `${mark}-${threadId}-${temporaryNumber}.part`);
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    return temporary;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Whose a clean file is. */
function linkOf(original: DataSet, { person, studyInstanceUid }: Deidentified): VaultLink {
  const daysBack = options.has('dates') === false ? 0 : shiftDays(site, person);
  return { ...originOf(original), person, daysBack, newStudyInstanceUid: studyInstanceUid };
}

/**
 * Whether the clean file is there and whole; its names follow from the original's. A loss of power can leave less than
 * was written, so it is looked at.
 */
function isDone(bytes: Uint8Array): boolean {
  try {
    const { dataset } = parseDicom(bytes);
    const { patientId, studyInstanceUid } = originOf(dataset);
    const names = {
      person: pseudonymOf(site, patientId),
      studyInstanceUid: pseudonymousUid(site, studyInstanceUid),
      sopInstanceUid: pseudonymousUid(site, dataset.text(TAGS.sopInstanceUid) ?? ''),
    };
    const found = bytesAt(placeOf(names));
    return found !== undefined && reopen(found).sopInstanceUid === names.sopInstanceUid;
  } catch (error) {
    // What is wrong with either, cleaning will say.
    if (error instanceof UnicaError) return false;
    throw error;
  }
}

function bytesAt(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** Where an image goes by its new names: no part of an original one remains. */
function placeOf(names: Pick<Deidentified, 'person' | 'studyInstanceUid' | 'sopInstanceUid'>): string {
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
