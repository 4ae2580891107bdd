import assert from 'node:assert/strict';
import { sha256Hex, UnicaError } from '#base';
import type { BlobReader, BlobStore } from '#store';
import type { TaskBody } from '#wire';
import type { Learning, LearningSurroundings } from './learning.ts';

/** Content in memory. @param kept what is there, by digest */
export function memoryBlobs(kept = new Map<string, Uint8Array>()): BlobStore & BlobReader {
  const held = (sha256: string): Uint8Array => {
    const content = kept.get(sha256);
    if (content === undefined) throw new UnicaError('store.blob-missing', { sha256 });
    return content;
  };
  return {
    async put(content) {
      const parts: Uint8Array[] = [];
      for await (const part of content instanceof Uint8Array ? [content] : content) parts.push(part);
      const whole = Uint8Array.from(Buffer.concat(parts));
      const sha256 = sha256Hex(whole);
      kept.set(sha256, whole);
      return { sha256, sizeBytes: whole.length };
    },
    get: async (sha256) => held(sha256),
    async *stream(sha256) {
      yield held(sha256);
    },
    async open(sha256) {
      const content = held(sha256);
      return {
        sizeBytes: content.length,
        read: async (start, length) => content.slice(start, start + length),
        close: async () => {},
      };
    },
    has: async (sha256) => kept.has(sha256),
    remove: async (sha256) => void kept.delete(sha256),
    close: async () => {},
  };
}

/** Throws away, as a hub does in time, what no open job needs. @param registered digests that a register keeps */
export async function clearUnneeded(
  learning: Learning,
  kept: Map<string, Uint8Array>,
  registered: Iterable<string> = [],
): Promise<void> {
  const needed = new Set([...(await learning.needed()).digests, ...registered]);
  for (const sha256 of [...kept.keys()]) if (!needed.has(sha256)) kept.delete(sha256);
}

/** A hub around its learning whose work for sites is a map that the test empties: `site key` → what is asked. */
export function rigSurroundings(work: Map<string, TaskBody>): LearningSurroundings {
  return {
    giveWork: async (siteId, key, body) => void work.set(`${siteId} ${key}`, body),
    takeBackWork: async (prefix) => {
      for (const key of [...work.keys()]) if (key.includes(` ${prefix}`)) work.delete(key);
    },
    grant: async () => {},
    permitToken: async (permitId) => permitId,
    identityKey: async () => undefined,
    weightsOf: async (modelId) => assert.fail(`no model ${modelId}`),
    registerModel: async ({ jobId }) => `model-${jobId.slice(4)}`,
  };
}
