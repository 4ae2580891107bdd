import type { TransportedError } from '#base';
import type { ExplainMethod, Explanation } from './explain.ts';
import type { Model } from './model.ts';
import type { Device } from './onnx-session.ts';
import type { Inputs } from './predictor.ts';
import type { TrainResult } from './train.ts';
import type { TrainSettings } from './training-plan.ts';
import type { EpochReport, StepReport } from './training-reports.ts';

/** Work for the trainer's own process. */
export type TrainerRequest =
  | ({ readonly kind: 'train'; readonly checkpoints?: boolean } & TrainSettings)
  | {
      readonly kind: 'predict';
      readonly model: Model;
      readonly parameters: Float32Array;
      readonly inputs: Inputs;
      readonly count: number;
      readonly device?: Device | undefined;
    }
  | {
      readonly kind: 'explain';
      readonly model: Model;
      readonly parameters: Float32Array;
      /** One example. */
      readonly inputs: Inputs;
      readonly method: ExplainMethod;
    };

/** What each kind of work gives. */
export interface TrainerResults {
  readonly train: TrainResult;
  /** The first output, example by example. */
  readonly predict: Float32Array;
  readonly explain: Explanation;
}

/** What happens while it works. */
export type TrainerProgress =
  | ({ readonly kind: 'epoch' } & EpochReport)
  | ({ readonly kind: 'step' } & StepReport)
  /** A state from which the training can go on; only when asked for. */
  | { readonly kind: 'checkpoint'; readonly checkpoint: Uint8Array };

/** What the process says to the one who started it. */
export type TrainerMessage =
  | { readonly kind: 'progress'; readonly progress: TrainerProgress }
  | { readonly kind: 'result'; readonly result: TrainerResults[keyof TrainerResults] }
  | { readonly kind: 'failed'; readonly error: TransportedError };
