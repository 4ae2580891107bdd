import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { finished } from 'node:stream/promises';

/** A text file written line by line, whole or not at all. A fault of the disk is thrown by the next write, or by the end. */
export class LineFile {
  readonly #path: string;
  readonly #stream: WriteStream;

  constructor(path: string) {
    this.#path = path;
    this.#stream = createWriteStream(`${path}.part`, { mode: 0o600 });
    // Kept by the stream; unheard, it would end the process.
    this.#stream.on('error', () => {});
  }

  async write(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    if (this.#stream.errored !== null) throw this.#stream.errored;
    if (!this.#stream.write(`${lines.join('\n')}\n`)) await once(this.#stream, 'drain');
  }

  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
    await rename(`${this.#path}.part`, this.#path);
  }
}
