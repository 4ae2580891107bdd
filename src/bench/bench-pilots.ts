import { parseDicom } from '#dicom';
import { readModelFolder } from '#models';
import { chestModelOf, openChestReader } from '#pilots';
import { syntheticSite } from '#synth';
import { besidePromise, type Measurement, median } from './measurement.ts';

/** Films scored for one figure, and those before that warm up. */
const FILMS = 9;
const WARM_UP = 2;
/** Sides of films: as a small archive keeps them, and as a detector makes them. */
const SIDES_PX = [256, 1024, 2048] as const;
/** Processor time that the design promises for a film with its map. */
const PROMISED_MS = 150;

/**
 * Processor time of a chest film through the model that ships: bytes to score, map and marks, its header and picture looked at,
 * the model loaded before. Processor time, not the clock's, so that a shared machine gives the same figure.
 */
export async function* benchPilots({
  chestModel,
}: {
  /** A folder of a chest-nodule model. */
  readonly chestModel: string;
}): AsyncGenerator<Measurement> {
  const reader = await openChestReader(chestModelOf(await readModelFolder(chestModel)));
  try {
    for (const sizePx of SIDES_PX) {
      const [film] = syntheticSite({
        siteId: 'bench',
        country: 'SE',
        seed: 'bench',
        persons: 1,
        opacityShare: 0,
        sizePx,
      });
      if (film === undefined) continue;
      const times: number[] = [];
      for (let turn = 0; turn < WARM_UP + FILMS; turn += 1) {
        const before = process.cpuUsage();
        await reader.read(parseDicom(film.bytes));
        const { user, system } = process.cpuUsage(before);
        if (turn >= WARM_UP) times.push((user + system) / 1000);
      }
      yield besidePromise(
        `chest film of ${sizePx} × ${sizePx} scored with map`,
        median(times),
        'ms of processor time',
        PROMISED_MS,
      );
    }
  } finally {
    await reader.close();
  }
}
