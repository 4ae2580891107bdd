import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UnicaError } from '#base';
import { fileMeta, type IncomingInstance } from '#dimse';
import { GroupedSync, syncFolder, WRITER_MARK } from '#store';
import { type AppendedObject, IncomingLog, type LoggedObject, SPARE_BYTES, writePieces } from './incoming-log.ts';
import { SpareLogs } from './spare-logs.ts';

/** A received object that waits for its import. */
export interface Waiting {
  /** Of its file, once there is one; random, so that it tells nothing of a person. */
  readonly name: string;
  /** AE title of the system that sent it. */
  readonly aeTitle: string;
  readonly sizeBytes: number;
}

/** How much may wait. */
export interface SpoolLimits {
  /** Of all files together. */
  readonly limitBytes: number;
  /** Left free on the disk, for the database and the archive; 512 MiB when absent. */
  readonly freeBytesAtLeast?: number;
  /** Logs that are made ready while nothing comes, of 68 MiB each: what is written over them is durable sooner; none when absent. */
  readonly spareLogs?: number;
}

const MIB = 1_048_576;
/** Objects up to this size are written with others, larger ones as they come to a file of their own. */
const GATHERED_BYTES = 2 * MIB;
/** Of all that is held in memory until its end is there: what is beyond goes to files. */
const GATHERED_TOGETHER_BYTES = 32 * MIB;
/** What a large object is written in. */
const WRITTEN_AT_ONCE_BYTES = 262_144;
/** How long, and for how many bytes, the room of the disk is taken for what it was. */
const ROOM_KNOWN = { ms: 250, bytes: 64 * MIB } as const;
const FREE_BYTES_AT_LEAST = 512 * MIB;
/** Of a node that receives: two make room for a study of 250 slices before the file system has to find any. */
export const SPARE_LOGS = 2;
/** So many times its bytes must be free for a log that is made ready, beside what is always left. */
const SPARE_ROOM = 4;
/** Between two series of a study as well nothing comes. */
const QUIET_MS = 5000;

/** `hex of the AE title - random .dcm`; `.kept` once an import could not read it. */
const NAME = /^((?:[0-9a-f]{2}){0,16})-[0-9a-f]{32}\.(dcm|kept)$/;

/** Folder of files made of objects in logs, for the importer; nothing in it is needed after the end of its process. */
const UNPACKED = `${WRITER_MARK}.part`;

/**
 * Where received objects wait until they are imported, as they came. An object is confirmed only once it cannot be lost any
 * more: a large one lies under its final name in a file of its own, small ones in a log that they share
 * (docs/decisions/078). What a killed process left half written is removed when the folder is opened, and what is complete
 * waits on. Whoever opened it closes it.
 */
export class IncomingSpool {
  readonly #folder: string;
  readonly #limits: Required<SpoolLimits>;
  readonly #names: GroupedSync;
  readonly #spares: SpareLogs;
  readonly #waiting = new Map<string, Waiting>();
  /** Those of them that lie in a log. */
  readonly #logged = new Map<string, LoggedObject>();
  readonly #unpackedNames = new Set<string>();
  #log: Promise<IncomingLog> | undefined;
  #gatheredBytes = 0;
  /** Lent to one object after the other. */
  readonly #memories: Uint8Array[] = [];
  #lentAtMost = GATHERED_TOGETHER_BYTES / GATHERED_BYTES;
  readonly #room = { atMs: Number.NEGATIVE_INFINITY, heldBytes: 0 };
  #onArrival: (arrived: Waiting) => void = () => {};
  /** Of waiting files and of those that are being written. */
  #heldBytes = 0;

  /** Opens the folder and makes it where there is none. */
  static async open(folder: string, limits: SpoolLimits): Promise<IncomingSpool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    await SpareLogs.tidy(spareFolder(folder));
    const spool = new IncomingSpool(folder, { freeBytesAtLeast: FREE_BYTES_AT_LEAST, spareLogs: 0, ...limits });
    try {
      const names = (await readdir(folder)).sort();
      for (const name of names) if (name.endsWith('.log') && !isOfThisProcess(name)) await spool.#takeUpLog(name);
      for (const name of names) await spool.#takeUp(name);
      return spool;
    } catch (error) {
      await spool.close().catch(() => {});
      throw error;
    }
  }

  private constructor(folder: string, limits: Required<SpoolLimits>) {
    this.#folder = folder;
    this.#limits = limits;
    this.#names = new GroupedSync(() => syncFolder(folder));
    this.#spares = new SpareLogs({
      ...{ folder: spareFolder(folder), count: limits.spareLogs, sizeBytes: SPARE_BYTES, quietMs: QUIET_MS },
      hasRoom: () => hasSpareRoom(folder, limits.freeBytesAtLeast),
    });
  }

  /** Called with each object that has become durable. */
  set onArrival(listener: (arrived: Waiting) => void) {
    this.#onArrival = listener;
  }

  /** Objects that wait, those of earlier processes first. */
  get waiting(): readonly Waiting[] {
    return [...this.#waiting.values()];
  }

  get waitingFiles(): number {
    return this.#waiting.size;
  }

  /** True when whoever decides how much comes should let it be imported first. */
  get isHalfFull(): boolean {
    return this.#heldBytes > this.#limits.limitBytes / 2;
  }

  /** Makes ready now what is else made ready once nothing comes. */
  async prepare(): Promise<void> {
    await this.#spares.prepared();
  }

  /**
   * Takes an object and resolves, with its size, once it cannot be lost any more.
   * @throws UnicaError `node.spool-full`, `node.disk-short`; what `chunks` and the disk throw. Nothing is kept then.
   */
  async receive(instance: IncomingInstance): Promise<number> {
    const aeTitle = instance.callingAeTitle;
    const random = randomBytes(16).toString('hex');
    const arriving = new Arriving(this.#lend());
    this.#spares.busy();
    try {
      await this.#checkRoom();
      await this.#take(instance, arriving, random);
      const name = nameOf(aeTitle, random);
      if (arriving.file === undefined)
        this.#logged.set(name, await this.#append({ aeTitle, random, ...arriving.object }));
      else await this.#finish(arriving.file, { random, name });
      const arrived = { name, aeTitle, sizeBytes: arriving.sizeBytes };
      this.#waiting.set(name, arrived);
      this.#spares.received(arriving.sizeBytes);
      this.#onArrival(arrived);
      return arriving.sizeBytes;
    } catch (error) {
      this.#heldBytes -= arriving.sizeBytes;
      await arriving.file?.close().catch(() => {});
      if (arriving.file !== undefined) await rm(this.#part(random), { force: true });
      throw error;
    } finally {
      this.#gatheredBytes -= arriving.gatheredBytes;
      if (arriving.memory !== undefined) this.#memories.push(arriving.memory);
    }
  }

  /**
   * Paths of files to read waiting objects from, in their order; for those that lie in a log files are made, which
   * {@link remove} and {@link setAside} take away. @throws what the disk throws
   */
  async unpack(names: readonly string[]): Promise<readonly string[]> {
    const paths: string[] = [];
    for (const name of names) {
      const logged = this.#logged.get(name);
      if (logged === undefined) paths.push(join(this.#folder, name));
      else paths.push(await this.#unpackOne(name, logged));
    }
    return paths;
  }

  /** Takes away an object that is safe elsewhere, or is not to be kept. */
  async remove(name: string): Promise<void> {
    const waiting = this.#forget(name);
    if (waiting === undefined) return;
    this.#heldBytes -= waiting.sizeBytes;
    const logged = this.#logged.get(name);
    if (logged === undefined) return await rm(join(this.#folder, name), { force: true });
    this.#logged.delete(name);
    await rm(this.#unpacked(name), { force: true });
    await this.#wasUnpacked(name);
    await logged.log.settle(logged);
  }

  /** Leaves an object that cannot be read in a file; it is tried again when the folder is next opened. */
  async setAside(name: string): Promise<void> {
    if (this.#forget(name) === undefined) return;
    const kept = join(this.#folder, name.replace(/dcm$/, 'kept'));
    const logged = this.#logged.get(name);
    if (logged === undefined) return await rename(join(this.#folder, name), kept);
    this.#logged.delete(name);
    const unpacked = await this.#unpackOne(name, logged);
    await syncFile(unpacked);
    await rename(unpacked, kept);
    await this.#names.flushed();
    await this.#wasUnpacked(name);
    await logged.log.settle(logged);
  }

  /** Leaves what waits to whoever opens the folder next. Nothing is received or taken away any more. */
  async close(): Promise<void> {
    const logs = new Set([...this.#logged.values()].map(({ log }) => log));
    const log = await this.#log?.catch(() => undefined);
    if (log !== undefined) logs.add(log);
    for (const each of logs) await each.close();
    await this.#spares.close();
    await rm(join(this.#folder, UNPACKED), { recursive: true, force: true });
  }

  #forget(name: string): Waiting | undefined {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    return waiting;
  }

  async #takeUpLog(logName: string): Promise<void> {
    for (const logged of await IncomingLog.recover(join(this.#folder, logName))) {
      const name = nameOf(logged.aeTitle, logged.random);
      this.#logged.set(name, logged);
      this.#waiting.set(name, { name, aeTitle: logged.aeTitle, sizeBytes: logged.sizeBytes });
      this.#heldBytes += logged.sizeBytes;
    }
  }

  async #takeUp(name: string): Promise<void> {
    const path = join(this.#folder, name);
    if (name.endsWith('.part') && !isOfThisProcess(name)) await rm(path, { recursive: true, force: true });
    const known = NAME.exec(name);
    if (known === null) return;
    const [, hex = '', ending] = known;
    const finished = name.replace(/kept$/, 'dcm');
    // Set aside, but its log does not know yet.
    if (this.#waiting.has(finished)) return;
    if (ending === 'kept') await rename(path, join(this.#folder, finished)).catch(() => {});
    const sizeBytes = await sizeOf(join(this.#folder, finished));
    // Another process has imported it in the meantime.
    if (sizeBytes === undefined) return;
    const aeTitle = Buffer.from(hex, 'hex').toString('latin1');
    this.#waiting.set(finished, { name: finished, aeTitle, sizeBytes });
    this.#heldBytes += sizeBytes;
  }

  async #checkRoom(): Promise<void> {
    if (this.#heldBytes >= this.#limits.limitBytes) throw this.#full();
    const room = this.#room;
    const nowMs = performance.now();
    const grownBytes = this.#heldBytes - room.heldBytes;
    if (nowMs - room.atMs < ROOM_KNOWN.ms && grownBytes < ROOM_KNOWN.bytes) return;
    if ((await freeBytesOf(this.#folder)) < this.#limits.freeBytesAtLeast) {
      throw new UnicaError('node.disk-short', { leastMib: Math.ceil(this.#limits.freeBytesAtLeast / MIB) });
    }
    room.atMs = nowMs;
    room.heldBytes = this.#heldBytes;
  }

  /** Into memory, and from a certain size on into a file, which is not durable yet. */
  async #take(instance: IncomingInstance, arriving: Arriving, random: string): Promise<void> {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance;
    // Without the sender's name: the same object from two systems is the same file, and taken in once.
    this.#gather(arriving, fileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid }));
    for await (const chunk of instance.chunks) {
      this.#gather(arriving, chunk);
      const isLarge = arriving.sizeBytes > GATHERED_BYTES || this.#gatheredBytes > GATHERED_TOGETHER_BYTES;
      if (arriving.file === undefined && isLarge) arriving.file = await open(this.#part(random), 'wx', 0o600);
      if (arriving.gatheredBytes >= WRITTEN_AT_ONCE_BYTES) await this.#flow(arriving);
    }
    await this.#flow(arriving);
  }

  /** Memory for an object; undefined when so many come at once that they have to do without. */
  #lend(): Uint8Array | undefined {
    const memory = this.#memories.pop();
    if (memory !== undefined || this.#lentAtMost === 0) return memory;
    this.#lentAtMost -= 1;
    return new Uint8Array(GATHERED_BYTES);
  }

  #gather(arriving: Arriving, bytes: Uint8Array): void {
    if (this.#heldBytes + bytes.length > this.#limits.limitBytes) throw this.#full();
    this.#heldBytes += bytes.length;
    this.#gatheredBytes += bytes.length;
    arriving.add(bytes);
  }

  /** What is gathered goes to the file, where there is one. */
  async #flow(arriving: Arriving): Promise<void> {
    if (arriving.file === undefined) return;
    await writePieces(arriving.file, arriving.pieces);
    this.#gatheredBytes -= arriving.gatheredBytes;
    arriving.empty();
  }

  async #append(object: AppendedObject): Promise<LoggedObject> {
    for (;;) {
      this.#log ??= IncomingLog.make(this.#folder, this.#spares.take());
      const making = this.#log;
      const log = await making.catch((error: unknown) => {
        if (this.#log === making) this.#log = undefined;
        throw error;
      });
      if (log.takesMore) return await log.append(object);
      if (this.#log === making) this.#log = undefined;
    }
  }

  async #finish(file: FileHandle, { random, name }: { readonly random: string; readonly name: string }): Promise<void> {
    // Its length and place on the disk as well; times of access are of no matter.
    await file.datasync();
    await file.close();
    const path = join(this.#folder, name);
    await rename(this.#part(random), path);
    await this.#names.flushed().catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
  }

  async #unpackOne(name: string, logged: LoggedObject): Promise<string> {
    const path = this.#unpacked(name);
    if (this.#unpackedNames.has(name)) return path;
    await mkdir(join(this.#folder, UNPACKED), { recursive: true, mode: 0o700 });
    // Hundreds are unpacked one after the other.
    const memory = this.#lend();
    try {
      await writeFile(path, await logged.log.read(logged, memory), { mode: 0o600 });
    } finally {
      if (memory !== undefined) this.#memories.push(memory);
    }
    this.#unpackedNames.add(name);
    return path;
  }

  /** The folder goes with the last of them. */
  async #wasUnpacked(name: string): Promise<void> {
    const was = this.#unpackedNames.delete(name);
    if (was && this.#unpackedNames.size === 0) await rmdir(join(this.#folder, UNPACKED)).catch(() => {});
  }

  #part(random: string): string {
    return join(this.#folder, `${WRITER_MARK}-${random}.part`);
  }

  #unpacked(name: string): string {
    return join(this.#folder, UNPACKED, name);
  }

  #full(): UnicaError {
    return new UnicaError('node.spool-full', { limitMib: Math.floor(this.#limits.limitBytes / MIB) });
  }
}

/**
 * An object on its way in. It is copied together into memory that serves one object after the other: pieces as the network
 * brings them, kept until an end is there, would outlive the quick collections of garbage and pile up.
 */
class Arriving {
  sizeBytes = 0;
  /** In memory, and not in `file`. */
  gatheredBytes = 0;
  file: FileHandle | undefined;
  readonly memory: Uint8Array | undefined;
  /** Of what is in memory; worked out while the next piece is on its way. */
  #crc32 = 0;
  #usedBytes = 0;
  #beyond: Uint8Array[] = [];

  constructor(memory: Uint8Array | undefined) {
    this.memory = memory;
  }

  /** What a log takes, once the end is there. */
  get object(): Pick<AppendedObject, 'sizeBytes' | 'crc32' | 'pieces'> {
    return { sizeBytes: this.sizeBytes, crc32: this.#crc32, pieces: this.pieces };
  }

  get pieces(): readonly Uint8Array[] {
    const together = this.memory?.subarray(0, this.#usedBytes);
    return together === undefined ? this.#beyond : [together, ...this.#beyond];
  }

  add(bytes: Uint8Array): void {
    this.sizeBytes += bytes.length;
    this.gatheredBytes += bytes.length;
    if (this.file === undefined) this.#crc32 = crc32(bytes, this.#crc32);
    const fits = this.#beyond.length === 0 && this.#usedBytes + bytes.length <= (this.memory?.length ?? 0);
    if (!fits) this.#beyond.push(bytes);
    else {
      this.memory?.set(bytes, this.#usedBytes);
      this.#usedBytes += bytes.length;
    }
  }

  empty(): void {
    this.gatheredBytes = 0;
    this.#usedBytes = 0;
    this.#beyond = [];
  }
}

function nameOf(aeTitle: string, random: string): string {
  return `${Buffer.from(aeTitle, 'latin1').toString('hex')}-${random}.dcm`;
}

/**
 * One process at a time writes in a folder. What bears another mark was left by one that has ended, whoever has its number by now:
 * after a loss of power that is often another service, for which acknowledged objects would wait.
 */
function isOfThisProcess(name: string): boolean {
  return name.startsWith(WRITER_MARK);
}

/** Beside the spool, in which lies nothing but what waits. */
function spareFolder(folder: string): string {
  return `${folder}-spare`;
}

/** None where the spool is a disk of its own: what lies beside it cannot become a log in it, and would fill another disk for nothing. */
async function hasSpareRoom(folder: string, freeBytesAtLeast: number): Promise<boolean> {
  const spares = spareFolder(folder);
  const [there, beside] = await Promise.all([stat(folder), stat(spares)]);
  return there.dev === beside.dev && (await freeBytesOf(spares)) > freeBytesAtLeast + SPARE_ROOM * SPARE_BYTES;
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
