import { fingerprintOf } from '#identity';
import { type JobSpec, whyOpen } from '#wire';
import type { Peer } from './peer-keys.ts';

/** The other sites of a job whose updates are masked, and whose keys the masking rests on; none where updates are open. */
export function shownPeers(spec: JobSpec, known: readonly Peer[], ownSiteId: string) {
  if (whyOpen(spec) !== undefined) return [];
  return spec.sites
    .filter((siteId) => siteId !== ownSiteId)
    .map((siteId) => {
      const peer = known.find((one) => one.siteId === siteId);
      const fingerprint = peer === undefined ? null : fingerprintOf(peer.publicKey);
      return { siteId, fingerprint, confirmed: peer?.confirmed ?? false };
    });
}
