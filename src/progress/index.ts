export { namedIn, publicActivities } from './activities.ts';
export { INDICATORS, type Indicator } from './indicators.ts';
export { type KnownNetwork, networkProgress, networkState } from './network-progress.ts';
export { type PublishedVersion, publishedVersion, type RecordScores } from './published-version.ts';
export { reportPdf } from './report-pdf.ts';
export { reportCsv, reportTable, reportWorkbook } from './report-tables.ts';
export type { SeenSite } from './seen-site.ts';
