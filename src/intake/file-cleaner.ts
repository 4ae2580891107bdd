import { mkdirSync, renameSync } from 'node:fs';
import { join, sep } from 'node:path';
import { threadId } from 'node:worker_threads';
import { asUnicaError, packError, UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import {
  ALL_OPTIONS,
  type CleaningMeans,
  type DeidOptions,
  deidentify,
  deidentifyInPieces,
  type NewNames,
  type OutcomeInPieces,
  originOf,
  pseudonymOf,
  pseudonymousUid,
  type Refusal,
  reopenInParts,
  type SiteSecret,
  shiftDays,
} from '#deid';
import { type DataSet, outlineDicom, parseDicom, TAGS } from '#dicom';
import type { VaultLink } from '#vault';
import type {
  CleaningAnswer,
  CleaningResult,
  CleaningSetup,
  CleaningTask,
  LeftToThreads,
} from './deidentify-messages.ts';
import { FILE_LIMIT_BYTES, WHOLE_LIMIT_BYTES } from './file-limits.ts';
import { type FileSource, heldSource, LARGE_FILE_BYTES, openFileSource } from './file-source.ts';
import { memories } from './read-memories.ts';
import { looksLikeDicom } from './sniff.ts';
import { writeContents, writeContentsBeside } from './write-contents.ts';

/** So many files were begun in this thread, by whomever. */
let temporaryNumber = 0;

/** Memory for files of some size, of which there is one at a time: they are written before the next is read. */
let largeMemory = new ArrayBuffer(0);

/** What a batch of files kept this thread from anything else, in ms. */
interface Busy {
  sumMs: number;
  fastestMs: number;
}

/**
 * Reads and cleans files one by one, in the calling thread. All but the writing is synchronous: a file of half a megabyte costs as
 * much in promises as in reading. Writing it takes longer than cleaning it, so a thread of the system does it while the next file
 * is read.
 */
export class FileCleaner {
  readonly #setup: CleaningSetup;
  readonly #site: SiteSecret;
  readonly #options: DeidOptions;
  readonly #means: CleaningMeans;
  readonly #stopped: Int32Array;
  readonly #leavesLarge: boolean;
  /** Folders that were made. */
  readonly #folders = new Set<string>();
  /** Where the images of the study go that came last. */
  #study: { readonly person: string; readonly studyInstanceUid: string; readonly folder: string } | undefined;

  /** @param leavesLarge whether a large file is answered with `large` and left to somebody who has the time for it */
  constructor(setup: CleaningSetup, { leavesLarge }: { readonly leavesLarge: boolean }) {
    const { siteId, secret, profile, siteWords, regionRules, stop } = setup;
    this.#setup = setup;
    this.#site = { siteId, secret };
    this.#options = profile === undefined ? ALL_OPTIONS : new Set(profile);
    this.#means = { codecs: pixelCodecs(), siteWords, regionRules };
    this.#stopped = new Int32Array(stop);
    this.#leavesLarge = leavesLarge;
  }

  /** Cleans files, some of them while others are written. Never rejects: what stopped it is part of the answer. */
  async cleaned(tasks: readonly CleaningTask[]): Promise<CleaningAnswer> {
    const busy: Busy = { sumMs: 0, fastestMs: Number.POSITIVE_INFINITY };
    const ended = await Promise.allSettled(tasks.map((task) => this.#clean(task, busy)));
    const failed = ended.find((one) => one.status === 'rejected');
    // Files are begun in their order, so what was not begun are the last ones.
    const results = ended.flatMap((one) => (one.status === 'fulfilled' && one.value !== undefined ? [one.value] : []));
    return failed === undefined ? { results, ...busy } : { failure: packError(failed.reason) };
  }

  /** @returns undefined where no further file is to be begun */
  async #clean(task: CleaningTask, busy: Busy): Promise<CleaningResult | LeftToThreads | undefined> {
    const memory = await memories.taken();
    let source: FileSource | undefined;
    try {
      if (Atomics.load(this.#stopped, 0) !== 0) return undefined;
      const began = performance.now();
      source = 'path' in task ? openedSource(task.path, memory) : heldSource(task.bytes);
      if (this.#leavesLarge && source.sizeBytes > LARGE_FILE_BYTES) return { kind: 'large' };
      const begun = this.#begin(source, { isListed: 'path' in task, isBeside: source.sizeBytes <= memory.byteLength });
      const tookMs = performance.now() - began;
      busy.sumMs += tookMs;
      busy.fastestMs = Math.min(busy.fastestMs, tookMs);
      return await begun;
    } catch (error) {
      const failure = asUnicaError(error);
      if (failure.code !== 'intake.unreadable' && failure.code !== 'intake.too-large') throw failure;
      return { kind: 'rejected', reason: failure.message };
    } finally {
      source?.close();
      memories.back(memory);
    }
  }

  /** Cleans a file, and begins to write it. @param isBeside whether what it lies in stays as it is until it is written */
  #begin(
    source: FileSource,
    { isListed, isBeside }: { readonly isListed: boolean; readonly isBeside: boolean },
  ): CleaningResult | Promise<CleaningResult> {
    // Whoever listed it says in its own words what is wrong with it.
    if (isListed && !looksLikeDicom(source.read(0, 132))) return { kind: 'not-dicom' };
    if (this.#setup.resume && this.#isDone(source)) return { kind: 'kept' };
    const outcome = deidentifyInPieces(source, this.#site, this.#options, this.#means) ?? this.#cleanedWhole(source);
    if (outcome.kind === 'quarantined') return rejected(outcome);
    const path = this.#placeOf(outcome.names);
    const temporary = this.#temporaryIn(this.#folderOf(outcome.names));
    // Read now: what a large file lies in is the next one's by the time it is in its place.
    const link = this.#setup.holdBack ? this.#linkOf(outcome.original, outcome.names) : undefined;
    const write = isBeside ? writeContentsBeside : writeContents;
    const writing = write(temporary, outcome.contents());
    return put({ temporary, path, link, maskedLines: outcome.maskedLines }, writing);
  }

  /** A file that cannot be read in parts because its body is deflated. @throws UnicaError `intake.too-large`. */
  #cleanedWhole(source: FileSource): OutcomeInPieces {
    if (source.sizeBytes > WHOLE_LIMIT_BYTES) {
      throw new UnicaError('intake.too-large', { problem: `${source.sizeBytes} bytes` });
    }
    const bytes = source.read(0, source.sizeBytes);
    const outcome = deidentify(bytes, this.#site, this.#options, this.#means);
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

  /** A name in a folder, which is there afterwards. */
  #temporaryIn(folder: string): string {
    if (!this.#folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folders.add(folder);
    temporaryNumber += 1;
    return `${folder}${sep}${this.#setup.mark}-${threadId}-${temporaryNumber}.part`;
  }

  /** Whose a clean file is. */
  #linkOf(original: DataSet, { person, studyInstanceUid }: NewNames): VaultLink {
    const daysBack = this.#options.has('dates') === false ? 0 : shiftDays(this.#site, person);
    return { ...originOf(original), person, daysBack, newStudyInstanceUid: studyInstanceUid };
  }

  /**
   * Whether the clean file is there and whole; its names follow from the original's. A loss of power can leave less than
   * was written, so it is looked at.
   */
  #isDone(source: FileSource): boolean {
    let found: FileSource | undefined;
    try {
      const original = outlineDicom(source)?.file ?? parseDicom(source.read(0, source.sizeBytes));
      const names = this.#namesOf(original.dataset);
      found = openFileSource(this.#placeOf(names));
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
  #namesOf(original: DataSet): NewNames {
    const { patientId, studyInstanceUid } = originOf(original);
    return {
      person: pseudonymOf(this.#site, patientId),
      studyInstanceUid: pseudonymousUid(this.#site, studyInstanceUid),
      sopInstanceUid: pseudonymousUid(this.#site, original.text(TAGS.sopInstanceUid) ?? ''),
    };
  }

  /** Where an image goes by its new names: no part of an original one remains. */
  #placeOf(names: NewNames): string {
    return `${this.#folderOf(names)}${sep}${safeName(names.sopInstanceUid)}.dcm`;
  }

  #folderOf({ person, studyInstanceUid }: NewNames): string {
    if (this.#study?.person === person && this.#study.studyInstanceUid === studyInstanceUid) return this.#study.folder;
    const folder = join(this.#setup.output, safeName(person), safeName(studyInstanceUid));
    this.#study = { person, studyInstanceUid, folder };
    return folder;
  }
}

/** What is written goes to its place, or waits for the vault. */
async function put(
  file: {
    readonly temporary: string;
    readonly path: string;
    readonly link: VaultLink | undefined;
    readonly maskedLines: number;
  },
  writing: ReturnType<typeof writeContentsBeside> | number | Refusal,
): Promise<CleaningResult> {
  const written = await writing;
  if (typeof written !== 'number') return rejected(written);
  const { temporary, path, link, maskedLines } = file;
  if (link !== undefined) return { kind: 'held', maskedLines, temporary, path, link };
  renameSync(temporary, path);
  return { kind: 'written', maskedLines };
}

/** A small file read at once into `memory`, where it is until that is given back; a large one to be read in parts. */
function openedSource(path: string, memory: ArrayBuffer): FileSource {
  const source = openFileSource(path);
  if (source.sizeBytes > FILE_LIMIT_BYTES) {
    source.close();
    return heldSource(new Uint8Array(0));
  }
  if (source.sizeBytes > LARGE_FILE_BYTES) return source;
  try {
    if (source.sizeBytes <= memory.byteLength) return heldSource(source.fill(memory));
    if (largeMemory.byteLength < source.sizeBytes) largeMemory = new ArrayBuffer(2 * source.sizeBytes);
    return heldSource(source.fill(largeMemory));
  } finally {
    source.close();
  }
}

function rejected({ sentence, mend }: Refusal): CleaningResult {
  return { kind: 'rejected', reason: `${sentence} ${mend}` };
}

/** New UIDs are digits and dots by their making; a file that kept something else must not choose a folder. */
function safeName(name: string): string {
  const plain = name.replace(/[^0-9A-Za-z.-]/g, '');
  return plain === '' || /^\.+$/.test(plain) ? 'unnamed' : plain;
}
