export { FleetDesk } from './fleet-desk.ts';
export { type AdmittedNode, FleetServer, type ServerTls } from './fleet-server.ts';
export type { FlowerApp } from './flower-app.ts';
export { type FlowerPeer, pythonsToTry, startFlowerPeer } from './flower-peer.ts';
export { loadOrCreateNodeKey, type NodeKey, readNodePublicKey } from './node-key.ts';
export { type FlowerMessage, type ObjectGraph, putTogether, takeApart } from './object-graph.ts';
export { type Arrays, type ReceivedParameters, readParameters, writeParameters } from './parameter-arrays.ts';
export { LARGEST_HEAD_BYTES, type Question, type QuestionDesk } from './question.ts';
export { readFlowerApp } from './read-flower-app.ts';
export type { FlowerArray, FlowerRecord, RecordDict, RecordValue } from './records.ts';
export {
  type Answer,
  type Answerer,
  type FlowerRun,
  type KeptMessage,
  type MessageLimits,
  type MessageShelf,
  SuperNode,
} from './super-node.ts';
export type { OutgoingCall } from './superlink-channel.ts';
export { type RelayRuns, SuperlinkDesk } from './superlink-desk.ts';
export type { FleetTrust } from './superlink-http.ts';
