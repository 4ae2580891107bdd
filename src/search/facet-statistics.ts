import type { SearchView } from '#wire';

type SummedCell = NonNullable<SearchView['facets']>[number]['cells'][number];
type Bin = Extract<SummedCell, { readonly from: number | null }>;
type Statistics = NonNullable<NonNullable<SearchView['facets']>[number]['statistics']>;

/** Shares of the people below the quantiles that are told. */
const SHARES = [0.25, 0.5, 0.75] as const;

/**
 * Mean, spread and quartiles of a number, from the people that nodes disclosed in its published bins and from nothing else: what
 * the nodes let out already has its noise, so nothing more is paid. Where a person lies within a bin is not known: the mean may
 * be half a bin's width away, and a quartile is the bin it falls into. People of an open bin count at its closed end.
 * Undefined for a field of words, and where nobody was disclosed.
 */
export function facetStatistics(cells: readonly SummedCell[]): Statistics | undefined {
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
      return { share, from: bin?.from ?? null, to: bin?.to ?? null };
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
