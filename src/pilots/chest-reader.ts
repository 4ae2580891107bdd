import type { DicomFile, PixelCodecs } from '#dicom';
import { type NoduleSpec, openPredictor } from '#engine';
import { type ChestLook, type ChestReading, readChestFilm } from '#films';
import { chestEmbedding, embeddingNetwork } from './chest-embedding.ts';

/** A nodule model with all that belongs to it. */
export interface ChestModel extends ChestLook {
  readonly spec: NoduleSpec;
  readonly parameters: Float32Array;
}

/** What a reader makes of a film beside its answer. */
interface Embedded {
  /** What the network makes of the film just before its answer; absent where the reader was not opened for it. */
  readonly embedding?: Float32Array | undefined;
}

/** Reads chest films one after the other. */
export interface ChestReader {
  /** @throws UnicaError `pilots.model-unfit` when the model gives no number, and for a fault of the machine; what is wrong with a film is in the reading */
  read(file: DicomFile, codecs?: PixelCodecs): Promise<ChestReading & Embedded>;
  /** Frees the model's memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/** Loads a nodule model for many films; `embeds`: for those who look for similar ones, too. @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch` */
export async function openChestReader(
  model: ChestModel,
  { embeds = false, ...settings }: { readonly threads?: number; readonly embeds?: boolean } = {},
): Promise<ChestReader> {
  const network = embeds ? embeddingNetwork(model.spec) : model.spec;
  const predictor = await openPredictor(network, model.parameters, settings);
  return {
    async read(file, codecs) {
      let embedding: Float32Array | undefined;
      const answer = async (image: Float32Array) => {
        const answers = await predictor.predictAll({ image }, 1);
        if (embeds) embedding = chestEmbedding(answers);
        return answers;
      };
      const reading = await readChestFilm(file, model, answer, codecs);
      return reading.kind === 'scored' && embedding !== undefined ? { ...reading, embedding } : reading;
    },
    close: () => predictor.close(),
  };
}
