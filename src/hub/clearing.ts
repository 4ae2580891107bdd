import { asUnicaError, type Log } from '#base';
import { clearContents } from './clear-contents.ts';
import type { HubHouse } from './house.ts';

/** What nobody needs is looked for this often. */
const CLEAR_EVERY_MS = 600_000;

/** What it takes. */
type ClearingHouse = Parameters<typeof clearContents>[0] & { readonly courses: Pick<HubHouse['courses'], 'removeDue'> };

/** Throws away what nobody needs, one look at a time; what fails now is looked for again next time. */
export function clearingNowAndThen(house: ClearingHouse, log: Log): () => Promise<void> {
  let dueAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (house.clock() < dueAtMs) return;
    dueAtMs = Number.POSITIVE_INFINITY;
    // Courses first and apart: the day on which learners are forgotten waits for no store of contents.
    for (const clear of [
      async () => {
        const courses = await house.courses.removeDue();
        if (courses > 0) log.info('hub.courses-cleared', { courses });
      },
      async () => {
        const contents = await clearContents(house);
        if (contents > 0) log.info('hub.contents-cleared', { contents });
      },
    ]) {
      await clear().catch((error: unknown) => log.warn('hub.beat-missed', { code: asUnicaError(error).code }));
    }
    dueAtMs = house.clock() + CLEAR_EVERY_MS;
  };
}
