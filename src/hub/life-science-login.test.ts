import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { silentLog } from '#base';
import { openPassports } from '#identity';
import { accessRequestSchema, sessionViewSchema, vouchedSchema } from '#wire';
import { hubConfig } from './config.ts';
import { startHub } from './start-hub.ts';

const SUBJECT = '3b2f1c@lifescienceid.org';
const AUDIENCE = 'unica';
const OLD = 1_700_000_000;

/**
 * A stand-in of Life Science Login, for this test: it signs in one person without asking, tells of them at userinfo, and signs visas. Life Science Login
 * itself has to know a house before it answers, so that no test can use it.
 */
async function standInLogin(context: Pick<TestContext, 'after'>, told: (issuer: string) => Promise<object>) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'login', alg: 'RS256', use: 'sig' };
  let nonce = '';
  let issuer = '';
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    const answer = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return answer({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/userinfo`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      case '/jwks':
        return answer({ keys: [jwk] });
      case '/authorize': {
        nonce = url.searchParams.get('nonce') ?? '';
        assert.match(url.searchParams.get('scope') ?? '', /^openid profile eduperson_entitlement ga4gh_passport_v1$/);
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', 'code');
        back.searchParams.set('state', url.searchParams.get('state') ?? '');
        return response.writeHead(302, { location: back.href }).end();
      }
      case '/token': {
        const idToken = await new SignJWT({ nonce })
          .setProtectedHeader({ alg: 'RS256', kid: 'login' })
          .setIssuer(issuer)
          .setSubject(SUBJECT)
          .setAudience(AUDIENCE)
          .setIssuedAt()
          .setExpirationTime('5m')
          .sign(privateKey);
        return answer({ access_token: 'at', token_type: 'Bearer', expires_in: 300, id_token: idToken });
      }
      case '/userinfo':
        return answer({ sub: SUBJECT, name: 'Ada Lovelace', ...(await told(issuer)) });
      default:
        return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, privateKey };
}

interface VisaWish {
  readonly issuer: string;
  readonly type?: string;
  readonly value?: string;
  readonly subject?: string;
  readonly more?: object;
  readonly payload?: Record<string, unknown>;
  readonly typ?: string;
  readonly expiresS?: number;
}

async function visa(key: CryptoKey, wish: VisaWish): Promise<string> {
  const {
    type = 'ResearcherStatus',
    value = 'https://doi.org/10.1038/s41431-018-0219-y',
    more = {},
    payload = {},
  } = wish;
  return await new SignJWT({
    ga4gh_visa_v1: { type, value, asserted: OLD, source: 'https://university.example', by: 'so', ...more },
    ...payload,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'login', typ: wish.typ ?? 'vnd.ga4gh.visa+jwt' })
    .setIssuer(wish.issuer)
    .setSubject(wish.subject ?? SUBJECT)
    .setIssuedAt()
    .setExpirationTime(wish.expiresS ?? Math.floor(Date.now() / 1000) + 3600)
    .sign(key);
}

test('visas are believed of trusted issuers, in force, of the person, signed, for us; every other one says nothing', async (context) => {
  const { issuer, privateKey } = await standInLogin(context, async () => ({}));
  const other = await generateKeyPair('RS256');
  const shared = new TextEncoder().encode('0'.repeat(32));
  const passports = openPassports({ issuers: [{ issuer, jwks: `${issuer}/jwks` }], clock: Date.now });
  const nobody = openPassports({ issuers: [{ issuer, jwks: 'http://127.0.0.1:9/jwks' }], clock: Date.now });
  const good = await visa(privateKey, { issuer });
  const [head = '', body = '', signature = ''] = good.split('.');
  const altered = Buffer.from(body, 'base64url').toString('utf8').replace('university', 'universitx');
  const rows: readonly (readonly [string, unknown, string | 'believed'])[] = [
    ['a researcher', good, 'believed'],
    [
      'an affiliation',
      await visa(privateKey, { issuer, type: 'AffiliationAndRole', value: 'faculty@uni.example' }),
      'believed',
    ],
    ['an older type of token', await visa(privateKey, { issuer, typ: 'JWT' }), 'believed'],
    ['for us', await visa(privateKey, { issuer, payload: { aud: [AUDIENCE, 'other'] } }), 'believed'],
    ['for somebody else', await visa(privateKey, { issuer, payload: { aud: 'other' } }), 'audience'],
    ['expired', await visa(privateKey, { issuer, expiresS: OLD }), 'expired'],
    ['of another issuer', await visa(privateKey, { issuer: 'https://evil.example' }), 'issuer-not-trusted'],
    ['signed by somebody else', await visa(other.privateKey, { issuer }), 'signature'],
    ['altered', `${head}.${Buffer.from(altered).toString('base64url')}.${signature}`, 'signature'],
    ['without a signature', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`, 'signature'],
    [
      'with a shared secret',
      await new SignJWT(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
        .setProtectedHeader({ alg: 'HS256' })
        .sign(shared),
      'signature',
    ],
    ['of another person', await visa(privateKey, { issuer, subject: 'eve@lifescienceid.org' }), 'of-somebody-else'],
    ['of a type nobody knows', await visa(privateKey, { issuer, type: 'Superuser' }), 'no-visa'],
    ['with conditions', await visa(privateKey, { issuer, more: { conditions: [] } }), 'conditional'],
    ['asserted tomorrow', await visa(privateKey, { issuer, more: { asserted: 4_000_000_000 } }), 'no-visa'],
    ['an access token', await visa(privateKey, { issuer, typ: 'at+jwt' }), 'no-visa'],
    ['without an end', await visa(privateKey, { issuer, expiresS: Number.MAX_SAFE_INTEGER }), 'no-visa'],
    ['no token', 'visa', 'unreadable'],
    ['a number', 7, 'unreadable'],
    ['too long', `a.${'b'.repeat(20_000)}.c`, 'unreadable'],
  ];
  for (const [name, token, expected] of rows) {
    const { visas, refused } = await passports.read([token], { subject: SUBJECT, audience: AUDIENCE });
    assert.deepEqual(visas.length === 1 ? 'believed' : refused[0], expected, name);
  }
  const holder = { subject: SUBJECT, audience: AUDIENCE };
  assert.deepEqual((await nobody.read([good], holder)).refused, ['issuer-unreachable']);
  let asked = 0;
  const silent = createServer((_request, response) => {
    asked += 1;
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  context.after(() => silent.close());
  const jwks = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/jwks`;
  const deaf = openPassports({ issuers: [{ issuer, jwks }], clock: Date.now });
  assert.deepEqual((await deaf.read([good, good, good], holder)).refused, Array(3).fill('issuer-unreachable'));
  assert.equal(asked, 1, 'its keys are waited for once');
  assert.deepEqual(await passports.read({ not: 'a list' }, holder), { visas: [], refused: [] });
  assert.equal((await passports.read(Array(500).fill('x'), holder)).refused.length, 200, 'no more are looked at');
});

test('somebody signs in at a stand-in of Life Science Login: roles by entitlements, and visas that committees read and that give no right', async (context) => {
  const login = await standInLogin(context, async (issuer) => ({
    eduperson_entitlement: [
      'urn:geant:lifescience-ri.eu:group:unica:role=researcher#login.example',
      'urn:geant:lifescience-ri.eu:group:other:role=coordinator#login.example',
    ],
    ga4gh_passport_v1: await Promise.all([
      visa(keys.login, { issuer }),
      visa(keys.login, {
        issuer,
        type: 'ControlledAccessGrants',
        value: 'urn:unica:dataset:lisbon:chest-films',
        more: { by: 'dac' },
      }),
      visa(keys.login, { issuer, subject: 'eve@lifescienceid.org' }),
    ]),
  }));
  const keys = { login: login.privateKey };
  const home = await mkdtemp(join(tmpdir(), 'unica-login-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const config = hubConfig({
    home,
    port: '0',
    logLevel: 'silent',
    issuer: login.issuer,
    clientId: AUDIENCE,
    moreScopes: 'eduperson_entitlement ga4gh_passport_v1',
    visaIssuers: `${login.issuer} ${login.issuer}/jwks`,
  });
  const hub = await startHub(config, silentLog);
  context.after(() => hub.close());
  const cookieOf = (response: Response, name: string) =>
    response.headers
      .getSetCookie()
      .find((one) => one.startsWith(`${name}=`))
      ?.split(';')[0] ?? '';
  const begun = await fetch(`${hub.url}/auth/sign-in`, { redirect: 'manual' });
  const pending = cookieOf(begun, 'unica_sign_in');
  const sent = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
  const back = new URL(sent.headers.get('location') ?? '');
  const done = await fetch(`${hub.url}${back.pathname}${back.search}`, {
    redirect: 'manual',
    headers: { cookie: pending },
  });
  assert.equal(done.status, 302);
  const cookie = done.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const session = sessionViewSchema.parse(
    await (await fetch(`${hub.url}/api/session`, { headers: { cookie } })).json(),
  );
  assert.deepEqual(
    [session.person?.name, session.person?.roles],
    ['Ada Lovelace', ['researcher']],
    'and not a coordinator',
  );
  const headers = { cookie, 'x-unica-csrf': session.csrfToken ?? '', 'content-type': 'application/json' };
  const form = {
    title: 'Opacities',
    purpose: 'To learn.',
    operations: ['train'],
    datasets: [{ siteId: 'lisbon', name: 'chest-films' }],
    days: 10,
  };
  const drafted = await fetch(`${hub.url}/api/access-requests/drafts`, {
    method: 'POST',
    headers,
    body: JSON.stringify(form),
  });
  const { requestId, permitIds } = accessRequestSchema.parse(await drafted.json());
  const vouched = await fetch(`${hub.url}/api/access-requests/${requestId}/vouched`, { headers });
  const { visas } = vouchedSchema.parse(await vouched.json());
  assert.deepEqual(
    visas.map(({ type, by }) => [type, by]),
    [
      ['ResearcherStatus', 'so'],
      ['ControlledAccessGrants', 'dac'],
    ],
  );
  assert.deepEqual(permitIds, [], 'a visa of a grant is no permit');
  const exact = await fetch(`${hub.url}/api/searches`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: { all: [] }, requestId }),
  });
  assert.equal(exact.status, 403);
});
