import { type JobSpec, whyOpen } from '#wire';
import { fingerprintOf, type Peer } from './peer-keys.ts';

/** What the owner is told of the masking of a job, and whose keys it rests on. */
export function shownMasking(spec: JobSpec, known: ReadonlyMap<string, Peer>, ownSiteId: string) {
  const open = whyOpen(spec);
  const others = open === undefined ? spec.sites.filter((siteId) => siteId !== ownSiteId) : [];
  const peers = others.map((siteId) => {
    const peer = known.get(siteId);
    const fingerprint = peer === undefined ? null : fingerprintOf(peer.publicKey);
    return { siteId, fingerprint, confirmed: peer?.confirmed ?? false };
  });
  return { masked: open === undefined, whyOpen: open ?? null, peers };
}
