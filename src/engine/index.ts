export { accuracy } from './accuracy.ts';
export { auc } from './auc.ts';
export { type AucInterval, aucInterval } from './auc-interval.ts';
export type { Augmentation } from './augmentation.ts';
export { expectedCalibrationError } from './calibration.ts';
export { concordanceIndex } from './concordance-index.ts';
export { exactShapley } from './exact-shapley.ts';
export { carriedOver, headOfExam, headSpec } from './exam-head.ts';
export { checkLearnable, checkTensors, type Examples, examplesOf, type LabelledImages } from './examples.ts';
export { type ExplainMethod, type Explanation, explain } from './explain.ts';
export {
  type ExplanationGate,
  explanationGates,
  GATE_LIMITS,
  type GateCase,
  type GateReport,
  pointsInto,
  type TrueSpot,
} from './explanation-gates.ts';
export { exportOnnx } from './export-onnx.ts';
export {
  type ExternalResult,
  type ExternalTrainer,
  runExternalTrainer,
  type TrainerInput,
  trainerDigest,
} from './external-trainer.ts';
export { type HeatMap, onProbabilityScale } from './heat-map.ts';
export { type HistogramFigures, histogramFigures } from './histogram-figures.ts';
export { type ImportedNetwork, type ImportSettings, importOnnx } from './import-onnx.ts';
export { initialParameters } from './initial-parameters.ts';
export {
  add,
  affine,
  attention,
  averagePool,
  batchNorm,
  type ConvSettings,
  concat,
  conv,
  dense,
  divide,
  dropout,
  gelu,
  globalAveragePool,
  groupNorm,
  layerNorm,
  logSumExp,
  maskedMax,
  maskedMean,
  matMul,
  maxPool,
  mean,
  multiply,
  type PoolSettings,
  relu,
  reshape,
  sigmoid,
  silu,
  slice,
  softmax,
  softplus,
  subtract,
  sum,
  transpose,
} from './layers.ts';
export { additiveHazard, binaryCrossEntropy, coxLoss, focalLoss, softmaxCrossEntropy } from './losses.ts';
export { type MedMnist, type MedMnistSplit, medMnistExamples, readMedMnist } from './med-mnist.ts';
export { type Model, networkOf } from './model.ts';
export {
  checkedSpec,
  type ExamSpec,
  imageLength,
  isExamSpec,
  isLinearCoxSpec,
  isNoduleSpec,
  type LinearCoxSpec,
  type ModelSpec,
  type NoduleSpec,
  type ResidualSpec,
} from './model-spec.ts';
export type { Initial, Network, NetworkOperation, NetworkParameter, NetworkTensor } from './network.ts';
export { defineNetwork, type NetworkBuilder, type Node } from './network-builder.ts';
export { NODULE_MAP_STRIDE } from './nodule-network.ts';
export { type NpyArray, type NpyDtype, readNpy, writeNpy } from './npy.ts';
export { readNpz } from './npz.ts';
export type { Device, SessionSettings } from './onnx-session.ts';
export type { OptimiserSpec } from './optimiser.ts';
export { type ParameterEntry, type ParameterTable, parameterTable } from './parameter-table.ts';
export type { PictureViews } from './picture-views.ts';
export { type Inputs, openPredictor, type Predictor, predict, predictAll } from './predictor.ts';
export { type DecodedSafetensors, decodeSafetensors, encodeSafetensors, safetensorsHead } from './safetensors.ts';
export { learningRateAt, type Schedule } from './schedule.ts';
export {
  aucOfHistogram,
  aucStdError,
  mergeHistograms,
  type ScoreHistogram,
  scoreHistogram,
} from './score-histogram.ts';
export {
  openSteppedTraining,
  type SteppedStart,
  type SteppedTraining,
  type TrainListeners,
  type TrainResult,
  train,
} from './train.ts';
export { runTrainer, type TrainerListeners } from './trainer.ts';
export type { TrainerProgress, TrainerRequest, TrainerResults } from './trainer-messages.ts';
export {
  evaluationGraph,
  gradientOutput,
  parameterInput,
  type TrainingGraph,
  trainingGraph,
} from './training-graph.ts';
export type { PrivacySettings, TrainSettings } from './training-plan.ts';
export type { EpochReport, StepReport } from './training-reports.ts';
export { WarmTrainer } from './warm-trainer.ts';
