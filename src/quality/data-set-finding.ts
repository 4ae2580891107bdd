import type { CheckName } from './check-table.ts';
import { findingOf, type QualityFinding } from './finding.ts';
import type { ImageRecord } from './image-record.ts';

/** What was noticed about several images together. */
export interface DataSetFinding extends QualityFinding {
  /** The images that it is about, by their places in the data set; at least one. */
  readonly images: readonly number[];
}

/** The finding of a check about images. */
export function dataSetFinding(
  check: CheckName,
  images: readonly number[],
  facts: Readonly<Record<string, string | number>> = {},
): DataSetFinding {
  return { ...findingOf(check, facts), images };
}

/** An image with its place in the data set. */
export interface Member {
  readonly image: number;
  readonly record: ImageRecord;
}

/** The images of a data set with their places. */
export function membersOf(records: readonly ImageRecord[]): readonly Member[] {
  return records.map((record, image) => ({ image, record }));
}

/** The places of members. */
export function imagesOf(members: readonly Member[]): readonly number[] {
  return members.map(({ image }) => image);
}

/** What has the same key together, in the order of the first of each; what has none is left out. */
export function groupedBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | null,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null || key === '') continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
