import { list, type MessageKind, maybe, message, one } from './protobuf-message.ts';

/*
 * The messages of Flower's Fleet API, as observed on releases 1.23 to 1.42 (package flwr.proto). Fields that came later are
 * written only where the other side wrote them first.
 */

/** The value of a kind of message. */
type Of<Kind> = Kind extends MessageKind<infer Value> ? Value : never;

const node = message({ nodeId: one(1, 'uint64') });

/** The tree of objects of a message: identifiers alone. */
export interface ObjectTree {
  readonly objectId: string;
  readonly children: readonly ObjectTree[];
}

export const objectTree: MessageKind<ObjectTree> = message({
  objectId: one(1, 'string'),
  children: list(2, (): MessageKind<ObjectTree> => objectTree),
});

const metadata = message({
  runId: one(1, 'uint64'),
  messageId: one(2, 'string'),
  srcNodeId: one(3, 'uint64'),
  dstNodeId: one(4, 'uint64'),
  replyToMessageId: one(5, 'string'),
  groupId: one(6, 'string'),
  /** Seconds from `createdAt`. */
  ttl: one(7, 'double'),
  messageType: one(8, 'string'),
  /** Seconds since 1970. */
  createdAt: one(9, 'double'),
  /** Since 1.32. */
  srcTaskId: maybe(10, 'uint64'),
  /** Since 1.32. */
  dstTaskId: maybe(11, 'uint64'),
});

/** What a message is, without what it says. */
export type Metadata = Of<typeof metadata>;

const nothing = message({});

const flowerError = message({ code: one(1, 'sint64'), reason: one(2, 'string') });

/** A message as it is listed; what it says travels apart. */
export const protoMessage = message({
  metadata: maybe(1, metadata),
  /** Always empty on the way: what a message says travels as objects. */
  content: maybe(2, nothing),
  error: maybe(3, flowerError),
});

const doubles = message({ vals: list(1, 'double') });
const sints = message({ vals: list(1, 'sint64') });
const uints = message({ vals: list(1, 'uint64') });
const bools = message({ vals: list(1, 'bool') });
const strings = message({ vals: list(1, 'string') });
const blobs = message({ vals: list(1, 'bytes') });

const value = message({
  double: maybe(1, 'double'),
  sint64: maybe(2, 'sint64'),
  uint64: maybe(3, 'uint64'),
  bool: maybe(4, 'bool'),
  string: maybe(5, 'string'),
  bytes: maybe(6, 'bytes'),
  doubleList: maybe(21, doubles),
  sintList: maybe(22, sints),
  uintList: maybe(23, uints),
  boolList: maybe(24, bools),
  stringList: maybe(25, strings),
  bytesList: maybe(26, blobs),
});

/** One value of a record; exactly one of its fields is there. */
export type ProtoValue = Of<typeof value>;

/** The body of metric and configuration records: values by name. Metrics use the fields of numbers alone. */
export const protoRecord = message({
  items: list(1, message({ key: one(1, 'string'), value: maybe(2, value) })),
});

const run = message({
  runId: one(1, 'uint64'),
  fabId: one(2, 'string'),
  fabVersion: one(3, 'string'),
  fabHash: one(5, 'string'),
});
const fab = message({ hash: one(1, 'string'), content: one(2, 'bytes') });

interface Call<Request, Reply> {
  readonly request: MessageKind<Request>;
  readonly reply: MessageKind<Reply>;
}

const call = <Request, Reply>(request: MessageKind<Request>, reply: MessageKind<Reply>): Call<Request, Reply> => ({
  request,
  reply,
});

/** The calls of the service `flwr.proto.Fleet`; all take one message and answer one. */
export const FLEET_CALLS = {
  RegisterNode: call(message({ publicKey: one(1, 'bytes') }), message({ nodeId: one(1, 'uint64') })),
  ActivateNode: call(
    message({ publicKey: one(1, 'bytes'), heartbeatInterval: one(2, 'double') }),
    message({ nodeId: one(1, 'uint64') }),
  ),
  DeactivateNode: call(message({ nodeId: one(1, 'uint64') }), nothing),
  UnregisterNode: call(message({ nodeId: one(1, 'uint64') }), nothing),
  SendNodeHeartbeat: call(
    message({ node: maybe(1, node), heartbeatInterval: one(2, 'double') }),
    message({ success: one(1, 'bool') }),
  ),
  PullMessages: call(
    message({ node: maybe(1, node), messageIds: list(2, 'string') }),
    message({ messages: list(2, protoMessage), trees: list(3, objectTree) }),
  ),
  PushMessages: call(
    message({
      node: maybe(1, node),
      messages: list(2, protoMessage),
      trees: list(3, objectTree),
      runtimes: list(4, 'double'),
    }),
    message({
      reconnect: maybe(1, message({ reconnect: one(1, 'uint64') })),
      results: list(2, message({ key: one(1, 'string'), value: one(2, 'uint32') })),
      objectsToPush: list(3, 'string'),
      /** Since 1.34: to be given with each object. */
      sessionId: one(4, 'string'),
    }),
  ),
  GetRun: call(message({ node: maybe(1, node), runId: one(2, 'uint64') }), message({ run: maybe(1, run) })),
  GetFab: call(
    message({ node: maybe(1, node), hash: one(2, 'string'), runId: one(3, 'uint64') }),
    message({ fab: maybe(1, fab) }),
  ),
  PushObject: call(
    message({
      node: maybe(1, node),
      runId: one(2, 'uint64'),
      objectId: one(3, 'string'),
      content: one(4, 'bytes'),
      sessionId: one(5, 'string'),
    }),
    message({ stored: one(1, 'bool') }),
  ),
  PullObject: call(
    message({ node: maybe(1, node), runId: one(2, 'uint64'), objectId: one(3, 'string') }),
    message({ found: one(1, 'bool'), available: one(2, 'bool'), content: one(3, 'bytes') }),
  ),
  ConfirmMessageReceived: call(
    message({ node: maybe(1, node), runId: one(2, 'uint64'), messageObjectId: one(3, 'string') }),
    nothing,
  ),
} as const;

/** Name of a call. */
export type FleetCall = keyof typeof FLEET_CALLS;
/** What a call is asked. */
export type FleetRequest<Name extends FleetCall> = Of<(typeof FLEET_CALLS)[Name]['request']>;
/** What a call answers. */
export type FleetReply<Name extends FleetCall> = Of<(typeof FLEET_CALLS)[Name]['reply']>;

/** Path of a call, in gRPC's way. */
export function fleetPath(name: FleetCall): string {
  return `/flwr.proto.Fleet/${name}`;
}

/** What a call and its reply are over HTTP. */
export const FLEET_MEDIA_TYPE = 'application/protobuf';

/** Names of the headers of SuperNode authentication over HTTP; keys and signatures in base64. */
export const HTTP_AUTH_HEADERS = {
  publicKey: 'flwr-public-key',
  signature: 'flwr-signature',
  timestamp: 'flwr-timestamp',
} as const;

/** Path of a call over HTTP, as releases from 1.40 on have it. */
export function fleetHttpPath(name: FleetCall): string {
  return `/v1/fleet/${httpName(name)}`;
}

/** A call's name as it stands in paths of HTTP. */
export function httpName(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
