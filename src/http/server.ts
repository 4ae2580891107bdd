import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import cookiePlugin from '@fastify/cookie';
import staticPlugin from '@fastify/static';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Log, listenFailure, UnicaError } from '#base';
import type { EmbeddedProvider, People, SignedBody, SignIn } from '#identity';
import type { Metrics } from '#observe';
import { ANONYMOUS, type Caller, checkAccess, type PathParams } from './caller.ts';
import { type Identify, SESSION_COOKIE } from './identify.ts';
import { failureOf, problemOf } from './problem.ts';
import type { AnyRoute, BytesReply, StreamEvent, StreamReply } from './route.ts';
import { addLinks, addSignIn } from './sign-in-routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    rawBody: Uint8Array;
    /** Why the body could not be read; told only to callers who may ask. */
    bodyFailure: UnicaError | null;
    /** Of an answer that comes in parts. */
    answerSha256: string | null;
  }
}

/** A house's server, not yet listening. */
export interface HouseServer {
  readonly fastify: FastifyInstance;
  readonly routes: readonly AnyRoute[];
  /** Ends long polls and streams, then the server. */
  close(): Promise<void>;
}

/** What a server is made of. */
export interface ServerOptions {
  readonly title: string;
  readonly version: string;
  readonly routes: readonly AnyRoute[];
  readonly identify: Identify;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Built portal; absent when it was not built. */
  readonly portalFolder?: string | undefined;
  /** Browser sign-in; absent where only API tokens work. */
  readonly signIn?: { readonly people: People; readonly signIn: SignIn; readonly publicUrl: string } | undefined;
  readonly embeddedProvider?: EmbeddedProvider | undefined;
  /** Who follows a sign-in link; absent where none are made. */
  readonly links?: { readonly people: People; readonly publicUrl: string } | undefined;
  /** Origins whose pages may use `/dicom-web` in a browser, with a token of their own; cookies are never taken there. */
  readonly viewerOrigins?: readonly string[] | undefined;
  /** Waited for before any answer leaves: what the house has written by then is safe on the disk. */
  readonly settled?: (() => Promise<void>) | undefined;
  /** Signs an answer to a site; see `identity`. */
  readonly signAnswer?: (answer: { status: number; body: SignedBody; nonce: string }) => readonly [string, string];
}

const DEFAULT_BODY_LIMIT_BYTES = 1_048_576;
const EMPTY = new Uint8Array(0);
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'DELETE']);

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
} as const;

/**
 * The two scripts that may compile WebAssembly: the workers that run and that train networks in the browser. Their own policy holds for
 * them, so that no page has to allow it (docs/decisions/143 and 169).
 */
const NETWORK_WORKER = /^\/assets\/(?:network|training)-worker-[\w-]+\.js$/;
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/** Builds a server from declared routes: access, schemas, errors, OpenAPI and the portal, the same for every house. */
export async function createServer(options: ServerOptions): Promise<HouseServer> {
  const { log } = options;
  const ending = new AbortController();
  const fastify = Fastify({
    bodyLimit: DEFAULT_BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    requestTimeout: 620_000,
    trustProxy: false,
    routerOptions: { maxParamLength: 4096 },
  });
  fastify.setValidatorCompiler(validatorCompiler);
  fastify.setSerializerCompiler(serializerCompiler);
  fastify.decorateRequest('caller');
  fastify.decorateRequest('rawBody');
  fastify.decorateRequest('bodyFailure');
  fastify.decorateRequest('answerSha256');
  readBodies(fastify);

  fastify.addHook('onRequest', async (request, reply) => {
    request.caller = ANONYMOUS;
    request.rawBody = EMPTY;
    request.bodyFailure = null;
    request.answerSha256 = null;
    reply.headers(SECURITY_HEADERS);
    if (NETWORK_WORKER.test(request.url)) reply.header('content-security-policy', WORKER_POLICY);
    if (await answerViewer(request, reply, options.viewerOrigins ?? [])) return;
    const { embeddedProvider } = options;
    if (embeddedProvider !== undefined && /^\/oidc(\/|\?|$)/.test(request.url)) {
      reply.hijack();
      await embeddedProvider.handle(request.raw, reply.raw);
    }
  });
  if (options.settled !== undefined) {
    const { settled } = options;
    // Of every answer, also those to signing in and of failures; streams of events see to it themselves.
    fastify.addHook('onSend', async () => await settled());
  }
  fastify.addHook('onResponse', async (request, reply) => {
    options.metrics.request(
      request.method,
      request.routeOptions.url ?? 'unknown',
      reply.statusCode,
      reply.elapsedTime / 1000,
    );
  });
  fastify.setErrorHandler(async (thrown, request, reply) => {
    const failure = failureOf(thrown);
    // What is still being sent is not waited for.
    if (!request.raw.complete) reply.header('connection', 'close');
    if (failure.family === 'bug') log.error('http.failed', { code: failure.code }, failure.cause ?? failure);
    await sendProblem(reply, failure);
  });

  await fastify.register(cookiePlugin);
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, version: options.version },
      components: {
        securitySchemes: {
          person: { type: 'http', scheme: 'bearer' },
          site: { type: 'apiKey', in: 'header', name: 'unica-signature' },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  const routes = [...options.routes, ...systemRoutes(options.metrics)];
  for (const route of routes) {
    if (route.bodyAs !== 'stream') addRoute(fastify, route, options, ending.signal);
  }
  await fastify.register(async (unread) => {
    unread.removeAllContentTypeParsers();
    unread.addContentTypeParser('*', ({ headers, routeOptions }, _body, done) => {
      const limitBytes = routeOptions.bodyLimit ?? DEFAULT_BODY_LIMIT_BYTES;
      const isTooLarge = Number(headers['content-length'] ?? 0) > limitBytes;
      done(isTooLarge ? new UnicaError('http.too-large', { limitBytes }) : null, undefined);
    });
    for (const route of routes) {
      if (route.bodyAs === 'stream') addRoute(unread, route, options, ending.signal);
    }
  });
  fastify.get('/openapi.json', { schema: { hide: true } }, async () => fastify.swagger());
  if (options.signIn !== undefined) addSignIn(fastify, options.signIn);
  if (options.links !== undefined) addLinks(fastify, options.links);
  await addPortal(fastify, options.portalFolder);
  await fastify.ready();
  return {
    fastify,
    routes,
    async close() {
      ending.abort();
      await fastify.close();
    },
  };
}

/** Listens. @throws UnicaError `http.port-busy`, `http.port-not-allowed`, `http.host-unknown`. */
export async function listen(
  server: HouseServer,
  at: { readonly host: string; readonly port: number },
): Promise<number> {
  try {
    await server.fastify.listen({ host: at.host, port: at.port });
  } catch (cause) {
    throw listenFailure(cause, at);
  }
  const address = server.fastify.server.address();
  return typeof address === 'object' && address !== null ? address.port : at.port;
}

function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer;
    if (body.length === 0) return done(null, undefined);
    let value: unknown;
    try {
      value = JSON.parse((body as Buffer).toString('utf8'));
    } catch (cause) {
      request.bodyFailure = new UnicaError('http.invalid-input', { where: 'body', problem: 'not JSON' }, { cause });
    }
    done(null, value);
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer;
    done(null, undefined);
  });
}

function addRoute(fastify: FastifyInstance, route: AnyRoute, options: ServerOptions, ending: AbortSignal): void {
  const { settled } = options;
  fastify.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    schema: {
      summary: route.summary,
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(route.body === undefined ? {} : { body: route.body }),
      ...(typeof route.reply === 'string' ? {} : { response: { 200: route.reply } }),
      ...(route.access === 'public' ? {} : { security: route.access === 'site' ? [{ site: [] }] : [{ person: [] }] }),
    },
    async preValidation(request) {
      request.caller = await options.identify({
        method: request.method,
        path: request.url,
        headers: request.headers,
        cookies: request.cookies,
        body: signedBody(route, request),
        forSites: route.access === 'site',
      });
      checkAccess(route.access, request.caller, request.params as PathParams);
      if (route.access !== 'public') checkCsrf(request);
      if (request.bodyFailure !== null) throw request.bodyFailure;
    },
    async onSend(request, reply, payload) {
      const { caller } = request;
      if (options.signAnswer === undefined || caller.kind !== 'site') return payload;
      const body = answeredBody(request, payload);
      const [name, value] = options.signAnswer({ status: reply.statusCode, body, nonce: caller.nonce });
      reply.header(name, value);
      return payload;
    },
    async handler(request, reply) {
      const signal = signalOf(reply, ending);
      const result = await route.handle({
        params: request.params,
        query: request.query,
        body: request.body,
        rawBody: request.rawBody,
        bodyStream: bounded(request.raw, route.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES),
        headers: request.headers,
        caller: request.caller,
        signal,
      });
      if (route.reply === 'events')
        return await sendEvents(reply, result as AsyncIterable<StreamEvent>, { signal, settled });
      if (route.reply === 'stream') {
        request.answerSha256 = (result as StreamReply).sha256 ?? null;
        return await sendStream(reply, result as StreamReply);
      }
      if (route.reply === 'bytes') {
        const { contentType, bytes } = result as BytesReply;
        return await reply
          .type(contentType)
          .header('cache-control', 'no-store')
          .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      }
      // What is told to one person is not kept by browsers or proxies for another.
      if (route.access !== 'public') reply.header('cache-control', 'no-store');
      return result;
    },
  });
}

/** What a request is signed over: of a body that is still to come the digest that its address names. */
function signedBody(route: AnyRoute, { params, rawBody }: FastifyRequest): SignedBody {
  if (route.bodyAs !== 'stream' || route.access !== 'site') return rawBody;
  const { sha256 } = params as { readonly sha256?: string };
  // What is no digest is refused with the address.
  return sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : rawBody;
}

/** What an answer is signed over. A failure is told as text, whatever was to be sent. */
function answeredBody({ answerSha256 }: FastifyRequest, payload: unknown): SignedBody {
  if (typeof payload === 'string') return Buffer.from(payload);
  if (payload instanceof Uint8Array) return payload;
  return answerSha256 === null ? EMPTY : { sha256: answerSha256 };
}

/** Browsers send cookies by themselves, so a write by cookie must also carry the session's token. */
function checkCsrf(request: FastifyRequest): void {
  const { caller } = request;
  if (caller.kind !== 'person' || caller.csrfToken === null || !WRITES.has(request.method)) return;
  if (request.cookies[SESSION_COOKIE] === undefined) return;
  if (request.headers['x-unica-csrf'] !== caller.csrfToken) throw new UnicaError('http.csrf');
}

function signalOf(reply: FastifyReply, ending: AbortSignal): AbortSignal {
  const gone = new AbortController();
  // An answer that is whole closes too, and nobody is to be stopped then.
  reply.raw.once('close', () => reply.raw.writableFinished || gone.abort());
  return AbortSignal.any([gone.signal, ending]);
}

async function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<StreamEvent>,
  { signal, settled }: { readonly signal: AbortSignal; readonly settled: ServerOptions['settled'] },
): Promise<void> {
  await settled?.();
  reply.hijack();
  reply.raw.writeHead(200, {
    ...SECURITY_HEADERS,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.write(': here\n\n');
  const beat = setInterval(() => reply.raw.write(': still here\n\n'), 15_000);
  try {
    for await (const event of events) {
      if (signal.aborted) break;
      await settled?.();
      reply.raw.write(`id: ${event.id}\ndata: ${JSON.stringify(event.data)}\n\n`);
    }
  } finally {
    clearInterval(beat);
    reply.raw.end();
  }
}

/** A body that ends with a failure once it is larger than allowed. */
async function* bounded(body: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new UnicaError('http.too-large', { limitBytes });
    yield chunk;
  }
}

/** The first piece is fetched before the answer begins, so that what fails at once is told as a problem. */
async function sendStream(reply: FastifyReply, { status, headers, body }: StreamReply): Promise<FastifyReply> {
  if (body instanceof Uint8Array) {
    return await reply
      .code(status)
      .headers(headers)
      .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  }
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  const all = async function* () {
    if (first.done !== true) yield first.value;
    for (;;) {
      const { done, value } = await pieces.next();
      if (done === true) return;
      yield value;
    }
  };
  const stream = Readable.from(all(), { objectMode: false });
  // Not in the generator: where the caller has gone before, nobody begins to read it.
  stream.once('close', () => pieces.return?.().catch(() => {}));
  return await reply.code(status).headers(headers).send(stream);
}

/** Lets the pages of named origins read `/dicom-web` (the CORS protocol of the Fetch standard); true when answered. */
async function answerViewer(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): Promise<boolean> {
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin) || !/^\/dicom-web\//.test(request.url)) return false;
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'etag, warning, content-location',
    vary: 'origin',
  });
  if (request.method !== 'OPTIONS') return false;
  await reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'accept, authorization, content-type, if-none-match',
      'access-control-max-age': '600',
    })
    .send();
  return true;
}

async function sendProblem(reply: FastifyReply, failure: UnicaError): Promise<void> {
  await reply
    .code(failure.status)
    .type('application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problemOf(failure));
}

function systemRoutes(metrics: Metrics): readonly AnyRoute[] {
  const health: AnyRoute = {
    method: 'GET',
    path: '/healthz',
    access: 'public',
    summary: 'Whether the house answers',
    reply: z.strictObject({ status: z.literal('ok') }),
    handle: async () => ({ status: 'ok' as const }),
  };
  const measurements: AnyRoute = {
    method: 'GET',
    path: '/metrics',
    access: ['operator', 'coordinator', 'auditor'],
    summary: 'Measurements in the Prometheus text format',
    reply: 'bytes',
    async handle() {
      const { contentType, text } = await metrics.render();
      return { contentType, bytes: Buffer.from(text) };
    },
  };
  return [health, measurements];
}

/** The portal is one page: any address that is not the house's own gets it, and it finds its way from there. */
async function addPortal(fastify: FastifyInstance, folder: string | undefined): Promise<void> {
  const page = folder === undefined ? undefined : await readFile(join(folder, 'index.html')).catch(() => undefined);
  if (folder !== undefined && page !== undefined) {
    await fastify.register(staticPlugin, { root: folder, index: false, wildcard: false, schemaHide: true });
  }
  fastify.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    if (page === undefined || request.method !== 'GET' || /^\/(api|auth|oidc|dicom-web|assets)\//.test(path)) {
      return await sendProblem(reply, new UnicaError('http.not-found', { what: 'page or address' }));
    }
    return await reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page);
  });
}
