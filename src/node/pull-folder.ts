import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rmdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isBeingWritten, WRITER_MARK } from '#store';

/** Where objects wait that an earlier pull did not live to import begins with this, the mark of its process, and chance. */
const PULLED = 'pulled-';

/** Who pulls says so often that he does, and is believed for so long: the number of his process may be another's by then. */
const SAYS_EVERY_MS = 60_000;
const BELIEVED_MS = 10 * SAYS_EVERY_MS;

/** Those of this process whose pull is under way. */
const underWay = new Set<string>();

/** The folder of one pull, told apart from any other's, of this process too. Whoever began it ends it. */
export class PullFolder {
  readonly path: string;
  readonly #sayings: NodeJS.Timeout;

  static async begin(incomingPath: string): Promise<PullFolder> {
    const path = join(incomingPath, `${PULLED}${WRITER_MARK}-${randomBytes(6).toString('hex')}`);
    underWay.add(path);
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      return new PullFolder(path);
    } catch (error) {
      underWay.delete(path);
      throw error;
    }
  }

  private constructor(path: string) {
    this.path = path;
    const say = () => {
      const now = new Date();
      // Gone, or not ours any more: the next object that comes will say so.
      utimes(path, now, now).catch(() => {});
    };
    this.#sayings = setInterval(say, SAYS_EVERY_MS).unref();
  }

  /** What is left in it is taken over by the next start or pull; an empty one goes. */
  async end(): Promise<void> {
    clearInterval(this.#sayings);
    underWay.delete(this.path);
    await rmdir(this.path).catch(() => {});
  }
}

/** Paths of folders of pulls that have ended, or whose process has. */
export async function leftByPulls(incomingPath: string): Promise<readonly string[]> {
  const left: string[] = [];
  for (const entry of await readdir(incomingPath, { withFileTypes: true })) {
    const path = join(incomingPath, entry.name);
    if (entry.isDirectory() && entry.name.startsWith(PULLED) && !(await isUnderWay(path, entry.name))) left.push(path);
  }
  return left;
}

async function isUnderWay(path: string, name: string): Promise<boolean> {
  const mark = name.slice(PULLED.length);
  if (mark.startsWith(WRITER_MARK)) return underWay.has(path);
  if (!isBeingWritten(mark)) return false;
  const there = await stat(path).catch(() => undefined);
  return there !== undefined && Date.now() - there.mtimeMs < BELIEVED_MS;
}
