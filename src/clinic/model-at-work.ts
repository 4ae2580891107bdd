import { basename } from 'node:path';
import { pixelCodecs } from '#codecs';
import type { DicomFile } from '#dicom';
import { isExamSpec } from '#engine';
import { isFaithfulByGates, readModelFolder } from '#models';
import { breastModelOf, chestModelOf, openBreastReader, openChestReader } from '#pilots';
import type { ModelResult, ReplacedResult, ResultModel } from '#results';
import { breastResult } from './breast-result.ts';
import { chestResult } from './chest-result.ts';
import { MODALITIES_OF } from './modalities-of.ts';
import { givenFilm } from './result-inputs.ts';
import { resultModelOf } from './result-model.ts';

/** A result, and which films it is of. */
export interface FilmsRead {
  readonly result: ModelResult;
  readonly films: readonly { readonly file: DicomFile; readonly inputsSha256: string }[];
  /** Absent where there is no score. */
  readonly embedding?: Float32Array | undefined;
}

/** How the films of a study are read. */
export interface ReadingWish {
  readonly now: Date;
  /** Whose calibration is used, where the model has one for it. */
  readonly siteId?: string | undefined;
  /** The result that one of these films replaces. */
  readonly replaces?: ((sopInstanceUids: readonly string[]) => ReplacedResult | undefined) | undefined;
}

/** A model that reads studies one after the other. */
export interface ModelAtWork {
  readonly model: ResultModel;
  readonly task: ModelResult['task'];
  /** Modalities whose films it reads. */
  readonly modalities: readonly string[];
  /**
   * One result of each film by itself, or one of the exam; films of one study of one person. What is wrong with a film is in
   * its result. @throws UnicaError for a fault of the machine, `results.no-image`
   */
  read(films: readonly DicomFile[], wish: ReadingWish): Promise<readonly FilmsRead[]>;
  /** Frees the model's memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/**
 * Loads the model of a folder for many studies, on one thread.
 * @throws UnicaError `models.…` for a folder that is none or was altered, `pilots.model-unfit` for a model of another kind
 */
export async function openModelAtWork(folder: string, name = basename(folder)): Promise<ModelAtWork> {
  const stored = await readModelFolder(folder);
  const model = resultModelOf(name, stored);
  const codecs = pixelCodecs();
  const named = (films: readonly DicomFile[], { replaces }: ReadingWish): ResultModel => {
    const earlier = replaces?.(films.map(({ dataset }) => dataset.text(SOP_INSTANCE) ?? ''));
    return earlier === undefined ? model : { ...model, replaces: earlier };
  };
  if (isExamSpec(stored.spec)) {
    const reader = await openBreastReader(breastModelOf(stored), { threads: 1 });
    return {
      model,
      task: 'breast-risk',
      modalities: MODALITIES_OF['breast-risk'],
      async read(films, wish) {
        const reading = await reader.read(films, { codecs, siteId: wish.siteId });
        const given = films.map(givenFilm);
        const by = { model: named(films, wish), told: { siteId: wish.siteId } };
        const embedding = reading.kind === 'scored' ? reading.embedding : undefined;
        return [{ result: breastResult(given, reading, by, wish.now), films: given, embedding }];
      },
      close: () => reader.close(),
    };
  }
  const reader = await openChestReader(chestModelOf(stored), { threads: 1, embeds: true });
  const isFaithful = isFaithfulByGates(stored, 'location-map') !== false;
  return {
    model,
    task: 'chest-nodule',
    modalities: MODALITIES_OF['chest-nodule'],
    async read(films, wish) {
      const read: FilmsRead[] = [];
      for (const film of films) {
        const by = { model: named([film], wish), isFaithful };
        const given = givenFilm(film);
        const reading = await reader.read(film, codecs);
        const { embedding } = reading;
        read.push({ result: chestResult(given, reading, by, wish.now), films: [given], embedding });
      }
      return read;
    },
    close: () => reader.close(),
  };
}

const SOP_INSTANCE = 0x00080018;
