import type { BlobDrafts, BlobReader, BlobStore } from './blobs.ts';
import { contentDigest } from './content-digest.ts';
import { openContent, SMALL_CONTENT_BYTES } from './small-contents.ts';

/** What is remembered altogether. */
const MOST_BYTES = 8 * 2 ** 20;

type Objects = BlobStore & BlobReader & BlobDrafts;

/**
 * Objects of which small content that came or was read lately is remembered: in a round of a small model every update is read twice
 * within milliseconds, and opening a file takes longer than what is done with it. What is told to be kept is kept below, as before.
 */
export function rememberSmall<Kept extends Objects>(objects: Kept): Kept {
  const recent = new Map<string, Uint8Array>();
  let heldBytes = 0;
  const forget = (sha256: string): void => {
    heldBytes -= recent.get(sha256)?.length ?? 0;
    recent.delete(sha256);
  };
  const remember = (sha256: string, content: Uint8Array): void => {
    // Only what it claims to be, whatever was found of it below.
    if (content.length > SMALL_CONTENT_BYTES || contentDigest(content) !== sha256) return;
    forget(sha256);
    // A copy: a Buffer's slice would be the same memory.
    recent.set(sha256, new Uint8Array(content));
    heldBytes += content.length;
    for (const oldest of recent.keys()) {
      if (heldBytes <= MOST_BYTES) break;
      forget(oldest);
    }
  };
  return {
    ...objects,
    has: async (sha256) => recent.has(sha256) || (await objects.has(sha256)),
    async put(content) {
      const heard = listeningTo(content);
      const kept = await objects.put(heard.content);
      remember(kept.sha256, heard.small());
      return kept;
    },
    async get(sha256) {
      const known = recent.get(sha256);
      if (known !== undefined) return known.slice();
      const content = await objects.get(sha256);
      remember(sha256, content);
      return content;
    },
    async *stream(sha256) {
      const known = recent.get(sha256);
      if (known === undefined) yield* objects.stream(sha256);
      else yield known.slice();
    },
    async open(sha256) {
      const known = recent.get(sha256);
      return known === undefined ? await objects.open(sha256) : openContent(known);
    },
    async remove(sha256) {
      forget(sha256);
      await objects.remove(sha256);
    },
    async addPiece(draft, start, piece) {
      const arrived = await objects.addPiece(draft, start, piece);
      if (arrived.whole && piece.length === draft.sizeBytes) remember(draft.sha256, piece);
      return arrived;
    },
    async receive(draft, content) {
      if (draft.sizeBytes > SMALL_CONTENT_BYTES) return await objects.receive(draft, content);
      const heard = listeningTo(content);
      const arrived = await objects.receive(draft, heard.content);
      remember(draft.sha256, heard.small());
      return arrived;
    },
  };
}

/** Content that is passed on and, while it is small, remembered on the way. */
function listeningTo<Content extends Uint8Array | AsyncIterable<Uint8Array>>(content: Content) {
  if (content instanceof Uint8Array) return { content, small: () => content };
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  const passedOn = (async function* () {
    for await (const part of content as AsyncIterable<Uint8Array>) {
      sizeBytes += part.length;
      if (sizeBytes <= SMALL_CONTENT_BYTES) parts.push(new Uint8Array(part));
      else parts.length = 0;
      yield part;
    }
  })();
  return { content: passedOn as AsyncIterable<Uint8Array> as Content, small: () => Buffer.concat(parts) };
}
