export { type NodeConfig, nodeConfig } from './config.ts';
export { DicomIndex, type DicomScope } from './dicom-index.ts';
export type { IdentityCard } from './identity-card.ts';
export { initNode } from './init-node.ts';
export { createNodeToken, importIntoNode, nodeStatus, verifyNodeAudit } from './node-commands.ts';
export { type RunningNode, startNode } from './start-node.ts';
export { type NodeTables, nodeMigrations } from './tables.ts';
