import { UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { reopen } from '#deid';
import {
  CHEST_FILMS,
  type FilmExpectation,
  headerReasons,
  MAMMOGRAMS,
  preprocess,
  readFilm,
  type Film as StoredFilm,
} from '#films';
import { LARGE_FILE_BYTES } from '#intake';
import type { Film, Sample } from '#learning';
import {
  type BreastView,
  breastAnswerTargets,
  breastInputs,
  breastViewOf,
  type HostFilm,
  type ImagingTask,
  isNormalFilm,
  labelOf,
  type NoduleSettings,
  noduleSample,
  preparedHost,
  preprocessFilm,
} from '#pilots';
import type { BlobStore } from '#store';
import type { ArchiveMember } from './archive.ts';

/** Preprocessed films are kept up to this much memory; the rest is prepared again each round. */
const LIMIT_BYTES = 128 * 1024 * 1024;

/** Films as the network sees them, prepared once for all rounds of a task. */
export class FilmCache {
  readonly #blobs: BlobStore;
  readonly #codecs = pixelCodecs();
  readonly #images = new Map<string, Float32Array>();
  readonly #views = new Map<string, { readonly view: BreastView; readonly values: Float32Array }>();
  readonly #hosts = new Map<string, HostFilm>();
  readonly #asked = new Map<string, number>();
  #sizeBytes = 0;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /**
   * A member's film with its label, or with nodules put into it anew each time it is asked for; null where the table has no row for
   * it, its pixels cannot be used, or something else was found on a film that is to receive nodules. Where the task is about exams,
   * the first film of a study stands for all of it, and the others are null.
   * @param others everybody who may be used, for tasks about exams
   */
  async film(
    member: ArchiveMember,
    task: ImagingTask,
    others: readonly ArchiveMember[] = [],
  ): Promise<Film | Sample | null> {
    if (!member.labelled) return null;
    if (task.isExam === true) return await this.#exam(member, task, others);
    if (task.nodules !== undefined) return await this.#withNodules(member, task.nodules);
    const key = `${task.preprocessingSha256}/${member.blobSha256}`;
    const image = this.#images.get(key) ?? (await this.#prepare(member, task));
    if (image === null) return null;
    this.#keep(key, image);
    return { image, label: labelOf(member.findings, task) };
  }

  /** A screening exam of the films of one study; what is not known of it is missing. */
  async #exam(member: ArchiveMember, task: ImagingTask, others: readonly ArchiveMember[]): Promise<Sample | null> {
    const study = others.filter(({ studyInstanceUid }) => studyInstanceUid === member.studyInstanceUid);
    if (study[0]?.sopInstanceUid !== member.sopInstanceUid) return null;
    const pictures: Partial<Record<BreastView, Float32Array>> = {};
    for (const film of study) {
      const key = `exam/${task.preprocessingSha256}/${film.blobSha256}`;
      const kept = this.#views.get(key);
      const seen =
        kept ??
        (await this.#usable(film, MAMMOGRAMS, (stored) => {
          const view = breastViewOf(stored.header);
          return view === null ? null : { view, values: preprocess(stored, task.preprocessing) };
        }));
      if (seen === null) continue;
      pictures[seen.view] ??= seen.values;
      if (kept !== undefined || this.#sizeBytes + seen.values.byteLength > LIMIT_BYTES) continue;
      this.#views.set(key, seen);
      this.#sizeBytes += seen.values.byteLength;
    }
    if (Object.keys(pictures).length === 0) return null;
    const label = labelOf(member.findings, task);
    return {
      inputs: breastInputs({ pictures, covariates: { ageYears: member.ageYears } }),
      targets: breastAnswerTargets(label),
      label,
    };
  }

  async #withNodules(member: ArchiveMember, nodules: NoduleSettings): Promise<Sample | null> {
    if (!isNormalFilm(member.findings)) return null;
    const key = `nodules/${member.blobSha256}`;
    const host =
      this.#hosts.get(key) ?? (await this.#usable(member, CHEST_FILMS, (film) => preparedHost(film, nodules) ?? null));
    if (host === null) return null;
    const sizeBytes = host.film.frame.values.byteLength + host.places.byteLength;
    if (!this.#hosts.has(key) && this.#sizeBytes + sizeBytes <= LIMIT_BYTES) {
      this.#hosts.set(key, host);
      this.#sizeBytes += sizeBytes;
    }
    const turn = this.#asked.get(key) ?? 0;
    this.#asked.set(key, turn + 1);
    return noduleSample(host, nodules, `${member.blobSha256}/${turn}`);
  }

  async #prepare(member: ArchiveMember, task: ImagingTask): Promise<Float32Array | null> {
    return await this.#usable(member, undefined, (film) => preprocessFilm(film, task));
  }

  /**
   * Null for a film that cannot be used: it is a volume, for no projection is as large, its pixels tell nothing, or its header says that
   * it is not what is expected, such as a raw mammogram: what the model would refuse to read it does not learn from.
   */
  async #usable<Made>(
    member: ArchiveMember,
    expected: FilmExpectation | undefined,
    make: (film: StoredFilm) => Made | null,
  ): Promise<Made | null> {
    if (member.sizeBytes > LARGE_FILE_BYTES) return null;
    const stored = reopen(await this.#blobs.get(member.blobSha256));
    const reasons = expected === undefined ? [] : headerReasons(stored.file.dataset, expected);
    if (reasons.some(({ effect }) => effect === 'refused')) return null;
    try {
      return make(readFilm(stored.file, 0, this.#codecs));
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
