import { SeededRandom } from '#base';

/** A figure with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * 95 % percentile interval of a statistic by drawing people, not exams, with replacement (Efron 1979; clusters after Field & Welsh
 * 2007): exams of one woman are no independent witnesses. Null when the statistic has no value on the whole.
 * @param people whose each example is
 * @param statistic of the examples at these places, a person drawn twice twice; null where it has no value
 */
export function bootstrapInterval(
  people: readonly string[],
  statistic: (places: readonly number[]) => number | null,
  { seed, repeats = 1000 }: { readonly seed: string | number; readonly repeats?: number },
): Interval | null {
  const value = statistic(people.map((_, place) => place));
  if (value === null) return null;
  const ofPerson = new Map<string, number[]>();
  people.forEach((person, place) => {
    const places = ofPerson.get(person);
    if (places === undefined) ofPerson.set(person, [place]);
    else places.push(place);
  });
  const groups = [...ofPerson.values()];
  const random = new SeededRandom(`${seed}/bootstrap`);
  const drawn: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const places = Array.from({ length: groups.length }, () => groups[random.below(groups.length)] ?? []).flat();
    const one = statistic(places);
    if (one !== null) drawn.push(one);
  }
  drawn.sort((a, b) => a - b);
  return { value, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/** Quantile of ascending numbers, interpolated between neighbours; NaN of none. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const at = share * (ascending.length - 1);
  const below = Math.floor(at);
  const low = ascending[below] ?? Number.NaN;
  return low + (at - below) * ((ascending[Math.min(below + 1, ascending.length - 1)] ?? low) - low);
}
