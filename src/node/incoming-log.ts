import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UnicaError } from '#base';
import { syncFolder, WRITER_MARK } from '#store';
import {
  decodeLogHead,
  decodeRecordHead,
  encodeLogHead,
  encodeRecordHead,
  KEY_BYTES,
  LOG_HEAD_BYTES,
  RECORD_HEAD_BYTES,
  type RecordHead,
  SETTLED_AT,
} from './incoming-record.ts';

/** A log takes no more once it is so long, so that its room comes back bit by bit. */
const FULL_BYTES = 67_108_864;
/** Of a file that a log is written over: the last objects of a full one reach a little beyond. */
export const SPARE_BYTES = FULL_BYTES + 4_194_304;
/** Of one call of the system (IOV_MAX of Linux). */
const PIECES_AT_ONCE = 1024;
/** Where a system has no such thing (Windows), the flag is not there either, and {@link IncomingLog} flushes. */
const WRITTEN_THROUGH = constants.O_WRONLY | (constants.O_DSYNC ?? 0);
const NEW = constants.O_CREAT | constants.O_EXCL;
const SEARCHED_BYTES = 1_048_576;

/** An object in a log that is not settled. */
export interface LoggedObject extends Pick<RecordHead, 'aeTitle' | 'random' | 'sizeBytes'> {
  readonly log: IncomingLog;
  /** Of its head in the log. */
  readonly offset: number;
}

/** An object that is whole, and in memory. */
export interface AppendedObject extends Pick<RecordHead, 'aeTitle' | 'random' | 'sizeBytes' | 'crc32'> {
  readonly pieces: readonly Uint8Array[];
}

interface Pending extends AppendedObject {
  readonly resolve: (logged: LoggedObject) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Many small objects in one file, one behind the other. A file for each of them costs two commits of the file system, its own
 * and its name's; here all that have come while one flush was under way share the next. It is removed once all that is in it
 * is settled. Owned by the spool; a process that ends in any way leaves it for the next to {@link recover}.
 */
export class IncomingLog {
  readonly #path: string;
  /** What is written by it is durable when the call ends: half as many journeys to another thread as with a flush. */
  readonly #through: FileHandle | undefined;
  readonly #file: FileHandle;
  readonly #key: Uint8Array;
  #endBytes = 0;
  #group = 0;
  #unsettled = 0;
  readonly #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #takesMore = true;
  #isClosed = false;

  /** Makes an empty one, whose name is durable. @param spare a file of zeros that it is written over, which is its from now on */
  static async make(folder: string, spare?: string): Promise<IncomingLog> {
    const path = join(folder, `${WRITER_MARK}-${randomBytes(8).toString('hex')}.log`);
    const opened: FileHandle[] = [];
    const isThere = spare !== undefined && (await moved(spare, path));
    try {
      const through = await open(path, isThere ? WRITTEN_THROUGH : WRITTEN_THROUGH | NEW, 0o600);
      opened.push(through);
      const file = await open(path, 'r+');
      opened.push(file);
      await syncFolder(folder);
      return new IncomingLog(path, { file, through, key: randomBytes(KEY_BYTES) });
    } catch (error) {
      for (const file of opened) await file.close().catch(() => {});
      // Nothing was acknowledged out of it.
      if (isThere || opened.length > 0) await rm(path, { force: true }).catch(() => {});
      throw error;
    }
  }

  /**
   * What a process that has ended left in a log. All but the last group was flushed before more was written, so only that
   * is looked at byte by byte: what does not fit its check sum was never acknowledged. An empty log is removed.
   */
  static async recover(path: string): Promise<readonly LoggedObject[]> {
    const file = await open(path, 'r+');
    try {
      const key = decodeLogHead(await readAt(file, 0, LOG_HEAD_BYTES)) ?? randomBytes(KEY_BYTES);
      const log = new IncomingLog(path, { file, through: undefined, key });
      log.#takesMore = false;
      const found = await whole(file, await recordsOf(file, key));
      const logged = found
        .filter(({ isSettled }) => !isSettled)
        .map(({ aeTitle, random, sizeBytes, offset }) => ({ aeTitle, random, sizeBytes, offset, log }));
      log.#unsettled = logged.length;
      await log.#removeWhenDone();
      return logged;
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  }

  private constructor(
    path: string,
    { file, through, key }: { readonly file: FileHandle; readonly through: FileHandle | undefined; key: Uint8Array },
  ) {
    this.#path = path;
    this.#file = file;
    this.#through = through;
    this.#key = key;
  }

  /** Whether {@link append} may be called: it is neither full, nor of an earlier process, nor did the disk fail it. */
  get takesMore(): boolean {
    return this.#takesMore;
  }

  /** Resolves once the object is durable. @throws what the disk throws; the log takes no more then. */
  append(object: AppendedObject): Promise<LoggedObject> {
    this.#unsettled += 1;
    return new Promise((resolve, reject) => {
      this.#pending.push({ ...object, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /**
   * The bytes of an object's file, in `memory` where they fit into it.
   * @throws UnicaError `intake.unreadable` where not all of them are there any more.
   */
  async read({ offset, sizeBytes }: LoggedObject, memory?: Uint8Array): Promise<Uint8Array> {
    const bytes = await readAt(this.#file, offset + RECORD_HEAD_BYTES, sizeBytes, memory);
    // Whoever took less for the object would settle it.
    if (bytes.length < sizeBytes) throw new UnicaError('intake.unreadable', { problem: 'its log became shorter' });
    return bytes;
  }

  /** The object is safe elsewhere, or is not to be kept. A kill cannot undo it; a loss of power can, and it comes once more. */
  async settle({ offset }: LoggedObject): Promise<void> {
    await this.#file.write(Uint8Array.of(1), 0, 1, offset + SETTLED_AT);
    this.#unsettled -= 1;
    await this.#removeWhenDone();
  }

  /** Writes what is pending, and leaves the log to whoever opens the folder next. */
  async close(): Promise<void> {
    this.#takesMore = false;
    await this.#writing;
    if (this.#isClosed) return;
    await this.#closeFiles();
    const free = join(dirname(this.#path), basename(this.#path).slice(WRITER_MARK.length + 1));
    // The name of what nobody is writing, as another spool of this process may take it up. The folder may be gone.
    if (basename(this.#path).startsWith(WRITER_MARK)) await rename(this.#path, free).catch(() => {});
  }

  async #writeAll(): Promise<void> {
    // One group after the other: of two under way the second could be safe and lie behind a hole that the first left.
    while (this.#pending.length > 0) await this.#writeGroup(this.#pending.splice(0));
    this.#writing = undefined;
    // Nobody waits for this where nothing is closed; what cannot be removed is looked at by the next process.
    await this.#removeWhenDone().catch(() => {});
  }

  async #writeGroup(group: readonly Pending[]): Promise<void> {
    this.#group += 1;
    const logged: LoggedObject[] = [];
    const pieces: Uint8Array[] = this.#endBytes === 0 ? [encodeLogHead(this.#key)] : [];
    let offset = this.#endBytes + (pieces[0]?.length ?? 0);
    for (const { aeTitle, random, sizeBytes, crc32: sum, pieces: own } of group) {
      const head = { aeTitle, random, sizeBytes, crc32: sum, group: this.#group };
      pieces.push(encodeRecordHead(head, this.#key), ...own);
      logged.push({ aeTitle, random, sizeBytes, offset, log: this });
      offset += RECORD_HEAD_BYTES + sizeBytes;
    }
    try {
      if (this.#through === undefined) throw new Error('a log of an earlier process takes no more');
      await writePieces(this.#through, pieces, this.#endBytes);
      if (constants.O_DSYNC === undefined) await this.#through.datasync();
    } catch (error) {
      // What the system could not write it may forget, and say nothing the next time.
      this.#takesMore = false;
      for (const { reject } of [...group, ...this.#pending.splice(0)]) {
        this.#unsettled -= 1;
        reject(error);
      }
      return;
    }
    this.#endBytes = offset;
    if (offset >= FULL_BYTES) this.#takesMore = false;
    group.forEach(({ resolve }, index) => {
      resolve(logged[index] as LoggedObject);
    });
  }

  async #closeFiles(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#through?.close(), this.#file.close()]);
  }

  async #removeWhenDone(): Promise<void> {
    if (this.#unsettled > 0 || this.#writing !== undefined || this.#isClosed) return;
    this.#takesMore = false;
    await this.#closeFiles();
    await rm(this.#path, { force: true });
  }
}

/** Whether a spare file has become the log; where it cannot (the spool is a disk of its own) its room is given back. */
async function moved(spare: string, path: string): Promise<boolean> {
  try {
    await rename(spare, path);
    return true;
  } catch {
    await rm(spare, { force: true }).catch(() => {});
    return false;
  }
}

type Found = RecordHead & { readonly isSettled: boolean; readonly offset: number };

/** In their order; behind a place that is not one, from the next that is. */
async function recordsOf(file: FileHandle, key: Uint8Array): Promise<readonly Found[]> {
  const { size } = await file.stat();
  const found: Found[] = [];
  for (let offset = LOG_HEAD_BYTES; offset + RECORD_HEAD_BYTES <= size; ) {
    const head = decodeRecordHead(await readAt(file, offset, RECORD_HEAD_BYTES), key);
    if (head === undefined || offset + RECORD_HEAD_BYTES + head.sizeBytes > size) {
      offset = await nextPlaceOf(key, { file, offset: offset + 1, size });
      continue;
    }
    found.push({ ...head, offset });
    offset += RECORD_HEAD_BYTES + head.sizeBytes;
  }
  return found;
}

/** `size` where there is none. */
async function nextPlaceOf(
  key: Uint8Array,
  { file, offset, size }: { readonly file: FileHandle; readonly offset: number; readonly size: number },
): Promise<number> {
  for (let from = offset; from < size; from += SEARCHED_BYTES) {
    // A key may lie across the seam.
    const bytes = await readAt(file, from, Math.min(size - from, SEARCHED_BYTES + key.length - 1));
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(key);
    if (at >= 0) return from + at;
  }
  return size;
}

/** Without those of the last group that are not all there. */
async function whole(file: FileHandle, found: readonly Found[]): Promise<readonly Found[]> {
  const last = found.at(-1)?.group;
  const kept: Found[] = [];
  for (const each of found) {
    const isSafe = each.group !== last;
    if (isSafe || crc32(await readAt(file, each.offset + RECORD_HEAD_BYTES, each.sizeBytes)) === each.crc32)
      kept.push(each);
  }
  return kept;
}

/** Bytes from a place; fewer than asked for only at the end of the file. */
async function readAt(file: FileHandle, offset: number, sizeBytes: number, memory?: Uint8Array): Promise<Uint8Array> {
  const isRoomy = memory !== undefined && memory.length >= sizeBytes;
  const bytes = isRoomy ? memory.subarray(0, sizeBytes) : new Uint8Array(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await file.read(bytes, filled, sizeBytes - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** All of the pieces, where the system takes fewer than it was given as well. */
export async function writePieces(file: FileHandle, pieces: readonly Uint8Array[], offset?: number): Promise<void> {
  let at = offset;
  for (let next = 0; next < pieces.length; next += PIECES_AT_ONCE) {
    let rest = pieces.slice(next, next + PIECES_AT_ONCE);
    while (rest.length > 0) {
      const { bytesWritten } = await file.writev(rest, at);
      if (at !== undefined) at += bytesWritten;
      rest = behind(rest, bytesWritten);
    }
  }
}

function behind(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array[] {
  let left = sizeBytes;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - rest.length;
    return rest.length > 0 ? [rest] : [];
  });
}
