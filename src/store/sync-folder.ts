import { fsync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Makes the names in a folder durable: without it a loss of power may undo a rename whose file is safe. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * As {@link syncFolder}, for a folder into which names come all the time: it stays open as long as the process lives.
 * @throws the system's error when there is no such folder
 */
export function folderSync(path: string): () => Promise<void> {
  const folder = openSync(path, 'r');
  return () => flushed(folder);
}

const flushed = promisify(fsync);
