import { SeededRandom } from '#base';
import { sensitivityAtSpecificity } from '#evaluation';

/** What a hospital may do with an AI system. */
export const LESSON_DEEDS = ['research', 'uses', 'own-name', 'changes', 'device'] as const;

/** One of the things a hospital may do. */
export type LessonDeed = (typeof LESSON_DEEDS)[number];

/** A duty under Regulation (EU) 2024/1689, with its articles. */
export const LESSON_DUTIES = {
  literacy: '4',
  instructions: '26(1)',
  oversight: '14, 26(2)',
  input: '26(4)',
  monitor: '26(5)',
  logs: '26(6)',
  workers: '26(7)',
  requirements: '8–15, 16(a)',
  quality: '17',
  conformity: '43, 47, 48',
  market: '72, 73',
} as const;

/** One of the duties. */
export type LessonDuty = keyof typeof LESSON_DUTIES;

/** What a hospital is under the Act. */
export interface LessonRole {
  /** `outside`: the Act does not apply (Article 2(6)). */
  readonly roles: readonly ('provider' | 'deployer' | 'outside')[];
  readonly isHighRisk: boolean;
  readonly duties: readonly LessonDuty[];
}

const DUTIES_OF_DEPLOYERS = ['instructions', 'oversight', 'input', 'monitor', 'logs', 'workers'] as const;
const DUTIES_OF_PROVIDERS = ['requirements', 'quality', 'conformity', 'market'] as const;

/**
 * Role and duties from what a hospital does: provider by its own name (Article 3(3)) or by what it changed of a high-risk system (25(1)), deployer by
 * use (3(4)), high-risk by the notified body that assesses the device (6(1)), outside where it is for research alone (2(6)).
 */
export function lessonRole(deeds: ReadonlySet<LessonDeed>): LessonRole {
  const isUsed = deeds.has('uses') || deeds.has('own-name');
  if (deeds.has('research') && !isUsed) return { roles: ['outside'], isHighRisk: false, duties: [] };
  const isHighRisk = deeds.has('device');
  const isProvider = deeds.has('own-name') || (deeds.has('changes') && isHighRisk);
  const isDeployer = isUsed;
  const roles = [...(isProvider ? (['provider'] as const) : []), ...(isDeployer ? (['deployer'] as const) : [])];
  return {
    roles,
    isHighRisk: isHighRisk && roles.length > 0,
    duties:
      roles.length === 0
        ? []
        : [
            'literacy',
            ...(isHighRisk && isDeployer ? DUTIES_OF_DEPLOYERS : []),
            ...(isHighRisk && isProvider ? DUTIES_OF_PROVIDERS : []),
          ],
  };
}

/** A week in which people look at what a model alarms of. */
export interface LessonWeek {
  readonly pictures: number;
  /** Of the pictures, from 0 to 1. */
  readonly illShare: number;
  /** Of the pictures without disease, those that get no alarm; from 0 to 1. */
  readonly specificity: number;
  readonly minutesOfAlarm: number;
}

/** What comes of it, on average. */
export interface LessonOversight {
  readonly alarms: number;
  /** Of the alarms; null without one. */
  readonly right: number | null;
  readonly missed: number;
  readonly hours: number;
}

const DRAWN = 4000;
/** How far apart the scores of ill and healthy lie, in standard deviations: an AUC of about 0.9. */
const APART = 1.8;

/** Alarms of a model with drawn scores at an operating point, and the hours that people need to check them. */
export function lessonOversight({ pictures, illShare, specificity, minutesOfAlarm }: LessonWeek): LessonOversight {
  const random = new SeededRandom('academy/oversight');
  const labels = Uint8Array.from({ length: DRAWN }, (_, at) => at % 2);
  const scores = Float64Array.from(labels, (label) => APART * label + random.normal());
  const point = sensitivityAtSpecificity(labels, scores, { specificity });
  const ill = pictures * illShare;
  const found = ill * (point?.sensitivity ?? 0);
  const alarms = found + (pictures - ill) * (1 - (point?.specificity ?? 1));
  return {
    alarms,
    right: alarms > 0 ? found / alarms : null,
    missed: ill - found,
    hours: (alarms * minutesOfAlarm) / 60,
  };
}
