import type { Frame } from '#dicom';
import { preprocess } from './preprocessing.ts';
import type { ImagingTask } from './tasks.ts';

/**
 * What the task's network sees of a film: [row, column], inputSize × inputSize, standardised.
 * @throws UnicaError `pilots.film-unusable`
 */
export function preprocessFilm(frame: Frame, task: ImagingTask): Float32Array {
  return preprocess(frame, task.preprocessing);
}
