export { type BareJob, BareNetwork, type OpenStandIn, type StandInSite } from './bare-network.ts';
export { type BareRound, BareSite } from './bare-site.ts';
export type { DemoReporter } from './demo-reporter.ts';
export type { DemoSource } from './demo-source.ts';
export { type GuidedReport, guidedRun } from './guided-run.ts';
export { HouseClient } from './house-client.ts';
export { explanationPictures } from './overlay-picture.ts';
export { type OpenPractice, startPracticeNetwork } from './practice-network.ts';
export { type Demo, type DemoOptions, runDemo } from './run-demo.ts';
