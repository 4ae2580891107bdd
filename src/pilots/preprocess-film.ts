import { type Film, preprocess } from '#films';
import type { ImagingTask } from './tasks.ts';

/**
 * What the task's network sees of a film: [row, column], inputSize × inputSize, standardised.
 * @throws UnicaError `pilots.film-unusable`
 */
export function preprocessFilm(film: Film, task: ImagingTask): Float32Array {
  return preprocess(film, task.preprocessing);
}
