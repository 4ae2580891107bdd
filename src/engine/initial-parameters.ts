import { SeededRandom } from '#base';
import type { ModelSpec } from './model-spec.ts';
import { type ParameterEntry, parameterTable } from './parameter-table.ts';

/**
 * Fresh parameters: He-normal convolutions (He et al. 2015, fan-in), uniform ±1/√fan-in for the dense layer,
 * ones for scales and zeros for biases. Equal seeds give equal bits.
 */
export function initialParameters(spec: ModelSpec, seed: number | string): Float32Array {
  const table = parameterTable(spec);
  const random = new SeededRandom(seed);
  const parameters = new Float32Array(table.total);
  for (const entry of table.entries) {
    // A stream per layer: adding a layer leaves the others' values where they were.
    const draw = initialiser(entry, random.fork(entry.name));
    for (let index = 0; index < entry.size; index += 1) parameters[entry.offset + index] = draw();
  }
  return parameters;
}

function initialiser(entry: ParameterEntry, random: SeededRandom): () => number {
  if (entry.name.endsWith('.scale')) return () => 1;
  if (entry.name.endsWith('.bias')) return () => 0;
  const fanIn = entry.size / (entry.shape[0] ?? 1);
  const bound = 1 / Math.sqrt(fanIn);
  if (entry.shape.length === 2) return () => random.between(-bound, bound);
  const stdDev = Math.sqrt(2 / fanIn);
  return () => stdDev * random.normal();
}
