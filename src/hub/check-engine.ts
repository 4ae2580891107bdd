import { UnicaError } from '#base';
import type { JobSpec } from '#wire';
import { type FlowerSettings, readFlowerFiles } from './flower-settings.ts';

/**
 * Checks that a job for a SuperLink of Flower can be run here, before anybody is asked.
 * @throws UnicaError `flower.no-superlink` naming what is missing.
 */
export async function checkEngine(
  { engine, sites }: Pick<JobSpec, 'engine' | 'sites'>,
  flower: FlowerSettings | undefined,
): Promise<void> {
  if (engine === undefined) return;
  if (flower?.superlink === undefined)
    throw new UnicaError('flower.no-superlink', { problem: 'this hub has joined none' });
  const listed = new Set((await readFlowerFiles(flower)).sites.map(({ siteId }) => siteId));
  const strangers = sites.filter((siteId) => !listed.has(siteId));
  if (strangers.length > 0)
    throw new UnicaError('flower.no-superlink', { problem: `no key is listed of ${strangers.join(', ')}` });
}
