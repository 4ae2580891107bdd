export { preprocessFilm } from './preprocess-film.ts';
export { type PreprocessingContract, preprocessingDigest } from './preprocessing.ts';
export { type ImagingTask, labelOf, TASKS, taskByName } from './tasks.ts';
