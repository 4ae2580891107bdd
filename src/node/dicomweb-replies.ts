import { type Json, sha256Hex, UnicaError, utf8 } from '#base';
import { chooseMediaType, type MediaType, multipartEnd, multipartType, partHead } from '#dicomweb';
import { isKnownTag, type StreamReply } from '#http';

/** Only the asking person's own program may keep an answer, and it asks each time whether it is still good. */
const PRIVATE = { 'cache-control': 'private, no-cache', vary: 'accept, authorization, cookie' } as const;

const JSON_TYPES = ['application/dicom+json', 'application/json'] as const;

/** The kind of JSON a client takes. @throws UnicaError `dicomweb.not-acceptable`. */
export function jsonType(accept: readonly MediaType[]): (typeof JSON_TYPES)[number] {
  const chosen = chooseMediaType(accept, JSON_TYPES);
  if (chosen === undefined) throw new UnicaError('dicomweb.not-acceptable', { offered: 'application/dicom+json' });
  return chosen;
}

/** A document in DICOM JSON. */
export function jsonReply(
  accept: readonly MediaType[],
  document: Json,
  options: { readonly status?: number; readonly warnings?: readonly string[] } = {},
): StreamReply {
  const { status = 200, warnings = [] } = options;
  return {
    status,
    headers: {
      ...PRIVATE,
      'content-type': jsonType(accept),
      ...(warnings.length === 0 ? {} : { warning: warnings.map((text) => `299 unica "${text}"`).join(', ') }),
    },
    body: utf8(JSON.stringify(document)),
  };
}

/** One part of an answer, fetched when its turn comes. */
export interface OutgoingPart {
  readonly contentType: string;
  readonly location?: string;
  readonly sizeBytes?: number;
  content(): AsyncIterable<Uint8Array>;
}

/** What an answer is made of: equal marks, equal bytes. */
export function entityTag(marks: Json): string {
  return `"${sha256Hex(JSON.stringify(marks)).slice(0, 32)}"`;
}

/** An answer with a tag; 304 without a body where the client has it. */
export function taggedReply(
  tag: string,
  ifNoneMatch: string | readonly string[] | undefined,
  make: () => Pick<StreamReply, 'headers' | 'body'>,
): StreamReply {
  if (isKnownTag(tag, ifNoneMatch)) return { status: 304, headers: { ...PRIVATE, etag: tag }, body: new Uint8Array(0) };
  const { headers, body } = make();
  return { status: 200, headers: { ...PRIVATE, ...headers, etag: tag }, body };
}

/** Parts as one `multipart/related` body. The boundary is made of the tag, so that equal answers are equal in bytes. */
export function multipartBody(tag: string, parts: readonly OutgoingPart[]): Pick<StreamReply, 'headers' | 'body'> {
  const boundary = `unica-${tag.replaceAll('"', '')}`;
  const body = async function* () {
    for (const [index, part] of parts.entries()) {
      yield partHead(boundary, { first: index === 0, ...part });
      yield* part.content();
    }
    yield multipartEnd(boundary);
  };
  return { headers: { 'content-type': multipartType(boundary, parts[0]?.contentType ?? '') }, body: body() };
}

/** One part alone. */
export function singleBody(part: OutgoingPart): Pick<StreamReply, 'headers' | 'body'> {
  return { headers: { 'content-type': part.contentType }, body: part.content() };
}
