import type { SeededRandom } from '#base';

/** A UID under the UUID-derived root (PS3.5 section B.2) from 122 random bits. */
export function syntheticUid(random: SeededRandom): string {
  let value = 0n;
  for (let word = 0; word < 4; word += 1) value = (value << 32n) | BigInt(random.uint32());
  return `2.25.${value >> 6n}`;
}
