export { accuracy } from './accuracy.ts';
export { auc } from './auc.ts';
export { type AucInterval, aucInterval } from './auc-interval.ts';
export type { Augmentation } from './augmentation.ts';
export { expectedCalibrationError } from './calibration.ts';
export { type Examples, examplesOf, type LabelledImages } from './examples.ts';
export { type ExplainMethod, type Explanation, explain } from './explain.ts';
export { exportOnnx } from './export-onnx.ts';
export type { HeatMap } from './heat-map.ts';
export { type ImportedNetwork, type ImportSettings, importOnnx } from './import-onnx.ts';
export { initialParameters } from './initial-parameters.ts';
export { type MedMnist, type MedMnistSplit, readMedMnist } from './med-mnist.ts';
export { checkedSpec, imageLength, type Model, type ModelSpec, networkOf } from './model-spec.ts';
export type { Initial, Network, NetworkOperation, NetworkParameter, NetworkTensor } from './network.ts';
export { defineNetwork, type NetworkBuilder, type Node } from './network-builder.ts';
export type { NpyArray, NpyDtype } from './npy.ts';
export { readNpz } from './npz.ts';
export type { Device, SessionSettings } from './onnx-session.ts';
export type { OptimiserSpec } from './optimiser.ts';
export { type ParameterEntry, type ParameterTable, parameterTable } from './parameter-table.ts';
export { type Inputs, openPredictor, type Predictor, predict } from './predictor.ts';
export { type DecodedSafetensors, decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export type { Schedule } from './schedule.ts';
export { aucOfHistogram, mergeHistograms, type ScoreHistogram, scoreHistogram } from './score-histogram.ts';
export {
  type EpochReport,
  openSteppedTraining,
  type SteppedTraining,
  type StepReport,
  type TrainListeners,
  type TrainResult,
  train,
} from './train.ts';
export { runTrainer, type TrainerListeners } from './trainer.ts';
export type { TrainerProgress, TrainerRequest, TrainerResults } from './trainer-messages.ts';
export type { PrivacySettings, TrainSettings } from './training-plan.ts';
