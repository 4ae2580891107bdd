import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Clock, UnicaError } from '#base';
import { FLEET_CALLS, type FleetCall, type FleetReply, type FleetRequest, fleetPath } from './fleet-messages.ts';
import { AUTH_HEADERS, type NodeKey } from './node-key.ts';

/** Largest message either side takes: Flower's own bound. */
export const LARGEST_MESSAGE_BYTES = 2_147_483_647;

/** A refusal of the SuperLink: of this call, whatever is tried. */
export class FleetRefusal extends UnicaError {
  /** gRPC's status code. */
  readonly grpcStatus: number;

  constructor(call: FleetCall, error: ServiceError) {
    super('flower.call-refused', { call, because: error.details.slice(0, 200) || `status ${error.code}` });
    this.grpcStatus = error.code;
  }
}

/** What is about to leave. */
export interface OutgoingCall {
  readonly call: FleetCall;
  readonly path: string;
  readonly body: Uint8Array;
}

/** Status codes after which the same call may succeed later. */
const PASSING: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.INTERNAL,
  status.UNKNOWN,
  status.CANCELLED,
  status.ABORTED,
]);

/** Calls of the Fleet API of a SuperLink. */
export class FleetClient {
  readonly #address: string;
  readonly #client: Client;
  readonly #key: NodeKey;
  readonly #clock: Clock;
  readonly #beforeCall: (outgoing: OutgoingCall) => Promise<void>;

  /** @param options.authorities PEM of who vouches for the server; undefined: no TLS. */
  constructor(options: {
    readonly address: string;
    readonly authorities: Uint8Array | undefined;
    readonly key: NodeKey;
    readonly clock: Clock;
    /** Lists what leaves, or refuses it by throwing. */
    readonly beforeCall: (outgoing: OutgoingCall) => Promise<void>;
  }) {
    this.#address = options.address;
    this.#key = options.key;
    this.#clock = options.clock;
    this.#beforeCall = options.beforeCall;
    const { authorities } = options;
    this.#client = new Client(
      options.address,
      authorities === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(authorities)),
      {
        'grpc.max_receive_message_length': LARGEST_MESSAGE_BYTES,
        'grpc.max_send_message_length': LARGEST_MESSAGE_BYTES,
        'grpc.max_reconnect_backoff_ms': 5000,
      },
    );
  }

  /** @throws UnicaError `flower.unreachable`, {@link FleetRefusal}, `flower.message-refused`. */
  async call<Name extends FleetCall>(
    name: Name,
    request: FleetRequest<Name>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<FleetReply<Name>> {
    const kind = FLEET_CALLS[name];
    const body = (kind.request.encode as (value: unknown) => Uint8Array)(request);
    await this.#beforeCall({ call: name, path: fleetPath(name), body });
    options.signal?.throwIfAborted();
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      const running = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        fleetPath(name),
        (value) => Buffer.from(value),
        (value) => new Uint8Array(value),
        body,
        this.#headers(),
        { deadline: this.#clock() + (options.timeoutMs ?? 60_000) },
        (error, reply) => {
          options.signal?.removeEventListener('abort', cancel);
          if (error === null && reply !== undefined) resolve(reply);
          else reject(this.#failure(name, error));
        },
      );
      const cancel = () => running.cancel();
      options.signal?.addEventListener('abort', cancel, { once: true });
    });
    return kind.reply.decode(bytes) as FleetReply<Name>;
  }

  close(): void {
    this.#client.close();
  }

  #headers(): Metadata {
    const { timestamp, signature } = this.#key.headers(this.#clock());
    const metadata = new Metadata();
    metadata.set(AUTH_HEADERS.publicKey, Buffer.from(this.#key.publicKeyPem));
    metadata.set(AUTH_HEADERS.timestamp, timestamp);
    metadata.set(AUTH_HEADERS.signature, Buffer.from(signature));
    return metadata;
  }

  #failure(call: FleetCall, error: ServiceError | null): UnicaError {
    if (error !== null && !PASSING.has(error.code)) return new FleetRefusal(call, error);
    const because = error === null ? 'it answered nothing' : error.details.slice(0, 200);
    return new UnicaError('flower.unreachable', { address: this.#address, because }, { cause: error });
  }
}
