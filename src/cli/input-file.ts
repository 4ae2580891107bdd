import { open, readFile, stat } from 'node:fs/promises';
import type { z } from 'zod';
import { UnicaError } from '#base';

/**
 * A file's bytes.
 * @param limitBytes a larger file is not read at all
 * @throws UnicaError `cli.no-file`, `cli.unreadable`
 */
export async function readInput(path: string, limitBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const found = await statOf(path);
  if (found.size > limitBytes) {
    throw new UnicaError('cli.unreadable', {
      path,
      problem: `it is larger than ${Math.floor(limitBytes / 2 ** 20)} MiB`,
      hint: 'Split it into smaller files.',
    });
  }
  return new Uint8Array(await readFile(path));
}

/** The last bytes of a file, of which the rest is not read. @throws UnicaError `cli.no-file`, `cli.unreadable` */
export async function readEnd(path: string, bytes: number): Promise<Uint8Array> {
  const found = await statOf(path);
  // A pipe says that it is empty until it is read.
  if (!found.isFile())
    throw new UnicaError('cli.unreadable', {
      path,
      problem: 'it is no ordinary file',
      hint: 'Save it to a file first.',
    });
  const { size } = found;
  const file = await open(path, 'r');
  try {
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function statOf(path: string) {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new UnicaError('cli.no-file', { path });
  if (found.isDirectory())
    throw new UnicaError('cli.unreadable', { path, problem: 'it is a folder', hint: 'Name a file in it.' });
  return found;
}

/** A JSON file of a known shape. @throws UnicaError `cli.no-file`, `cli.unreadable` naming the first wrong place. */
export async function readJsonInput<Value>(path: string, shape: z.ZodType<Value>, hint: string): Promise<Value> {
  const text = new TextDecoder().decode(await readInput(path));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new UnicaError('cli.unreadable', { path, problem: 'it is not JSON', hint }, { cause });
  }
  const parsed = shape.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem =
    issue === undefined ? 'its shape is not known' : `${issue.path.join('.') || 'the document'}: ${issue.message}`;
  throw new UnicaError('cli.unreadable', { path, problem, hint });
}

/** Says whether the path leads to something. @throws UnicaError `cli.no-file`. */
export async function mustExist(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) throw new UnicaError('cli.no-file', { path });
}

/** Fewer bytes could be guessed, and with them every pseudonym. */
const FEWEST_SECRET_BYTES = 32;

/** The secret of a site, from which its pseudonyms are made. @throws UnicaError `cli.no-file`, `cli.unreadable` */
export async function readSecret(path: string): Promise<Uint8Array> {
  const secret = await readInput(path);
  if (secret.length >= FEWEST_SECRET_BYTES) return secret;
  throw new UnicaError('cli.unreadable', {
    path,
    problem: `a secret needs at least ${FEWEST_SECRET_BYTES} bytes`,
    hint: 'Make one with `openssl rand 32 > site.secret`.',
  });
}
