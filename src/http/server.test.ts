import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog, UnicaError } from '#base';
import type { People, Person } from '#identity';
import { createMetrics } from '#observe';
import { ROLES, type Role } from '#wire';
import { accessMismatches, type TriedCaller } from './access-matrix.ts';
import { type Access, ANONYMOUS, type Caller } from './caller.ts';
import { SESSION_COOKIE } from './identify.ts';
import { type AnyRoute, route } from './route.ts';
import { createServer, type HouseServer, listen, type ServerOptions } from './server.ts';

const CSRF = 'csrf-of-the-session';

function person(roles: readonly Role[], csrfToken: string | null): Caller {
  const who: Person = { personId: 'person-1', name: 'Ana', roles, posts: [] };
  return { kind: 'person', actor: who.personId, person: who, csrfToken };
}

const site: Caller = {
  kind: 'site',
  actor: 'site:lisbon',
  siteId: 'lisbon',
  nonce: 'ab'.repeat(16),
  signedAtMs: 0,
  publicKey: '',
};

/** Callers by what they show: a cookie or a bearer token naming a role, or a site's header. */
async function server(
  context: TestContext,
  routes: readonly AnyRoute[],
  parts: Partial<ServerOptions> = {},
): Promise<HouseServer> {
  const house = await createServer({
    title: 'House',
    version: '1',
    routes,
    log: silentLog,
    metrics: createMetrics('test'),
    async identify({ cookies, headers, forSites }) {
      if (forSites && headers['unica-site'] !== undefined) return site;
      const roleOf = (text: string) => ROLES.filter((role) => role === text);
      const bearer = headers['authorization'];
      if (typeof bearer === 'string') return person(roleOf(bearer.slice(7)), null);
      const cookie = cookies[SESSION_COOKIE];
      return cookie === undefined ? ANONYMOUS : person(roleOf(cookie), CSRF);
    },
    signAnswer({ status, body, nonce }) {
      const over = body instanceof Uint8Array ? body.length : body.sha256;
      return ['unica-hub-signature', `${status} ${over} ${nonce.length}`];
    },
    ...parts,
  });
  context.after(() => house.close());
  return house;
}

const echo = (method: AnyRoute['method'], path: string, access: Access): AnyRoute =>
  route({
    method,
    path,
    access,
    summary: 'Says it back',
    ...(method === 'GET' ? {} : { body: z.strictObject({ count: z.number().int().max(10) }) }),
    reply: z.strictObject({ said: z.unknown() }),
    handle: ({ body }) => ({ said: body ?? null }),
  });

const CALLERS: readonly TriedCaller[] = [
  { label: 'anonymous', caller: ANONYMOUS, headers: () => ({}) },
  { label: 'site', caller: site, headers: () => ({ 'unica-site': 'lisbon' }) },
  ...ROLES.map((role) => ({
    label: role,
    caller: person([role], null),
    headers: () => ({ authorization: `Bearer ${role}` }),
  })),
];

const ROUTES = [
  echo('GET', '/api/public', 'public'),
  echo('POST', '/api/anyone-signed-in', 'signed-in'),
  echo('PUT', '/api/things/:thingId', ['coordinator', 'auditor']),
  echo('POST', '/api/v1/work', 'site'),
];

test('every route treats every caller as declared', async (context) => {
  assert.deepEqual(await accessMismatches(await server(context, ROUTES), CALLERS), []);
});

test('a route that lets in or shuts out others than declared is found', async (context) => {
  const house = await server(context, ROUTES);
  const declaredAs = (path: string, access: Access) => ({
    ...house,
    routes: house.routes.filter((one) => one.path === path).map((one) => ({ ...one, access })),
  });
  const found = async (path: string, access: Access) =>
    (await accessMismatches(declaredAs(path, access), CALLERS)).map(
      (one) => `${one.caller} ${one.declared} ${one.status}`,
    );
  assert.deepEqual(await found('/api/public', ['auditor']), [
    'anonymous refused 200',
    'site refused 200',
    ...ROLES.filter((role) => role !== 'auditor').map((role) => `${role} refused 200`),
  ]);
  assert.deepEqual(await found('/api/things/:thingId', ['coordinator', 'auditor', 'patient']), ['patient allowed 403']);
  assert.deepEqual(await found('/api/things/:thingId', ['coordinator']), ['auditor refused 400']);
  assert.deepEqual(await found('/api/anyone-signed-in', 'public'), ['anonymous allowed 401', 'site allowed 401']);
});

const JSON_TYPE = { 'content-type': 'application/json' };
const POST = { method: 'POST', url: '/api/anyone-signed-in' } as const;

test('who may not ask is told so before anything is said about what they sent', async (context) => {
  const { fastify } = await server(context, ROUTES);
  for (const payload of ['{"count":1}', '{"count":"many"}', '{}', '', '{"count":', '[]', 'null']) {
    const anonymous = await fastify.inject({ ...POST, headers: JSON_TYPE, payload });
    assert.deepEqual([anonymous.statusCode, anonymous.json().code], [401, 'http.sign-in-needed'], payload);
    const asked = {
      method: 'PUT',
      url: '/api/things/1',
      headers: { ...JSON_TYPE, authorization: 'Bearer patient' },
      payload,
    } as const;
    const wrongRole = await fastify.inject(asked);
    assert.deepEqual([wrongRole.statusCode, wrongRole.json().code], [403, 'http.not-allowed'], payload);
  }
});

test('what cannot be understood is a problem document that names the place', async (context) => {
  const { fastify } = await server(context, ROUTES);
  const rows = [
    ['{"count":"many"}', /count/],
    ['{"count":11}', /count/],
    ['{"count":1,"more":2}', /more|unrecognized/i],
    ['{}', /count/],
    ['{"count":', /JSON/],
    ['', /body/],
    ['{"__proto__":{"count":1}}', /./],
  ] as const;
  for (const [payload, says] of rows) {
    const response = await fastify.inject({
      ...POST,
      headers: { ...JSON_TYPE, authorization: 'Bearer auditor' },
      payload,
    });
    assert.equal(response.statusCode, 400, payload);
    assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
    const problem = response.json();
    assert.deepEqual(Object.keys(problem).sort(), ['code', 'detail', 'mend', 'status', 'title', 'type']);
    assert.deepEqual(
      [problem.code, problem.status, problem.type],
      ['http.invalid-input', 400, 'urn:unica:error:http.invalid-input'],
    );
    assert.match(problem.detail, says, payload);
  }
});

test('failures: ours keep their code, bugs tell nothing of their inside, unknown addresses are problems too', async (context) => {
  const failing = (path: string, thrown: unknown) => ({
    ...echo('GET', path, 'public'),
    handle: () => {
      throw thrown;
    },
  });
  const { fastify } = await server(context, [
    failing('/api/ours', new UnicaError('http.not-found', { what: 'film' })),
    failing('/api/bug', new Error('password hunter2')),
    failing('/api/text', 'hunter2'),
    { ...echo('GET', '/api/misshapen', 'public'), handle: () => ({ said: 1, extra: 'hunter2' }) },
  ]);
  for (const [url, status, code] of [
    ['/api/ours', 404, 'http.not-found'],
    ['/api/bug', 500, 'internal'],
    ['/api/text', 500, 'internal'],
    ['/api/misshapen', 500, 'internal'],
    ['/api/nowhere', 404, 'http.not-found'],
    ['/nowhere', 404, 'http.not-found'],
  ] as const) {
    const response = await fastify.inject({ method: 'GET', url });
    assert.deepEqual([response.statusCode, response.json().code], [status, code], url);
    assert.equal(response.body.includes('hunter2'), false, url);
    assert.match(String(response.headers['content-security-policy']), /frame-ancestors 'none'/);
    assert.equal(response.headers['x-content-type-options'], 'nosniff');
  }
});

test('the workers that run and train networks may compile WebAssembly, and nothing else may', async (context) => {
  const { fastify } = await server(context, []);
  const policyOf = async (url: string) =>
    String((await fastify.inject({ method: 'GET', url })).headers['content-security-policy']);
  const worker = await policyOf('/assets/network-worker-a1B_-2.js');
  assert.match(worker, /script-src 'self' 'wasm-unsafe-eval'/);
  assert.match(worker, /default-src 'none'/);
  assert.equal(await policyOf('/assets/training-worker-a1B_-2.js'), worker);
  for (const url of [
    '/',
    '/assets/index-a1.js',
    '/assets/network-worker.html',
    '/api/network-worker-a.js',
    '/x/assets/network-worker-a.js',
  ])
    assert.equal((await policyOf(url)).includes('wasm'), false, url);
});

test('bodies end at their limit, by route', async (context) => {
  const { fastify } = await server(context, [
    { ...echo('POST', '/api/small', 'public'), bodyLimitBytes: 20 },
    echo('POST', '/api/usual', 'public'),
  ]);
  const status = async (url: string, sizeBytes: number) => {
    const payload = '{"count":1}'.padEnd(sizeBytes, ' ');
    return (await fastify.inject({ method: 'POST', url, headers: JSON_TYPE, payload })).statusCode;
  };
  assert.deepEqual([await status('/api/small', 20), await status('/api/small', 21)], [200, 413]);
  assert.deepEqual([await status('/api/usual', 1_048_576), await status('/api/usual', 1_048_577)], [200, 413]);
});

test('a write by cookie must repeat the token of its session; reads and tokens need not', async (context) => {
  const { fastify } = await server(context, [...ROUTES, echo('GET', '/api/mine', 'signed-in')]);
  const send = async (headers: Record<string, string>, url: string = POST.url, method: 'POST' | 'GET' = 'POST') => {
    const body = method === 'POST' ? { payload: '{"count":1}' } : {};
    const response = await fastify.inject({ method, url, headers: { ...JSON_TYPE, ...headers }, ...body });
    return response.statusCode === 200 ? 200 : `${response.statusCode} ${response.json().code}`;
  };
  const cookie = `${SESSION_COOKIE}=auditor`;
  assert.equal(await send({ cookie }), '403 http.csrf');
  assert.equal(await send({ cookie, 'x-unica-csrf': '' }), '403 http.csrf');
  assert.equal(await send({ cookie, 'x-unica-csrf': 'of another session' }), '403 http.csrf');
  assert.equal(await send({ cookie, 'x-unica-csrf': CSRF }), 200);
  assert.equal(await send({ authorization: 'Bearer auditor' }), 200);
  assert.equal(await send({ cookie }, '/api/mine', 'GET'), 200);
  assert.equal(await send({ 'x-unica-csrf': CSRF }), '401 http.sign-in-needed');
});

test('answers to sites are signed, refusals included, and answers to people are not', async (context) => {
  const { fastify } = await server(context, ROUTES);
  const send = async (url: string, headers: Record<string, string>, payload: string) => {
    const response = await fastify.inject({ method: 'POST', url, headers: { ...JSON_TYPE, ...headers }, payload });
    return [response.statusCode, response.headers['unica-hub-signature'], response.rawPayload.length] as const;
  };
  for (const payload of ['{"count":1}', '{"count":"many"}', '{"count":']) {
    const [status, signature, sizeBytes] = await send('/api/v1/work', { 'unica-site': 'lisbon' }, payload);
    assert.equal(signature, `${status} ${sizeBytes} 32`, payload);
  }
  const [, none] = await send(POST.url, { authorization: 'Bearer auditor' }, '{"count":1}');
  assert.equal(none, undefined);
});

test('a port in use is told by its number', async (context) => {
  const [one, two] = [await server(context, ROUTES), await server(context, ROUTES)];
  const port = await listen(one, { host: '127.0.0.1', port: 0 });
  await assert.rejects(
    listen(two, { host: '127.0.0.1', port }),
    (error) => error instanceof UnicaError && error.code === 'http.port-busy' && error.facts['port'] === port,
  );
});

test('a body taken as a stream is never held, and ends where its limit is', async (context) => {
  let received = 0;
  const house = await server(context, [
    route({
      method: 'POST',
      path: '/api/stream',
      access: ['operator'],
      summary: 'Counts bytes',
      bodyAs: 'stream',
      bodyLimitBytes: 3_000_000,
      reply: 'stream',
      async handle({ bodyStream, rawBody }) {
        received = 0;
        for await (const chunk of bodyStream) received += chunk.length;
        return {
          status: 202,
          headers: { 'content-type': 'text/plain' },
          body: Buffer.from(`${received} ${rawBody.length}`),
        };
      },
    }),
  ]);
  const url = `http://127.0.0.1:${await listen(house, { host: '127.0.0.1', port: 0 })}/api/stream`;
  const send = (size: number, token = 'operator') =>
    fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: Buffer.alloc(size) });
  const fits = await send(2_500_000);
  assert.deepEqual([fits.status, await fits.text()], [202, '2500000 0']);
  const tooLarge = await send(3_500_000);
  assert.equal(tooLarge.status, 413);
  assert.ok(received <= 3_000_000);
  received = -1;
  assert.equal((await send(1000, 'patient')).status, 403);
  assert.equal(received, -1, 'a body of somebody who may not send it is not looked at');
});

test('a site’s stream is signed by the digest in its address, and its answer by the digest of what it streams', async (context) => {
  const sha256 = '3f'.repeat(32);
  const over: unknown[] = [];
  const identify: ServerOptions['identify'] = async ({ body }) => {
    over.push(body);
    return site;
  };
  const declared = { access: 'site', params: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) } as const;
  const routes = [
    route({
      ...declared,
      method: 'PUT',
      path: '/api/v1/content/:sha256',
      summary: 'Takes content',
      bodyAs: 'stream',
      bodyLimitBytes: 1000,
      reply: 'stream',
      async handle({ bodyStream }) {
        for await (const _ of bodyStream);
        return { status: 200, headers: {}, body: Buffer.from('taken') };
      },
    }),
    route({
      ...declared,
      method: 'GET',
      path: '/api/v1/content/:sha256',
      summary: 'Gives content',
      reply: 'stream',
      handle: ({ params }) => ({
        status: 200,
        headers: {},
        body: (async function* () {
          yield Buffer.from('con');
          yield Buffer.from('tent');
        })(),
        sha256: params.sha256,
      }),
    }),
  ];
  const house = await server(context, routes, { identify });
  const url = `http://127.0.0.1:${await listen(house, { host: '127.0.0.1', port: 0 })}/api/v1/content`;
  const put = async (name: string, size: number) =>
    await fetch(`${url}/${name}`, { method: 'PUT', body: Buffer.alloc(size) });
  assert.equal((await put(sha256, 900)).headers.get('unica-hub-signature'), '200 5 32');
  assert.deepEqual(over.splice(0), [{ sha256 }], 'nothing was read before');
  assert.equal((await put(sha256, 1001)).status, 413, 'announced');
  const unnamed = await put('no-digest', 10);
  assert.deepEqual([unnamed.status, over.splice(0)], [400, [new Uint8Array(0)]], 'it stands for no body');
  const answer = await fetch(`${url}/${sha256}`);
  assert.equal(answer.headers.get('unica-hub-signature'), `200 ${sha256} 32`);
  assert.equal(await answer.text(), 'content');
});

test('a streamed answer that fails at once is a problem document, and one that fails later breaks off', async (context) => {
  const failing = (path: string, after: number) =>
    route({
      method: 'GET',
      path,
      access: 'public',
      summary: 'Fails',
      reply: 'stream',
      handle: () => ({
        status: 200,
        headers: { 'content-type': 'application/octet-stream' },
        body: (async function* () {
          for (let piece = 0; piece < after; piece += 1) yield Buffer.alloc(100_000);
          throw new UnicaError('http.not-found', { what: 'rest' });
        })(),
      }),
    });
  const house = await server(context, [failing('/api/at-once', 0), failing('/api/later', 3)]);
  const url = `http://127.0.0.1:${await listen(house, { host: '127.0.0.1', port: 0 })}`;
  const atOnce = await fetch(`${url}/api/at-once`);
  assert.equal(atOnce.status, 404);
  assert.match(atOnce.headers.get('content-type') ?? '', /problem\+json/);
  await assert.rejects(async () => await (await fetch(`${url}/api/later`)).arrayBuffer());
});

test('what a streamed answer comes from is let go of when its caller is gone, before its first piece or later', async (context) => {
  for (const piecesBefore of [0, 1]) {
    let close: () => void = () => {};
    const isClosed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const began = new AbortController();
    const slow = route({
      method: 'GET',
      path: '/api/slow',
      access: 'public',
      summary: 'Waits until its caller is gone',
      reply: 'stream',
      handle: ({ signal }) => ({
        status: 200,
        headers: {},
        body: (async function* () {
          try {
            for (let piece = 0; piece < piecesBefore; piece += 1) yield Buffer.alloc(1000);
            began.abort();
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
            yield Buffer.alloc(1000);
          } finally {
            close();
          }
        })(),
      }),
    });
    const house = await server(context, [slow]);
    const url = `http://127.0.0.1:${await listen(house, { host: '127.0.0.1', port: 0 })}/api/slow`;
    await assert.rejects(async () => await (await fetch(url, { signal: began.signal })).arrayBuffer());
    await isClosed;
  }
});

test('no answer leaves before what it rests on is safe: of routes, refusals, signing in and each event of a stream', async (context) => {
  const done: string[] = [];
  const events = async function* () {
    for (const id of ['1', '2']) {
      done.push('written');
      yield { id, data: {} };
    }
  };
  const house = await server(
    context,
    [
      ...ROUTES,
      route({ method: 'GET', path: '/events', access: 'public', summary: 's', reply: 'events', handle: events }),
    ],
    {
      settled: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        done.push('safe');
      },
      signIn: {
        publicUrl: 'http://house',
        people: {} as People,
        signIn: { begin: async () => ({ url: 'http://provider', cookie: 'c' }), finish: () => assert.fail() },
      },
    },
  );
  for (const [url, status] of [
    ['/api/public', 200],
    ['/nowhere', 404],
    ['/auth/sign-in', 302],
  ] as const) {
    const { statusCode } = await house.fastify.inject({ url });
    assert.deepEqual([statusCode, done.splice(0)], [status, ['safe']], url);
  }
  await house.fastify.inject({ url: '/events' });
  assert.deepEqual(done, ['safe', 'written', 'safe', 'written', 'safe']);
});

test('what cannot be made safe is not answered as if it were', async (context) => {
  const house = await server(context, ROUTES, { settled: async () => await Promise.reject(new Error('no disk')) });
  const { statusCode, body } = await house.fastify.inject({ url: '/api/public' });
  assert.equal(statusCode, 500);
  assert.doesNotMatch(body, /said/);
});
