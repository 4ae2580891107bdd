import { SeededRandom } from '#base';
import { type Interval, quantile } from './bootstrap.ts';

/** One example of a person: its score and whether it has what is looked for. */
export interface PairedExample {
  readonly person: string;
  readonly label: 0 | 1;
  readonly score: number;
}

/**
 * AUC where one person has examples with and without, such as the same film with and without a nodule; 95 % percentile interval by drawing people with replacement.
 * A pair of one person's own examples counts as often as the person was drawn, a pair of two people as often as both were, the product: with a
 * plain bootstrap a person drawn twice would bring four of its own pairs, which are the easy ones, and lift every drawn AUC above the measured one.
 * Null without an example on either side.
 */
export function pairedAuc(
  examples: readonly PairedExample[],
  { seed, repeats = 1000 }: { readonly seed: string | number; readonly repeats?: number },
): Interval | null {
  const people = [...new Set(examples.map(({ person }) => person))];
  const scoresOf = (label: 0 | 1): readonly (readonly number[])[] =>
    people.map((person) =>
      examples.filter((one) => one.person === person && one.label === label).map(({ score }) => score),
    );
  const [without, having] = [scoresOf(0), scoresOf(1)];
  const count = people.length;
  const wins = new Float64Array(count * count);
  const pairs = new Float64Array(count * count);
  having.forEach((own, one) => {
    without.forEach((others, other) => {
      const at = one * count + other;
      pairs[at] = own.length * others.length;
      for (const score of own)
        for (const rival of others) wins[at] = (wins[at] as number) + (score > rival ? 1 : score === rival ? 0.5 : 0);
    });
  });
  // A draw holds a given person once on average, and two given people together a little less often.
  const together = count > 1 ? count / (count - 1) : 1;
  const areaOf = (times: Float64Array, crossed: number): number | null => {
    let [won, all] = [0, 0];
    for (let one = 0; one < count; one += 1)
      for (let other = 0; other < count; other += 1) {
        const own = times[one] as number;
        const weight = one === other ? own : crossed * own * (times[other] as number);
        won += weight * (wins[one * count + other] as number);
        all += weight * (pairs[one * count + other] as number);
      }
    return all > 0 ? won / all : null;
  };
  const value = areaOf(new Float64Array(count).fill(1), 1);
  if (value === null) return null;
  const random = new SeededRandom(`${seed}/paired`);
  const drawn: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const times = new Float64Array(count);
    for (let draw = 0; draw < count; draw += 1) {
      const person = random.below(count);
      times[person] = (times[person] as number) + 1;
    }
    const area = areaOf(times, together);
    if (area !== null) drawn.push(area);
  }
  drawn.sort((a, b) => a - b);
  return { value, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}
