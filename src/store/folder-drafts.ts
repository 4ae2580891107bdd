import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UnicaError } from '#base';
import { bytesPassed } from '#memory';
import type { BlobDrafts, Draft } from './blobs.ts';
import { contentDigest } from './content-digest.ts';
import { checkDraftNames } from './draft-names.ts';
import { EarlySync } from './early-sync.ts';
import { isBeingWritten, WRITER_MARK } from './writer-mark.ts';

/** Room that is left for the database and for what is on its way already. */
const SPARE_BYTES = 64 * 2 ** 20;
const ROOM_ASKED_EVERY_MS = 1000;
/** Drafts of one owner, and streams of one owner at the same time; the oldest goes when another begins. */
const MOST_DRAFTS = 8;
const MIB = 2 ** 20;
/** What comes in a stream goes to the disk in stretches of about this size: what is held does not grow with the content. */
const STRETCH_BYTES = 262_144;
/** Or of so many parts: what comes a few bytes at a time costs more memory than its bytes. */
const STRETCH_PARTS = 1024;

/** A stream that is being received. */
interface Receiving {
  readonly stop: () => void;
  /** Resolves once what has come of it is where pieces can be added to it. */
  readonly over: Promise<void>;
}

/**
 * Drafts as files that grow: `drafts/lisbon-ab12…`. Several processes may share the folder, because a piece is written to
 * its own place and has the same bytes whoever writes it. A stream has a file of its own beside it, `drafts/lisbon-ab12….7-e0…`,
 * so that the digest taken while it came is that of the file; what a stream that broke off, or a process that ended, left of it
 * becomes the draft.
 */
export function openFolderDrafts(
  folder: string,
  shelf: {
    has(sha256: string): Promise<boolean>;
    /** Takes a file over that is safe on the disk. */
    shelve(path: string, sha256: string): Promise<void>;
    /** Keeps content that is here as a whole. */
    put(content: Uint8Array): Promise<unknown>;
  },
): BlobDrafts {
  const pathOf = (draft: Omit<Draft, 'sizeBytes'>): string => {
    checkDraftNames(draft);
    return join(folder, `${draft.owner}-${draft.sha256}`);
  };
  const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
  const room = new Room(folder);
  let made: Promise<unknown> | undefined;
  const makeFolder = async (): Promise<void> => {
    made ??= mkdir(folder, { recursive: true, mode: 0o700 });
    await made.catch((error: unknown) => {
      made = undefined;
      throw error;
    });
  };
  const receiving = new Map<string, Receiving>();
  /** Ends a stream of the same draft: who asks about it, or sends it anew, does not send there any more. */
  const endReceiving = async (path: string): Promise<void> => {
    const before = receiving.get(path);
    before?.stop();
    await before?.over;
  };
  /** What a stream brought becomes the draft, unless that has come further. */
  const takeOver = async (path: string, part: string, owner: string): Promise<void> => {
    const before = await sizeOf(path);
    if ((await sizeOf(part)) <= before) {
      await rm(part, { force: true });
      return;
    }
    if (before === 0) await removeOldest(folder, owner);
    await rename(part, path);
  };
  /** Streams to a process that has ended. A copy: on a folder that machines share, the other may be writing still. */
  const takeOverLeft = async (path: string, owner: string): Promise<void> => {
    const name = basename(path);
    for (const left of await readdir(folder).catch(() => [])) {
      if (!left.startsWith(`${name}.`) || isBeingWritten(left.slice(name.length + 1))) continue;
      const copy = `${path}.${WRITER_MARK}-${randomUUID()}`;
      const isCopied = await copyFile(join(folder, left), copy).then(
        () => true,
        () => false,
      );
      // Somebody else has taken it over, or there is no room: what is not there is sent anew.
      if (!isCopied) {
        await rm(copy, { force: true });
        continue;
      }
      await takeOver(path, copy, owner);
      await rm(join(folder, left), { force: true });
    }
  };
  return {
    async arrived(draft) {
      const path = pathOf(draft);
      await endReceiving(path);
      if (await shelf.has(draft.sha256)) return { arrivedBytes: 0, whole: true };
      await takeOverLeft(path, draft.owner);
      return { arrivedBytes: await sizeOf(path), whole: false };
    },
    async receive(draft, content) {
      const path = pathOf(draft);
      const { owner, sizeBytes, sha256 } = draft;
      await endReceiving(path);
      // What is small is as well written again as looked for, and sent again as a whole rather than gone on with.
      const isSmall = sizeBytes <= STRETCH_BYTES;
      if (!isSmall && (await shelf.has(sha256))) return { arrivedBytes: sizeBytes, whole: true };
      await makeFolder();
      await room.check(sizeBytes);
      const part = `${path}.${WRITER_MARK}-${randomUUID()}`;
      const stopping = new AbortController();
      let isOver: () => void = () => {};
      const over = new Promise<void>((resolve) => {
        isOver = resolve;
      });
      const own = { stop: () => stopping.abort(), over };
      const others = [...receiving.keys()].filter((one) => ownerOf(basename(one)) === owner);
      receiving.set(path, own);
      try {
        if (others.length >= MOST_DRAFTS) await endReceiving(others[0] ?? '');
        const digest = await writeStream(part, content, {
          sizeBytes,
          signal: stopping.signal,
        }).catch(async (error: unknown) => {
          if (isSmall) await rm(part, { force: true });
          else await takeOver(path, part, owner);
          throw error;
        });
        if (digest !== sha256) {
          await rm(part, { force: true });
          throw new UnicaError('store.draft-corrupt');
        }
        await shelf.shelve(part, sha256);
        if (!isSmall) await unlink(path).catch(() => {});
        return { arrivedBytes: sizeBytes, whole: true };
      } finally {
        isOver();
        if (receiving.get(path) === own) receiving.delete(path);
      }
    },
    async addPiece(draft, start, piece) {
      const path = pathOf(draft);
      const { sizeBytes, sha256 } = draft;
      if (await shelf.has(sha256)) return { arrivedBytes: sizeBytes, whole: true };
      if (start === 0 && piece.length === sizeBytes) {
        if (contentDigest(piece) !== sha256) throw new UnicaError('store.draft-corrupt');
        await makeFolder();
        await room.check(sizeBytes);
        await shelf.put(piece).catch((error: unknown) => {
          throw failureOf(error, sizeBytes);
        });
        await rm(path, { force: true });
        return { arrivedBytes: sizeBytes, whole: true };
      }
      const before = await sizeOf(path);
      if (start > before || start + piece.length > sizeBytes) {
        throw new UnicaError('store.piece-out-of-place', { start, arrivedBytes: before });
      }
      if (before === 0) {
        await makeFolder();
        await room.check(sizeBytes);
        await removeOldest(folder, draft.owner);
      }
      if (start + piece.length > before) await write(path, start, piece);
      bytesPassed(piece.length);
      const arrivedBytes = Math.max(before, start + piece.length);
      if (arrivedBytes < sizeBytes) return { arrivedBytes, whole: false };
      if ((await digestOf(path)) !== sha256) {
        await rm(path, { force: true });
        // Another process may have checked it, and shelved it, a moment ago.
        if (await shelf.has(sha256)) return { arrivedBytes: sizeBytes, whole: true };
        throw new UnicaError('store.draft-corrupt');
      }
      await shelf.shelve(path, sha256).catch(async (error: unknown) => {
        if (!(await shelf.has(sha256))) throw error;
      });
      return { arrivedBytes: sizeBytes, whole: true };
    },
  };
}

/** Whose draft, or stream of one, a file is. */
function ownerOf(name: string): string {
  return (name.split('.')[0] ?? '').slice(0, -65);
}

/** Makes room for one more draft of an owner. A stream that is being written would only break. */
async function removeOldest(folder: string, owner: string): Promise<void> {
  const own = (await readdir(folder)).filter(
    (name) => ownerOf(name) === owner && !isBeingWritten(name.slice(name.indexOf('.') + 1)),
  );
  if (own.length < MOST_DRAFTS) return;
  const aged = await Promise.all(
    own.map(async (name) => ({ name, atMs: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  aged.sort((a, b) => a.atMs - b.atMs);
  for (const { name } of aged.slice(0, own.length - MOST_DRAFTS + 1)) await rm(join(folder, name), { force: true });
}

/** The room on a disk, asked for once a second; what was promised since is counted. */
class Room {
  readonly #folder: string;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws UnicaError `store.disk-full` */
  async check(sizeBytes: number): Promise<void> {
    if (performance.now() - this.#askedAtMs > ROOM_ASKED_EVERY_MS || this.#freeBytes < sizeBytes + SPARE_BYTES) {
      const { bavail, bsize } = await statfs(this.#folder);
      this.#freeBytes = bavail * bsize;
      this.#askedAtMs = performance.now();
    }
    if (this.#freeBytes < sizeBytes + SPARE_BYTES) throw diskFull(sizeBytes, this.#freeBytes);
    this.#freeBytes -= sizeBytes;
  }
}

async function write(path: string, start: number, piece: Uint8Array): Promise<void> {
  const file = await open(path, 'r+').catch(() => open(path, 'w+', 0o600));
  try {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, start + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw failureOf(error, piece.length);
  } finally {
    await file.close();
  }
}

/**
 * Writes a stream to a new file and makes it safe on the disk. → its digest, taken on the way
 * @throws UnicaError `store.piece-out-of-place` when it has another number of bytes, or is stopped; `store.disk-full`
 */
async function writeStream(
  path: string,
  content: AsyncIterable<Uint8Array>,
  { sizeBytes, signal }: { readonly sizeBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  const digest = createHash('sha256');
  const parts = content[Symbol.asyncIterator]();
  let arrivedBytes = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const file = await open(path, 'wx', 0o600);
  const early = new EarlySync(async () => await file.sync());
  const write = async () => {
    const [stretch, bytes] = [held, heldBytes];
    held = [];
    heldBytes = 0;
    const { bytesWritten } = await file.writev(stretch);
    // A disk that is full takes what it still can.
    if (bytesWritten !== bytes) throw diskFull(bytes - bytesWritten, 0);
    bytesPassed(bytes);
    early.wrote(bytes);
  };
  try {
    for (;;) {
      const next = await unlessStopped(parts.next(), signal);
      if (next === undefined) throw new UnicaError('store.piece-out-of-place', { start: 0, arrivedBytes });
      if (next.done === true) break;
      const part = next.value;
      if (arrivedBytes + part.length > sizeBytes)
        throw new UnicaError('store.piece-out-of-place', { start: arrivedBytes, arrivedBytes });
      digest.update(part);
      arrivedBytes += part.length;
      held.push(part);
      heldBytes += part.length;
      if (heldBytes >= STRETCH_BYTES || held.length >= STRETCH_PARTS) await write();
    }
    if (arrivedBytes !== sizeBytes) throw new UnicaError('store.piece-out-of-place', { start: 0, arrivedBytes });
    if (heldBytes > 0) await write();
    await early.finish();
  } catch (error) {
    // What came whole is kept; that the line broke is what is told.
    if (heldBytes > 0) await write().catch(() => {});
    throw failureOf(error, sizeBytes);
  } finally {
    await early.ended();
    await file.close();
  }
  return digest.digest('hex');
}

/** What is waited for, or undefined as soon as the signal aborts; Promise.race would hold every value until then. */
function unlessStopped<Value>(waited: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    waited.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** What is told of a failed write. */
function failureOf(error: unknown, neededBytes: number): unknown {
  const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return full ? diskFull(neededBytes, 0, error) : error;
}

/** The digest of a file that is safe on the disk when it is known. */
async function digestOf(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const digest = createHash('sha256');
    for await (const part of createReadStream(path, { highWaterMark: 262_144 })) digest.update(part as Buffer);
    return digest.digest('hex');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function diskFull(neededBytes: number, freeBytes: number, cause?: unknown): UnicaError {
  const facts = { neededMib: Math.ceil(neededBytes / MIB), freeMib: Math.floor(freeBytes / MIB) };
  return new UnicaError('store.disk-full', facts, { cause });
}
