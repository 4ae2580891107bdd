import type { SearchView } from '#wire';

type SummedCell = NonNullable<SearchView['facets']>[number]['cells'][number];
type Bin = Extract<SummedCell, { readonly from: number | null }>;
type Statistics = NonNullable<NonNullable<SearchView['facets']>[number]['statistics']>;

/** What is not known of a cell's count: variance of the noise in people², and how many may be in cells that were kept back. */
export interface CellDoubt {
  readonly variance: number;
  readonly keptBack: number;
}

/** Two-sided 95 % of the standard normal. */
const Z95 = 1.959963984540054;

/** Shares of the people below the quantiles that are told. */
const SHARES = [0.25, 0.5, 0.75] as const;

/**
 * Mean, spread and quartiles of a number, from the people that nodes disclosed in its published bins and from nothing else: what
 * the nodes let out already has its noise, so nothing more is paid. Where a person lies within a bin is not known: the mean may
 * be half a bin's width away, and a quartile is the bin it falls into. People of an open bin count at its closed end.
 * With every quartile goes the range that it lies in whatever the noise and the cells kept back have done (95 %). People of bins that no
 * site names are not counted. Undefined for a field of words, and where nobody was disclosed.
 * @param doubts of each cell, in the same order
 */
export function facetStatistics(cells: readonly SummedCell[], doubts: readonly CellDoubt[]): Statistics | undefined {
  const bins = cells.filter((cell): cell is Bin => !('value' in cell));
  const persons = bins.reduce((sum, bin) => sum + bin.persons, 0);
  if (persons === 0) return undefined;
  const placed = bins.map((bin) => ({ ...bin, ...placeOf(bin) }));
  const meanOf = (numberOf: (bin: (typeof placed)[number]) => number) =>
    placed.reduce((sum, bin) => sum + bin.persons * numberOf(bin), 0) / persons;
  const mean = meanOf(({ low, high }) => (low + high) / 2);
  return {
    persons,
    mean,
    meanWithin: meanOf(({ low, high }) => (high - low) / 2),
    standardDeviation: Math.sqrt(meanOf(({ low, high }) => ((low + high) / 2 - mean) ** 2)),
    quartiles: SHARES.map((share) => {
      let below = 0;
      const bin = placed.find((one) => {
        below += one.persons;
        return below >= share * persons;
      });
      const likely = likelyBins(share, bins, doubts);
      return {
        share,
        from: bin?.from ?? null,
        to: bin?.to ?? null,
        likelyFrom: likely.first?.from ?? null,
        likelyTo: likely.last?.to ?? null,
      };
    }),
    isOpen: bins.some((bin) => bin.persons > 0 && (bin.from === null || bin.to === null)),
    withheld: bins.reduce((sum, bin) => sum + bin.withheld, 0),
  };
}

/** Between what a bin's people lie; an open bin is its closed end. */
function placeOf({ from, to }: Bin): { readonly low: number; readonly high: number } {
  if (from === null || to === null) return { low: from ?? to ?? 0, high: from ?? to ?? 0 };
  return { low: from, high: to + 1 };
}

/**
 * The first and the last bin that a share of the people may reach into. It lies at or below a bin's end where (1 − share) × those up to it is
 * at least share × those above; both are sums of told counts, so the noise of that difference is known, and whoever was kept back may
 * be there or not.
 */
function likelyBins(
  share: number,
  bins: readonly Bin[],
  doubts: readonly CellDoubt[],
): { readonly first: Bin | undefined; readonly last: Bin | undefined } {
  const differences = bins.map((_, end) => {
    let [told, most, least, variance] = [0, 0, 0, 0];
    for (const [at, { persons }] of bins.entries()) {
      const weight = at <= end ? 1 - share : -share;
      const doubt = doubts[at] ?? { variance: 0, keptBack: 0 };
      told += weight * persons;
      variance += weight ** 2 * doubt.variance;
      if (weight > 0) most += weight * doubt.keptBack;
      else least += weight * doubt.keptBack;
    }
    const noise = Z95 * Math.sqrt(variance);
    return { most: told + most + noise, least: told + least - noise };
  });
  const at = (found: number) => bins[found < 0 ? bins.length - 1 : found];
  return {
    first: at(differences.findIndex(({ most }) => most >= 0)),
    last: at(differences.findIndex(({ least }) => least >= 0)),
  };
}
