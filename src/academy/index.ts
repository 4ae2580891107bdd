export {
  certify,
  isRightAnswer,
  isUnchanged,
  openLessons,
  trackOf,
} from './certificate.ts';
export { budgetOf } from './lesson-budget.ts';
export { LESSON_SAID, type LessonCalibration, lessonCalibration } from './lesson-calibration.ts';
export { LESSON_SAYINGS, type LessonSaying, lessonLeftOut } from './lesson-consent.ts';
export { LESSON_MODELS, type LessonArchive, lessonCount, lessonLeaving } from './lesson-leaving.ts';
export { lessonPictures, PICTURE_KINDS, PICTURE_SIDE, type PictureKind } from './lesson-pictures.ts';
export {
  LESSON_DEEDS,
  LESSON_DUTIES,
  type LessonDeed,
  type LessonDuty,
  lessonOversight,
  lessonRole,
} from './lesson-role.ts';
export { LESSON_LAWS, LESSON_SOURCES } from './lesson-sources.ts';
export {
  LESSON_GROUPS,
  LESSON_SIGHT,
  type LessonGroup,
  type LessonSight,
  lessonSubgroups,
} from './lesson-subgroups.ts';
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
export { type SharingHospital, sharedNumber } from './shared-number.ts';
