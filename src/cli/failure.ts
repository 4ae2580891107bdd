import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemFailure, UnicaError } from '#base';

/** What to say about a failure, and how to leave. */
export interface Failure {
  readonly line: string;
  /** 1: the operation failed; 2: wrong usage or unusable input. */
  readonly exitCode: 1 | 2;
  /** The trace, for `--verbose`. */
  readonly trace: string;
}

/** One clear line for any failure, with the code that the page of errors has it under: ours speak for themselves, the rest is a bug whose trace is kept in a file. */
export function failureOf(thrown: unknown): Failure {
  const trace = traceOf(thrown);
  const known = knownFailure(thrown);
  if (known !== undefined && known.family !== 'bug') {
    return { line: `${known.message} [${known.code}]`, exitCode: known.family === 'user' ? 2 : 1, trace };
  }
  return { line: `${new UnicaError('internal').message} ${keep(trace)} [internal]`, exitCode: 1, trace };
}

function knownFailure(thrown: unknown): UnicaError | undefined {
  const known = systemFailure(thrown);
  if (known !== undefined) return known;
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const code = 'code' in error ? error.code : undefined;
    const at = 'path' in error && typeof error.path === 'string' ? error.path : '?';
    // A folder on a disk that cannot be written to is "not there" to whoever makes it with those above it.
    if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'mkdir')
      return new UnicaError('checkup.folder-unwritable', { path: at, reason: 'it cannot be made there' });
    if (code === 'ENOENT') return new UnicaError('cli.no-file', { path: at });
    if (code === 'EACCES' || code === 'EPERM') return new UnicaError('cli.not-permitted', { path: at });
    if (code === 'ENOTDIR') return new UnicaError('cli.no-folder', { path: at });
  }
  return undefined;
}

function traceOf(thrown: unknown): string {
  const parts: string[] = [];
  for (let error: unknown = thrown; error !== undefined; error = error instanceof Error ? error.cause : undefined) {
    parts.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return parts.join('\ncaused by ');
}

function keep(trace: string): string {
  const path = join(tmpdir(), 'unica-errors.log');
  try {
    appendFileSync(path, `${trace}\n\n`, { mode: 0o600 });
    return `(The log is ${path}.)`;
  } catch {
    return '(Run it again with --verbose to see the log.)';
  }
}
