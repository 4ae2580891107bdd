import { unzipSync } from 'fflate';
import { UnicaError } from '#base';
import { type NpyArray, readNpy } from './npy.ts';

/**
 * The arrays of a NumPy zip (`numpy.savez`, `savez_compressed`) by name.
 * @param wanted names to read, where others may be of types that are not read; all unless told
 * @throws UnicaError `engine.npz-corrupt`
 */
export function readNpz(bytes: Uint8Array, wanted?: readonly string[]): Readonly<Record<string, NpyArray>> {
  const files = unzipped(bytes);
  return Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => path.endsWith('.npy'))
      .map(([path, content]) => [path.slice(0, -'.npy'.length), path, content] as const)
      .filter(([name]) => wanted?.includes(name) ?? true)
      .map(([name, path, content]) => [name, readNpy(path, content)]),
  );
}

function unzipped(bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes);
  } catch (cause) {
    throw new UnicaError('engine.npz-corrupt', { problem: 'it is not a whole zip file' }, { cause });
  }
}
