import type { CohortQuery, SearchView } from '#wire';

/**
 * Questions that few people answer to, the rarest first: the demo asks until a node withholds its count. Ages are asked in
 * the five-year bins that search publishes.
 */
export function rareQueries(): readonly CohortQuery[] {
  const bands = [90, 85, 20, 25, 80, 30, 75, 35];
  return bands.flatMap((from) =>
    ['F', 'M'].map(
      (sex): CohortQuery => ({
        all: [
          { is: 'sex', in: [sex] },
          { is: 'ageYears', from, to: from + 4 },
        ],
      }),
    ),
  );
}

/** True when a node withheld its count. */
export function withheld(view: SearchView): boolean {
  return view.nodes.some(({ suppressed }) => suppressed);
}
