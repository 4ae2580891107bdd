import { rename, writeFile } from 'node:fs/promises';

/** Whole or not at all; readable by the node alone. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.part`, content, { mode: 0o600 });
  await rename(`${path}.part`, path);
}
