export { breastResult } from './breast-result.ts';
export { chestResult } from './chest-result.ts';
export { cohortRows } from './cohort-rows.ts';
export { evaluateCohort } from './evaluate-cohort.ts';
export { givenFilm } from './result-inputs.ts';
export { shownFilm } from './shown-film.ts';
