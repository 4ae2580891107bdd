import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { UnicaError } from '#base';
import { type NpyArray, readNpy } from './npy.ts';

/** Of all arrays together: a zip that says it unpacks to more is not unpacked. */
const MOST_BYTES = 2 ** 32;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;

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

/** Every file of the zip by its path, each as long and with the check sum that the zip's directory says. */
function unzipped(bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let total = 0;
  const files = intact(() =>
    unzipSync(bytes, {
      filter({ originalSize }) {
        total += originalSize;
        return total <= MOST_BYTES;
      },
    }),
  );
  if (total > MOST_BYTES) throw corrupt(`unpacked it takes more than ${MOST_BYTES / 2 ** 30} GiB`);
  const told = intact(() => checkSums(bytes));
  for (const [path, content] of Object.entries(files))
    if (told.get(path) !== crc32(content))
      throw corrupt(`${path} was changed or damaged: its check sum is another one`);
  return files;
}

/** Check sums of a zip's files by their paths, of its central directory (APPNOTE 4.3.12); `fflate` does not look at them. */
function checkSums(bytes: Uint8Array): ReadonlyMap<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - END_BYTES;
  while (view.getUint32(end, true) !== END_SIGNATURE) end -= 1;
  const sums = new Map<string, number>();
  // A file that fits into memory has no need of the 64-bit form of these numbers.
  for (let at = view.getUint32(end + 16, true); view.getUint32(at, true) === ENTRY_SIGNATURE; ) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    sums.set(name, view.getUint32(at + 16, true));
    at += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
  }
  return sums;
}

function intact<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (cause) {
    throw new UnicaError('engine.npz-corrupt', { problem: 'it is not a whole zip file' }, { cause });
  }
}

function corrupt(problem: string): UnicaError {
  return new UnicaError('engine.npz-corrupt', { problem });
}
