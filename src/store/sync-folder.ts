import { open } from 'node:fs/promises';

/** Makes the names in a folder durable: without it a loss of power may undo a rename whose file is safe. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
