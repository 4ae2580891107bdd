// The one look of axe that all tests in a browser take.
import AxeBuilder from '@axe-core/playwright';
import { AXE_TAGS } from './routes.js';

/**
 * What axe finds on the page as it is now. In the page itself: no page of the portal has frames, and the other way opens a second page for each look,
 * which takes twice as long.
 * @param without names of rules that are left out
 */
export async function axeLook(page, { without = [] } = {}) {
  return await new AxeBuilder({ page }).setLegacyMode(true).withTags(AXE_TAGS).disableRules(without).analyze();
}

/** The first places of each fault, in words. */
export function faultWords(violations, where) {
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ target, failureSummary }) => `${where}: ${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}
