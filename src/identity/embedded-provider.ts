import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Adapter, AdapterPayload, Configuration, JWK } from 'oidc-provider';
import { UnicaError } from '#base';
import { ROLES, type Role } from '#wire';

/** Example people of a demonstration, one for each role. */
export interface ExamplePerson {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

/** The client id and secret that a house shares with its own embedded provider. */
export interface EmbeddedClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An OpenID provider inside the house. */
export interface EmbeddedProvider {
  readonly issuer: string;
  readonly client: EmbeddedClient;
  rolesOf(subject: string): readonly Role[];
  /** Answers requests below `/oidc`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** One example person for each role, and three without one, who can be invited to the committees of holders. */
export const EXAMPLE_PEOPLE: readonly ExamplePerson[] = [
  ...ROLES.map((role) => ({
    subject: `example-${role}`,
    name: `Example ${role.replace('-', ' ')}`,
    roles: [role],
  })),
  ...['one', 'two', 'three'].map((number) => ({
    subject: `example-guest-${number}`,
    name: `Example guest ${number}`,
    roles: [],
  })),
];

/**
 * An OpenID provider for demonstrations: no passwords, a button for each example person.
 * @throws UnicaError `identity.embedded-refused` unless the house is a demonstration bound to this machine alone.
 */
export async function createEmbeddedProvider(options: {
  readonly publicUrl: string;
  readonly host: string;
  readonly demonstration: boolean;
  readonly people: readonly ExamplePerson[];
}): Promise<EmbeddedProvider> {
  const loopback = ['127.0.0.1', 'localhost', '::1'].includes(options.host);
  if (!options.demonstration || !loopback) throw new UnicaError('identity.embedded-refused');
  const issuer = `${options.publicUrl}/oidc`;
  const client = { clientId: 'unica-portal', clientSecret: randomBytes(24).toString('base64url') };
  const personOf = (subject: string) => options.people.find((person) => person.subject === subject);
  const configuration: Configuration = {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [`${options.publicUrl}/auth/callback`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    claims: { openid: ['sub', 'name', 'unica_roles'] },
    conformIdTokenClaims: false,
    adapter: MemoryRecords,
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/oidc/people/${interaction.uid}` },
    pkce: { required: () => true },
    renderError: (context, out) => {
      context.type = 'text/plain; charset=utf-8';
      context.body = `Signing in did not work: ${out.error}. Start again from the sign-in button.`;
    },
    findAccount: (_context, subject) => {
      const person = personOf(subject);
      return person === undefined
        ? undefined
        : {
            accountId: subject,
            claims: () => ({ sub: subject, name: person.name, unica_roles: [...person.roles] }),
          };
    },
    async loadExistingGrant(context) {
      const { session, client: asking } = context.oidc;
      if (session?.accountId === undefined || asking === undefined) return undefined;
      const grant = new context.oidc.provider.Grant({ accountId: session.accountId, clientId: asking.clientId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    ttl: { Session: 3600, Interaction: 600, Grant: 3600, AuthorizationCode: 60, AccessToken: 600, IdToken: 600 },
  };
  // Only demonstrations need it; it is large and speaks up when it is loaded.
  const { default: Provider } = await import('oidc-provider');
  const provider = new Provider(issuer, configuration);
  const callback = provider.callback();
  return {
    issuer,
    client,
    rolesOf: (subject) => personOf(subject)?.roles ?? [],
    async handle(request, response) {
      const path = (request.url ?? '').replace(/^\/oidc/, '') || '/';
      const interaction = /^\/people\/([\w-]+)(?:\/([\w-]+))?$/.exec(path.split('?')[0] ?? '');
      if (interaction === null) {
        // The provider finds where it is mounted from the difference of the two addresses.
        Object.assign(request, { originalUrl: request.url, url: path });
        await callback(request, response);
        return;
      }
      const subject = interaction[2];
      if (request.method === 'POST' && subject !== undefined && personOf(subject) !== undefined) {
        await provider.interactionFinished(
          request,
          response,
          { login: { accountId: subject, remember: false } },
          { mergeWithLastSubmission: false },
        );
        return;
      }
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      });
      response.end(choicePage(interaction[1] ?? '', options.people));
    },
  };
}

function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), alg: 'ES256', use: 'sig' };
}

/** Sign-ins of a demonstration live as long as its process. */
class MemoryRecords implements Adapter {
  static readonly #records = new Map<string, { payload: AdapterPayload; endsAtMs: number }>();
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    MemoryRecords.#records.set(`${this.#kind}/${id}`, { payload, endsAtMs: Date.now() + expiresIn * 1000 });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#first((_payload, key) => key === `${this.#kind}/${id}`);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const record = MemoryRecords.#records.get(`${this.#kind}/${id}`);
    if (record !== undefined) record.payload['consumed'] = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    MemoryRecords.#records.delete(`${this.#kind}/${id}`);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of MemoryRecords.#records) {
      if (payload.grantId === grantId) MemoryRecords.#records.delete(key);
    }
  }

  #first(fits: (payload: AdapterPayload, key: string) => boolean): AdapterPayload | undefined {
    for (const [key, { payload, endsAtMs }] of MemoryRecords.#records) {
      if (endsAtMs < Date.now()) MemoryRecords.#records.delete(key);
      else if (key.startsWith(`${this.#kind}/`) && fits(payload, key)) return payload;
    }
    return undefined;
  }
}

function choicePage(uid: string, people: readonly ExamplePerson[]): string {
  const buttons = people
    .map(
      (person) =>
        `<li><form method="post" action="/oidc/people/${uid}/${person.subject}"><button>${person.name}</button></form></li>`,
    )
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Choose a person – UNICA demonstration</title><style>
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:26rem;margin:8vh auto;padding:0 1rem}
ul{list-style:none;padding:0;display:grid;gap:.5rem}button{width:100%;font:inherit;padding:.7rem 1rem;text-align:left;
border:1px solid #868e96;border-radius:.5rem;background:Canvas;color:CanvasText;cursor:pointer;text-transform:capitalize}
button:hover,button:focus-visible{outline:3px solid #1c7ed6;outline-offset:1px}</style></head>
<body><main><h1>Choose a person</h1><p>This is a demonstration: there are no passwords. Most have one role; guests have none until they are invited.</p>
<ul>${buttons}</ul></main></body></html>`;
}
