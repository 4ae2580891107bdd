import type { GradCam } from './heat-map.ts';
import type { ModelSpec } from './model-spec.ts';
import type { EpochReport, StepReport, TrainResult } from './train.ts';
import type { TrainSettings } from './training-plan.ts';
import type { TransportedError } from './transported-error.ts';

/** Work for the trainer's own process. */
export type TrainerRequest =
  | ({ readonly kind: 'train' } & TrainSettings)
  | {
      readonly kind: 'predict';
      readonly spec: ModelSpec;
      readonly parameters: Float32Array;
      /** [image, channel, row, column] */
      readonly images: Float32Array;
      readonly count: number;
    }
  | {
      readonly kind: 'gradCam';
      readonly spec: ModelSpec;
      readonly parameters: Float32Array;
      /** [channel, row, column] */
      readonly image: Float32Array;
    };

/** What each kind of work gives. */
export interface TrainerResults {
  readonly train: TrainResult;
  /** Probabilities in the order of the pictures. */
  readonly predict: Float32Array;
  readonly gradCam: GradCam;
}

/** What happens while it works. */
export type TrainerProgress = ({ readonly kind: 'epoch' } & EpochReport) | ({ readonly kind: 'step' } & StepReport);

/** What the process says to the one who started it. */
export type TrainerMessage =
  | { readonly kind: 'progress'; readonly progress: TrainerProgress }
  | { readonly kind: 'result'; readonly result: TrainerResults[keyof TrainerResults] }
  | { readonly kind: 'failed'; readonly error: TransportedError };
