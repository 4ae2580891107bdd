import { z } from 'zod';
import { startFlowerPeer } from '#flower';
import { median } from './measurement.ts';

/** What the real Flower took on this machine, now. */
export interface FlowerTimes {
  readonly version: string;
  /** One exchange with all nodes, training or evaluation; seconds, median. */
  readonly phaseS: number;
  /** Training and evaluation of a round together; seconds, median. */
  readonly roundS: number;
}

const resultSchema = z.object({
  phases: z.array(z.object({ type: z.string(), seconds: z.number(), errors: z.array(z.string()) })),
});

/**
 * A stock Flower federation of so many SuperNodes, with a model of so many bytes that nobody trains: the transport alone.
 * @param options.python the Python that has flwr
 * @returns a text that says why it was not measured, where it was not
 */
export async function measureFlower(options: {
  readonly python: string | undefined;
  readonly nodes: number;
  readonly rounds: number;
  readonly modelBytes: number;
}): Promise<FlowerTimes | string> {
  const { nodes, rounds, modelBytes } = options;
  const verb = ['federation', '--stock', nodes, '--rounds', rounds, '--bytes', modelBytes, '--patience', 600];
  const peer = await startFlowerPeer(options.python, verb.map(String));
  if (typeof peer === 'string') return peer;
  try {
    const { phases } = resultSchema.parse((await peer.next('result'))['result']);
    const failed = phases.flatMap(({ errors }) => errors)[0];
    if (failed !== undefined) return `a node of Flower failed: ${failed.slice(0, 200)}`;
    const rounded = phases
      .filter(({ type }) => type === 'train')
      .map(({ seconds }, index) => {
        const evaluation = phases.filter(({ type }) => type === 'evaluate')[index];
        return seconds + (evaluation?.seconds ?? 0);
      });
    return {
      version: peer.version,
      phaseS: median(phases.map(({ seconds }) => seconds)),
      roundS: median(rounded),
    };
  } finally {
    await peer.close();
  }
}
