export { fitByArea, type GreyPicture, squareByArea } from './area-resize.ts';
export { CHEST_CONTRACT } from './chest-contract.ts';
export { type ChestLook, chestLookOf, partOf, pictureGateOf } from './chest-look.ts';
export { type ChestAnswer, type ChestReading, readChestFilm } from './chest-reading.ts';
export { type Film, type FilmHeader, plainFrame, readFilm } from './film.ts';
export { CHEST_FILMS, type FilmExpectation, type GateReason, headerReasons, MAMMOGRAMS } from './header-gate.ts';
export { type NoduleMark, noduleMarks } from './nodule-marks.ts';
export {
  fitPictureGate,
  isUnlike,
  type PictureGate,
  pictureDistance,
  type SeenPicture,
} from './picture-gate.ts';
export {
  type PreprocessingContract,
  preprocess,
  preprocessedSize,
  preprocessingDigest,
  type RegionContract,
  type SeenFilm,
  seenFilm,
  type WholeFilmContract,
} from './preprocessing.ts';
export { type Box, breastRegion, lungRegion, otsuThreshold, type Region } from './region.ts';
export { symmetricEigen } from './symmetric-eigen.ts';
