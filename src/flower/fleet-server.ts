import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Clock, type Log, UnicaError } from '#base';
import { FleetDesk } from './fleet-desk.ts';
import { type CallerClaim, type FleetDoors, openFleetDoors } from './fleet-doors.ts';
import { FLEET_CALLS, type FleetCall, type FleetReply, type FleetRequest, fleetPath } from './fleet-messages.ts';
import { AUTH_HEADERS, isSignedBy } from './node-key.ts';
import { LARGEST_MESSAGE_BYTES, LARGEST_OBJECT_BYTES } from './superlink-channel.ts';

/** A SuperNode that may come in. */
export interface AdmittedNode {
  readonly siteId: string;
  readonly publicKeyPem: string;
}

/** Certificate and key of a server, PEM. */
export interface ServerTls {
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
}

class Refused extends Error {
  readonly grpcStatus: number;

  constructor(code: number, message: string) {
    super(message);
    this.grpcStatus = code;
  }
}

/**
 * The Fleet API of a SuperLink, for stock SuperNodes whose keys were registered. Every call is authenticated by its signed
 * time; a call that names another node than its key's is refused. @note Owned by the house, which calls {@link close}.
 */
export class FleetServer {
  readonly #server = new Server({
    'grpc.max_receive_message_length': LARGEST_OBJECT_BYTES,
    'grpc.max_send_message_length': LARGEST_MESSAGE_BYTES,
  });
  readonly #desk: FleetDesk;
  readonly #admitted: () => readonly AdmittedNode[];
  readonly #seen: (siteId: string) => void;
  readonly #clock: Clock;
  readonly #log: Log;
  #doors: FleetDoors | undefined;

  constructor(options: {
    readonly desk: FleetDesk;
    /** Who may come in, now. */
    readonly admitted: () => readonly AdmittedNode[];
    /** Told whenever a SuperNode was heard of. */
    readonly seen: (siteId: string) => void;
    readonly log: Log;
    readonly clock: Clock;
  }) {
    this.#desk = options.desk;
    this.#admitted = options.admitted;
    this.#seen = options.seen;
    this.#clock = options.clock;
    this.#log = options.log;
    const service = Object.fromEntries(
      (Object.keys(FLEET_CALLS) as FleetCall[]).map((name) => [
        name,
        {
          path: fleetPath(name),
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: Uint8Array) => Buffer.from(value),
          requestDeserialize: (value: Buffer) => new Uint8Array(value),
          responseSerialize: (value: Uint8Array) => Buffer.from(value),
          responseDeserialize: (value: Buffer) => new Uint8Array(value),
        },
      ]),
    );
    const handlers: UntypedServiceImplementation = {};
    for (const name of Object.keys(FLEET_CALLS) as FleetCall[])
      handlers[name] = (call: ServerUnaryCall<Uint8Array, Uint8Array>, reply: sendUnaryData<Uint8Array>) => {
        try {
          reply(null, this.#answer(name, claimOf(call.metadata), call.request));
        } catch (error) {
          reply({ ...failure(error), metadata: new Metadata() });
          if (!(error instanceof Refused || error instanceof UnicaError))
            options.log.error('flower.call-failed', { call: name }, error);
        }
      };
    this.#server.addService(service, handlers);
  }

  /** Begins to listen, for gRPC and for the same messages over HTTP/1.1 on one port; → the port. @throws UnicaError `http.port-busy`. */
  async listen(host: string, port: number, tls: ServerTls | undefined): Promise<number> {
    const { injectConnection } = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#doors = await openFleetDoors(
      { host, port, tls, toGrpc: injectConnection },
      {
        admit: (claim) => void this.#callerOf(claim),
        answer: (name, claim, body) => this.#answer(name, claim, body),
        refusalOf: (name, error) => {
          const { code, details } = failure(error);
          if (code === status.INTERNAL) this.#log.error('flower.call-failed', { call: name }, error);
          return { httpStatus: HTTP_STATUS.get(code) ?? 500, details };
        },
      },
    );
    return this.#doors.port;
  }

  /** Ends every call. */
  async close(): Promise<void> {
    this.#server.forceShutdown();
    await this.#doors?.close();
  }

  #answer(name: FleetCall, claim: CallerClaim | undefined, body: Uint8Array): Uint8Array {
    const caller = this.#callerOf(claim);
    const kind = FLEET_CALLS[name];
    const request = kind.request.decode(body);
    const nodeId = FleetDesk.nodeIdOf(caller.publicKeyPem);
    this.#checkIdentity(request, caller, nodeId);
    this.#seen(caller.siteId);
    return (kind.reply.encode as (value: unknown) => Uint8Array)(this.#reply(name, request, nodeId));
  }

  #callerOf(claim: CallerClaim | undefined): AdmittedNode {
    if (claim === undefined) throw new Refused(status.UNAUTHENTICATED, 'Missing authentication metadata');
    const { publicKeyPem } = claim;
    const known = this.#admitted().find((one) => one.publicKeyPem.trim() === publicKeyPem.trim());
    if (known === undefined)
      throw new Refused(status.UNAUTHENTICATED, 'The key of this SuperNode is not registered here');
    if (!isSignedBy(publicKeyPem, claim, this.#clock()))
      throw new Refused(status.UNAUTHENTICATED, 'Invalid signature, or a clock that is wrong');
    return known;
  }

  #checkIdentity(request: object, caller: AdmittedNode, nodeId: bigint): void {
    const named =
      'publicKey' in request
        ? new TextDecoder().decode(request.publicKey as Uint8Array).trim() === caller.publicKeyPem.trim()
        : ('nodeId' in request ? request.nodeId : (request as { node?: { nodeId: bigint } }).node?.nodeId) === nodeId;
    if (!named) throw new Refused(status.UNAUTHENTICATED, 'Invalid node ID');
  }

  #reply(name: FleetCall, request: unknown, nodeId: bigint): FleetReply<FleetCall> {
    switch (name) {
      case 'RegisterNode':
      case 'UnregisterNode':
        throw new Refused(
          status.FAILED_PRECONDITION,
          'SuperNodes are registered by the coordinator of this hub; start the SuperNode with its registered key',
        );
      case 'ActivateNode':
        return { nodeId };
      case 'DeactivateNode':
        return {};
      case 'SendNodeHeartbeat':
        return { success: true };
      case 'PullMessages':
        return this.#desk.pull(nodeId);
      case 'PushMessages':
        return this.#desk.push(nodeId, request as FleetRequest<'PushMessages'>);
      case 'GetRun':
        return this.#desk.run((request as FleetRequest<'GetRun'>).runId);
      case 'GetFab': {
        const fab = this.#desk.fab((request as FleetRequest<'GetFab'>).hash);
        if (fab === undefined) throw new Refused(status.NOT_FOUND, 'There is no such application here');
        return fab;
      }
      case 'PushObject':
        return { stored: this.#desk.pushObject(nodeId, request as FleetRequest<'PushObject'>) };
      case 'PullObject':
        return this.#desk.pullObject(nodeId, (request as FleetRequest<'PullObject'>).objectId);
      case 'ConfirmMessageReceived':
        this.#desk.confirm(nodeId, (request as FleetRequest<'ConfirmMessageReceived'>).messageObjectId);
        return {};
    }
  }
}

/** Status codes of HTTP that SuperNodes understand as those of gRPC. */
const HTTP_STATUS: ReadonlyMap<number, number> = new Map([
  [status.UNAUTHENTICATED, 401],
  [status.INVALID_ARGUMENT, 400],
  [status.FAILED_PRECONDITION, 400],
  [status.NOT_FOUND, 404],
]);

/** Undefined where it does not say who it is. */
function claimOf(metadata: Metadata): CallerClaim | undefined {
  const [publicKey] = metadata.get(AUTH_HEADERS.publicKey);
  const [timestamp] = metadata.get(AUTH_HEADERS.timestamp);
  const [signature] = metadata.get(AUTH_HEADERS.signature);
  if (!Buffer.isBuffer(publicKey) || !Buffer.isBuffer(signature) || typeof timestamp !== 'string') return undefined;
  return { publicKeyPem: publicKey.toString('utf8'), timestamp, signature };
}

function failure(error: unknown): { readonly code: number; readonly details: string } {
  if (error instanceof Refused) return { code: error.grpcStatus, details: error.message };
  if (error instanceof UnicaError) return { code: status.INVALID_ARGUMENT, details: error.message };
  return { code: status.INTERNAL, details: 'Something went wrong inside UNICA' };
}
