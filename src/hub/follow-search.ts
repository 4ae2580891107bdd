import type { StreamEvent } from '#http';
import type { HubHouse } from './house.ts';

/** The longest wait between two looks: a node that stays silent is told as failed without anybody waking us. */
const LOOK_EVERY_MS = 1000;

/** What is known of a federated count, told whenever it changes; ends when no node is waited for. */
export async function* followSearch(hub: HubHouse, searchId: string, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  let told = '';
  let number = 0;
  while (!signal.aborted) {
    // Waiting begins before looking, so that no answer falls between.
    const woken = hub.wakeUp.wait(`search:${searchId}`, LOOK_EVERY_MS, signal);
    const view = await hub.searches.view(searchId);
    const text = JSON.stringify(view);
    if (text !== told) {
      told = text;
      number += 1;
      yield { id: String(number), data: view };
    }
    if (view.pending.length === 0) return;
    await woken;
  }
}
