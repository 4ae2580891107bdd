import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUsableForDeid } from './bench-deid.ts';

/** Larger files only cost time: the answer key is about headers. */
const LARGEST_BYTES = 1_500_000;

/** The real files of a folder that can take part in the benchmark; none where there is no such folder. */
export async function filesForDeid(folder: string): Promise<readonly Uint8Array[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: Uint8Array[] = [];
  for (const path of paths.sort()) {
    const bytes = new Uint8Array(await readFile(path));
    if (bytes.length <= LARGEST_BYTES && isUsableForDeid(bytes)) files.push(bytes);
  }
  return files;
}
