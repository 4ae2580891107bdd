import { createHash } from 'node:crypto';
import { UnicaError } from '#base';
import type { OpenBlob } from '#store';
import { WIRE_LIMITS } from '#wire';
import type { AnswerSink, StreamedBody } from './dial.ts';

/** What a break left is sent and fetched in pieces. They grow while the link carries them quickly and shrink when it breaks, so that little is sent twice. */
const SMALLEST_PIECE = 65_536;
const FIRST_PIECE = 1_048_576;
const QUICK_MS = 100;
const SLOW_MS = 300;
/** What goes in one request is read in stretches of this size. */
const STRETCH_BYTES = 262_144;
/** Longest wait between two attempts. */
const LONGEST_PAUSE_MS = 15_000;
const NOTHING_YET = { arrivedBytes: 0, whole: false } as const;
/** A content that arrives damaged so often is not a matter of the link. */
const MOST_DAMAGED = 3;

/** Sends and fetches pieces, one request each. */
export interface PieceLink {
  arrived(sha256: string): Promise<{ readonly arrivedBytes: number; readonly whole: boolean }>;
  send(
    sha256: string,
    piece: { readonly start: number; readonly size: number; readonly bytes: Uint8Array },
  ): Promise<{ readonly arrivedBytes: number; readonly whole: boolean }>;
  fetch(sha256: string, piece: { readonly start: number; readonly length: number }): Promise<Uint8Array>;
  /** Sends the whole as it is read, in one request signed by its digest. */
  sendWhole(sha256: string, content: StreamedBody): Promise<void>;
  /** Fetches the whole in one request; what was taken when it breaks off is nobody's word yet. */
  fetchWhole(sha256: string, into: WholeSink): Promise<void>;
  /** Whether a failure passes by itself: a broken link, a hub that is away or full. */
  passes(error: unknown): boolean;
  pause(ms: number): Promise<void>;
  nowMs(): number;
}

/** Takes content and its digest. */
export interface WholeSink extends AnswerSink {
  /** Of what was taken so far. */
  digest(): string;
}

/** How large the next piece is: about a fifth of a second's worth of what the link carries. */
class PieceSize {
  bytes = FIRST_PIECE;

  went(tookMs: number): void {
    if (tookMs < QUICK_MS) this.bytes = Math.min(WIRE_LIMITS.pieceBytes, this.bytes * 2);
    if (tookMs > SLOW_MS) this.broke();
  }

  broke(): void {
    this.bytes = Math.max(SMALLEST_PIECE, this.bytes / 2);
  }
}

/**
 * Uploads content in one request; after a break it goes on in pieces where the hub says it is. It goes on for as long as whoever
 * asked wants it: `link.pause` rejects when that is over. @throws UnicaError what does not pass.
 */
export async function upload(link: PieceLink, open: () => Promise<OpenBlob>, sha256: string): Promise<void> {
  const size = new PieceSize();
  let damaged = 0;
  // What is there already may be gone here.
  let content = await open().catch(() => undefined);
  // What is small is sent without asking; after a break it is asked what is there.
  let first = content !== undefined && content.sizeBytes <= size.bytes;
  let inOneGo = true;
  await persist(link, size, async () => {
    let { arrivedBytes, whole: isWhole } = first ? NOTHING_YET : await link.arrived(sha256);
    first = false;
    while (!isWhole) {
      content ??= await open();
      const beganMs = link.nowMs();
      try {
        if (inOneGo && arrivedBytes === 0) {
          inOneGo = false;
          const whole = content;
          return await link.sendWhole(sha256, { sizeBytes: whole.sizeBytes, parts: () => partsOf(whole) });
        }
        const bytes = await content.read(arrivedBytes, size.bytes);
        ({ arrivedBytes, whole: isWhole } = await link.send(sha256, {
          start: arrivedBytes,
          size: content.sizeBytes,
          bytes,
        }));
      } catch (error) {
        if (codeOf(error) !== 'store.draft-corrupt') throw error;
        damaged += 1;
        if (damaged === MOST_DAMAGED) throw error;
        arrivedBytes = 0;
      }
      size.went(link.nowMs() - beganMs);
    }
  }).finally(() => content?.close());
}

/** Fetches content in one request, after a break in pieces, and checks it. @throws UnicaError `node.hub-forged` when it is not what was asked for. */
export async function download(link: PieceLink, sha256: string): Promise<Uint8Array> {
  const size = new PieceSize();
  let received = new ReceivedContent();
  let inOneGo = true;
  /** What a broken stream brought, the hub has not signed: if it is wrong, all of it is fetched again in pieces, which are signed. */
  let unsigned = false;
  await persist(link, size, async () => {
    if (inOneGo) {
      inOneGo = false;
      unsigned = true;
      await link.fetchWhole(sha256, received);
      return;
    }
    for (;;) {
      const length = size.bytes;
      const beganMs = link.nowMs();
      const bytes = await link.fetch(sha256, { start: received.sizeBytes, length });
      received.take(bytes);
      size.went(link.nowMs() - beganMs);
      if (bytes.length === length) continue;
      if (!unsigned || received.digest() === sha256) return;
      unsigned = false;
      received = new ReceivedContent();
    }
  });
  if (received.digest() !== sha256) throw new UnicaError('node.hub-forged');
  return received.bytes();
}

/** Content in one piece of memory, digested as it comes. */
class ReceivedContent implements WholeSink {
  #content = Buffer.alloc(0);
  #digest = createHash('sha256');
  sizeBytes = 0;

  /** @throws UnicaError `node.hub-forged` for more than a hub sends */
  expect(sizeBytes: number): void {
    if (sizeBytes > WIRE_LIMITS.blobBytes) throw new UnicaError('node.hub-forged');
    if (sizeBytes <= this.#content.length) return;
    const larger = Buffer.allocUnsafeSlow(sizeBytes);
    this.#content.copy(larger, 0, 0, this.sizeBytes);
    this.#content = larger;
  }

  /** @throws UnicaError `node.hub-forged` as {@link expect} */
  take(part: Uint8Array): void {
    const needed = this.sizeBytes + part.length;
    if (needed > this.#content.length)
      this.expect(Math.max(needed, Math.min(WIRE_LIMITS.blobBytes, 2 * this.#content.length)));
    this.#content.set(part, this.sizeBytes);
    this.#digest.update(part);
    this.sizeBytes = needed;
  }

  digest(): string {
    return this.#digest.copy().digest('hex');
  }

  bytes(): Uint8Array {
    return this.#content.subarray(0, this.sizeBytes);
  }
}

/** Content from its beginning, a stretch at a time. */
async function* partsOf(content: OpenBlob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.sizeBytes; start += STRETCH_BYTES) yield await content.read(start, STRETCH_BYTES);
}

async function persist(link: PieceLink, size: PieceSize, work: () => Promise<void>): Promise<void> {
  let pauseMs = 100;
  for (;;) {
    const beganMs = link.nowMs();
    try {
      return await work();
    } catch (error) {
      if (!link.passes(error) && codeOf(error) !== 'store.piece-out-of-place') throw error;
      size.broke();
      // What went well for a while begins its waiting anew.
      if (link.nowMs() - beganMs > 2 * pauseMs) pauseMs = 100;
      await link.pause(pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}

/** The code of a failure, of the hub where the hub told it. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'hubCode' in error && typeof error.hubCode === 'string') return error.hubCode;
  return error instanceof UnicaError ? error.code : 'internal';
}
