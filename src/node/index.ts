export { type BackupReport, backUpNode } from './back-up-node.ts';
export { writeBeamRequest } from './beam-request.ts';
export { clinicModels, compareWithReaders, setClinicModel, takeReads } from './clinic-commands.ts';
export { type ClinicLoad, clinicLoad } from './clinic-load.ts';
export { type NodeConfig, nodeConfig } from './config.ts';
export { exportDatasetRecord, nodeDataset, nodeDatasets } from './dataset-commands.ts';
export { deliverResults } from './deliver-results.ts';
export { createDial, type Dialled } from './dial.ts';
export type { DicomAddress } from './dicom-address.ts';
export { DicomIndex, type DicomScope } from './dicom-index.ts';
export { eucaimAnswerSchema } from './eucaim-provider.ts';
export { contractsOfNode, readConformance } from './examine-contracts.ts';
export { examineNode, type NodeCheckupOptions } from './examine-node.ts';
export { type ExportFormat, type ExportReport, type ExportWish, exportDataset } from './export-dataset.ts';
export { exportWarehouse, importWarehouse, type WarehouseReport } from './export-warehouse.ts';
export type { IdentityCard } from './identity-card.ts';
export { IncomingSpool, SPARE_LOGS } from './incoming-spool.ts';
export { initNode } from './init-node.ts';
export {
  acceptHub,
  createNodeToken,
  exportNodeAudit,
  importIntoNode,
  loadIntoNode,
  nodeFlowerKey,
  nodePeers,
  nodeStatus,
  stopNode,
  verifyNodeAudit,
} from './node-commands.ts';
export { openNode } from './open-node.ts';
export { decideForPatient, enterInDossier, nodeDossier, setBasis } from './patient-commands.ts';
export { dicomEcho, type PullReport, pullIntoNode } from './pull-studies.ts';
export { type ReplacedKey, renewNodeKey, rotateNodeKey } from './replace-key.ts';
export { type RestoreReport, restoreNode } from './restore-node.ts';
export type { PracticeNetwork } from './routes-setup.ts';
export { sendHead } from './send-head.ts';
export { setupOfNode } from './setup-node.ts';
export { conceptsOf } from './site-lists.ts';
export { StandInBeamProxy } from './stand-in-beam-proxy.ts';
export { nodeSignInLink, type RunningGuide, startGuide } from './start-guide.ts';
export { type RunningNode, startNode } from './start-node.ts';
export { accessionNumbers, studyKeys } from './study-wish.ts';
export { type NodeTables, nodeMigrations } from './tables.ts';
export { download, type PieceLink, upload, type WholeSink } from './transfer.ts';
export { type UninstallReport, uninstallNode } from './uninstall-node.ts';
export { type UpgradeReport, upgradeNode } from './upgrade-node.ts';
export {
  checkVault,
  exportVault,
  findInVault,
  forgetInVault,
  initVault,
  rotateVaultKey,
  VAULT_ROLE,
  type VaultWarrant,
  type VaultWish,
} from './vault-commands.ts';
