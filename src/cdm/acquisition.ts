import type { Deidentified } from '#deid';
import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';

/** How an image was taken, as far as the EUCAIM common data model says it. Null where the image does not say, or says what cannot be. */
export interface Acquisition {
  readonly sliceThicknessMm: number | null;
  readonly echoTimeMs: number | null;
}

/**
 * The rows of the table `image_modality` that a series fills: those that the transformation of EUCAIM fills itself (etl-toolset), with its
 * codes and units. The ontology has concepts for hardly more, and nothing asks for them.
 */
export const ACQUISITION_PARAMETERS: readonly {
  readonly of: keyof Acquisition;
  /** What DICOM calls it. */
  readonly keyword: string;
  readonly code: string;
  readonly unit: string;
}[] = [
  { of: 'sliceThicknessMm', keyword: 'SliceThickness', code: 'IMG1016306', unit: 'COM1000152' },
  { of: 'echoTimeMs', keyword: 'EchoTime', code: 'IMG1016641', unit: 'COM1001955' },
];

/** Reads it from the header, or from what is shared by the frames of an enhanced object, or from its first frame (PS3.3 C.7.6.16, C.8.13.5.4). */
export function acquisitionOf({ dataset }: Pick<Deidentified, 'dataset'>): Acquisition {
  return {
    sliceThicknessMm: measured(dataset, 'SliceThickness', 'PixelMeasuresSequence', 'SliceThickness'),
    echoTimeMs: measured(dataset, 'EchoTime', 'MREchoSequence', 'EffectiveEchoTime'),
  };
}

function measured(dataset: DataSet, keyword: string, sequence: string, inGroups: string): number | null {
  const [shared] = dataset.items(tagOf('SharedFunctionalGroupsSequence'));
  const [firstFrame] = dataset.items(tagOf('PerFrameFunctionalGroupsSequence'));
  const said = [
    dataset.number(tagOf(keyword)),
    ...[shared, firstFrame].map((groups) => groups?.items(tagOf(sequence))[0]?.number(tagOf(inGroups))),
  ].find((value) => value !== undefined);
  // A localiser of thickness 0 says that nobody wrote one.
  return said === undefined || !Number.isFinite(said) || said <= 0 ? null : said;
}
