import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { concatBytes } from '#base';
import { FLEET_MEDIA_TYPE, fleetHttpPath, HTTP_AUTH_HEADERS } from './fleet-messages.ts';

/** Of a refusal, and of what tells whether HTTP is spoken, no more is read. */
const LARGEST_REFUSAL_BYTES = 65_536;
const PROBE_MS = 10_000;
/** What a call that goes on answering answers with: pieces, each after its length in four bytes. */
const STREAM_MEDIA_TYPE = 'application/flower-protobuf-stream';
/** A longer piece of such an answer is not taken. */
const LARGEST_PIECE_BYTES = 8_388_608;

/** How a SuperLink is known: by the machine's own authorities, by those of a PEM file, or, without TLS, not at all. */
export type FleetTrust =
  | { readonly kind: 'system' }
  | { readonly kind: 'authorities'; readonly pem: Uint8Array }
  | { readonly kind: 'no-tls' };

/** An answer is larger than its call allows. */
export class AnswerTooLarge extends Error {}

/** What a SuperLink answered over HTTP. */
export interface HttpAnswer {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Where a SuperLink is, and how it is known. */
export interface HttpPlace {
  readonly address: string;
  readonly trust: FleetTrust;
}

/** What a SuperNode says of itself, in base64 where it is bytes. */
export interface HttpIdentity {
  readonly publicKeyPem: string;
  readonly timestamp: string;
  readonly signature: Uint8Array;
}

/**
 * Whether a SuperLink speaks HTTP/1.1, as it does from 1.40 on, told by its answering a call that names nobody with a refusal in JSON.
 * One that speaks gRPC cannot be read as HTTP. @throws Error where nobody answers at all.
 */
export async function speaksHttp(place: HttpPlace, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const { contentType } = await post(place, {
      path: fleetHttpPath('ActivateNode'),
      body: new Uint8Array(0),
      identity: undefined,
      largestBytes: LARGEST_REFUSAL_BYTES,
      timeoutMs: PROBE_MS,
      signal,
    });
    return contentType.startsWith('application/json') || contentType.startsWith(FLEET_MEDIA_TYPE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It is there, and does not speak HTTP.
    if (code?.startsWith('HPE_') || code?.startsWith('ERR_SSL_') || code === 'ECONNRESET' || code === 'EPROTO')
      return false;
    throw error;
  }
}

/** Makes a call over HTTP. @throws {@link AnswerTooLarge}, Error of the network. */
export async function post(
  place: HttpPlace,
  options: {
    readonly path: string;
    readonly body: Uint8Array;
    readonly identity: HttpIdentity | undefined;
    readonly largestBytes: number;
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<HttpAnswer> {
  const { path, body, identity, largestBytes, timeoutMs, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const answer = await open(place, {
    path,
    body,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: { accept: FLEET_MEDIA_TYPE, ...(identity === undefined ? {} : identityHeaders(identity)) },
  });
  return await read(answer, largestBytes);
}

/**
 * The pieces of an answer that goes on.
 * @throws what `refusalOf` makes of an answer that is none, Error of the network.
 */
export async function* frames(
  place: HttpPlace,
  { path, body, signal }: { readonly path: string; readonly body: Uint8Array; readonly signal: AbortSignal },
  refusalOf: (answer: HttpAnswer) => Error,
): AsyncGenerator<Uint8Array> {
  const answer = await open(place, { path, body, signal, headers: { accept: STREAM_MEDIA_TYPE } });
  if (answer.statusCode !== 200) throw refusalOf(await read(answer, LARGEST_REFUSAL_BYTES));
  let held: Uint8Array = new Uint8Array(0);
  for await (const part of answer as AsyncIterable<Buffer>) {
    held = concatBytes([held, part]);
    while (held.length >= 4) {
      const length = new DataView(held.buffer, held.byteOffset, 4).getUint32(0);
      if (length > LARGEST_PIECE_BYTES) throw new Error('a piece of its answer is too large');
      if (held.length < 4 + length) break;
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}

async function open(
  { address, trust }: HttpPlace,
  how: {
    readonly path: string;
    readonly body: Uint8Array;
    readonly signal: AbortSignal;
    readonly headers: Readonly<Record<string, string>>;
  },
): Promise<IncomingMessage> {
  const settings = {
    method: 'POST',
    signal: how.signal,
    headers: { 'content-type': FLEET_MEDIA_TYPE, 'content-length': how.body.length, ...how.headers },
    ...(trust.kind === 'authorities' ? { ca: Buffer.from(trust.pem) } : {}),
  };
  const url = `${trust.kind === 'no-tls' ? 'http' : 'https'}://${address}${how.path}`;
  return await new Promise((resolve, reject) => {
    const asked: ClientRequest = (trust.kind === 'no-tls' ? httpRequest : httpsRequest)(url, settings, resolve);
    asked.once('error', reject);
    asked.end(how.body);
  });
}

async function read(answer: IncomingMessage, largestBytes: number): Promise<HttpAnswer> {
  return {
    httpStatus: answer.statusCode ?? 0,
    contentType: answer.headers['content-type'] ?? '',
    body: await bodyOf(answer, largestBytes),
  };
}

function identityHeaders({ publicKeyPem, timestamp, signature }: HttpIdentity): Record<string, string> {
  return {
    [HTTP_AUTH_HEADERS.publicKey]: Buffer.from(publicKeyPem).toString('base64'),
    [HTTP_AUTH_HEADERS.timestamp]: timestamp,
    [HTTP_AUTH_HEADERS.signature]: Buffer.from(signature).toString('base64'),
  };
}

async function bodyOf(answer: IncomingMessage, largestBytes: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length;
    // What is left of it is not read: leaving the loop ends the connection.
    if (length > largestBytes) throw new AnswerTooLarge('its answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
