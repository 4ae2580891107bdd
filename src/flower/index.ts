export type { OutgoingCall } from './fleet-client.ts';
export { FleetDesk, type FlowerApp } from './fleet-desk.ts';
export type { FleetTrust } from './fleet-http.ts';
export { type AdmittedNode, FleetServer, type ServerTls } from './fleet-server.ts';
export { type FlowerPeer, startFlowerPeer } from './flower-peer.ts';
export { loadOrCreateNodeKey, type NodeKey, readNodePublicKey } from './node-key.ts';
export { type FlowerMessage, type ObjectGraph, putTogether, takeApart } from './object-graph.ts';
export { type Arrays, type ReceivedParameters, readParameters, writeParameters } from './parameter-arrays.ts';
export { readFlowerApp } from './read-flower-app.ts';
export type { FlowerArray, FlowerRecord, RecordDict, RecordValue } from './records.ts';
export {
  type Answer,
  type Answerer,
  type FlowerRun,
  type KeptMessage,
  type MessageShelf,
  SuperNode,
} from './super-node.ts';
