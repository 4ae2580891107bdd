import { ProblemError, problemOf } from './problem.ts';

/** What turns an answer into a checked value; every schema of #wire is one. */
export interface Parser<T> {
  parse(value: unknown): T;
}

/** A parser of the list under one member of the answer, such as `{jobs: [...]}`. */
export function listUnder<T>(member: string, item: Parser<T>): Parser<readonly T[]> {
  return {
    parse(value) {
      const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
      if (!Array.isArray(list)) throw new TypeError(`no list named ${member}`);
      return list.map((entry) => item.parse(entry));
    },
  };
}

/** `GET` of the house that served this page. @throws ProblemError */
export async function readFrom<T>(path: string, parser: Parser<T>, signal?: AbortSignal): Promise<T> {
  return parsed(await reach(path, { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) }), parser);
}

/** How a write is asked for. */
export type WriteMethod = 'POST' | 'PUT' | 'DELETE';

/** A write with the session's token; one without a body sends none. @throws ProblemError */
export async function writeTo<T>(
  path: string,
  body: unknown,
  csrfToken: string | null,
  parser: Parser<T>,
  method: WriteMethod = 'POST',
): Promise<T> {
  const headers = { accept: 'application/json', 'x-unica-csrf': csrfToken ?? '' };
  const sent = {
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  return parsed(await reach(path, { method, ...(body === undefined ? { headers } : sent) }), parser);
}

/** `GET` of a text. @throws ProblemError */
export async function readText(path: string, signal?: AbortSignal): Promise<string> {
  return await (await reach(path, signal ? { signal } : {})).text();
}

/** `POST` of bytes, or of nothing, with the session's token. @throws ProblemError */
export async function sendBytes<T>(
  path: string,
  body: Blob | undefined,
  csrfToken: string | null,
  parser: Parser<T>,
): Promise<T> {
  const headers = {
    accept: 'application/json',
    'x-unica-csrf': csrfToken ?? '',
    ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
  };
  return parsed(await reach(path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) }), parser);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...init, credentials: 'same-origin' }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ProblemError(0, 'unreachable');
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function parsed<T>(response: Response, parser: Parser<T>): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined);
  try {
    return parser.parse(body);
  } catch (cause) {
    // The portal and the house are of different versions; the console says which field differs.
    console.error(cause);
    throw new ProblemError(response.status, 'not-understood');
  }
}
