import { UnicaError } from '#base';
import type { HubHouse } from './house.ts';
import { withdrawSite } from './withdraw-absent.ts';
import { giveWork } from './work-queue.ts';

/**
 * Tells sites of permits that were revoked, and lets jobs go on without them there. Doing it again changes nothing: a hub that
 * fell between the revocation and this does it at its next beat.
 */
export async function sendRevocations(hub: HubHouse): Promise<void> {
  const revocations = await hub.access.revocationsToSend();
  // Before anything else: a job that cannot be let go on now keeps no site from hearing of another permit.
  for (const { permitId, siteId } of revocations)
    await giveWork(hub, { siteId, key: `revoke/${permitId}`, body: { kind: 'revoke-permit', permitId } });
  for (const { permitId, siteId } of revocations) {
    const because = new UnicaError('access.permit-refused', { clause: 'it is revoked' }).message;
    for (const { jobId } of await hub.learning.listOpen()) {
      const { permits } = await hub.learning.state(jobId);
      if (permits[siteId] === permitId) await withdrawSite(hub, jobId, { siteId, because, isForGood: true });
    }
    await hub.access.revocationSent(permitId);
  }
}
