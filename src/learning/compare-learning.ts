import { type Examples, initialParameters } from '#engine';
import { roundRate } from './round-rate.ts';
import { type Simulated, type Simulation, simulate } from './simulate.ts';
import { examplesAt, openVirtualNode } from './virtual-node.ts';

/** A federated model beside what it is worth comparing with. */
export interface Compared {
  readonly federated: Simulated;
  /** A model trained as long on each node's own examples, in the order of the nodes that have any. */
  readonly localOnly: readonly Float32Array[];
  /** A model trained as long on all examples together. */
  readonly pooled: Float32Array;
}

/**
 * Simulates a job, and trains at each node alone and on everything together: as many rounds of as many epochs or steps, from
 * the same first weights, with the same optimiser begun anew each round.
 * @throws UnicaError as `simulate`
 */
export async function compareLearning(job: Simulation): Promise<Compared> {
  const federated = await simulate(job);
  const localOnly: Float32Array[] = [];
  for (const chosen of job.nodes.filter(({ length }) => length > 0))
    localOnly.push(await alone(job, examplesAt(job.model, job.data, chosen)));
  return { federated, localOnly, pooled: await alone(job, job.data) };
}

async function alone(job: Simulation, data: Examples): Promise<Float32Array> {
  const node = await openVirtualNode('alone', data, { ...job, strategy: { kind: 'fedavg' }, compression: undefined });
  try {
    let weights = job.start ?? initialParameters(job.model, job.seed);
    for (let round = 1; round <= job.rounds; round += 1) {
      job.signal?.throwIfAborted();
      const { change } = await node.train({ number: round, weights, common: {}, learningRate: roundRate(job, round) });
      weights = weights.map((value, index) => value + (change[index] ?? 0));
    }
    return weights;
  } finally {
    await node.close();
  }
}
