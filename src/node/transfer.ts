import { createHash } from 'node:crypto';
import { UnicaError } from '#base';
import type { OpenBlob } from '#store';
import { WIRE_LIMITS } from '#wire';

/** Pieces grow while the link carries them quickly and shrink when it breaks, so that little is sent twice. */
const SMALLEST_PIECE = 65_536;
const FIRST_PIECE = 1_048_576;
const QUICK_MS = 100;
const SLOW_MS = 300;
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
  /** Whether a failure passes by itself: a broken link, a hub that is away or full. */
  passes(error: unknown): boolean;
  pause(ms: number): Promise<void>;
  nowMs(): number;
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
 * Uploads content a piece at a time; after a break it goes on where the hub says it is. It goes on for as long as whoever
 * asked wants it: `link.pause` rejects when that is over. @throws UnicaError what does not pass.
 */
export async function upload(link: PieceLink, open: () => Promise<OpenBlob>, sha256: string): Promise<void> {
  const size = new PieceSize();
  let damaged = 0;
  // What is there already may be gone here.
  let content = await open().catch(() => undefined);
  // One piece is sent without asking; after a break it is asked what is there.
  let first = content !== undefined && content.sizeBytes <= size.bytes;
  await persist(link, size, async () => {
    let { arrivedBytes, whole } = first ? NOTHING_YET : await link.arrived(sha256);
    first = false;
    while (!whole) {
      content ??= await open();
      const bytes = await content.read(arrivedBytes, size.bytes);
      const beganMs = link.nowMs();
      try {
        ({ arrivedBytes, whole } = await link.send(sha256, { start: arrivedBytes, size: content.sizeBytes, bytes }));
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

/** Fetches content a piece at a time and checks it. @throws UnicaError `node.hub-forged` when it is not what was asked for. */
export async function download(link: PieceLink, sha256: string): Promise<Uint8Array> {
  const size = new PieceSize();
  const pieces: Uint8Array[] = [];
  const digest = createHash('sha256');
  let start = 0;
  await persist(link, size, async () => {
    for (;;) {
      const length = size.bytes;
      const beganMs = link.nowMs();
      const bytes = await link.fetch(sha256, { start, length });
      pieces.push(bytes);
      digest.update(bytes);
      start += bytes.length;
      if (start > WIRE_LIMITS.blobBytes) throw new UnicaError('node.hub-forged');
      if (bytes.length < length) return;
      size.went(link.nowMs() - beganMs);
    }
  });
  if (digest.digest('hex') !== sha256) throw new UnicaError('node.hub-forged');
  return Buffer.concat(pieces);
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
