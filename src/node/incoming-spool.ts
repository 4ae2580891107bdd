import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UnicaError } from '#base';
import { fileMeta, type IncomingInstance } from '#dimse';
import { GroupedSync, isBeingWritten, syncFolder, WRITER_MARK } from '#store';

/** A received object that waits for its import. */
export interface Waiting {
  /** Of its file; random, so that it tells nothing of a person. */
  readonly name: string;
  readonly path: string;
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
}

const MIB = 1_048_576;
const FREE_BYTES_AT_LEAST = 512 * MIB;

/** `hex of the AE title - random .dcm`; `.kept` once an import could not read it. */
const NAME = /^((?:[0-9a-f]{2}){0,16})-[0-9a-f]{32}\.(dcm|kept)$/;

/**
 * The folder in which received objects wait, each as a DICOM file as it came, until they are imported. An object is
 * confirmed only once its file is complete and on the disk under its final name; what a killed process left half written
 * is removed when the folder is opened, and what is complete waits on.
 */
export class IncomingSpool {
  readonly #folder: string;
  readonly #limits: Required<SpoolLimits>;
  readonly #names: GroupedSync;
  readonly #waiting = new Map<string, Waiting>();
  #onArrival: (arrived: Waiting) => void = () => {};
  /** Of waiting files and of those that are being written. */
  #heldBytes = 0;

  /** Opens the folder and makes it where there is none. */
  static async open(folder: string, limits: SpoolLimits): Promise<IncomingSpool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    const spool = new IncomingSpool(folder, { freeBytesAtLeast: FREE_BYTES_AT_LEAST, ...limits });
    for (const name of (await readdir(folder)).sort()) await spool.#takeUp(name);
    return spool;
  }

  private constructor(folder: string, limits: Required<SpoolLimits>) {
    this.#folder = folder;
    this.#limits = limits;
    this.#names = new GroupedSync(() => syncFolder(folder));
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

  /**
   * Writes an object piece by piece and resolves, with its size, once it cannot be lost any more.
   * @throws UnicaError `node.spool-full`, `node.disk-short`; what `chunks` and the disk throw. Nothing is kept then.
   */
  async receive(instance: IncomingInstance): Promise<number> {
    const random = randomBytes(16).toString('hex');
    const part = join(this.#folder, `${WRITER_MARK}-${random}.part`);
    const written = { sizeBytes: 0 };
    try {
      await this.#checkRoom();
      await this.#write(part, instance, written);
      const name = `${Buffer.from(instance.callingAeTitle, 'latin1').toString('hex')}-${random}.dcm`;
      const path = join(this.#folder, name);
      await rename(part, path);
      await this.#names.flushed().catch(async (error: unknown) => {
        await rm(path, { force: true });
        throw error;
      });
      const arrived = { name, path, aeTitle: instance.callingAeTitle, sizeBytes: written.sizeBytes };
      this.#waiting.set(name, arrived);
      this.#onArrival(arrived);
      return written.sizeBytes;
    } catch (error) {
      this.#heldBytes -= written.sizeBytes;
      await rm(part, { force: true });
      throw error;
    }
  }

  /** Takes away a file whose image is safe elsewhere, or is not to be kept. */
  async remove(name: string): Promise<void> {
    const waiting = this.#forget(name);
    if (waiting === undefined) return;
    this.#heldBytes -= waiting.sizeBytes;
    await rm(waiting.path, { force: true });
  }

  /** Leaves a file that cannot be read where it is; it is tried again when the folder is next opened. */
  async setAside(name: string): Promise<void> {
    const waiting = this.#forget(name);
    if (waiting !== undefined) await rename(waiting.path, waiting.path.replace(/dcm$/, 'kept'));
  }

  #forget(name: string): Waiting | undefined {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    return waiting;
  }

  async #takeUp(name: string): Promise<void> {
    const path = join(this.#folder, name);
    if (name.endsWith('.part') && !isBeingWritten(name)) await rm(path, { force: true });
    const known = NAME.exec(name);
    if (known === null) return;
    const [, hex = '', ending] = known;
    const finished = name.replace(/kept$/, 'dcm');
    if (ending === 'kept') await rename(path, join(this.#folder, finished)).catch(() => {});
    const sizeBytes = await sizeOf(join(this.#folder, finished));
    // Another process has imported it in the meantime.
    if (sizeBytes === undefined) return;
    const aeTitle = Buffer.from(hex, 'hex').toString('latin1');
    this.#waiting.set(finished, { name: finished, path: join(this.#folder, finished), aeTitle, sizeBytes });
    this.#heldBytes += sizeBytes;
  }

  async #checkRoom(): Promise<void> {
    if (this.#heldBytes >= this.#limits.limitBytes) throw this.#full();
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < this.#limits.freeBytesAtLeast) {
      throw new UnicaError('node.disk-short', { leastMib: Math.ceil(this.#limits.freeBytesAtLeast / MIB) });
    }
  }

  async #write(part: string, instance: IncomingInstance, written: { sizeBytes: number }): Promise<void> {
    const file = await open(part, 'wx', 0o600);
    try {
      const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance;
      // Without the sender's name: the same object from two systems is the same file, and taken in once.
      await this.#append(file, fileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid }), written);
      for await (const chunk of instance.chunks) await this.#append(file, chunk, written);
      // Its length and place on the disk as well; times of access are of no matter.
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async #append(file: FileHandle, bytes: Uint8Array, written: { sizeBytes: number }): Promise<void> {
    if (this.#heldBytes + bytes.length > this.#limits.limitBytes) throw this.#full();
    written.sizeBytes += bytes.length;
    this.#heldBytes += bytes.length;
    await file.writeFile(bytes);
  }

  #full(): UnicaError {
    return new UnicaError('node.spool-full', { limitMib: Math.floor(this.#limits.limitBytes / MIB) });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
