import { asUnicaError } from './as-unica-error.ts';
import type { ErrorCode } from './error-table.ts';
import { type ErrorFacts, UnicaError } from './errors.ts';

/** A failure as plain data, to cross from one thread or process to another. */
export interface TransportedError {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
  /** The original's own words when it was not ours. */
  readonly because: string;
}

/** What to send instead of an error. */
export function packError(thrown: unknown): TransportedError {
  const { code, facts, cause } = asUnicaError(thrown);
  return { code, facts, because: cause instanceof Error ? cause.message : '' };
}

/** The error again on the other side. */
export function unpackError({ code, facts, because }: TransportedError): UnicaError {
  return new UnicaError(code, facts, because === '' ? {} : { cause: new Error(because) });
}
