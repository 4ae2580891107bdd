import { UnicaError } from '#base';
import type { JobSpec } from '#wire';

/** Checks that what a job would have evaluated is there. @throws UnicaError `learning.strategy-refused`. */
export function checkEvaluation(spec: Pick<JobSpec, 'rounds' | 'evaluation' | 'warmStart' | 'privacy'>): void {
  const { rounds, evaluation, warmStart, privacy } = spec;
  if (rounds === 0 && (evaluation === undefined || warmStart === undefined)) {
    throw refused(
      'a job of no rounds evaluates a registered model; name it (warmStart) and what is evaluated (evaluation)',
    );
  }
  if (evaluation?.localOnly !== true) return;
  if (rounds === 0) throw refused('nothing is trained in no rounds, at a site alone neither');
  if (privacy !== undefined) {
    throw refused('training alone on the same films, with differential privacy, would have to be paid for again');
  }
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.strategy-refused', { problem });
}
