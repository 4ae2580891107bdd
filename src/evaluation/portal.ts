// What of evaluation the portal carries: calibration out of bins, operating points, and which groups may be told of. In the portal
// `#evaluation` is this file (decision 169).
export { type BinnedCalibration, binnedCalibration, type ScoreBin } from './binned-calibration.ts';
export type { Interval } from './bootstrap.ts';
export { sensitivityAtSpecificity } from './operating-points.ts';
export { LEAST_PEOPLE, subgroupTable } from './subgroups.ts';
