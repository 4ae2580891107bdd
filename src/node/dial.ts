import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { UnicaError } from '#base';

/** Larger answers are not read; a hub sends nothing that large at once. */
const ANSWER_LIMIT_BYTES = 300 * 2 ** 20;

/** A body that is sent as it is read. */
export interface StreamedBody {
  readonly sizeBytes: number;
  /** From its beginning, for each attempt anew. */
  readonly parts: () => AsyncIterable<Uint8Array>;
}

/** Takes the content of an answer as it comes; whoever asked has it already when the connection breaks. What it throws ends the request. */
export interface AnswerSink {
  /** Told first, where the hub says it. */
  expect(sizeBytes: number): void;
  take(part: Uint8Array): void;
}

/** A request on its way to a hub. */
export interface Dialled {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | StreamedBody;
  readonly signal: AbortSignal;
  /** Takes the content of an answer of success, which is not held here then. */
  readonly into?: AnswerSink | undefined;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Uint8Array;
}

/** A proxy on the way to the hub. */
export interface HubProxy {
  /** `http://[name:word@]host:port` */
  readonly url: URL;
  /** Only where the hub's address is https. */
  readonly onlySecure: boolean;
}

/** What is different for another peer than a hub. */
export interface DialSettings {
  /** Larger answers are not read. */
  readonly answerLimitBytes?: number;
  /** PEM: whose certificates are trusted instead of those that the system trusts. */
  readonly authorities?: string | undefined;
}

/** Sends requests over connections that stay open. */
export type Dial = (request: Dialled) => Promise<Answered>;

/**
 * The way out, HTTP/1.1: directly, or through a proxy by CONNECT (RFC 9110 section 9.3.6), which then only passes bytes on.
 * @param proxy undefined: directly
 */
export function createDial(proxy?: HubProxy, own: DialSettings = {}): Dial {
  const { answerLimitBytes = ANSWER_LIMIT_BYTES, authorities } = own;
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, maxFreeSockets: 4 }),
    'https:': new HttpsAgent({
      keepAlive: true,
      maxFreeSockets: 4,
      ...(authorities === undefined ? {} : { ca: authorities }),
    }),
  };
  return async ({ url, method, headers, body, signal, into }) => {
    signal.throwIfAborted();
    const secure = url.protocol === 'https:';
    const through = proxy === undefined || (proxy.onlySecure && !secure) ? undefined : proxy.url;
    const tunnel = through === undefined ? undefined : await openTunnel(through, url, { signal, authorities });
    return await new Promise<Answered>((resolve, reject) => {
      const sending = (secure ? httpsRequest : httpRequest)(
        url,
        {
          method,
          headers: { ...headers, 'content-length': String('parts' in body ? body.sizeBytes : body.length) },
          signal,
          // An agent, even a fresh one, would connect by itself and leave the tunnel aside.
          ...(tunnel === undefined
            ? { agent: agents[secure ? 'https:' : 'http:'] }
            : { createConnection: () => tunnel }),
        },
        (answer) => {
          const parts: Buffer[] = [];
          let sizeBytes = 0;
          const sink = answer.statusCode === 200 ? into : undefined;
          const announced = Number(answer.headers['content-length'] ?? Number.NaN);
          answer.on('error', reject);
          /** What a sink will not take ends the request: thrown from here it would end the node. */
          const given = (give: () => void): void => {
            try {
              give();
            } catch (error) {
              reject(error);
              sending.destroy();
            }
          };
          if (sink !== undefined && announced <= answerLimitBytes) given(() => sink.expect(announced));
          answer.on('data', (part: Buffer) => {
            sizeBytes += part.length;
            if (sizeBytes > answerLimitBytes) sending.destroy(new Error('the answer is too large'));
            else if (sink === undefined) parts.push(part);
            else given(() => sink.take(part));
          });
          // A connection that breaks in the middle ends without `end`.
          answer.on('close', () => reject(new Error('the answer broke off')));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: joined(parts) }),
          );
        },
      );
      sending.setNoDelay(true);
      sending.on('error', reject);
      // What becomes of it, the request and its answer tell.
      if ('parts' in body) pipeline(Readable.from(body.parts(), { objectMode: false }), sending, () => {});
      else sending.end(body);
    });
  };
}

function joined(parts: readonly Buffer[]): Uint8Array {
  const [first, ...more] = parts;
  return first !== undefined && more.length === 0 ? first : Buffer.concat(parts);
}

/** A connection to `url` through a proxy, encrypted where the address says so. @throws UnicaError `node.proxy-refused`. */
async function openTunnel(
  proxy: URL,
  url: URL,
  { signal, authorities }: { readonly signal: AbortSignal; readonly authorities: string | undefined },
): Promise<Socket> {
  const socket = await openThrough(proxy, url, signal);
  if (url.protocol !== 'https:') return socket;
  return await new Promise<Socket>((resolve, reject) => {
    const trust = authorities === undefined ? {} : { ca: authorities };
    const opened = connectTls({ socket, servername: url.hostname, ...trust }, () => {
      signal.removeEventListener('abort', end);
      resolve(opened);
    });
    // A peer that takes the connection and says nothing more ends with the request's patience.
    const end = () => {
      opened.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', end, { once: true });
    opened.on('error', (error) => {
      signal.removeEventListener('abort', end);
      reject(error);
    });
  });
}

/** A plain connection to the host of `url` through a proxy. @throws UnicaError `node.proxy-refused`. */
export async function openThrough(proxy: URL, url: URL, signal: AbortSignal): Promise<Socket> {
  const secure = url.protocol === 'https:';
  const target = `${url.hostname}:${url.port || (secure ? 443 : 80)}`;
  const word = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return await new Promise<Socket>((resolve, reject) => {
    const asking = httpRequest({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: target,
      headers: {
        host: target,
        ...(proxy.username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(word).toString('base64')}` }),
      },
      signal,
      agent: false,
    });
    asking.on('connect', ({ statusCode }, opened: Socket) => {
      if (statusCode === 200) return resolve(opened);
      opened.destroy();
      reject(new UnicaError('node.proxy-refused', { proxy: proxy.host, status: statusCode ?? 0 }));
    });
    asking.on('response', ({ statusCode }) => {
      asking.destroy();
      reject(new UnicaError('node.proxy-refused', { proxy: proxy.host, status: statusCode ?? 0 }));
    });
    asking.on('error', reject);
    asking.end();
  });
}
