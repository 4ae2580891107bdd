export {
  certify,
  isUnchanged,
  openLessons,
  trackOf,
} from './certificate.ts';
export { budgetOf } from './lesson-budget.ts';
export { lessonPictures, PICTURE_KINDS, PICTURE_SIDE, type PictureKind } from './lesson-pictures.ts';
export {
  LESSON_ANSWERS,
  LESSONS,
  type LessonAnswer,
  type LessonName,
  RIGHT_ANSWERS,
  TRACKS,
  type TrackName,
} from './lessons.ts';
export { maskedSum } from './masked-sum.ts';
export {
  type OpenGraph,
  type OpenGraphs,
  runSandbox,
  SANDBOX_LIMITS,
  SANDBOX_START,
  SANDBOX_STRATEGIES,
  type SandboxBegin,
  type SandboxHospital,
  type SandboxRound,
  type SandboxScores,
  type SandboxSettings,
  type SandboxTensor,
} from './sandbox.ts';
