import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Clock, UnicaError } from '#base';
import { fleetHttpPath } from './fleet-messages.ts';
import { AUTH_HEADERS, type NodeKey } from './node-key.ts';
import { AnswerTooLarge, type FleetTrust, frames, type HttpIdentity, post, speaksHttp } from './superlink-http.ts';

/** Largest message that is sent: Flower's own bound. */
export const LARGEST_MESSAGE_BYTES = 2_147_483_647;
/** No answer of a SuperLink is larger: Flower cuts arrays into objects of at most 20 MB. */
export const LARGEST_OBJECT_BYTES = 67_108_864;

/** A refusal of the SuperLink: of this call, whatever is tried. */
export class SuperlinkRefusal extends UnicaError {
  /** gRPC's status code. */
  readonly grpcStatus: number;

  constructor(call: string, error: Pick<ServiceError, 'details' | 'code'>) {
    super('flower.call-refused', { call, because: error.details.slice(0, 200) || `status ${error.code}` });
    this.grpcStatus = error.code;
  }
}

/** What is about to leave. */
export interface OutgoingCall {
  readonly call: string;
  readonly path: string;
  readonly body: Uint8Array;
}

/** A call in both ways it can be made. */
export interface SuperlinkCall {
  readonly name: string;
  readonly grpcPath: string;
  readonly httpPath: string;
  readonly body: Uint8Array;
  /** Whether the node's key says who calls. */
  readonly signed: boolean;
  /** A larger answer is not taken; at most {@link LARGEST_OBJECT_BYTES}. */
  readonly largestReplyBytes: number;
}

interface Limits {
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

const asBuffer = (value: Uint8Array) => Buffer.from(value);
const asBytes = (value: Buffer) => new Uint8Array(value);

/** Where a SuperLink is, and as whom it is asked. */
export interface SuperlinkWay {
  readonly address: string;
  readonly trust: FleetTrust;
  readonly key: NodeKey;
  readonly clock: Clock;
  /** Lists what leaves, or refuses it by throwing. */
  readonly beforeCall: (outgoing: OutgoingCall) => Promise<void>;
}

/** The way to one address of a SuperLink: HTTP where it speaks it (1.40 and later), else gRPC. @note Its owner calls {@link close}. */
export class SuperlinkChannel {
  readonly #address: string;
  readonly #client: Client;
  readonly #key: NodeKey;
  readonly #clock: Clock;
  readonly #beforeCall: (outgoing: OutgoingCall) => Promise<void>;
  readonly #trust: FleetTrust;
  /** What the SuperLink speaks; undefined before it is known, and after it was out of reach: it may come back as another release. */
  #way: 'http' | 'grpc' | undefined;

  constructor(options: SuperlinkWay) {
    this.#address = options.address;
    this.#key = options.key;
    this.#trust = options.trust;
    this.#clock = options.clock;
    this.#beforeCall = options.beforeCall;
    this.#client = new Client(options.address, credentialsOf(options.trust), {
      'grpc.max_receive_message_length': LARGEST_OBJECT_BYTES,
      'grpc.max_send_message_length': LARGEST_MESSAGE_BYTES,
      'grpc.max_reconnect_backoff_ms': 5000,
    });
  }

  /** @throws UnicaError `flower.unreachable`, `flower.reply-too-large`, {@link SuperlinkRefusal}. */
  async call(call: SuperlinkCall, limits: Limits): Promise<Uint8Array> {
    const way = await this.#leave(call, limits.signal);
    const bytes = way === 'http' ? await this.#overHttp(call, limits) : await this.#overGrpc(call, limits);
    this.#way = way;
    checkSize(call, bytes);
    return bytes;
  }

  /** What a call that goes on answering says, piece by piece. @throws UnicaError as {@link call}. */
  async *stream(call: SuperlinkCall, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const way = await this.#leave(call, signal);
    if (way === 'http') {
      yield* frames(this.#place(), { path: call.httpPath, body: call.body, signal }, (answer) =>
        this.#refusalOf(call.name, answer),
      );
      return;
    }
    const running = this.#client.makeServerStreamRequest<Uint8Array, Uint8Array>(
      call.grpcPath,
      asBuffer,
      asBytes,
      call.body,
      this.#headers(call.signed),
    );
    const cancel = () => running.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const bytes of running as ClientReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
        checkSize(call, bytes);
        yield bytes;
      }
    } catch (error) {
      if (error instanceof UnicaError) throw error;
      throw this.#failure(call.name, error as ServiceError);
    } finally {
      signal.removeEventListener('abort', cancel);
      running.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }

  async #leave(call: SuperlinkCall, signal: AbortSignal | undefined): Promise<'http' | 'grpc'> {
    const way = this.#way ?? (await this.#findWay(signal));
    const path = way === 'http' ? call.httpPath : call.grpcPath;
    await this.#beforeCall({ call: call.name, path, body: call.body });
    signal?.throwIfAborted();
    return way;
  }

  /** @throws UnicaError `flower.unreachable`. */
  async #findWay(signal: AbortSignal | undefined): Promise<'http' | 'grpc'> {
    await this.#beforeCall({ call: 'ActivateNode', path: fleetHttpPath('ActivateNode'), body: new Uint8Array(0) });
    signal?.throwIfAborted();
    try {
      return (await speaksHttp(this.#place(), signal)) ? 'http' : 'grpc';
    } catch (cause) {
      throw this.#unreachable(cause instanceof Error ? cause.message : '', cause);
    }
  }

  async #overHttp(call: SuperlinkCall, { timeoutMs, signal }: Limits): Promise<Uint8Array> {
    const { name, httpPath, body, signed, largestReplyBytes } = call;
    const identity: HttpIdentity | undefined = signed
      ? { publicKeyPem: this.#key.publicKeyPem, ...this.#key.headers(this.#clock()) }
      : undefined;
    const options = { path: httpPath, body, identity, largestBytes: largestReplyBytes, timeoutMs, signal };
    const answer = await post(this.#place(), options).catch((cause: unknown) => {
      if (cause instanceof AnswerTooLarge) throw tooLarge(call);
      throw this.#unreachable(cause instanceof Error ? cause.message : '', cause);
    });
    if (answer.httpStatus === 200) return answer.body;
    throw this.#refusalOf(name, answer);
  }

  #refusalOf(
    name: string,
    { httpStatus, body }: { readonly httpStatus: number; readonly body: Uint8Array },
  ): UnicaError {
    if (httpStatus >= 500 || httpStatus === 408 || httpStatus === 429)
      return this.#unreachable(`status ${httpStatus}`, undefined);
    const details = new TextDecoder().decode(body.subarray(0, 200));
    return new SuperlinkRefusal(name, { details, code: GRPC_STATUS.get(httpStatus) ?? status.INVALID_ARGUMENT });
  }

  async #overGrpc(call: SuperlinkCall, { timeoutMs, signal }: Limits): Promise<Uint8Array> {
    const { name, grpcPath, body, signed } = call;
    return await new Promise<Uint8Array>((resolve, reject) => {
      const running = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        grpcPath,
        asBuffer,
        asBytes,
        body,
        this.#headers(signed),
        { deadline: this.#clock() + timeoutMs },
        (error, reply) => {
          signal?.removeEventListener('abort', cancel);
          if (error === null && reply !== undefined) resolve(reply);
          else reject(isTooLarge(error) ? tooLarge(call) : this.#failure(name, error));
        },
      );
      const cancel = () => running.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  #place() {
    return { address: this.#address, trust: this.#trust };
  }

  #headers(signed: boolean): Metadata {
    const metadata = new Metadata();
    if (!signed) return metadata;
    const { timestamp, signature } = this.#key.headers(this.#clock());
    metadata.set(AUTH_HEADERS.publicKey, Buffer.from(this.#key.publicKeyPem));
    metadata.set(AUTH_HEADERS.timestamp, timestamp);
    metadata.set(AUTH_HEADERS.signature, Buffer.from(signature));
    return metadata;
  }

  #failure(call: string, error: ServiceError | null): UnicaError {
    if (error !== null && error.code !== undefined && !PASSING.has(error.code))
      return new SuperlinkRefusal(call, error);
    return this.#unreachable(error === null ? 'it answered nothing' : (error.details ?? error.message), error);
  }

  #unreachable(because: string, cause: unknown): UnicaError {
    this.#way = undefined;
    return new UnicaError('flower.unreachable', { address: this.#address, because: because.slice(0, 200) }, { cause });
  }
}

/** As grpc-js says of a message beyond its bound. */
function isTooLarge(error: ServiceError | null): boolean {
  return error?.code === status.RESOURCE_EXHAUSTED && /larger than max/i.test(error.details ?? '');
}

function checkSize(call: SuperlinkCall, bytes: Uint8Array): void {
  if (bytes.length > call.largestReplyBytes) throw tooLarge(call);
}

function tooLarge({ name, largestReplyBytes }: SuperlinkCall): UnicaError {
  return new UnicaError('flower.reply-too-large', { call: name, limit: largestReplyBytes });
}

function credentialsOf(trust: FleetTrust): ChannelCredentials {
  if (trust.kind === 'no-tls') return credentials.createInsecure();
  return credentials.createSsl(trust.kind === 'authorities' ? Buffer.from(trust.pem) : null);
}
