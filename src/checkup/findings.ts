import { ERROR_TABLE, type ErrorCode, systemFailure, UnicaError } from '#base';
import type { CheckName, Finding, Mender } from '#wire';
import { menderOf } from './mender-of.ts';

/** All is well, and what was seen. */
export function good(check: CheckName, says: string): Finding {
  return { check, state: 'good', code: null, says, mend: null, mender: null, more: null };
}

/** Not looked at, and why. */
export function skipped(check: CheckName, says: string): Finding {
  return { check, state: 'skipped', code: null, says, mend: null, mender: null, more: null };
}

/** It works, and somebody should know. */
export function note(check: CheckName, failure: UnicaError, mender?: Mender): Finding {
  return told(check, 'note', failure, mender);
}

/** It has to be mended. */
export function bad(check: CheckName, thrown: unknown, at: { readonly path?: string } = {}, mender?: Mender): Finding {
  return told(check, 'bad', failureOf(thrown, at.path ?? '?'), mender);
}

/** What an error of the system says about a folder, in our words; ours as they are. */
export function failureOf(thrown: unknown, path: string): UnicaError {
  const known = systemFailure(thrown, path);
  if (known !== undefined) return known;
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const reason = systemCode(error);
    if (reason === 'EACCES' || reason === 'EPERM' || reason === 'ENOTDIR')
      return new UnicaError('checkup.folder-unwritable', { path, reason }, { cause: thrown });
  }
  return new UnicaError('internal', {}, { cause: thrown });
}

/** The code that the system gives an error, such as `ECONNREFUSED`; else its name. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** A failure that another house told of, in that house's words. */
export function toldBy(
  check: CheckName,
  { code, says, mend }: { readonly code: string; readonly says: string; readonly mend: string },
): Finding {
  const known = isKnown(code) ? code : undefined;
  return {
    check,
    state: 'bad',
    code,
    says,
    mend: mend === '' ? null : mend,
    mender: known === undefined ? 'coordinator' : menderOf(known),
    more: known === undefined ? null : pageOf(known),
  };
}

function told(
  check: CheckName,
  state: 'note' | 'bad',
  failure: UnicaError,
  mender: Mender = menderOf(failure.code),
): Finding {
  const mend = failure.mend;
  return { check, state, code: failure.code, says: failure.sentence, mend, mender, more: pageOf(failure.code) };
}

function isKnown(code: string): code is ErrorCode {
  return code in ERROR_TABLE;
}

/** Of the operators' page of errors. */
function pageOf(code: ErrorCode): string {
  return `docs/operators/errors.md#${code.replaceAll('.', '')}`;
}
