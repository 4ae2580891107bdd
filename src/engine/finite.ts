/** False when any number is infinite or undefined. */
export function allFinite(values: Float32Array): boolean {
  let zero = 0;
  for (let index = 0; index < values.length; index += 1) zero += 0 * (values[index] as number);
  return zero === 0;
}
