/** Who can mend it: the person, time (or whoever runs the surroundings), or us. */
export type ErrorFamily = 'user' | 'surroundings' | 'bug';

interface ErrorRow {
  readonly family: ErrorFamily;
  /** HTTP status when it reaches a client. */
  readonly status: number;
  /** What happened and where, for an operator; `{name}` is filled from the error's facts. */
  readonly sentence: string;
  /** The next step. */
  readonly mend: string;
}

/** The one table of failures. `docs/operators/errors.md` is made from it. Codes are `room.symptom`. */
export const ERROR_TABLE = {
  internal: {
    family: 'bug',
    status: 500,
    sentence: 'Something went wrong inside UNICA.',
    mend: 'Try again; if it happens twice, send the log lines around it to the helpdesk.',
  },
  'http.invalid-input': {
    family: 'user',
    status: 400,
    sentence: 'The request was not understood: {where}: {problem}.',
    mend: 'Correct the named field and send it again.',
  },
  'http.not-found': {
    family: 'user',
    status: 404,
    sentence: 'There is no {what} here.',
    mend: 'Check the address or the name.',
  },
  'http.sign-in-needed': {
    family: 'user',
    status: 401,
    sentence: 'You need to sign in for this.',
    mend: 'Sign in and try again.',
  },
  'http.not-allowed': {
    family: 'user',
    status: 403,
    sentence: 'Your role does not include this.',
    mend: 'Ask the person who manages roles in your organisation.',
  },
  'http.too-large': {
    family: 'user',
    status: 413,
    sentence: 'The request is larger than {limitBytes} bytes.',
    mend: 'Send less at once.',
  },
} as const satisfies Record<string, ErrorRow>;

/** Every code an error can carry. */
export type ErrorCode = keyof typeof ERROR_TABLE;
