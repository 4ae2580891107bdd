import { resolve } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';

/** Settings as text, from the environment and the command line; see `docs/operators/configuration.md`. */
export type FlatSettings = Readonly<Record<string, string | undefined>>;

/** Where people's identities come from. Without an issuer only API tokens made on the machine itself work. */
export type SignInSettings =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'tokens-only' }
  | {
      readonly kind: 'issuer';
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecret?: string;
      /** Beside `openid profile`. */
      readonly moreScopes?: string;
      /** Whose visas of a GA4GH passport are believed. */
      readonly visaIssuers: readonly { readonly issuer: string; readonly jwks: string }[];
    };

/** What both houses have in common. */
export interface HouseSettings {
  /** Absolute path of the data folder. */
  readonly home: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The address as people type it, without a trailing slash; absent: host and port. */
  readonly publicUrl: string | undefined;
  readonly signIn: SignInSettings;
  /** The demo: embedded sign-in with example people, loopback only, and every screen says so. */
  readonly demonstration: boolean;
  readonly logLevel: 'info' | 'warn' | 'error' | 'silent';
  /** Whom people write to who cannot use a page: an e-mail address or that of a page; null: nobody is named yet. */
  readonly accessibilityContact: string | null;
}

/** Keys that come over an open line could be anybody's. */
function isSafeAddress(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** A true/false setting. */
const flagSetting = z.enum(['true', 'false']).transform((text) => text === 'true');

const commonShape = {
  home: z.string().min(1).optional(),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65535).optional(),
  publicUrl: z.url().optional(),
  issuer: z.url().optional(),
  clientId: z.string().min(1).default('unica'),
  clientSecret: z.string().optional(),
  moreScopes: z
    .string()
    .regex(/^[\w:./-]{1,100}(?: [\w:./-]{1,100}){0,19}$/, 'scopes, with a space between them')
    .optional(),
  visaIssuers: z
    .string()
    .transform((text) => text.split(',').map((pair) => pair.trim().split(/\s+/)))
    .pipe(z.array(z.tuple([z.url(), z.url().refine(isSafeAddress, 'https, or this machine')])).max(50))
    .transform((pairs) => pairs.map(([issuer, jwks]) => ({ issuer, jwks })))
    .optional(),
  demonstration: flagSetting.default(false),
  logLevel: z.enum(['info', 'warn', 'error', 'silent']).default('info'),
  accessibilityContact: z
    .union([z.email(), z.url({ protocol: /^https?$/ })], 'neither an e-mail address nor that of a page')
    .optional(),
};

/**
 * Reads the common settings and a house's own `shape` from flat text.
 * @throws UnicaError `config.invalid` naming the setting.
 */
export function readHouseSettings<Shape extends z.ZodRawShape>(
  flat: FlatSettings,
  defaults: { readonly home: string; readonly port: number },
  shape: Shape,
): { readonly common: HouseSettings; readonly own: z.infer<z.ZodObject<Shape>> } {
  const common = read(z.object(commonShape), flat);
  const own = read(z.object(shape), flat);
  if (common.demonstration && !['127.0.0.1', 'localhost', '::1'].includes(common.host)) {
    throw new UnicaError('config.invalid', {
      key: 'host',
      problem: 'a demonstration listens on this machine only (127.0.0.1)',
    });
  }
  return {
    common: {
      home: resolve(common.home ?? defaults.home),
      host: common.host,
      port: common.port ?? defaults.port,
      publicUrl: common.publicUrl?.replace(/\/$/, ''),
      signIn: signInOf(common),
      demonstration: common.demonstration,
      logLevel: common.logLevel,
      accessibilityContact: common.accessibilityContact ?? null,
    },
    own,
  };
}

function signInOf(common: z.infer<z.ZodObject<typeof commonShape>>): SignInSettings {
  if (common.issuer === undefined) return { kind: common.demonstration ? 'embedded' : 'tokens-only' };
  const { issuer, clientId, clientSecret, moreScopes, visaIssuers = [] } = common;
  return {
    kind: 'issuer',
    issuer,
    clientId,
    visaIssuers,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(moreScopes === undefined ? {} : { moreScopes }),
  };
}

function read<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, flat: FlatSettings): z.infer<typeof schema> {
  const parsed = schema.safeParse(flat);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UnicaError('config.invalid', { key: String(issue?.path[0] ?? '?'), problem: issue?.message ?? 'unusable' });
}
