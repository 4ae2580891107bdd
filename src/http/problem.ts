import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { asUnicaError, type ErrorCode, UnicaError } from '#base';

/** A failure as it is told to a client (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly title: string;
  /** What happened, where. */
  readonly detail: string;
  /** What to do next. */
  readonly mend: string;
}

/** The failure behind whatever was thrown, framework errors included. */
export function failureOf(thrown: unknown): UnicaError {
  if (thrown instanceof UnicaError) return withoutPlace(thrown);
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const first = thrown.validation[0];
    const where = `${thrown.validationContext ?? 'request'}${first?.instancePath ?? ''}`;
    return new UnicaError(
      'http.invalid-input',
      { where, problem: first?.message ?? 'not as described' },
      { cause: thrown },
    );
  }
  const status = statusOf(thrown);
  if (status === 413) return new UnicaError('http.too-large', { limitBytes: 'the allowed' }, { cause: thrown });
  if (status !== undefined && status >= 400 && status < 500) {
    return new UnicaError('http.invalid-input', { where: 'request', problem: 'not readable' }, { cause: thrown });
  }
  return withoutPlace(asUnicaError(thrown));
}

/** The document for a failure. */
export function problemOf(failure: UnicaError): Problem {
  return {
    type: `urn:unica:error:${failure.code}`,
    status: failure.status,
    code: failure.code,
    title: failure.sentence,
    detail: failure.message,
    mend: failure.mend,
  };
}

/** Whoever asks from outside is told that the disk is full, and not where on this machine it lies: that the log has. */
function withoutPlace(failure: UnicaError): UnicaError {
  if (failure.code !== 'checkup.disk-full' && failure.code !== 'checkup.folder-unwritable') return failure;
  return new UnicaError(failure.code, { ...failure.facts, path: 'this service' }, { cause: failure });
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}
