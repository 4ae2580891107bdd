import type { BlobStore } from '#store';
import type { HubClient } from './hub-client.ts';

/**
 * Whether the update of a finished round is with this node or with its hub. Where it is with neither, because one of them was set
 * back to a backup, only training the round again brings it.
 */
export async function isUpdateHeld(
  { hub, blobs }: { readonly hub: Pick<HubClient, 'holds'>; readonly blobs: Pick<BlobStore, 'has'> },
  updateSha256: string,
  sent: { readonly jobId: string; readonly signal: AbortSignal },
): Promise<boolean> {
  return (await blobs.has(updateSha256)) || (await hub.holds(updateSha256, sent));
}
