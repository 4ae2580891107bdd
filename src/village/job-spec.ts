import { type ImagingTask, taskByName } from '#pilots';
import type { JobSpec } from '#wire';
import type { DemoSource } from './demo-source.ts';

/** The task a source is learned by: MedMNIST images are small. */
export function taskOf(source: DemoSource): ImagingTask {
  return taskByName(source.kind === 'npz' ? 'chest-28' : 'chest-opacity');
}

/** How the nodes' rounds become one model. */
export type LearningMethod = Pick<JobSpec, 'strategy' | 'optimiser'>;

/** The demo's learning job over all sites. */
export function jobSpecOf(options: {
  readonly task: ImagingTask;
  readonly siteIds: readonly string[];
  readonly dataset: string;
  readonly rounds: number;
  readonly seed: number;
  readonly method?: LearningMethod | undefined;
}): JobSpec {
  const { task, method = { strategy: { kind: 'fedavg' }, optimiser: { kind: 'adam' } } } = options;
  return {
    title: task.title,
    task: task.name,
    purpose: 'Show that hospitals can learn together what none of them can learn alone.',
    sites: [...options.siteIds],
    dataset: options.dataset,
    cohort: { all: [] },
    model: { ...task.model, widths: [...task.model.widths] },
    strategy: method.strategy,
    rounds: options.rounds,
    ...task.training,
    optimiser: method.optimiser,
    seed: options.seed,
    // Every node has its part in every round, also one that was started again.
    quorum: 1,
    roundDeadlineMs: 600_000,
  };
}
