// Entry of a cleaning thread: reads, cleans and writes files one by one; owned by `CleaningThreads`. Everything here is
// synchronous: the thread has nothing else to do, and a file of half a megabyte costs as much in promises as in reading.
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { asUnicaError, packError, UnicaError } from '#base';
import { type Deidentified, deidentify } from '#deid';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';
import { FILE_LIMIT_BYTES } from './open-source.ts';
import { looksLikeDicom } from './sniff.ts';

const { output, siteId, secret, profile, stop } = workerData as CleaningSetup;
const site = { siteId, secret };
const options = profile === undefined ? undefined : new Set(profile);
const stopped = new Int32Array(stop);
const folders = new Set<string>();
let temporaryNumber = 0;

function clean(task: CleaningTask): CleaningResult {
  try {
    const bytes = 'path' in task ? readWhole(task.path) : task.bytes;
    if ('path' in task && !looksLikeDicom(bytes)) return { kind: 'not-dicom' };
    const outcome = deidentify(bytes, site, options);
    if (outcome.kind === 'quarantined') return { kind: 'rejected', reason: `${outcome.sentence} ${outcome.mend}` };
    writeImage(outcome.image);
    return { kind: 'written', maskedLines: outcome.maskedLines };
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

/** Whole or not at all, under new names: no part of an original one remains. */
function writeImage(image: Deidentified): void {
  const folder = join(output, safeName(image.person), safeName(image.studyInstanceUid));
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  folders.add(folder);
  const path = join(folder, `${safeName(image.sopInstanceUid)}.dcm`);
  temporaryNumber += 1;
  const temporary = `${path}.${process.pid}-${threadId}-${temporaryNumber}.part`;
  try {
    writeFileSync(temporary, image.bytes, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
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
