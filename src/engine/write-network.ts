import { UnicaError } from '#base';
import type { Value } from './graph-value.ts';
import type { Network } from './network.ts';
import { OPERATIONS } from './operations.ts';
import type { Tape } from './tape.ts';

/**
 * Writes a network's operations behind the values that are there by name (inputs, parameters, when learning also targets)
 * and returns all its values by name. Only what `wanted` depends on is written.
 * @throws UnicaError `engine.spec-invalid` when a value is missing
 */
export function writeNetwork(
  tape: Tape,
  network: Network,
  given: ReadonlyMap<string, Value>,
  wanted: readonly string[],
): ReadonlyMap<string, Value> {
  const needed = new Set(wanted);
  const operations = network.operations
    .toReversed()
    .filter(({ output, inputs }) => {
      if (!needed.has(output)) return false;
      for (const input of inputs) needed.add(input);
      return true;
    })
    .toReversed();
  const values = new Map(given);
  const found = (name: string): Value => {
    const value = values.get(name);
    if (value === undefined)
      throw new UnicaError('engine.spec-invalid', { problem: `nothing in it is called ${name}` });
    return value;
  };
  for (const { operation, inputs, output, settings } of operations)
    values.set(output, OPERATIONS[operation](tape, inputs.map(found), settings));
  wanted.forEach(found);
  return values;
}
