import { learningRateAt, type Schedule } from '#engine';
import type { RateSchedule } from '#wire';

/** Learning rate of a round under the schedule of its job. @param round from 1 */
export function roundRate(
  job: { readonly learningRate: number; readonly rounds: number; readonly schedule?: RateSchedule | undefined },
  round: number,
): number {
  return learningRateAt(scheduleOf(job.schedule), job.learningRate, round - 1, job.rounds);
}

/** The engine's schedule reads epochs where the job's says rounds. */
function scheduleOf(schedule: RateSchedule | undefined): Schedule {
  if (schedule === undefined) return { kind: 'constant' };
  if (schedule.kind === 'steps') return { kind: 'steps', afterEpochs: schedule.afterRounds, factor: schedule.factor };
  return { kind: 'cosine', warmUpEpochs: schedule.warmUpRounds, end: schedule.end };
}
