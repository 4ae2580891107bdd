import { setTimeout } from 'node:timers/promises';
import { openCountingNetwork } from './counting-network.ts';
import { besidePromise, type Measurement, median, plain } from './measurement.ts';
import { differences, ownSums } from './own-sums.ts';
import { secondsOf } from './processor-time.ts';

const ROUNDS = 15;
/** What the product promises of the coordinator's page. */
const PROMISED_SECONDS = 1;
const SCORED_WITHIN_MS = 120_000;

/**
 * A hub with many sites and half a year behind it: whether what it adds up is what the sites count themselves, to the last digit, and how long its
 * coordinator waits for the page's figures, the workbook and the report; wall time and time of the processor, hub and asker in one process.
 */
export async function* benchCoordinator(options: {
  readonly sites: number;
  readonly studies: number;
  readonly tell?: (text: string) => void;
}): AsyncGenerator<Measurement> {
  const { sites, studies, tell } = options;
  const network = await openCountingNetwork(options);
  try {
    const name = `coordinator, ${sites} sites, ${studies} studies`;
    const first = await timed(async () => await network.read('/api/progress'));
    yield besidePromise(`${name}: first answer`, first.wall, 's', PROMISED_SECONDS);
    tell?.('records are scored');
    const endMs = performance.now() + SCORED_WITHIN_MS;
    while ((await network.progress()).months.some(({ fair }) => fair === null) && performance.now() < endMs) {
      await setTimeout(500);
    }
    const progress = await network.progress();
    const found = differences(progress, ownSums(network.sites.map(({ published }) => published)));
    for (const difference of found) tell?.(difference);
    yield besidePromise(`${name}: figures that differ from the sites' own`, found.length, 'figures', 0.5);
    yield plain(`${name}: studies published`, progress.totals.studies, 'studies');
    for (const [what, path] of [
      ['answer', '/api/progress'],
      ['workbook', '/api/progress/report.xlsx'],
      ['report (PDF)', '/api/progress/report.pdf'],
      ['public state', '/api/state'],
    ] as const) {
      const times: Timed[] = [];
      for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(async () => await network.read(path)));
      const wall = median(times.map((one) => one.wall));
      yield besidePromise(`${name}: ${what}, median`, wall, 's', PROMISED_SECONDS);
      yield plain(`${name}: ${what}, processor`, median(times.map((one) => one.processor)), 's');
      yield plain(`${name}: ${what}, size`, times[0]?.bytes ?? 0, 'bytes');
    }
  } finally {
    await network.close();
  }
}

interface Timed {
  readonly wall: number;
  readonly processor: number;
  readonly bytes: number;
}

async function timed(act: () => Promise<Uint8Array>): Promise<Timed> {
  const [beganMs, before] = [performance.now(), secondsOf(process.pid)];
  const { length: bytes } = await act();
  return { wall: (performance.now() - beganMs) / 1000, processor: secondsOf(process.pid) - before, bytes };
}
