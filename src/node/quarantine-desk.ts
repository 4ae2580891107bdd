import type { Journal } from '#audit';
import { UnicaError } from '#base';
import { type PixelMask, WRITING_REFUSALS } from '#deid';
import { frameCountOf, outlineDicom, parseDicom, TAGS } from '#dicom';
import { openFileSource } from '#intake';
import type { Database } from '#store';
import type { Importer, ImportOutcome } from './importer.ts';
import type { MaskReviews } from './mask-reviews.ts';
import type { PictureDesk } from './picture-desk.ts';
import type { Quarantine } from './quarantine.ts';
import type { NodeTables } from './tables.ts';

/** A rectangle that a person marked. */
export type MarkedBox = Pick<PixelMask, 'frame' | 'x' | 'y' | 'width' | 'height'>;

/** What somebody decided about a file. */
export type QuarantineDecision =
  | { readonly decision: 'discard' }
  | { readonly decision: 'release'; readonly boxes: readonly MarkedBox[] };

/** What has become of it. `set-aside`: it stays, for another reason than writing in its pixels. */
export type DecisionOutcome =
  | { readonly outcome: 'discarded' | 'taken-in' | 'known' | 'opted-out' }
  | { readonly outcome: 'set-aside'; readonly sentence: string; readonly mend: string };

/** What a desk works with. */
export interface QuarantineDeskParts {
  readonly quarantine: Quarantine;
  readonly database: Database<NodeTables>;
  readonly reviews: MaskReviews;
  readonly importer: Importer;
  readonly pictures: PictureDesk;
  readonly journal: Journal;
}

/** Longest side of a preview in pixels: letters can be read, and it is drawn at once. */
const PREVIEW_PX = 1400;

/**
 * Shows files of the quarantine to those who decide about them, and carries their decisions out. A released file goes the way
 * of every other: only the search for writing is replaced by what the person saw.
 */
export class QuarantineDesk {
  readonly #parts: QuarantineDeskParts;

  constructor(parts: QuarantineDeskParts) {
    this.#parts = parts;
  }

  /** A file with what is to be looked at. @throws UnicaError `http.not-found`. */
  async show(quarantineId: string) {
    const { quarantine } = this.#parts;
    const row = await quarantine.find(quarantineId);
    return {
      quarantineId,
      atMs: row.at_ms,
      code: row.code,
      sentence: row.sentence,
      mend: row.mend,
      sizeBytes: row.size_bytes,
      isReleasable: RELEASABLE.has(row.code),
      picture: pictureFacts(row.path),
      suspects: (await quarantine.suspectsOf(quarantineId)).map(boxOf),
    };
  }

  /** A frame as PNG, from 0. @throws UnicaError `http.not-found`, `dicom.pixels-unusable` and as the decoders. */
  async picture(quarantineId: string, frame: number): Promise<Uint8Array> {
    const { path } = await this.#parts.quarantine.find(quarantineId);
    const wish = { viewport: { columns: PREVIEW_PX, rows: PREVIEW_PX }, window: undefined };
    return await this.#parts.pictures.do({ kind: 'file-picture', path, frame, wish });
  }

  /** @throws UnicaError `http.not-found`, `node.not-releasable`, `http.invalid-input` for a box outside of the picture. */
  async decide(quarantineId: string, decision: QuarantineDecision, actor: string): Promise<DecisionOutcome> {
    const { quarantine, journal } = this.#parts;
    const row = await quarantine.find(quarantineId);
    if (decision.decision === 'discard') {
      await quarantine.remove(quarantineId);
      await journal.append({ actor, action: 'quarantine.discarded', subject: quarantineId, facts: { code: row.code } });
      return { outcome: 'discarded' };
    }
    if (!RELEASABLE.has(row.code)) throw new UnicaError('node.not-releasable');
    const { boxes } = decision;
    mustLieWithin(boxes, pictureFacts(row.path));
    const outcome = await this.#bringIn(row, boxes, actor);
    const facts = { code: row.code, boxes: boxes.length, outcome: outcome.outcome };
    await journal.append({ actor, action: 'quarantine.released', subject: quarantineId, facts });
    if (outcome.outcome !== 'set-aside') await quarantine.remove(quarantineId);
    return outcome;
  }

  async #bringIn(
    row: Awaited<ReturnType<Quarantine['find']>>,
    boxes: readonly MarkedBox[],
    actor: string,
  ): Promise<DecisionOutcome> {
    let heard: ImportOutcome | undefined;
    const view = await this.#parts.importer.run({
      paths: [row.path],
      ...(await this.#settings(row)),
      clinicalPath: undefined,
      source: 'quarantine',
      actor,
      seenByPerson: boxes.map((box): PixelMask => ({ ...box, reason: 'person', confidence: 1 })),
      onOutcome(outcome) {
        heard = outcome;
      },
    });
    if (heard?.kind === 'stored' && heard.kept !== undefined) await this.#settle(heard.kept.sopInstanceUid);
    switch (heard?.kind) {
      case 'stored':
        return { outcome: 'taken-in' };
      case 'known':
      case 'conflict':
        return { outcome: 'known' };
      case 'opted-out':
        return { outcome: 'opted-out' };
      default:
        return {
          outcome: 'set-aside',
          sentence: heard?.because?.sentence ?? view.rejected[0]?.reason ?? view.because ?? 'It could not be taken in.',
          mend: heard?.because?.mend ?? 'Discard it, and send it again from its source.',
        };
    }
  }

  /** How a file is to be brought in that was blacked out wrongly before. */
  async #settings({ code, quarantine_id, source_sha256 }: Awaited<ReturnType<Quarantine['find']>>) {
    if (code === 'node.by-hand') return { takesPlace: true };
    if (code !== 'node.found-readable') return {};
    const withdrawn = await this.#parts.database.kysely
      .selectFrom('withdrawn_images')
      .select('masks')
      .where('quarantine_id', '=', quarantine_id)
      .executeTakeFirst();
    const masks = JSON.parse(withdrawn?.masks ?? '[]') as readonly PixelMask[];
    return { takesPlace: true, cleanedBefore: { sourceSha256: source_sha256, masks } };
  }

  async #settle(sopInstanceUid: string): Promise<void> {
    const { reviews, database } = this.#parts;
    await reviews.settle(sopInstanceUid);
    await database.kysely.deleteFrom('withdrawn_images').where('sop_instance_uid', '=', sopInstanceUid).execute();
  }
}

/** What looking at the picture can lift. */
const RELEASABLE: ReadonlySet<string> = new Set<string>([...WRITING_REFUSALS, 'node.found-readable', 'node.by-hand']);

interface PictureFacts {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
}

/** Null where it cannot be read as a picture. */
function pictureFacts(path: string): PictureFacts | null {
  const source = openFileSource(path);
  try {
    const file = outlineDicom(source)?.file ?? parseDicom(source.read(0, source.sizeBytes));
    const [rows, columns] = [file.dataset.number(TAGS.rows), file.dataset.number(TAGS.columns)];
    if (rows === undefined || columns === undefined || !file.dataset.has(TAGS.pixelData)) return null;
    return { rows, columns, frames: frameCountOf(file) };
  } catch (error) {
    if (error instanceof UnicaError) return null;
    throw error;
  } finally {
    source.close();
  }
}

function boxOf({ frame, x, y, width, height }: PixelMask): MarkedBox {
  return { frame, x, y, width, height };
}

function mustLieWithin(boxes: readonly MarkedBox[], picture: PictureFacts | null): void {
  const outside = boxes.some(
    ({ frame, x, y, width, height }) =>
      picture === null || frame >= picture.frames || x + width > picture.columns || y + height > picture.rows,
  );
  if (outside)
    throw new UnicaError('http.invalid-input', { where: 'boxes', problem: 'one lies outside of the picture' });
}
