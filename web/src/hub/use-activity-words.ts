import { useTranslation } from 'react-i18next';
import { OBJECTIVES, type Objective } from '#wire';
import { useFormat } from '../i18n/use-format.ts';

const FRAME_OF = {
  eu4health: 'eu4health',
  ehds: 'ehds',
  ebcp: 'beating-cancer',
  mission: 'cancer-mission',
} as const;

/** Frames that objectives stand in, in the order of reports. */
export const ACTIVITY_FRAMES = ['eu4health', 'ehds', 'beating-cancer', 'cancer-mission'] as const;

/** One of {@link ACTIVITY_FRAMES}. */
export type ActivityFrame = (typeof ACTIVITY_FRAMES)[number];

/** Objectives of a frame. */
export function objectivesOf(frame: ActivityFrame): readonly Objective[] {
  return OBJECTIVES.filter((objective) => frameOf(objective) === frame);
}

/** The frame that an objective stands in. */
export function frameOf(objective: Objective): ActivityFrame {
  const [start] = objective.split('-');
  return Object.entries(FRAME_OF).find(([prefix]) => prefix === start)?.[1] ?? 'eu4health';
}

/** Words for what a network does with others. */
export function useActivityWords() {
  const { t } = useTranslation();
  const format = useFormat();
  const day = (date: string) => format.day(Date.parse(`${date}T12:00:00Z`));
  return {
    // The programme has the same name in every language.
    frame: (frame: ActivityFrame) => (frame === 'eu4health' ? 'EU4Health' : t(`progress.frame.${frame}`)),
    objective: (objective: Objective) => t(`progress.asks.${objective}`),
    when: ({ startsOn, endsOn }: { readonly startsOn: string; readonly endsOn: string | null }) =>
      endsOn === null || endsOn === startsOn ? day(startsOn) : `${day(startsOn)} – ${day(endsOn)}`,
  };
}
