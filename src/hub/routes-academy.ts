import { certify } from '#academy';
import { isoInstant } from '#base';
import { openAllowance, route } from '#http';
import { signText } from '#identity';
import { academyCertificateSchema, academyCertificateWishSchema, academyKeysSchema } from '#wire';
import type { HubHouse } from './house.ts';

const MOST_BYTES = 8192;

/** What the academy asks of a hub: certificates. Nobody needs an account for it. */
export function academyRoutes(hub: HubHouse) {
  const { keys, clock, config, newId } = hub;
  const house = {
    name: config.name,
    publicKey: keys.publicKey,
    sign: (text: string) => signText(keys, text),
  };
  const certificates = openAllowance({ most: 60, everyMs: 1000, clock });
  return [
    route({
      method: 'GET',
      path: '/api/academy/keys',
      access: 'public',
      summary: 'By which keys this hub signed and signs certificates of the academy, the present one first',
      reply: academyKeysSchema,
      handle: () => ({ house: house.name, publicKeys: [house.publicKey] }),
    }),
    route({
      method: 'POST',
      path: '/api/academy/certificates',
      access: 'public',
      summary:
        'Certify that the questions of a track were answered rightly; the answers are looked at here, and the name is kept nowhere',
      body: academyCertificateWishSchema,
      bodyLimitBytes: MOST_BYTES,
      reply: academyCertificateSchema,
      handle({ body }) {
        certificates.take();
        const at = { certificateId: newId('certificate'), issuedOn: isoInstant(clock()).slice(0, 10) };
        return certify(body, house, at);
      },
    }),
  ];
}
