import { SeededRandom } from '#base';
import { type Model, networkOf } from './model.ts';
import type { Initial } from './network.ts';
import { parameterTable } from './parameter-table.ts';

/**
 * Fresh parameters: He-normal convolutions (He et al. 2015, fan-in), uniform ±1/√fan-in for dense layers, ones for scales
 * and zeros for biases, or as the network says. Equal seeds give equal bits.
 */
export function initialParameters(model: Model, seed: number | string): Float32Array {
  const table = parameterTable(model);
  const random = new SeededRandom(seed);
  const parameters = new Float32Array(table.total);
  networkOf(model).parameters.forEach(({ name, initial }, index) => {
    const entry = table.entries[index];
    if (entry === undefined) return;
    // A stream per layer: adding a layer leaves the others' values where they were.
    const draw = initialiser(initial, random.fork(name));
    for (let at = 0; at < entry.size; at += 1) parameters[entry.offset + at] = draw();
  });
  return parameters;
}

function initialiser(initial: Initial, random: SeededRandom): () => number {
  if (initial.kind === 'constant') return () => initial.value;
  if (initial.kind === 'uniform') return () => random.between(-initial.bound, initial.bound);
  const stdDev = Math.sqrt(2 / initial.fanIn);
  return () => stdDev * random.normal();
}
