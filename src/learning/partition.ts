import { SeededRandom } from '#base';

/** How one data set is dealt out to virtual nodes. */
export type Partition =
  /** Evenly and at random. */
  | { readonly kind: 'iid'; readonly nodes: number }
  /** Every class by shares drawn from a Dirichlet distribution (Hsu et al. 2019); small alpha: unlike nodes. */
  | {
      readonly kind: 'dirichlet';
      readonly nodes: number;
      readonly alpha: number;
      /** What part of the examples each node has on average, all above 0 and 1 together; equal unless told. */
      readonly sizes?: readonly number[] | undefined;
    }
  /** Like in kind, unlike in number: sizes drawn from a Dirichlet distribution. */
  | { readonly kind: 'quantity'; readonly nodes: number; readonly alpha: number }
  /** A node for each value of a column, in the order of the values. */
  | { readonly kind: 'column'; readonly values: readonly string[] };

/**
 * Examples of each node, ascending; every example is at exactly one node. Nodes may stay empty under small alphas.
 * @param labels class of each example, for `dirichlet`
 * @throws RangeError for numbers that make no sense
 */
export function partition(how: Partition, labels: ArrayLike<number>, seed: string | number): readonly Uint32Array[] {
  const random = new SeededRandom(`${seed}/partition/${how.kind}`);
  const count = labels.length;
  if (how.kind === 'column') return byColumn(how.values, count);
  const { nodes } = how;
  if (!Number.isInteger(nodes) || nodes < 1) throw new RangeError('nodes is not a whole number above 0');
  if (how.kind !== 'iid' && !(how.alpha > 0)) throw new RangeError('alpha is not above 0');
  const owners = new Uint32Array(count);
  const deal = (examples: readonly number[], shares: readonly number[]): void => {
    const order = random.permutation(examples.length);
    let sum = 0;
    let from = 0;
    shares.forEach((share, node) => {
      sum += share;
      // The last cut is the end, whatever the rounding of the sum.
      const to = node === nodes - 1 ? examples.length : Math.round(sum * examples.length);
      for (let at = from; at < to; at += 1) owners[examples[order[at] ?? 0] ?? 0] = node;
      from = Math.max(from, to);
    });
  };
  const all = Array.from({ length: count }, (_, example) => example);
  if (how.kind === 'dirichlet') {
    for (const label of [...new Set(Array.from(labels))].sort((a, b) => a - b))
      deal(
        all.filter((example) => labels[example] === label),
        dirichlet(weightsOf(how), random),
      );
  } else {
    deal(all, how.kind === 'iid' ? Array(nodes).fill(1 / nodes) : dirichlet(Array(nodes).fill(how.alpha), random));
  }
  return Array.from({ length: nodes }, (_, node) => Uint32Array.from(all.filter((one) => owners[one] === node)));
}

function byColumn(values: readonly string[], count: number): readonly Uint32Array[] {
  if (values.length !== count) throw new RangeError('there is not one value for each example');
  const names = [...new Set(values)].sort();
  return names.map((name) => Uint32Array.from([...values.keys()].filter((example) => values[example] === name)));
}

/** Alpha of each node: all of them together alpha · nodes, whatever the sizes. */
function weightsOf({ nodes, alpha, sizes }: Extract<Partition, { kind: 'dirichlet' }>): readonly number[] {
  if (sizes === undefined) return Array(nodes).fill(alpha);
  if (sizes.length !== nodes || sizes.some((size) => !(size > 0)))
    throw new RangeError('there is not one size above 0 for each node');
  return sizes.map((size) => size * nodes * alpha);
}

/** Shares that sum to 1: gamma variates over their sum. */
function dirichlet(alphas: readonly number[], random: SeededRandom): readonly number[] {
  const drawn = alphas.map((alpha) => gamma(alpha, random));
  const sum = drawn.reduce((total, one) => total + one, 0);
  // Under a tiny alpha every variate may be below the smallest number: one part has it all.
  if (!(sum > 0)) return drawn.map((_, index) => (index === 0 ? 1 : 0));
  return drawn.map((one) => one / sum);
}

/** A gamma variate of scale 1 (Marsaglia & Tsang 2000; below 1 by their note on shapes under one). */
function gamma(shape: number, random: SeededRandom): number {
  if (shape < 1) return gamma(shape + 1, random) * (random.uniform() + 2 ** -33) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = random.normal();
    const v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(random.uniform() + 2 ** -33) < z * z * 0.5 + d - d * v + d * Math.log(v)) return d * v;
  }
}
