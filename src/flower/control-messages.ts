import { httpName } from './fleet-messages.ts';
import { list, type MessageKind, maybe, message, one } from './protobuf-message.ts';

/*
 * What is used of Flower's Control API (`flwr.proto.Control`), as observed on releases 1.25 to 1.42: what `flwr run`, `flwr log` and
 * `flwr stop` say. Fields that nobody here reads are left out.
 */

type Of<Kind> = Kind extends MessageKind<infer Value> ? Value : never;

const runStatus = message({
  /** `pending`, `starting`, `running`, `finished`. */
  status: one(1, 'string'),
  /** Of a finished run: `completed`, `failed`, `stopped`. */
  subStatus: one(2, 'string'),
  details: one(3, 'string'),
});

const nodeInfo = message({
  nodeId: one(1, 'uint64'),
  /** `registered`, `online`, `offline`, `unregistered`. */
  status: one(4, 'string'),
  publicKey: one(11, 'bytes'),
});

/** As 1.23 says it, where nodes have no name of their owner: what comes after it has other numbers. */
const nodeInfoBeforeNames = message({
  nodeId: one(1, 'uint64'),
  status: one(3, 'string'),
  publicKey: one(10, 'bytes'),
});

/** The answer of `ListNodes` of 1.23; a later one cannot be read so. */
export const nodesBeforeNames = message({ nodes: list(1, nodeInfoBeforeNames) });

/** The calls of the Control API; all take one message. `StreamLogs` goes on answering. */
export const CONTROL_CALLS = {
  StartRun: {
    request: message({
      fab: maybe(1, message({ hash: one(1, 'string'), content: one(2, 'bytes') })),
      federation: one(5, 'string'),
    }),
    reply: message({ runId: one(1, 'uint64') }),
  },
  StopRun: { request: message({ runId: one(1, 'uint64') }), reply: message({ success: one(1, 'bool') }) },
  StreamLogs: {
    request: message({ runId: one(1, 'uint64'), afterSeconds: one(2, 'double') }),
    reply: message({ text: one(1, 'string'), untilSeconds: one(2, 'double') }),
  },
  ListRuns: {
    request: message({ runId: maybe(1, 'uint64') }),
    reply: message({
      runs: list(1, message({ key: one(1, 'uint64'), value: maybe(2, message({ status: maybe(10, runStatus) })) })),
    }),
  },
  RegisterNode: { request: message({ publicKey: one(1, 'bytes') }), reply: message({ nodeId: one(1, 'uint64') }) },
  ListNodes: { request: message({}), reply: message({ nodes: list(1, nodeInfo) }) },
  ListFederations: {
    request: message({}),
    reply: message({
      federations: list(1, message({ name: one(1, 'string'), archived: one(6, 'bool'), simulation: one(7, 'bool') })),
    }),
  },
} as const;

/** Name of a call. */
export type ControlCall = keyof typeof CONTROL_CALLS;
/** What a call is asked. */
export type ControlRequest<Name extends ControlCall> = Of<(typeof CONTROL_CALLS)[Name]['request']>;
/** What a call answers. */
export type ControlReply<Name extends ControlCall> = Of<(typeof CONTROL_CALLS)[Name]['reply']>;

/** Path of a call, in gRPC's way. */
export function controlPath(name: ControlCall): string {
  return `/flwr.proto.Control/${name}`;
}

/** Path of a call over HTTP, as releases from 1.40 on have it. */
export function controlHttpPath(name: ControlCall): string {
  return `/v1/control/${httpName(name)}`;
}
