import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { UnicaError } from '#base';
import type { ByteSource } from '#dicom';
import { FILE_LIMIT_BYTES } from './file-limits.ts';
import { looksLikeDicom } from './sniff.ts';

/** A file that is read in parts; to be closed. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** A file on the disk. */
export interface OpenFile extends FileSource {
  /** Reads the whole file into memory that is there. @returns the part of it that was filled */
  fill(target: ArrayBuffer): Uint8Array;
}

/** Larger files are worth reading in parts. */
export const LARGE_FILE_BYTES = 2 ** 26;

/** Short stretches are cut from one reading of this size: lengths and headers follow one another. */
const WINDOW_BYTES = 65_536;
const SHORT_BYTES = 4096;

/** Opens a file for reading in parts, in the calling thread. @throws UnicaError `intake.unreadable`. */
export function openFileSource(path: string): OpenFile {
  const readable = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (cause) {
      const problem = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
      throw new UnicaError('intake.unreadable', { problem }, { cause });
    }
  };
  const file = readable(() => openSync(path, 'r'));
  const sizeBytes = readable(() => fstatSync(file).size);
  const readAt = (start: number, length: number): Uint8Array =>
    filledFrom(start, new Uint8Array(Math.max(0, Math.min(length, sizeBytes - start))));
  const filledFrom = (start: number, bytes: Uint8Array): Uint8Array => {
    let filled = 0;
    while (filled < bytes.length) {
      const more = readable(() => readSync(file, bytes, filled, bytes.length - filled, start + filled));
      // It has become shorter since it was opened.
      if (more === 0) throw new UnicaError('intake.unreadable', { problem: 'it changed while it was read' });
      filled += more;
    }
    return bytes;
  };
  let window = { start: 0, bytes: new Uint8Array(0) };
  return {
    sizeBytes,
    read(start, length) {
      if (length > SHORT_BYTES) return readAt(start, length);
      const within = start >= window.start && start + length <= window.start + window.bytes.length;
      if (!within) window = { start, bytes: new Uint8Array(readAt(start, WINDOW_BYTES)) };
      return window.bytes.subarray(start - window.start, start - window.start + length);
    },
    fill: (target) => filledFrom(0, new Uint8Array(target, 0, sizeBytes)),
    close: () => closeSync(file),
  };
}

/** Bytes that are held, read as a file is; {@link FileSource.close} does nothing. */
export function heldSource(bytes: Uint8Array): FileSource {
  return {
    sizeBytes: bytes.length,
    read: (start, length) => bytes.subarray(start, start + length),
    close: () => {},
  };
}

/**
 * A DICOM file opened, where it is worth reading in parts and not beyond what is taken; undefined for any other, of which
 * whoever reads it whole says what is wrong.
 */
export function openLargeDicom(path: string): FileSource | undefined {
  let source: OpenFile | undefined;
  try {
    if (statSync(path).size <= LARGE_FILE_BYTES) return undefined;
    source = openFileSource(path);
    if (source.sizeBytes <= FILE_LIMIT_BYTES && looksLikeDicom(source.read(0, 132))) return source;
  } catch {
    // Reading it whole will fail too, and say so.
  }
  source?.close();
  return undefined;
}
