import { fromBase64Url, toBase64Url, UnicaError } from '#base';
import { shownMap } from '#reading';
import type { ClinicResult } from '#wire';
import type { ClinicDesk } from './clinic-desk.ts';
import type { StudyOpinions } from './reading-desk.ts';

/** What the models in the clinic say of a study; it is scored when somebody asks first, and none of shadow mode is told. */
export function opinionsOfClinic(clinic: Pick<ClinicDesk, 'shown' | 'score'>): StudyOpinions {
  return {
    of: async (study) => (await clinic.shown(study)).map(opinionOf),
    async ask(study, reader) {
      try {
        return (await clinic.score(study, reader)).map(opinionOf);
      } catch (error) {
        // Where the owner has enabled no model, there is nothing to say and nothing to mend by the reader.
        if (error instanceof UnicaError && error.code === 'clinic.no-model') return [];
        throw error;
      }
    },
  };
}

type Opinion = Awaited<ReturnType<StudyOpinions['of']>>[number];

function opinionOf({ model, scoredAtMs, outcome, images }: ClinicResult): Opinion {
  const estimate = ({ value, interval = null }: { value: number; interval?: ClinicInterval | null | undefined }) => ({
    value,
    interval,
  });
  const whole = outcome.kind === 'scored' ? outcome.score.value : 0;
  return {
    model,
    atMs: scoredAtMs,
    outcome:
      outcome.kind === 'refused'
        ? outcome
        : {
            ...outcome,
            score: estimate(outcome.score),
            risks: outcome.risks.map(({ years, estimate: told }) => ({ years, estimate: estimate(told) })),
          },
    images: images.map(({ sopInstanceUid, score, findings, map }) => ({
      sopInstanceUid,
      score: score === null ? null : estimate(score),
      findings: findings.map(({ kind, probability, centre }) => ({ kind, probability, ...centre })),
      map:
        map === null
          ? null
          : {
              rows: map.rows,
              columns: map.columns,
              method: map.method,
              faithful: map.faithful,
              bytes: toBase64Url(shownMap(bytesAsShares(map.values), score?.value ?? whole)),
            },
    })),
  };
}

type ClinicInterval = { readonly low: number; readonly high: number; readonly level: number };

function bytesAsShares(values: string): Float32Array {
  return Float32Array.from(fromBase64Url(values), (byte) => byte / 255);
}
