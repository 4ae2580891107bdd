import { type Kysely, sql } from 'kysely';
import { type Clock, UnicaError } from '#base';
import type { PixelMask } from '#deid';
import { missRateBound } from '#quality';
import { masksOf } from './pixel-masks.ts';
import type { NodeTables } from './tables.ts';

/** What a person says of what was blacked out in an image. */
export type MaskVerdict = NodeTables['mask_reviews']['verdict'];

/** Devices whose slices are numbers, not pictures of a screen; nobody searches them for writing. */
const NOT_AT_RISK = ['CT', 'MR', 'NM', 'PT'] as const;

/** What is known of one group of a sample. */
export interface MaskTally {
  /** Images of the group when the sample was drawn. */
  readonly images: number;
  readonly drawn: number;
  readonly looked: number;
  readonly readable: number;
  readonly tooMuch: number;
  /** Upper 95 % bound of the share of images with something readable. */
  readonly readableAtMost: number;
}

/** What was blacked out in the images of the archive, and what people said of it. */
export class MaskReviews {
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(db: Kysely<NodeTables>, clock: Clock, newId: (prefix: string) => string) {
    this.#db = db;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Images with something blacked out, the last to come first. @param page from 0 */
  async masked(wish: {
    readonly modality: string | undefined;
    readonly page: number;
    readonly limit: number;
    readonly hidden: readonly string[];
  }) {
    const shown = this.#pictures(wish.hidden, wish.modality).where('m.masks', 'is not', null);
    const rows = await shown
      .select(['i.sop_instance_uid', 'i.modality', 'i.manufacturer', 'i.imported_at_ms', 'm.masks'])
      .orderBy('i.imported_at_ms', 'desc')
      .orderBy('i.sop_instance_uid')
      .offset(wish.page * wish.limit)
      .limit(wish.limit)
      .execute();
    const verdicts = await this.#lastVerdicts(rows.map((row) => row.sop_instance_uid));
    return rows.map((row) => {
      const masks = JSON.parse(row.masks ?? '[]') as readonly PixelMask[];
      return {
        sopInstanceUid: row.sop_instance_uid,
        modality: row.modality,
        manufacturer: row.manufacturer,
        importedAtMs: row.imported_at_ms,
        masks: masks.length,
        reasons: [...new Set(masks.map(({ reason }) => reason))],
        leastConfidence: Math.min(1, ...masks.map(({ confidence }) => confidence)),
        verdict: verdicts.get(row.sop_instance_uid) ?? null,
      };
    });
  }

  /** Pictures with something blacked out, and how many of them nobody has looked at. */
  async totals(hidden: readonly string[]): Promise<{ readonly masked: number; readonly maskedUnseen: number }> {
    const row = await this.#pictures(hidden)
      .where('m.masks', 'is not', null)
      .select((select) => [
        select.fn.countAll().as('masked'),
        sql<number>`sum(case when exists (select 1 from mask_reviews v where v.sop_instance_uid = i.sop_instance_uid) then 0 else 1 end)`.as(
          'unseen',
        ),
      ])
      .executeTakeFirst();
    return { masked: Number(row?.masked ?? 0), maskedUnseen: Number(row?.unseen ?? 0) };
  }

  /** How many pictures of each kind of equipment there are, and how many have something blacked out. */
  async equipment(hidden: readonly string[]) {
    const rows = await this.#pictures(hidden)
      .select((select) => [
        'i.modality',
        'i.manufacturer',
        select.fn.countAll().as('images'),
        select.fn.count('m.subject').as('masked'),
      ])
      .groupBy(['i.modality', 'i.manufacturer'])
      .orderBy(sql`count(m.subject)`, 'desc')
      .orderBy('i.modality')
      .limit(200)
      .execute();
    return rows.map(({ images, masked, ...row }) => ({ ...row, images: Number(images), masked: Number(masked) }));
  }

  /** A stored picture with what is black in it. @throws UnicaError `http.not-found`. */
  async picture(sopInstanceUid: string, hidden: readonly string[]) {
    const row = await this.#pictures(hidden)
      .select(['i.modality', 'i.manufacturer', 'i.imported_at_ms', 'i.blob_sha256', 'i.size_bytes', 'i.source_sha256'])
      .select(['d.image_rows', 'd.image_columns', 'd.frame_count'])
      .where('i.sop_instance_uid', '=', sopInstanceUid)
      .executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'picture of that number' });
    return { ...row, masks: await masksOf(this.#db, sopInstanceUid), reviews: await this.#reviewsOf(sopInstanceUid) };
  }

  /** Writes a verdict down. */
  async record(review: {
    readonly sopInstanceUid: string;
    readonly wasMasked: boolean;
    readonly verdict: MaskVerdict;
    readonly reviewer: string;
    readonly sampleId: string | undefined;
  }): Promise<void> {
    await this.#db
      .insertInto('mask_reviews')
      .values({
        review_id: this.#newId('review'),
        sop_instance_uid: review.sopInstanceUid,
        was_masked: review.wasMasked ? 1 : 0,
        verdict: review.verdict,
        reviewer: review.reviewer,
        at_ms: this.#clock(),
        sample_id: review.sampleId ?? null,
        settled_at_ms: null,
      })
      .execute();
  }

  /** Images of which a person said that they were blacked out wrongly: where they come again, a person does it by hand. */
  async byHand(): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('mask_reviews')
      .select('sop_instance_uid')
      .distinct()
      .where('verdict', '!=', 'right')
      .where('settled_at_ms', 'is', null)
      .execute();
    return rows.map((row) => row.sop_instance_uid);
  }

  /** Somebody has blacked an image out by hand. */
  async settle(sopInstanceUid: string): Promise<void> {
    await this.#db
      .updateTable('mask_reviews')
      .set({ settled_at_ms: this.#clock() })
      .where('sop_instance_uid', '=', sopInstanceUid)
      .where('settled_at_ms', 'is', null)
      .execute();
  }

  /** Draws a random sample of pictures of modalities at risk; returns its number. */
  async draw(
    wish: { readonly masked: number; readonly unmasked: number; readonly drawnBy: string },
    hidden: readonly string[],
  ): Promise<string> {
    const sampleId = this.#newId('sample');
    const masked = await this.#drawn(true, wish.masked, hidden);
    const unmasked = await this.#drawn(false, wish.unmasked, hidden);
    const items = [...masked.uids.map((uid) => [uid, 1] as const), ...unmasked.uids.map((uid) => [uid, 0] as const)];
    await this.#db.transaction().execute(async (db) => {
      const totals = { masked_images: masked.images, unmasked_images: unmasked.images };
      const sample = { sample_id: sampleId, at_ms: this.#clock(), drawn_by: wish.drawnBy, ...totals };
      await db.insertInto('mask_samples').values(sample).execute();
      for (const [place, [uid, wasMasked]] of items.entries()) {
        const item = { sample_id: sampleId, place, sop_instance_uid: uid, was_masked: wasMasked };
        await db.insertInto('mask_sample_items').values(item).execute();
      }
    });
    return sampleId;
  }

  /** Samples, newest first, with what was found in each. */
  async samples(limit: number) {
    const rows = await this.#db
      .selectFrom('mask_samples')
      .select('sample_id')
      .orderBy('at_ms', 'desc')
      .orderBy('sample_id')
      .limit(limit)
      .execute();
    return await Promise.all(rows.map(async (row) => await this.sample(row.sample_id)));
  }

  /** A sample with its pictures in order and what was said of them. @throws UnicaError `http.not-found`. */
  async sample(sampleId: string) {
    const sample = await this.#db
      .selectFrom('mask_samples')
      .selectAll()
      .where('sample_id', '=', sampleId)
      .executeTakeFirst();
    if (sample === undefined) throw new UnicaError('http.not-found', { what: 'sample of that number' });
    const [items, reviews] = await Promise.all([
      this.#db
        .selectFrom('mask_sample_items')
        .select(['sop_instance_uid', 'was_masked'])
        .where('sample_id', '=', sampleId)
        .orderBy('place')
        .execute(),
      this.#db.selectFrom('mask_reviews').selectAll().where('sample_id', '=', sampleId).orderBy('at_ms').execute(),
    ]);
    // The last word on a picture counts.
    const verdicts = new Map(reviews.map((review) => [review.sop_instance_uid, review.verdict]));
    const pictures = items.map((item) => ({
      sopInstanceUid: item.sop_instance_uid,
      wasMasked: item.was_masked === 1,
      verdict: verdicts.get(item.sop_instance_uid) ?? null,
    }));
    const tally = (wasMasked: boolean, images: number): MaskTally => {
      const own = pictures.filter((picture) => picture.wasMasked === wasMasked);
      const told = (verdict: MaskVerdict) => own.filter((picture) => picture.verdict === verdict).length;
      const looked = own.filter(({ verdict }) => verdict !== null).length;
      const readable = told('readable');
      const readableAtMost = missRateBound(readable, looked);
      return { images, drawn: own.length, looked, readable, tooMuch: told('too-much'), readableAtMost };
    };
    return {
      sampleId,
      atMs: sample.at_ms,
      drawnBy: sample.drawn_by,
      reviewers: [...new Set(reviews.map(({ reviewer }) => reviewer))],
      pictures,
      masked: tally(true, sample.masked_images),
      unmasked: tally(false, sample.unmasked_images),
    };
  }

  /** What is stored as a picture, with its masks; nothing of people who opted out. */
  #pictures(hidden: readonly string[], modality?: string) {
    let pictures = this.#db
      .selectFrom('instances as i')
      .innerJoin('dicom_instances as d', 'd.sop_instance_uid', 'i.sop_instance_uid')
      .leftJoin('pixel_masks as m', 'm.subject', 'i.sop_instance_uid')
      .where('d.image_rows', 'is not', null);
    if (modality !== undefined) pictures = pictures.where('i.modality', '=', modality);
    return hidden.length === 0 ? pictures : pictures.where('i.person', 'not in', hidden);
  }

  async #drawn(isMasked: boolean, number: number, hidden: readonly string[]) {
    const group = this.#pictures(hidden)
      .where('d.modality', 'not in', NOT_AT_RISK)
      .where('m.masks', isMasked ? 'is not' : 'is', null);
    const { images } = await group.select((select) => select.fn.countAll().as('images')).executeTakeFirstOrThrow();
    const rows = await group.select('i.sop_instance_uid').orderBy(sql`random()`).limit(number).execute();
    return { images: Number(images), uids: rows.map((row) => row.sop_instance_uid) };
  }

  async #lastVerdicts(uids: readonly string[]): Promise<ReadonlyMap<string, MaskVerdict>> {
    if (uids.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('mask_reviews')
      .select(['sop_instance_uid', 'verdict'])
      .where('sop_instance_uid', 'in', uids)
      .orderBy('at_ms')
      .execute();
    return new Map(rows.map((row) => [row.sop_instance_uid, row.verdict]));
  }

  async #reviewsOf(sopInstanceUid: string) {
    return await this.#db
      .selectFrom('mask_reviews')
      .select(['verdict', 'reviewer', 'at_ms', 'settled_at_ms'])
      .where('sop_instance_uid', '=', sopInstanceUid)
      .orderBy('at_ms', 'desc')
      .limit(50)
      .execute();
  }
}
