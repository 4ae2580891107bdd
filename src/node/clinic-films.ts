import { screeningFiles, screeningRecord, syntheticSite, TRAINING_SIZE, withPictures } from '#synth';

/** Synthetic chest films as a hospital's archive holds them, each of a study of its own; for tests. */
export function chestFilms(count: number): readonly Uint8Array[] {
  const films = syntheticSite({ siteId: 'clinic', country: 'PT', seed: 'clinic', persons: count, opacityShare: 0 });
  return [...films].slice(0, count).map(({ bytes }) => bytes);
}

/** The four views of a synthetic screening exam as a hospital's archive holds them; for tests. */
export function examFilms(index: number): readonly Uint8Array[] {
  return screeningFiles(withPictures(screeningRecord('clinic', index), TRAINING_SIZE)).map(({ bytes }) => bytes);
}
