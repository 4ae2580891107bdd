export { type HubConfig, hubConfig } from './config.ts';
export { createHubToken, exportHubAudit, type RunningHub, startHub, verifyHubAudit } from './start-hub.ts';
