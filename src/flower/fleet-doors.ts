import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { listenFailure } from '#base';
import { FLEET_CALLS, FLEET_MEDIA_TYPE, type FleetCall, fleetHttpPath, HTTP_AUTH_HEADERS } from './fleet-messages.ts';

/** Larger bodies of one call are not taken over HTTP: Flower cuts arrays into objects of 20 MB. */
const LARGEST_BODY_BYTES = 67_108_864;
/** Who says nothing for so long is let go. */
const SILENT_MS = 60_000;
/** What begins an HTTP/2 connection (RFC 9113, 3.4). */
const HTTP_2 = 'PRI ';

/** What a SuperNode says of itself with every call. */
export interface CallerClaim {
  readonly publicKeyPem: string;
  readonly timestamp: string;
  readonly signature: Uint8Array;
}

/** A call that is answered with something else than its reply. */
export interface HttpRefusal {
  readonly httpStatus: number;
  readonly details: string;
}

/** Who answers calls over HTTP. */
export interface FleetAnswerer {
  /** Checked before the body is read. @throws what {@link refusalOf} knows. */
  admit(claim: CallerClaim | undefined): void;
  answer(call: FleetCall, claim: CallerClaim, body: Uint8Array): Uint8Array;
  refusalOf(call: FleetCall, error: unknown): HttpRefusal;
}

/** One port for both ways in: HTTP/2 for gRPC, HTTP/1.1 for the same messages as SuperNodes from 1.40 on send them. */
export interface FleetDoors {
  readonly port: number;
  close(): Promise<void>;
}

const CALLS: ReadonlyMap<string, FleetCall> = new Map(
  (Object.keys(FLEET_CALLS) as FleetCall[]).map((name) => [fleetHttpPath(name), name]),
);

/**
 * Listens for SuperNodes of every release. Which of the two they speak is told by TLS (ALPN), or without it by their first bytes.
 * @throws UnicaError `http.port-busy`.
 */
export async function openFleetDoors(
  options: {
    readonly host: string;
    readonly port: number;
    /** PEM; undefined: without TLS. */
    readonly tls: { readonly certificate: Uint8Array; readonly key: Uint8Array } | undefined;
    /** Takes a connection that speaks gRPC. */
    readonly toGrpc: (connection: Socket) => void;
  },
  answerer: FleetAnswerer,
): Promise<FleetDoors> {
  const { host, port, tls, toGrpc } = options;
  const http = createServer((request, reply) => void answer(request, reply, answerer));
  // It listens to no port itself, so that nobody looks at its limits of heads and requests; this one is of the connection.
  http.timeout = SILENT_MS;
  const open = new Set<Socket>();
  const known = (socket: Socket): Socket => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    return socket;
  };
  const door =
    tls === undefined
      ? createNetServer((socket) => lookAtFirst(known(socket), { toGrpc, http }))
      : createTlsServer(
          { cert: Buffer.from(tls.certificate), key: Buffer.from(tls.key), ALPNProtocols: ['h2', 'http/1.1'] },
          (socket: TLSSocket) => {
            known(socket);
            if (socket.alpnProtocol === 'h2') toGrpc(socket);
            else http.emit('connection', socket);
          },
        );
  return { port: await listen(door, host, port), close: async () => await close(door, http, open) };
}

async function listen(door: NetServer, host: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    door.once('error', (cause) => reject(listenFailure(cause, { host, port })));
    door.listen(port, host, () => {
      const bound = door.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

async function close(door: NetServer, http: HttpServer, open: ReadonlySet<Socket>): Promise<void> {
  const ended = new Promise<void>((resolve) => door.close(() => resolve()));
  for (const socket of open) socket.destroy();
  http.closeAllConnections();
  await ended;
}

function lookAtFirst(
  socket: Socket,
  { toGrpc, http }: { readonly toGrpc: (connection: Socket) => void; readonly http: HttpServer },
): void {
  socket.setTimeout(SILENT_MS, () => socket.destroy());
  const look = () => {
    const begin: Buffer | null = socket.read();
    if (begin === null) {
      socket.once('readable', look);
      return;
    }
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.unshift(begin);
    if (HTTP_2.startsWith(begin.toString('latin1', 0, HTTP_2.length))) toGrpc(socket);
    else http.emit('connection', socket);
  };
  socket.once('readable', look);
}

async function answer(request: IncomingMessage, reply: ServerResponse, answerer: FleetAnswerer): Promise<void> {
  const call = CALLS.get(request.url ?? '');
  if (request.method !== 'POST' || call === undefined) {
    refuse(reply, { httpStatus: 404, details: 'There is no such call' });
    return;
  }
  try {
    const claim = claimOf(request);
    answerer.admit(claim);
    if (claim === undefined) throw new Error('let in without saying who');
    const body = await bodyOf(request);
    if (body === undefined) {
      refuse(reply, { httpStatus: 413, details: `A call takes at most ${LARGEST_BODY_BYTES} bytes` });
      return;
    }
    const bytes = answerer.answer(call, claim, body);
    reply.writeHead(200, { 'content-type': FLEET_MEDIA_TYPE, 'content-length': bytes.length });
    reply.end(bytes);
  } catch (error) {
    if (!reply.headersSent) refuse(reply, answerer.refusalOf(call, error));
  }
}

function refuse(reply: ServerResponse, { httpStatus, details }: HttpRefusal): void {
  // What was not read of the body is not waited for.
  reply.writeHead(httpStatus, { 'content-type': 'application/json', connection: 'close' });
  reply.end(JSON.stringify({ detail: details }));
}

function claimOf({ headers }: IncomingMessage): CallerClaim | undefined {
  const [publicKey, signature, timestamp] = [
    headers[HTTP_AUTH_HEADERS.publicKey],
    headers[HTTP_AUTH_HEADERS.signature],
    headers[HTTP_AUTH_HEADERS.timestamp],
  ];
  if (typeof publicKey !== 'string' || typeof signature !== 'string' || typeof timestamp !== 'string') return undefined;
  return {
    publicKeyPem: Buffer.from(publicKey, 'base64').toString('utf8'),
    signature: Buffer.from(signature, 'base64'),
    timestamp,
  };
}

/** Undefined where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LARGEST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
