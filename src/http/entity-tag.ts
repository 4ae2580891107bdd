import { sha256Hex } from '#base';
import type { StreamReply } from './route.ts';

/** True when the client says that it holds the answer with this tag already (RFC 9110 section 13.1.2, weak comparison). */
export function isKnownTag(tag: string, ifNoneMatch: string | readonly string[] | undefined): boolean {
  if (typeof ifNoneMatch !== 'string') return false;
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
}

/** An answer with the digest of its body as its tag; 304 without a body where the client has just that. */
export function withEntityTag(
  reply: StreamReply & { readonly body: Uint8Array },
  ifNoneMatch: string | readonly string[] | undefined,
): StreamReply {
  const tag = `"${sha256Hex(reply.body).slice(0, 32)}"`;
  const headers = { ...reply.headers, etag: tag };
  if (!isKnownTag(tag, ifNoneMatch)) return { ...reply, headers };
  const { 'content-type': _type, ...others } = headers as Record<string, string>;
  return { status: 304, headers: others, body: new Uint8Array(0) };
}
