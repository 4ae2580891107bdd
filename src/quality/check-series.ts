import { type DataSetFinding, dataSetFinding, groupedBy, imagesOf, membersOf } from './data-set-finding.ts';
import type { ImageRecord, SlicePlace } from './image-record.ts';

/** A gap this many times the usual one lacks a slice; positions are rounded by some devices. */
const GAP = 1.5;
/** Slices nearer to each other lie at the same place. */
const SAME_MM = 0.01;
/** Fewer slices have no usual distance. */
const FEWEST_SLICES = 4;

/** Whether series belong together and whether volumes are whole: gaps, slices at the same place, other geometry. */
export function checkSeries(records: readonly ImageRecord[]): readonly DataSetFinding[] {
  const findings: DataSetFinding[] = [];
  for (const own of groupedBy(membersOf(records), ({ record }) => record.seriesInstanceUid).values()) {
    const distinct = (of: (record: ImageRecord) => string) => new Set(own.map(({ record }) => of(record))).size;
    if (distinct(({ studyInstanceUid }) => studyInstanceUid) > 1) {
      findings.push(dataSetFinding('series-studies', imagesOf(own)));
    }
    if (distinct(({ modality }) => modality) > 1) findings.push(dataSetFinding('series-modalities', imagesOf(own)));
    const slices = own.flatMap(({ image, record: { slice } }) => (slice === null ? [] : [{ image, slice }]));
    findings.push(...checkGeometry(slices), ...checkPlaces(slices));
  }
  return findings;
}

interface PlacedImage {
  readonly image: number;
  readonly slice: SlicePlace;
}

const GEOMETRY: readonly (readonly [what: string, of: (slice: SlicePlace) => string])[] = [
  ['size', ({ matrix }) => matrix],
  ['pixel spacing', ({ spacing }) => spacing],
  ['orientation', ({ orientation }) => orientation],
];

function checkGeometry(slices: readonly PlacedImage[]): readonly DataSetFinding[] {
  const differing = GEOMETRY.filter(([, of]) => new Set(slices.map(({ slice }) => of(slice))).size > 1);
  if (differing.length === 0) return [];
  const what = differing.map(([name]) => name).join(', ');
  return [
    dataSetFinding(
      'mixed-geometry',
      slices.map(({ image }) => image),
      { what },
    ),
  ];
}

function checkPlaces(slices: readonly PlacedImage[]): readonly DataSetFinding[] {
  const findings: DataSetFinding[] = [];
  const volumes = groupedBy(slices, ({ slice }) => `${slice.volume}|${slice.orientation}`);
  for (const volume of volumes.values()) {
    const placed = volume.toSorted((a, b) => a.slice.positionMm - b.slice.positionMm);
    if (placed.length < FEWEST_SLICES) continue;
    const stacks = stacked(placed);
    const images = placed.map(({ image }) => image);
    const tallest = Math.max(...stacks.map(({ length }) => length));
    // Several volumes that the header does not tell apart have every place equally often.
    const isEven = stacks.every(({ length }) => length === tallest);
    const above = stacks.reduce((sum, { length }) => sum + length - 1, 0);
    if (!isEven) findings.push(dataSetFinding('duplicate-slices', images, { slices: above }));
    const missing = missingBetween(stacks.map(([first]) => first?.slice.positionMm ?? 0));
    if (missing > 0) findings.push(dataSetFinding('missing-slices', images, { missing, slices: stacks.length }));
  }
  return findings;
}

/** Slices that lie at the same place, place by place. */
function stacked(placed: readonly PlacedImage[]): readonly (readonly PlacedImage[])[] {
  const stacks: PlacedImage[][] = [];
  for (const one of placed) {
    const last = stacks.at(-1);
    const [lowest] = last ?? [];
    if (last !== undefined && one.slice.positionMm - (lowest?.slice.positionMm ?? 0) < SAME_MM) last.push(one);
    else stacks.push([one]);
  }
  return stacks;
}

function missingBetween(positionsMm: readonly number[]): number {
  const gaps = positionsMm.slice(1).map((positionMm, index) => positionMm - (positionsMm[index] ?? 0));
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  if (positionsMm.length < FEWEST_SLICES || usual <= 0) return 0;
  return gaps.reduce((sum, gap) => sum + (gap > GAP * usual ? Math.round(gap / usual) - 1 : 0), 0);
}
