import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { canonicalJson, sha256Hex } from '#base';

/** The rooms whose code decides what a round of learning makes of films and weights. */
const LEARNING_ROOMS = ['base', 'wire', 'engine', 'learning', 'pilots', 'privacy'] as const;

let known: Promise<string> | undefined;

/**
 * SHA-256 over the compiled code of learning that this process runs, file by file in the order of their names: two houses
 * with the same digest train alike. Tests are left out. Read once.
 */
export function codeDigest(): Promise<string> {
  known ??= digestOf(new URL('../', import.meta.url));
  return known;
}

async function digestOf(compiled: URL): Promise<string> {
  const files: [name: string, sha256: string][] = [];
  for (const room of LEARNING_ROOMS) {
    const folder = fileURLToPath(new URL(`${room}/`, compiled));
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.js') && !one.includes('.test.')).sort()) {
      files.push([`${room}/${name.replaceAll('\\', '/')}`, sha256Hex(await readFile(`${folder}${name}`))]);
    }
  }
  return sha256Hex(canonicalJson(files));
}
