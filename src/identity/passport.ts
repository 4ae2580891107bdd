import { createRemoteJWKSet, decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '#base';
import { VISA_TYPES, type Visa } from '#wire';

/** Somebody whose visas are believed, and where their keys are. */
export interface VisaIssuer {
  readonly issuer: string;
  readonly jwks: string;
}

/** Why a visa says nothing here. */
export type VisaRefusal =
  | 'unreadable'
  | 'issuer-not-trusted'
  | 'issuer-unreachable'
  | 'signature'
  | 'expired'
  | 'audience'
  | 'of-somebody-else'
  | 'no-visa'
  | 'conditional';

/** Reads the visas of a passport. */
export interface Passports {
  /**
   * The visas that hold of a person now. One that does not is left out, and never keeps anybody from signing in.
   * @param tokens as `ga4gh_passport_v1` has them; at most 200 are looked at
   */
  read(
    tokens: unknown,
    holder: { readonly subject: string; readonly audience: string },
  ): Promise<{ readonly visas: readonly Visa[]; readonly refused: readonly VisaRefusal[] }>;
}

const MOST_VISAS = 200;
const LONGEST_TOKEN = 16_384;
const KEYS_TIMEOUT_MS = 5000;
const CLOCK_SECONDS = 60;
/** The last second that a date can be of. */
const LAST_SECOND = 8_640_000_000_000;
/** Asymmetric ones alone: with a shared secret whoever verifies could write visas. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
/** What a visa states to be; an access or identity token is none. */
const TYPES = [undefined, 'JWT', 'vnd.ga4gh.visa+jwt'];

const visaClaimsSchema = z.object({
  exp: z.number().int().max(LAST_SECOND),
  ga4gh_visa_v1: z.object({
    type: z.enum(VISA_TYPES),
    asserted: z.number().int().nonnegative(),
    value: z.string().min(1).max(255),
    source: z.string().min(1).max(255),
    by: z.enum(['self', 'peer', 'system', 'so', 'dac']).optional(),
    conditions: z.unknown().optional(),
  }),
});

/**
 * Reads visas of a GA4GH passport (Passport 1.2, AAI profile 1.2): JSON Web Tokens (RFC 7519) of issuers that the house names, each
 * verified with the issuer's keys, in force, of the person who signs in. A visa with conditions on others is not weighed and says nothing.
 * Issuers name people by the subject of the sign-in, as those of Life Science Login do: only such are to be named.
 */
export function openPassports(options: { readonly issuers: readonly VisaIssuer[]; readonly clock: Clock }): Passports {
  const keysOf = new Map<string, JWTVerifyGetKey>(
    options.issuers.map(({ issuer, jwks }) => [
      issuer,
      createRemoteJWKSet(new URL(jwks), { timeoutDuration: KEYS_TIMEOUT_MS }),
    ]),
  );
  return {
    async read(tokens, holder) {
      const list = z.array(z.unknown()).catch([]).parse(tokens).slice(0, MOST_VISAS);
      const visas: Visa[] = [];
      const refused: VisaRefusal[] = [];
      // Nobody waits for the keys of an issuer twice: a passport may have two hundred visas of it.
      const unreachable = new Set<string>();
      for (const token of list) {
        const one = await readVisa(token, holder, unreachable);
        if (typeof one === 'string') refused.push(one);
        else visas.push(one);
      }
      return { visas, refused };
    },
  };

  async function readVisa(
    token: unknown,
    { subject, audience }: { readonly subject: string; readonly audience: string },
    unreachable: Set<string>,
  ): Promise<Visa | VisaRefusal> {
    if (typeof token !== 'string' || token.length > LONGEST_TOKEN) return 'unreadable';
    const issuer = issuerOf(token);
    if (issuer === undefined) return 'unreadable';
    const keys = keysOf.get(issuer);
    if (keys === undefined) return 'issuer-not-trusted';
    if (unreachable.has(issuer)) return 'issuer-unreachable';
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: new Date(options.clock()),
        clockTolerance: CLOCK_SECONDS,
      });
      if (!TYPES.includes(protectedHeader.typ)) return 'no-visa';
      if (payload.sub !== subject) return 'of-somebody-else';
      if (payload.aud !== undefined && ![payload.aud].flat().includes(audience)) return 'audience';
      const claims = visaClaimsSchema.safeParse(payload);
      if (!claims.success) return 'no-visa';
      const { exp, ga4gh_visa_v1: visa } = claims.data;
      if (visa.conditions !== undefined) return 'conditional';
      if (visa.asserted * 1000 > options.clock() + CLOCK_SECONDS * 1000) return 'no-visa';
      const { type, value, source, by = null, asserted } = visa;
      return { type, value, source, by, issuer, assertedAtMs: asserted * 1000, expiresAtMs: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired';
      const isOfKeys = error instanceof errors.JWKSTimeout || isAnswerWithoutKeys(error);
      if (!isOfKeys && error instanceof errors.JOSEError) return 'signature';
      unreachable.add(issuer);
      return 'issuer-unreachable';
    }
  }
}

/** The library has no code of its own for an answer that is no set of keys, such as that of a proxy. */
function isAnswerWithoutKeys(error: unknown): boolean {
  return error instanceof errors.JOSEError && error.code === errors.JOSEError.code;
}

/** The issuer that a token names, not yet verified: it says whose keys to verify it with. */
function issuerOf(token: string): string | undefined {
  try {
    return z.string().max(500).safeParse(decodeJwt(token).iss).data;
  } catch {
    return undefined;
  }
}
