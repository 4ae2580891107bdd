/** A failure as the house describes it (application/problem+json): what happened and the next step. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** HTTP status; 0 when the house could not be reached at all. */
  readonly status: number;
  readonly code: string;
  /** Absent when the house gave none; the portal then says it in its own words. */
  readonly sentence: string | undefined;
  readonly mend: string | undefined;

  constructor(status: number, code: string, sentence?: string, mend?: string) {
    super(sentence ?? code);
    this.status = status;
    this.code = code;
    this.sentence = sentence;
    this.mend = mend;
  }
}

/** What was thrown, as a problem; what is none is a fault of ours. */
export function asProblem(thrown: unknown): ProblemError {
  return thrown instanceof ProblemError ? thrown : new ProblemError(0, 'internal');
}

/** The problem an unsuccessful answer carries. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined);
  const text = (name: string) => textMember(body, name);
  // The title is the sentence alone; the detail ends with what to do about it, which comes by itself too.
  return new ProblemError(response.status, text('code') ?? 'internal', text('title') ?? text('detail'), text('mend'));
}

function textMember(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const member: unknown = Reflect.get(body, name);
  return typeof member === 'string' && member !== '' ? member : undefined;
}
