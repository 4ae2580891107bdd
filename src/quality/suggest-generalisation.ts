import { type Hierarchy, hierarchyFor } from './generalisation.ts';
import {
  type AlikeGroup,
  checkQuestion,
  type Group,
  groupsOf,
  type ReidentificationRisk,
  type RiskQuestion,
  type RiskRecord,
  riskOf,
  WANTED_K,
} from './reidentification-risk.ts';

/** What would make a table safe at the smallest loss. */
export interface GeneralisationAdvice {
  /** What to do with each column, in the order of the question. */
  readonly columns: readonly { readonly name: string; readonly step: number; readonly becomes: string }[];
  /** Records to leave out, because their groups stay smaller than k. */
  readonly suppressed: number;
  /** 0, nothing lost, to 1, nothing left: the mean height of the columns in their steps (Sweeney 2002, 1 − precision). */
  readonly loss: number;
  /** The table as it would then be. */
  readonly risk: ReidentificationRisk;
}

/** Share of the records that may be left out rather than say everything less exactly. */
const MOST_SUPPRESSED = 0.05;

/**
 * The smallest generalisation of the quasi-identifiers that leaves every group at k records or more, and the sensitive values
 * of every group at l different ones, with at most 5 % of the records left out. Of several with the same loss the one that
 * leaves out the fewest, then the one with the most groups. All combinations of steps are looked at in the order of their loss,
 * so the first that will do is the best (at most 5⁸ of them, seldom more than some hundreds).
 * @returns undefined when not even saying nothing will do: fewer records than k
 */
export function suggestGeneralisation(
  records: readonly RiskRecord[],
  question: RiskQuestion & { readonly l?: number | undefined },
): GeneralisationAdvice | undefined {
  checkQuestion(records, question);
  const { quasiIdentifiers, k = WANTED_K, l = 1 } = question;
  const alike = groupsOf(records, question);
  const hierarchies = quasiIdentifiers.map((name) =>
    hierarchyFor(
      name,
      records.map((record) => record[name] ?? ''),
      k,
    ),
  );
  const merge = merging(alike, hierarchies);
  let best: GeneralisationAdvice | undefined;
  for (const steps of byLoss(hierarchies)) {
    const loss = lossOf(steps, hierarchies);
    if (best !== undefined && loss > best.loss + 1e-12) break;
    const kept = merge(steps).filter((group) => isSafe(group, k, l));
    const suppressed = records.length - kept.reduce((sum, { size }) => sum + size, 0);
    if (kept.length === 0 || suppressed > MOST_SUPPRESSED * records.length) continue;
    const advice: GeneralisationAdvice = {
      columns: quasiIdentifiers.map((name, column) => {
        const step = steps[column] ?? 0;
        return { name, step, becomes: hierarchies[column]?.steps[step] ?? '' };
      }),
      suppressed,
      loss,
      risk: riskOf(kept, k),
    };
    if (best === undefined || isBetter(advice, best)) best = advice;
  }
  return best;
}

function isSafe({ size, sensitive }: Group, k: number, l: number): boolean {
  return size >= k && (sensitive.size === 0 || sensitive.size >= l);
}

function isBetter(one: GeneralisationAdvice, other: GeneralisationAdvice): boolean {
  if (one.suppressed !== other.suppressed) return one.suppressed < other.suppressed;
  return one.risk.classes > other.risk.classes;
}

function lossOf(steps: readonly number[], hierarchies: readonly Hierarchy[]): number {
  const heights = steps.map((step, column) => step / ((hierarchies[column]?.steps.length ?? 2) - 1));
  return heights.reduce((sum, height) => sum + height, 0) / heights.length;
}

/** Every combination of steps, the least loss first. */
function byLoss(hierarchies: readonly Hierarchy[]): readonly (readonly number[])[] {
  let all: readonly (readonly number[])[] = [[]];
  for (const { steps } of hierarchies) all = all.flatMap((one) => steps.map((_, step) => [...one, step]));
  return all.toSorted((a, b) => lossOf(a, hierarchies) - lossOf(b, hierarchies));
}

/** Groups that become alike at the chosen steps, as one. */
function merging(
  alike: readonly AlikeGroup[],
  hierarchies: readonly Hierarchy[],
): (steps: readonly number[]) => readonly Group[] {
  // Values as small numbers for each column and step: whole rows of them are then one number.
  const coded = hierarchies.map(({ steps, at }, column) =>
    steps.map((_, step) => {
      const codes = new Map<string, number>();
      const of = Uint32Array.from(alike, ({ values }) => {
        const value = at(step, values[column] ?? '');
        const code = codes.get(value) ?? codes.size;
        codes.set(value, code);
        return code;
      });
      return { of, count: codes.size };
    }),
  );
  return (steps) => {
    const chosen = steps.flatMap((step, column) => coded[column]?.[step] ?? []);
    const fits = chosen.reduce((product, { count }) => product * count, 1) < Number.MAX_SAFE_INTEGER;
    const merged = new Map<number | string, { size: number; sensitive: Map<string, number> }>();
    alike.forEach((group, index) => {
      const key = fits
        ? chosen.reduce((sum, { of, count }) => sum * count + (of[index] ?? 0), 0)
        : chosen.map(({ of }) => of[index]).join();
      const one = merged.get(key) ?? { size: 0, sensitive: new Map<string, number>() };
      merged.set(key, one);
      one.size += group.size;
      for (const [value, count] of group.sensitive) one.sensitive.set(value, (one.sensitive.get(value) ?? 0) + count);
    });
    return [...merged.values()];
  };
}
