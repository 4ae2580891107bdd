import { utf8 } from '#base';
import { type LeavingSpec, whatLeaves } from '#learning';
import { type Guarded, PUBLIC_COUNTS, releaseCount } from '#privacy';

/** Networks of the models that ship, so that the bytes are those of real jobs. */
export const LESSON_MODELS = {
  'chest-nodule': { architecture: 'nodule', rows: 256, columns: 256, widths: [8, 16, 32] },
  'breast-risk': {
    architecture: 'exam',
    pictures: 4,
    rows: 128,
    columns: 96,
    widths: [16, 32, 32, 64],
    covariates: 12,
    years: 5,
    classes: 4,
    hidden: 32,
    greys: { mean: 0.3, spread: 0.3 },
    sides: [0, 1, 0, 1],
  },
} as const satisfies Readonly<Record<string, LeavingSpec['model']>>;

/** An archive and a job over it, as a learner imagines them. */
export interface LessonArchive {
  readonly studies: number;
  readonly megabytesOfStudy: number;
  readonly model: keyof typeof LESSON_MODELS;
  readonly rounds: number;
  readonly isMasked: boolean;
}

/** What of an archive stays, and what leaves for a job. */
export interface LessonLeaving {
  /** Pictures. */
  readonly staysBytes: number;
  /** Numbers of the model in all rounds, as they travel. */
  readonly leavesBytes: number;
  /** Numbers of the model in one round. */
  readonly numbersOfRound: number;
}

/** Bytes that stay and bytes that leave, worked out as a node does for the owner who is asked. */
export function lessonLeaving({ studies, megabytesOfStudy, model, rounds, isMasked }: LessonArchive): LessonLeaving {
  const { bytesInAll, parameters } = whatLeaves({
    model: LESSON_MODELS[model],
    rounds,
    strategy: { kind: 'fedavg' },
    sites: ['hospital-a', 'hospital-b', 'hospital-c'],
    aggregation: { updates: isMasked ? 'masked' : 'open', mostFilms: 65_536 },
  });
  return { staysBytes: studies * megabytesOfStudy * 1e6, leavesBytes: bytesInAll, numbersOfRound: parameters };
}

/** What a node tells of a count of patients. The noise is drawn from a public seed and protects nobody; a node has a secret one. */
export function lessonCount(people: number): Guarded {
  const seed = { secret: utf8('academy'), dataVersion: 'academy', question: `people ${people}`, cell: 'count' };
  return releaseCount(people, PUBLIC_COUNTS, seed).value;
}
