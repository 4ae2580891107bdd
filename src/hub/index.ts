export { type HubConfig, hubConfig } from './config.ts';
export { createHubToken, type RunningHub, startHub, verifyHubAudit } from './start-hub.ts';
