import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Figures that took long, in a file of a folder: a benchmark that is begun again goes on behind them. */
export class KeptFigures<Figure> {
  readonly #folder: string | undefined;
  readonly #name: string;

  /** @param folder nothing is kept where it is absent */
  constructor(folder: string | undefined, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** @throws what the file system says, and SyntaxError where the file is no JSON */
  async read(): Promise<readonly Figure[]> {
    if (this.#folder === undefined) return [];
    const text = await readFile(join(this.#folder, this.#name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    return JSON.parse(text) as readonly Figure[];
  }

  /** Writes all of them; whoever reads sees the old file or the new one. */
  async write(figures: readonly Figure[]): Promise<void> {
    if (this.#folder === undefined) return;
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, this.#name);
    await writeFile(`${path}.new`, `${JSON.stringify(figures, null, 1)}\n`);
    await rename(`${path}.new`, path);
  }
}
