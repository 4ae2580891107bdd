import { ERROR_TABLE, type ErrorCode, type ErrorFamily } from './error-table.ts';

/** What an error is about: ids, paths, sizes; never patient data, never a secret. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

/**
 * Every failure that leaves a room. Its code finds the row of {@link ERROR_TABLE}: HTTP status, the sentence for the
 * person who meets it and what to do next; `facts` fill the sentence's `{placeholders}`.
 */
export class UnicaError extends Error {
  override readonly name = 'UnicaError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}, options: { readonly cause?: unknown } = {}) {
    const row = ERROR_TABLE[code];
    super(`${fill(row.sentence, facts)} ${fill(row.mend, facts)}`.trim(), options);
    this.code = code;
    this.facts = facts;
  }

  /** What happened and where, without the next step. */
  get sentence(): string {
    return fill(ERROR_TABLE[this.code].sentence, this.facts);
  }

  /** The next step. */
  get mend(): string {
    return fill(ERROR_TABLE[this.code].mend, this.facts);
  }

  /** HTTP status of this failure. */
  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** user: the person can fix it; surroundings: try again; bug: ours. */
  get family(): ErrorFamily {
    return ERROR_TABLE[this.code].family;
  }
}

function fill(sentence: string, facts: ErrorFacts): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => (name in facts ? String(facts[name]) : whole));
}
