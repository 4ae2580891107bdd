import type { Journal } from '#audit';
import { ERROR_TABLE } from '#base';
import type { LocalBlobs } from '#store';
import type { MaskReviews, MaskVerdict } from './mask-reviews.ts';
import type { PictureDesk } from './picture-desk.ts';
import type { Quarantine } from './quarantine.ts';
import { type ImageShelves, removeImage } from './remove-image.ts';

/** What a desk works with. */
export interface MaskDeskParts extends ImageShelves {
  readonly blobs: ImageShelves['blobs'] & LocalBlobs;
  readonly reviews: MaskReviews;
  readonly quarantine: Quarantine;
  readonly pictures: PictureDesk;
  /** Pseudonyms whose pictures are shown to nobody. */
  hidden(): Promise<readonly string[]>;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** What has become of a picture that somebody judged. `withdrawn`: it waits in quarantine to be blacked out by hand. */
export type ReviewOutcome =
  | { readonly outcome: 'recorded' }
  | { readonly outcome: 'withdrawn'; readonly quarantineId: string };

/** Longest side of a preview in pixels. */
const PREVIEW_PX = 1400;

/**
 * Shows people what was blacked out, and carries out what they say of it. A picture in which something is readable leaves the
 * archive at once: nobody searches it, trains on it or retrieves it before somebody has blacked it out.
 */
export class MaskDesk {
  readonly #parts: MaskDeskParts;

  constructor(parts: MaskDeskParts) {
    this.#parts = parts;
  }

  /** Images with something blacked out, and how many of which equipment there are. @param page from 0 */
  async list(wish: { readonly modality: string | undefined; readonly page: number; readonly limit: number }) {
    const { reviews } = this.#parts;
    const hidden = await this.#hidden();
    const [items, equipment] = await Promise.all([
      reviews.masked({ ...wish, limit: wish.limit + 1, hidden }),
      reviews.equipment(hidden),
    ]);
    return { items: items.slice(0, wish.limit), isLast: items.length <= wish.limit, equipment };
  }

  /** @throws UnicaError `http.not-found`. */
  async show(sopInstanceUid: string) {
    const row = await this.#parts.reviews.picture(sopInstanceUid, await this.#hidden());
    return {
      sopInstanceUid,
      modality: row.modality,
      manufacturer: row.manufacturer,
      importedAtMs: row.imported_at_ms,
      picture: {
        rows: row.image_rows ?? 1,
        columns: row.image_columns ?? 1,
        frames: Math.max(1, row.frame_count ?? 1),
      },
      masks: row.masks.map((mask) => ({ ...mask })),
      reviews: row.reviews.map(({ verdict, reviewer, at_ms, settled_at_ms }) => ({
        ...{ verdict, reviewer },
        atMs: at_ms,
        isSettled: settled_at_ms !== null,
      })),
    };
  }

  /** A frame as PNG, from 0. @throws UnicaError `http.not-found` and as the decoders. */
  async picture(sopInstanceUid: string, frame: number): Promise<Uint8Array> {
    const { reviews, pictures, blobs } = this.#parts;
    const row = await reviews.picture(sopInstanceUid, await this.#hidden());
    const wish = { viewport: { columns: PREVIEW_PX, rows: PREVIEW_PX }, window: undefined };
    return await pictures.do({ kind: 'file-picture', path: blobs.pathOf(row.blob_sha256), frame, wish });
  }

  /** @throws UnicaError `http.not-found`. */
  async judge(
    sopInstanceUid: string,
    { verdict, sampleId }: { readonly verdict: MaskVerdict; readonly sampleId?: string | undefined },
    reviewer: string,
  ): Promise<ReviewOutcome> {
    const { reviews, journal } = this.#parts;
    const row = await reviews.picture(sopInstanceUid, await this.#hidden());
    if (sampleId !== undefined) await reviews.sample(sampleId);
    const wasMasked = row.masks.length > 0;
    // Before it is gone from the archive: a verdict that is not written down is forgotten.
    await reviews.record({ sopInstanceUid, wasMasked, verdict, reviewer, sampleId });
    const facts = { verdict, masks: row.masks.length };
    await journal.append({ actor: reviewer, action: 'masks.judged', subject: sopInstanceUid, facts });
    if (verdict !== 'readable') return { outcome: 'recorded' };
    const quarantineId = await this.#withdraw(sopInstanceUid, row);
    await journal.append({
      actor: reviewer,
      action: 'image.withdrawn',
      subject: sopInstanceUid,
      facts: { quarantineId },
    });
    return { outcome: 'withdrawn', quarantineId };
  }

  async draw(wish: { readonly masked: number; readonly unmasked: number }, drawnBy: string) {
    const { reviews, journal } = this.#parts;
    const sampleId = await reviews.draw({ ...wish, drawnBy }, await this.#hidden());
    await journal.append({ actor: drawnBy, action: 'masks.sample-drawn', subject: sampleId, facts: { ...wish } });
    return await reviews.sample(sampleId);
  }

  async #withdraw(sopInstanceUid: string, row: Awaited<ReturnType<MaskReviews['picture']>>): Promise<string> {
    const { quarantine, blobs, clock } = this.#parts;
    const { sentence, mend } = ERROR_TABLE['node.found-readable'];
    const content = { path: blobs.pathOf(row.blob_sha256), sizeBytes: row.size_bytes, sha256: row.blob_sha256 };
    await quarantine.keep(row.source_sha256, content, { code: 'node.found-readable', sentence, mend });
    const quarantineId = quarantine.idOf(row.source_sha256);
    await removeImage(this.#parts, sopInstanceUid, async (db) => {
      const values = { quarantine_id: quarantineId, masks: JSON.stringify(row.masks), at_ms: clock() };
      await db
        .insertInto('withdrawn_images')
        .values({ sop_instance_uid: sopInstanceUid, ...values })
        .onConflict((conflict) => conflict.column('sop_instance_uid').doUpdateSet(values))
        .execute();
    });
    return quarantineId;
  }

  async #hidden(): Promise<readonly string[]> {
    return await this.#parts.hidden();
  }
}
