// Entry of a cleaning thread: reads, cleans and writes files one by one; owned by `CleaningThreads`. Everything here is
// synchronous: the thread has nothing else to do, and a file of half a megabyte costs as much in promises as in reading.
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { asUnicaError, packError, UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import {
  ALL_OPTIONS,
  deidentify,
  deidentifyInPieces,
  type NewNames,
  type OutcomeInPieces,
  originOf,
  pseudonymOf,
  pseudonymousUid,
  type Refusal,
  reopenInParts,
  shiftDays,
} from '#deid';
import { type DataSet, outlineDicom, parseDicom, TAGS } from '#dicom';
import type { VaultLink } from '#vault';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';
import { FILE_LIMIT_BYTES, WHOLE_LIMIT_BYTES } from './file-limits.ts';
import { type FileSource, heldSource, LARGE_FILE_BYTES, openFileSource } from './file-source.ts';
import { looksLikeDicom } from './sniff.ts';
import { writeContents } from './write-contents.ts';

const { output, siteId, secret, profile, siteWords, regionRules, resume, holdBack, mark, stop } =
  workerData as CleaningSetup;
const site = { siteId, secret };
const options = profile === undefined ? ALL_OPTIONS : new Set(profile);
const codecs = pixelCodecs();
const means = { codecs, siteWords, regionRules };
const stopped = new Int32Array(stop);
const folders = new Set<string>();
let temporaryNumber = 0;

function clean(task: CleaningTask): CleaningResult {
  let source: FileSource | undefined;
  try {
    source = 'path' in task ? openedSource(task.path) : heldSource(task.bytes);
    // Whoever listed it says in its own words what is wrong with it.
    if ('path' in task && !looksLikeDicom(source.read(0, 132))) return { kind: 'not-dicom' };
    if (resume && isDone(source)) return { kind: 'kept' };
    const outcome = deidentifyInPieces(source, site, options, means) ?? cleanedWhole(source);
    if (outcome.kind === 'quarantined') return rejected(outcome);
    const { names, original, maskedLines } = outcome;
    const path = placeOf(names);
    const temporary = temporaryBeside(path);
    const written = writeContents(temporary, outcome.contents());
    if (typeof written !== 'number') return rejected(written);
    if (holdBack) return { kind: 'held', maskedLines, temporary, path, link: linkOf(original, names) };
    renameSync(temporary, path);
    return { kind: 'written', maskedLines };
  } catch (error) {
    const failure = asUnicaError(error);
    if (failure.code !== 'intake.unreadable' && failure.code !== 'intake.too-large') throw failure;
    return { kind: 'rejected', reason: failure.message };
  } finally {
    source?.close();
  }
}

/** Memory that serves one file after the other: asking for new costs as much as reading. */
let memory = new ArrayBuffer(4_194_304);

/** A small file read at once, a large one to be read in parts. One at a time: it is gone with the next. */
function openedSource(path: string): FileSource {
  const source = openFileSource(path);
  if (source.sizeBytes > FILE_LIMIT_BYTES) {
    source.close();
    return heldSource(new Uint8Array(0));
  }
  if (source.sizeBytes > LARGE_FILE_BYTES) return source;
  try {
    if (memory.byteLength < source.sizeBytes) memory = new ArrayBuffer(2 * source.sizeBytes);
    return heldSource(source.fill(memory));
  } finally {
    source.close();
  }
}

/** A file that cannot be read in parts because its body is deflated. @throws UnicaError `intake.too-large`. */
function cleanedWhole(source: FileSource): OutcomeInPieces {
  if (source.sizeBytes > WHOLE_LIMIT_BYTES) {
    throw new UnicaError('intake.too-large', { problem: `${source.sizeBytes} bytes` });
  }
  const bytes = source.read(0, source.sizeBytes);
  const outcome = deidentify(bytes, site, options, means);
  if (outcome.kind === 'quarantined') return outcome;
  const { image, maskedLines, masks } = outcome;
  return {
    kind: 'clean',
    names: image,
    original: parseDicom(bytes).dataset,
    *contents() {
      yield image.bytes;
      return undefined;
    },
    maskedLines,
    masks,
  };
}

function rejected({ sentence, mend }: Refusal): CleaningResult {
  return { kind: 'rejected', reason: `${sentence} ${mend}` };
}

/** A name beside a place, in a folder that is there. */
function temporaryBeside(path: string): string {
  const folder = dirname(path);
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  folders.add(folder);
  temporaryNumber += 1;
  return join(folder, `${mark}-${threadId}-${temporaryNumber}.part`);
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
function isDone(source: FileSource): boolean {
  let found: FileSource | undefined;
  try {
    const original = outlineDicom(source)?.file ?? parseDicom(source.read(0, source.sizeBytes));
    const names = namesOf(original.dataset);
    found = openFileSource(placeOf(names));
    return reopenInParts(found).sopInstanceUid === names.sopInstanceUid;
  } catch (error) {
    // What is wrong with either, cleaning will say.
    if (error instanceof UnicaError) return false;
    throw error;
  } finally {
    found?.close();
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
