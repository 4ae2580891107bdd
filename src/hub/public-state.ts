import { networkProgress, networkState } from '#progress';
import type { NetworkState } from '#wire';
import type { HubHouse } from './house.ts';
import { knownNetwork } from './known-network.ts';
import { openRegister } from './open-register.ts';

/** The state of the network for everybody, worked out once for all who read it. */
export function publicState(hub: HubHouse): () => Promise<NetworkState> {
  return openRegister({
    clock: hub.clock,
    head: async () => (await hub.journal.at('head'))?.sequence ?? 0,
    make: async () => networkState(networkProgress(await knownNetwork(hub))),
  });
}
