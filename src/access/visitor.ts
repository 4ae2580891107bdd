import type { Seated } from './seat-of.ts';

/** Somebody before the access office, with the seats they hold. */
export interface Visitor {
  readonly id: string;
  /** Holders on whose own committee they sit. */
  readonly committeeOf: readonly string[];
  /** By holder, the member in whose seat they sit there for a time. */
  readonly standsInFor?: ReadonlyMap<string, string>;
  /** They sit on the committee of the network, which decides for holders without one of their own. */
  readonly isOfNetworkCommittee: boolean;
  /** They look after the whole, as a coordinator or an auditor does: they read every request and decide on none. */
  readonly readsAll: boolean;
  /**
   * A program with an API token of a researcher: tokens are given out on the hub's own machine and belong to no account, so it
   * reads and uses every request that was sent, and nothing of what committees say among themselves.
   */
  readonly isProgram: boolean;
}

/** Somebody at the committee of a holder. */
export function actAt({ id, standsInFor }: Visitor, siteId: string): Seated {
  const seat = standsInFor?.get(siteId);
  return seat === undefined ? { by: id } : { by: id, seat };
}

/** Somebody with no seat: a researcher. */
export function requester(id: string): Visitor {
  return { id, committeeOf: [], isOfNetworkCommittee: false, readsAll: false, isProgram: false };
}

/** A member of the network's committee. */
export function networkMember(id: string): Visitor {
  return { id, committeeOf: [], isOfNetworkCommittee: true, readsAll: false, isProgram: false };
}
