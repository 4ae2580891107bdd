import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

/** Makes a small file for its owner alone, safe on the disk once it resolves. → false where there is one: it stays as it is. */
export async function makeFile(path: string, text: string): Promise<boolean> {
  try {
    await writeNew(path, text);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

/** Puts a small file for its owner alone in the place of the one before, whole or not at all, and safe once it resolves. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  // One that a fallen program left.
  await rm(fresh, { force: true });
  await writeNew(fresh, text);
  await rename(fresh, path);
  await syncFolder(dirname(path));
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    // Half of it would be taken for all of it.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
