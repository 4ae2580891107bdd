export { reportPdf as progressPdf, reportWorkbook as progressWorkbook } from '#progress';
export { type HubConfig, hubConfig } from './config.ts';
export { examineHub, type HubCheckupOptions } from './examine-hub.ts';
export { addCatalogue, type HubCatalogues, removeCatalogue, withHubCatalogues } from './other-catalogues.ts';
export {
  changeHubSite,
  createHubToken,
  exportHubAudit,
  hubProgress,
  hubSites,
  type RunningHub,
  setHubTarget,
  startHub,
  verifyHubAudit,
} from './start-hub.ts';
