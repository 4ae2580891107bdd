export { type Film, type FilmHeader, readFilm } from './film.ts';
export { preprocessFilm } from './preprocess-film.ts';
export {
  type PreprocessingContract,
  preprocess,
  preprocessedSize,
  preprocessingDigest,
  type SeenFilm,
  seenFilm,
} from './preprocessing.ts';
export { type ImagingTask, labelOf, TASKS, taskByName } from './tasks.ts';
