import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Clock, UnicaError } from '#base';
import { type FleetTrust, post, speaksHttp } from './fleet-http.ts';
import {
  FLEET_CALLS,
  type FleetCall,
  type FleetReply,
  type FleetRequest,
  fleetHttpPath,
  fleetPath,
} from './fleet-messages.ts';
import { AUTH_HEADERS, type NodeKey } from './node-key.ts';

/** Largest message either side takes: Flower's own bound. */
export const LARGEST_MESSAGE_BYTES = 2_147_483_647;

/** A refusal of the SuperLink: of this call, whatever is tried. */
export class FleetRefusal extends UnicaError {
  /** gRPC's status code. */
  readonly grpcStatus: number;

  constructor(call: FleetCall, error: Pick<ServiceError, 'details' | 'code'>) {
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

interface Sent {
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
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

/** Status codes of HTTP as those of gRPC; others from 500 on, 408 and 429 pass. */
const GRPC_STATUS: ReadonlyMap<number, number> = new Map([
  [401, status.UNAUTHENTICATED],
  [403, status.PERMISSION_DENIED],
  [404, status.NOT_FOUND],
]);

/** Calls of the Fleet API of a SuperLink: over HTTP where it speaks it (1.40 and later), else over gRPC. */
export class FleetClient {
  readonly #address: string;
  readonly #client: Client;
  readonly #key: NodeKey;
  readonly #clock: Clock;
  readonly #beforeCall: (outgoing: OutgoingCall) => Promise<void>;
  readonly #trust: FleetTrust;
  /** What the SuperLink speaks; undefined before it is known, and after it was out of reach: it may come back as another release. */
  #way: 'http' | 'grpc' | undefined;

  constructor(options: {
    readonly address: string;
    readonly trust: FleetTrust;
    readonly key: NodeKey;
    readonly clock: Clock;
    /** Lists what leaves, or refuses it by throwing. */
    readonly beforeCall: (outgoing: OutgoingCall) => Promise<void>;
  }) {
    this.#address = options.address;
    this.#key = options.key;
    this.#trust = options.trust;
    this.#clock = options.clock;
    this.#beforeCall = options.beforeCall;
    this.#client = new Client(options.address, credentialsOf(options.trust), {
      'grpc.max_receive_message_length': LARGEST_MESSAGE_BYTES,
      'grpc.max_send_message_length': LARGEST_MESSAGE_BYTES,
      'grpc.max_reconnect_backoff_ms': 5000,
    });
  }

  /** @throws UnicaError `flower.unreachable`, {@link FleetRefusal}, `flower.message-refused`. */
  async call<Name extends FleetCall>(
    name: Name,
    request: FleetRequest<Name>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<FleetReply<Name>> {
    const kind = FLEET_CALLS[name];
    const body = (kind.request.encode as (value: unknown) => Uint8Array)(request);
    const timeoutMs = options.timeoutMs ?? 60_000;
    const way = this.#way ?? (await this.#findWay(options.signal));
    const path = way === 'http' ? fleetHttpPath(name) : fleetPath(name);
    await this.#beforeCall({ call: name, path, body });
    options.signal?.throwIfAborted();
    const sent = { body, timeoutMs, signal: options.signal };
    const bytes = way === 'http' ? await this.#overHttp(name, sent) : await this.#overGrpc(name, sent);
    this.#way = way;
    return kind.reply.decode(bytes) as FleetReply<Name>;
  }

  /** @throws UnicaError `flower.unreachable`. */
  async #findWay(signal: AbortSignal | undefined): Promise<'http' | 'grpc'> {
    await this.#beforeCall({ call: 'ActivateNode', path: fleetHttpPath('ActivateNode'), body: new Uint8Array(0) });
    signal?.throwIfAborted();
    try {
      return (await speaksHttp({ address: this.#address, trust: this.#trust }, signal)) ? 'http' : 'grpc';
    } catch (cause) {
      throw this.#unreachable(cause instanceof Error ? cause.message : '', cause);
    }
  }

  async #overHttp(name: FleetCall, { body, timeoutMs, signal }: Sent): Promise<Uint8Array> {
    const identity = { publicKeyPem: this.#key.publicKeyPem, ...this.#key.headers(this.#clock()) };
    const place = { address: this.#address, trust: this.#trust };
    const answer = await post(place, name, { body, identity, timeoutMs, signal }).catch((cause: unknown) => {
      throw this.#unreachable(cause instanceof Error ? cause.message : '', cause);
    });
    const { httpStatus } = answer;
    if (httpStatus === 200) return answer.body;
    if (httpStatus >= 500 || httpStatus === 408 || httpStatus === 429) {
      throw this.#unreachable(`status ${httpStatus}`, undefined);
    }
    const details = new TextDecoder().decode(answer.body.subarray(0, 200));
    throw new FleetRefusal(name, { details, code: GRPC_STATUS.get(httpStatus) ?? status.INVALID_ARGUMENT });
  }

  async #overGrpc(name: FleetCall, { body, timeoutMs, signal }: Sent): Promise<Uint8Array> {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const running = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        fleetPath(name),
        (value) => Buffer.from(value),
        (value) => new Uint8Array(value),
        body,
        this.#headers(),
        { deadline: this.#clock() + timeoutMs },
        (error, reply) => {
          signal?.removeEventListener('abort', cancel);
          if (error === null && reply !== undefined) resolve(reply);
          else reject(this.#failure(name, error));
        },
      );
      const cancel = () => running.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
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
    return this.#unreachable(error === null ? 'it answered nothing' : error.details, error);
  }

  #unreachable(because: string, cause: unknown): UnicaError {
    this.#way = undefined;
    return new UnicaError('flower.unreachable', { address: this.#address, because: because.slice(0, 200) }, { cause });
  }
}

function credentialsOf(trust: FleetTrust): ChannelCredentials {
  if (trust.kind === 'no-tls') return credentials.createInsecure();
  return credentials.createSsl(trust.kind === 'authorities' ? Buffer.from(trust.pem) : null);
}
