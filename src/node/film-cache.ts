import { UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { reopen } from '#deid';
import { LARGE_FILE_BYTES } from '#intake';
import type { Film } from '#learning';
import { type ImagingTask, labelOf, preprocessFilm, readFilm } from '#pilots';
import type { BlobStore } from '#store';
import type { ArchiveMember } from './archive.ts';

/** Preprocessed films are kept up to this much memory; the rest is prepared again each round. */
const LIMIT_BYTES = 128 * 1024 * 1024;

/** Films as the network sees them, prepared once for all rounds of a task. */
export class FilmCache {
  readonly #blobs: BlobStore;
  readonly #codecs = pixelCodecs();
  readonly #images = new Map<string, Float32Array>();
  #sizeBytes = 0;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** A member's film with its label; null where the table has no row for it or its pixels cannot be used. */
  async film(member: ArchiveMember, task: ImagingTask): Promise<Film | null> {
    if (!member.labelled) return null;
    const key = `${task.preprocessingSha256}/${member.blobSha256}`;
    const image = this.#images.get(key) ?? (await this.#prepare(member, task));
    if (image === null) return null;
    this.#keep(key, image);
    return { image, label: labelOf(member.findings, task) };
  }

  async #prepare(member: ArchiveMember, task: ImagingTask): Promise<Float32Array | null> {
    // No projection is as large: it is a volume or a film of many frames.
    if (member.sizeBytes > LARGE_FILE_BYTES) return null;
    const stored = reopen(await this.#blobs.get(member.blobSha256));
    try {
      return preprocessFilm(readFilm(stored.file, 0, this.#codecs), task);
    } catch (error) {
      if (error instanceof UnicaError) return null;
      throw error;
    }
  }

  #keep(key: string, image: Float32Array): void {
    if (this.#images.has(key) || this.#sizeBytes + image.byteLength > LIMIT_BYTES) return;
    this.#images.set(key, image);
    this.#sizeBytes += image.byteLength;
  }
}
