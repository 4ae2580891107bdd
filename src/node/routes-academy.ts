import { certify } from '#academy';
import { isoInstant } from '#base';
import { openAllowance, route } from '#http';
import { signText } from '#identity';
import { academyCertificateSchema, academyCertificateWishSchema, academyKeysSchema } from '#wire';
import type { NodeHouse } from './house.ts';

const MOST_BYTES = 8192;

/** What the academy asks of a node: certificates. Nobody needs an account for it, and nothing of it goes to the hub. */
export function academyRoutes({ keys, clock, card, newId }: NodeHouse) {
  const certificates = openAllowance({ most: 60, everyMs: 1000, clock });
  return [
    route({
      method: 'GET',
      path: '/api/academy/keys',
      access: 'public',
      summary: 'By which keys this node signed and signs certificates of the academy, the present one first',
      reply: academyKeysSchema,
      handle: () => ({
        house: card.displayName,
        publicKeys: [...new Set([keys.publicKey, ...keys.former().toReversed()])],
      }),
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
        // The key may have been replaced since the node started.
        const house = {
          name: card.displayName,
          publicKey: keys.publicKey,
          sign: (text: string) => signText(keys, text),
        };
        const at = { certificateId: newId('certificate'), issuedOn: isoInstant(clock()).slice(0, 10) };
        return certify(body, house, at);
      },
    }),
  ];
}
