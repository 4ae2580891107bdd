import type { NetworkProgress, TargetChange, TargetHistory, TargetStanding } from '#wire';

/** What the programme that the network extends aims at, until a coordinator sets something else. */
const PROGRAMME_TARGET = { measure: 'studies', scope: 'network', key: '', value: 100_000, dueOn: null } as const;

type Kept = TargetHistory['changes'][number];

/** Targets in force, of everything that was ever set: the last word on each counts, and one that was taken back is none. */
export function targetsInForce(changes: readonly Kept[]): readonly Omit<TargetStanding, 'reached'>[] {
  const last = new Map<string, Kept>();
  for (const change of changes.toSorted((a, b) => a.atMs - b.atMs)) last.set(nameOf(change), change);
  const set = [...last.values()].flatMap(({ measure, scope, key, value, dueOn, atMs }) =>
    value === null ? [] : [{ measure, scope, key, value, dueOn, setAtMs: atMs }],
  );
  const programme = last.has(nameOf(PROGRAMME_TARGET)) ? [] : [{ ...PROGRAMME_TARGET, setAtMs: null }];
  return [...programme, ...set];
}

/** How far a target is reached. */
export function targetStanding(
  target: Omit<TargetStanding, 'reached'>,
  network: Pick<NetworkProgress, 'totals' | 'groups' | 'access' | 'learning'>,
): TargetStanding {
  return { ...target, reached: reachedOf(target, network) };
}

function reachedOf(
  { measure, scope, key }: Pick<TargetStanding, 'measure' | 'scope' | 'key'>,
  { totals, groups, access, learning }: Pick<NetworkProgress, 'totals' | 'groups' | 'access' | 'learning'>,
): number {
  switch (scope) {
    case 'country':
    case 'cancer':
      return groups[scope].find((row) => row.key === key)?.studies ?? 0;
    case 'modality':
      // A dataset of several modalities does not say how many studies are of which: only what is of this one alone counts.
      return groups.modality.find((row) => row.key === key)?.studies ?? 0;
    case 'network':
      break;
  }
  switch (measure) {
    case 'studies':
      return totals.studies;
    case 'persons':
      return totals.persons;
    case 'sites':
      return totals.members;
    case 'countries':
      return totals.countries;
    case 'datasets':
      return totals.datasets;
    case 'permits':
      return access.permits.valid;
    case 'models':
      return learning.models.registered;
  }
}

/** Which target a change is about. */
function nameOf({ measure, scope, key }: Pick<TargetChange, 'measure' | 'scope' | 'key'>): string {
  return `${scope}/${key}/${measure}`;
}
