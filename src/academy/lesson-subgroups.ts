import { SeededRandom } from '#base';
import { type AucInterval, aucInterval } from '#engine';
import { sensitivityAtSpecificity, subgroupTable } from '#evaluation';

/** How far apart a model's scores of ill and healthy people lie, in standard deviations. */
export const LESSON_SIGHT = { well: 2.2, fairly: 1.4, poorly: 0.6, not: 0 } as const;

/** A word for how well a model sees. */
export type LessonSight = keyof typeof LESSON_SIGHT;

/** The groups of the lesson: one large, one small. */
export const LESSON_GROUPS = ['large', 'small'] as const;

/** One of the groups. */
export type LessonGroup = (typeof LESSON_GROUPS)[number];

/** A group of patients as a learner imagines it. */
export interface LessonPatients {
  readonly people: number;
  readonly sight: LessonSight;
}

/** How a model does in one group; null where the group is not told of. */
export interface LessonSubgroup {
  readonly group: LessonGroup;
  readonly figures: {
    readonly people: number;
    readonly auc: AucInterval | null;
    /** Of the ill, those with an alarm at the threshold of all; null without an ill person. */
    readonly found: number | null;
    /** Of the healthy, those with an alarm there; null without a healthy person. */
    readonly alarmed: number | null;
  } | null;
}

/** One person of five is ill. */
const ONE_ILL_IN = 5;
/** Of the healthy of both groups together, so many get no alarm. */
const SPECIFICITY = 0.9;

/** A model in two groups under one threshold, which leaves nine of ten healthy people of both together alone. Equal numbers give equal figures. */
export function lessonSubgroups(patients: Readonly<Record<LessonGroup, LessonPatients>>): {
  readonly all: AucInterval | null;
  readonly groups: readonly LessonSubgroup[];
} {
  const people = LESSON_GROUPS.flatMap((group) => drawn(group, patients[group]));
  const labels = people.map(({ label }) => label);
  const scores = people.map(({ score }) => score);
  const threshold =
    sensitivityAtSpecificity(labels, scores, { specificity: SPECIFICITY })?.threshold ?? Number.POSITIVE_INFINITY;
  const rows = subgroupTable(
    people.map((_, place) => String(place)),
    { group: people.map(({ group }) => group) },
    (places) => {
      const alarms = (ill: 0 | 1) => {
        const own = places.filter((place) => labels[place] === ill);
        return own.length === 0 ? null : own.filter((place) => (scores[place] ?? 0) >= threshold).length / own.length;
      };
      return {
        people: places.length,
        auc: aucInterval(
          places.map((place) => labels[place] ?? 0),
          places.map((place) => scores[place] ?? 0),
        ),
        found: alarms(1),
        alarmed: alarms(0),
      };
    },
  );
  return {
    all: aucInterval(labels, scores),
    groups: LESSON_GROUPS.map((group) => ({
      group,
      figures: rows.find((row) => row.group === group)?.figures ?? null,
    })),
  };
}

function drawn(group: LessonGroup, { people, sight }: LessonPatients) {
  const random = new SeededRandom(`academy/${group}`);
  return Array.from({ length: people }, (_, at) => {
    const label = at % ONE_ILL_IN === 0 ? 1 : 0;
    return { group, label, score: LESSON_SIGHT[sight] * label + random.normal() };
  });
}
