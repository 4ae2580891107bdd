// What of the engine the portal carries: networks, their graphs and how parameters begin. No runtime, no thread, no file; whoever runs the
// graphs brings the runtime. In the portal `#engine` is this file (decision 169).
export { type AucInterval, aucInterval } from './auc-interval.ts';
export { initialParameters } from './initial-parameters.ts';
export { conv, dense, globalAveragePool, groupNorm, maxPool, relu } from './layers.ts';
export { softmaxCrossEntropy } from './losses.ts';
export { type Model, networkOf } from './model.ts';
export type { ExamSpec, ModelSpec, NoduleSpec } from './model-spec.ts';
export type { Network } from './network.ts';
export { defineNetwork } from './network-builder.ts';
export { type ParameterEntry, parameterTable } from './parameter-table.ts';
export { safetensorsHead } from './safetensors.ts';
export {
  evaluationGraph,
  gradientOutput,
  parameterInput,
  type TrainingGraph,
  trainingGraph,
} from './training-graph.ts';
