import { checkCopies } from './check-copies.ts';
import { checkSeries } from './check-series.ts';
import { checkStudies } from './check-studies.ts';
import type { DataSetFinding } from './data-set-finding.ts';
import type { ImageRecord } from './image-record.ts';

/** Everything noticed about images together: copies, whole volumes, whole examinations, people that are the same in all. */
export function checkDataSet(records: readonly ImageRecord[]): readonly DataSetFinding[] {
  return [...checkCopies(records), ...checkSeries(records), ...checkStudies(records)];
}
