/** A system that is known by its AE title. */
export interface AllowedPeer {
  readonly aeTitle: string;
  /** IP addresses it may come from; any when absent. */
  readonly addresses?: readonly string[];
}

/** A system that may read, from these addresses alone. */
export type AllowedReader = Required<AllowedPeer>;

/** Whether the list has the system; an empty list has all. */
export function isAllowed(peers: readonly AllowedPeer[], callingAeTitle: string, address: string): boolean {
  if (peers.length === 0) return true;
  return peers.some(
    ({ aeTitle, addresses }) =>
      aeTitle.trim() === callingAeTitle && (addresses === undefined || addresses.includes(address)),
  );
}
