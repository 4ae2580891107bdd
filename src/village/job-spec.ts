import { type ImagingTask, taskByName } from '#pilots';
import type { JobSpec } from '#wire';
import type { DemoSource } from './demo-source.ts';

/** The task a source is learned by: MedMNIST images are small. */
export function taskOf(source: DemoSource): ImagingTask {
  return taskByName(source.kind === 'npz' ? 'chest-28' : 'chest-opacity');
}

/** The demo's learning job over all sites. */
export function jobSpecOf(options: {
  readonly task: ImagingTask;
  readonly siteIds: readonly string[];
  readonly dataset: string;
  readonly rounds: number;
  readonly seed: number;
}): JobSpec {
  const { task } = options;
  return {
    title: task.title,
    task: task.name,
    purpose: 'Show that hospitals can learn together what none of them can learn alone.',
    sites: [...options.siteIds],
    dataset: options.dataset,
    cohort: { all: [] },
    model: { ...task.model, widths: [...task.model.widths] },
    strategy: { kind: 'fedavg' },
    rounds: options.rounds,
    ...task.training,
    optimiser: { kind: 'adam' },
    seed: options.seed,
    // Every node has its part in every round, also one that was started again.
    quorum: 1,
    roundDeadlineMs: 600_000,
  };
}
