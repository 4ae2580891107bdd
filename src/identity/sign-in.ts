import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as openid from 'openid-client';
import { z } from 'zod';
import { type Clock, UnicaError } from '#base';
import { type Post, type Role, roleSchema, type Visa } from '#wire';
import type { Passports } from './passport.ts';
import { entitledTo } from './posts.ts';

/** Somebody an issuer vouched for. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly posts: readonly Post[];
  /** What others vouch for, verified; it gives no role and no post. */
  readonly visas: readonly Visa[];
}

/** Sign-in by OpenID Connect (authorization code with PKCE). */
export interface SignIn {
  /** Where to send the browser, and what to keep in a short-lived cookie until it comes back. */
  begin(returnPath: string): Promise<{ readonly url: string; readonly cookie: string }>;
  /** @throws UnicaError `identity.sign-in-failed`. */
  finish(callbackUrl: string, cookie: string): Promise<{ readonly claims: Claims; readonly returnPath: string }>;
}

/** A sign-in not finished by then starts anew. */
const PENDING_MS = 600_000;

const pendingSchema = z.object({
  verifier: z.string(),
  state: z.string(),
  nonce: z.string(),
  returnPath: z.string(),
  endsAtMs: z.number(),
});

/**
 * Sign-in at an issuer. Roles come from the claim `unica_roles` (known roles only) and from the
 * entitlements of `eduperson_entitlement` (AARC-G069), in the identity token or, where more scopes are asked for, in what the issuer tells
 * of the person (userinfo), as Life Science Login does; visas of a GA4GH passport come the same way. The state of a pending sign-in
 * travels in a cookie authenticated with a key of this process.
 */
export function openSignIn(options: {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
  readonly clock: Clock;
  /** Beside `openid profile`, such as `eduperson_entitlement ga4gh_passport_v1`. */
  readonly moreScopes?: string | undefined;
  readonly passports?: Passports;
}): SignIn {
  const key = randomBytes(32);
  const mac = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  let discovered: Promise<openid.Configuration> | undefined;
  const configuration = async () => {
    const insecure = options.issuer.startsWith('http://');
    discovered ??= openid.discovery(new URL(options.issuer), options.clientId, options.clientSecret, undefined, {
      execute: insecure ? [openid.allowInsecureRequests] : [],
      timeout: 10,
    });
    return await discovered.catch((cause: unknown) => {
      discovered = undefined;
      throw new UnicaError('identity.issuer-unreachable', {}, { cause });
    });
  };
  return {
    async begin(returnPath) {
      const verifier = openid.randomPKCECodeVerifier();
      const state = openid.randomState();
      const nonce = openid.randomNonce();
      const url = openid.buildAuthorizationUrl(await configuration(), {
        redirect_uri: options.redirectUri,
        scope: ['openid profile', options.moreScopes ?? ''].join(' ').trim(),
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      const pending = {
        verifier,
        state,
        nonce,
        returnPath: localPath(returnPath),
        endsAtMs: options.clock() + PENDING_MS,
      };
      const text = Buffer.from(JSON.stringify(pending)).toString('base64url');
      return { url: url.href, cookie: `${text}.${mac(text)}` };
    },
    async finish(callbackUrl, cookie) {
      const pending = readPending(cookie);
      if (pending === undefined || pending.endsAtMs < options.clock()) throw new UnicaError('identity.sign-in-failed');
      try {
        const tokens = await openid.authorizationCodeGrant(await configuration(), new URL(callbackUrl), {
          pkceCodeVerifier: pending.verifier,
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new UnicaError('identity.sign-in-failed');
        // The library refuses what is told of another subject than the token's.
        const told: Readonly<Record<string, unknown>> =
          options.moreScopes === undefined
            ? {}
            : await openid.fetchUserInfo(await configuration(), tokens.access_token, claims.sub);
        const roles = z.array(z.string()).catch([]).parse(claims['unica_roles']);
        const entitlements = [claims, told].flatMap((said) =>
          z.array(z.string()).max(500).catch([]).parse(said['eduperson_entitlement']),
        );
        const entitled = entitledTo([...new Set(entitlements)]);
        const passport = await options.passports?.read(told['ga4gh_passport_v1'], {
          subject: claims.sub,
          audience: options.clientId,
        });
        return {
          claims: {
            issuer: claims.iss,
            subject: claims.sub,
            name: [claims['name'], told['name']].find((name) => typeof name === 'string') ?? claims.sub,
            roles: [
              ...new Set([
                ...roles.flatMap((role) => {
                  const known = roleSchema.safeParse(role);
                  return known.success ? [known.data] : [];
                }),
                ...entitled.roles,
              ]),
            ],
            posts: entitled.posts,
            visas: passport?.visas ?? [],
          },
          returnPath: pending.returnPath,
        };
      } catch (cause) {
        throw cause instanceof UnicaError ? cause : new UnicaError('identity.sign-in-failed', {}, { cause });
      }
    },
  };

  function readPending(cookie: string) {
    const [text = '', signature = ''] = cookie.split('.');
    const expected = Buffer.from(mac(text));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return pendingSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  }
}

/** A path on this house and nowhere else, so that sign-in cannot be used to send people away. */
function localPath(path: string): string {
  return /^\/(?![/\\])[^\\\r\n]*$/.test(path) ? path : '/';
}
