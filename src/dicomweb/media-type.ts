/** A media type with its parameters, as in `Content-Type` and `Accept` (RFC 9110 section 8.3.1). */
export interface MediaType {
  /** Lower case, such as `multipart/related`. */
  readonly type: string;
  /** Names in lower case, values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest header that is looked at. */
const LIMIT_CHARACTERS = 4096;

/** Reads one media type; undefined when it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const [head = '', ...rest] = splitOutsideQuotes(text.slice(0, LIMIT_CHARACTERS), ';');
  const type = head.trim().toLowerCase();
  if (!/^[\w!#$&^.+*-]{1,64}\/[\w!#$&^.+*-]{1,64}$/.test(type)) return undefined;
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const at = parameter.indexOf('=');
    if (at < 1) continue;
    const name = parameter.slice(0, at).trim().toLowerCase();
    if (!parameters.has(name)) parameters.set(name, unquoted(parameter.slice(at + 1).trim()));
  }
  return { type, parameters };
}

/**
 * What a client takes, best first by `q` and then in its own order; anything where it does not say. The query parameter
 * `accept`, for clients that cannot set headers, comes before the header (PS3.18 section 8.3.3.1).
 */
export function parseAccept(header: string | undefined, parameter?: string | undefined): readonly MediaType[] {
  const text = parameter === undefined || parameter === '' ? header : parameter;
  if (text === undefined || text.trim() === '') return [{ type: '*/*', parameters: new Map() }];
  return splitOutsideQuotes(text.slice(0, LIMIT_CHARACTERS), ',')
    .flatMap((range) => parseMediaType(range) ?? [])
    .map((range) => ({ range, q: weightOf(range) }))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ range }) => range);
}

function weightOf({ parameters }: MediaType): number {
  const q = Number(parameters.get('q') ?? '1');
  return Number.isFinite(q) ? Math.min(1, Math.max(0, q)) : 0;
}

function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\' && quoted) index += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
