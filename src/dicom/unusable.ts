import { UnicaError } from '#base';

/** Ends the decoding of a picture. @throws UnicaError `dicom.pixels-unusable`, always. */
export function unusable(problem: string): never {
  throw new UnicaError('dicom.pixels-unusable', { problem });
}
