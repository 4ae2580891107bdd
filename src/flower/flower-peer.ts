import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UnicaError } from '#base';

/** The real Flower in processes of its own: `bench/flower_peer.py`, which says what its arguments mean. */
export interface FlowerPeer {
  /** Of flwr. */
  readonly version: string;
  /** The next thing it says that has this key. @throws UnicaError `bench.peer-ended` when it ends before. */
  next(key: string): Promise<Readonly<Record<string, unknown>>>;
  /** Ends it and every process it started. */
  close(): Promise<void>;
}

/**
 * The Pythons with Flower that tests are run with, each with words for the test's name: one that speaks gRPC, and, where one is named, one that
 * speaks HTTP (1.40 and later). What happens behind the transport is tried with the first alone, unless `UNICA_FLOWER_WHOLE` is set.
 * @param env the surroundings of the test
 * @param of whether the test tries what is said over the wire, or what our side does with it
 */
export function pythonsToTry(
  env: Readonly<Record<string, string | undefined>>,
  of: 'the wire' | 'our side',
): readonly (readonly [string, string | undefined])[] {
  const newer = env['UNICA_FLOWER_NEWER'] ?? '';
  const isTried = newer !== '' && (of === 'the wire' || env['UNICA_FLOWER_WHOLE'] === '1');
  return [['', env['UNICA_FLOWER']], ...(isTried ? [[' (newer release)', newer] as const] : [])];
}

/**
 * Starts the real Flower by a Python that has it.
 * @returns a text that says why it is absent, where it is
 */
export async function startFlowerPeer(
  python: string | undefined,
  verb: readonly string[],
): Promise<FlowerPeer | string> {
  if (python === undefined || python === '') return 'flwr is not named: UNICA_FLOWER is the Python that has it';
  const script = new URL('../../bench/flower_peer.py', import.meta.url).pathname;
  const child = spawn(python, [script, ...verb], { stdio: ['pipe', 'pipe', 'ignore'] });
  const started = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]);
  if (!started) return `flwr cannot be used: there is no ${python}`;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'exit');
  const next = async (key: string) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new UnicaError('bench.peer-ended', { peer: 'Flower' });
      const said = JSON.parse(value) as Record<string, unknown>;
      if (key in said) return said;
      if ('absent' in said || 'failed' in said) throw new UnicaError('bench.peer-ended', { peer: 'Flower' });
    }
  };
  const { value } = await lines.next();
  const first = JSON.parse(value ?? '{}') as Record<string, unknown>;
  if (typeof first['flwr'] !== 'string') {
    await ended;
    return String(first['absent'] ?? 'flwr did not start');
  }
  return {
    version: first['flwr'],
    next,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
