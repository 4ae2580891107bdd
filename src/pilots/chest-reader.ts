import type { DicomFile, PixelCodecs } from '#dicom';
import { type NoduleSpec, openPredictor } from '#engine';
import { type ChestLook, type ChestReading, readChestFilm } from '#films';

/** A nodule model with all that belongs to it. */
export interface ChestModel extends ChestLook {
  readonly spec: NoduleSpec;
  readonly parameters: Float32Array;
}

/** Reads chest films one after the other. */
export interface ChestReader {
  /** @throws UnicaError `pilots.model-unfit` when the model gives no number, and for a fault of the machine; what is wrong with a film is in the reading */
  read(file: DicomFile, codecs?: PixelCodecs): Promise<ChestReading>;
  /** Frees the model's memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/** Loads a nodule model for many films. @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch` */
export async function openChestReader(
  model: ChestModel,
  settings: { readonly threads?: number } = {},
): Promise<ChestReader> {
  const predictor = await openPredictor(model.spec, model.parameters, settings);
  return {
    read: (file, codecs) => readChestFilm(file, model, (image) => predictor.predictAll({ image }, 1), codecs),
    close: () => predictor.close(),
  };
}
