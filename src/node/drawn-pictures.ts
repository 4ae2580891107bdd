import { UnicaError } from '#base';
import type { PictureWish } from '#dicomweb';
import type { BlobReader, BlobStore } from '#store';
import type { IndexedInstance } from './dicom-index.ts';
import { openImage } from './open-image.ts';
import type { PictureDesk } from './picture-desk.ts';

/** Pictures kept in memory, in bytes: some two thousand of those that stand in until a film is there. */
const KEPT_BYTES = 64 * 1_048_576;
/** Larger pictures are drawn each time: one would push out many small ones. */
const KEPT_PICTURE_BYTES = 1_048_576;
/** Pictures that may wait to be drawn ahead; the oldest wishes are dropped first. */
const MOST_WAITING = 64;

/** What is drawn. */
export interface WishedPicture {
  readonly instance: IndexedInstance;
  /** From 1. */
  readonly number: number;
  readonly wish: PictureWish;
}

/**
 * Frames as PNG, drawn once and kept for a while in memory only. Who may see an image is asked before this: the key is the digest of
 * its content, so that a picture of what was blacked out since is never found again.
 */
export class DrawnPictures {
  readonly #blobs: BlobStore & BlobReader;
  readonly #desk: Pick<PictureDesk, 'do'>;
  readonly #limitBytes: number;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #drawing = new Map<string, Promise<Uint8Array>>();
  #waiting: WishedPicture[] = [];
  #asked = 0;
  #isAhead = false;
  #keptBytes = 0;

  constructor({
    blobs,
    desk,
    limitBytes = KEPT_BYTES,
  }: {
    readonly blobs: BlobStore & BlobReader;
    readonly desk: Pick<PictureDesk, 'do'>;
    readonly limitBytes?: number;
  }) {
    this.#blobs = blobs;
    this.#desk = desk;
    this.#limitBytes = limitBytes;
  }

  /** @throws UnicaError `dicom.no-pixels`, `http.not-found` and as the decoders. */
  async picture(wished: WishedPicture): Promise<Uint8Array> {
    this.#asked += 1;
    try {
      return await this.#of(wished);
    } finally {
      this.#asked -= 1;
      void this.#drawAhead();
    }
  }

  /** Draws ahead, while nobody waits for a picture; what cannot be drawn is told to whoever asks for it. */
  prepare(wished: readonly WishedPicture[]): void {
    const keys = new Set(wished.map(keyOf));
    const others = this.#waiting.filter((one) => !keys.has(keyOf(one)));
    this.#waiting = [...wished.filter((one) => !this.#kept.has(keyOf(one))), ...others].slice(0, MOST_WAITING);
    void this.#drawAhead();
  }

  async #drawAhead(): Promise<void> {
    if (this.#isAhead) return;
    this.#isAhead = true;
    try {
      while (this.#asked === 0) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        await this.#of(next).catch(() => {});
      }
    } finally {
      this.#isAhead = false;
    }
  }

  async #of(wished: WishedPicture): Promise<Uint8Array> {
    const key = keyOf(wished);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      // Used last, let go of last.
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const drawing = this.#drawing.get(key) ?? this.#draw(wished).finally(() => this.#drawing.delete(key));
    this.#drawing.set(key, drawing);
    const bytes = await drawing;
    this.#keep(key, bytes);
    return bytes;
  }

  async #draw({ instance, number, wish }: WishedPicture): Promise<Uint8Array> {
    const image = await openImage(this.#blobs, instance);
    try {
      if (image.frameCount === 0) throw new UnicaError('dicom.no-pixels');
      if (number > image.frameCount) throw new UnicaError('http.not-found', { what: 'frame of that number' });
      const [frame, header] = await Promise.all([image.frame(number - 1), image.headerBytes()]);
      return await this.#desk.do({ kind: 'picture', header, frame, wish });
    } finally {
      await image.close();
    }
  }

  #keep(key: string, bytes: Uint8Array): void {
    if (this.#kept.has(key) || bytes.byteLength > KEPT_PICTURE_BYTES) return;
    this.#kept.set(key, bytes);
    this.#keptBytes += bytes.byteLength;
    for (const [oldest, { byteLength }] of this.#kept) {
      if (this.#keptBytes <= this.#limitBytes) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= byteLength;
    }
  }
}

function keyOf({ instance, number, wish: { window, viewport } }: WishedPicture): string {
  const sides = viewport === undefined ? '' : `${viewport.columns},${viewport.rows}`;
  const shown = window === undefined ? '' : `${window.center},${window.width}`;
  return [instance.blobSha256, number, sides, shown].join('/');
}
