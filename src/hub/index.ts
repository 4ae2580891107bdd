export { type HubConfig, hubConfig } from './config.ts';
export {
  changeHubSite,
  createHubToken,
  exportHubAudit,
  hubSites,
  type RunningHub,
  startHub,
  verifyHubAudit,
} from './start-hub.ts';
