import type { Clock } from '#base';
import { createEmbeddedProvider, EXAMPLE_PEOPLE, openPassports, openSignIn, type People } from '#identity';
import type { HouseSettings } from './house-settings.ts';
import type { ServerOptions } from './server.ts';

/** The address of a house as people type it. */
export function publicUrlOf(settings: HouseSettings): string {
  return settings.publicUrl ?? `http://${settings.host}:${settings.port}`;
}

/** How people sign in at a house, by its settings: at an issuer, at the embedded one of a demonstration, or not at all. */
export async function houseSignIn(
  settings: HouseSettings,
  { people, clock }: { readonly people: People; readonly clock: Clock },
): Promise<Pick<ServerOptions, 'embeddedProvider' | 'signIn'>> {
  const publicUrl = publicUrlOf(settings);
  const redirectUri = `${publicUrl}/auth/callback`;
  switch (settings.signIn.kind) {
    case 'tokens-only':
      return {};
    case 'issuer': {
      const { issuer, clientId, clientSecret, moreScopes, visaIssuers } = settings.signIn;
      const passports = openPassports({ issuers: visaIssuers, clock });
      const signIn = openSignIn({ issuer, clientId, clientSecret, moreScopes, passports, redirectUri, clock });
      return { signIn: { people, publicUrl, signIn } };
    }
    case 'embedded': {
      const { host, demonstration } = settings;
      const provider = await createEmbeddedProvider({ publicUrl, host, demonstration, people: EXAMPLE_PEOPLE });
      const signIn = openSignIn({ issuer: provider.issuer, ...provider.client, redirectUri, clock });
      return { embeddedProvider: provider, signIn: { people, publicUrl, signIn } };
    }
  }
}
