/**
 * Shamir's secret sharing over GF(2⁸) with the polynomial x⁸ + x⁴ + x³ + x + 1 of AES, byte by byte (Shamir 1979). Share
 * number x is the value of every byte's polynomial at x; the secret its value at 0.
 */

/** One share: the site's number in the group, 1 to 255, and as many bytes as the secret. */
export interface Share {
  readonly x: number;
  readonly bytes: Uint8Array;
}

const EXPONENTS = new Uint8Array(510);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  EXPONENTS[exponent] = value;
  EXPONENTS[exponent + 255] = value;
  LOGARITHMS[value] = exponent;
  // Times 3, a generator of the field's multiplicative group.
  value ^= (value << 1) ^ (value & 0x80 ? 0x11b : 0);
}

function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (EXPONENTS[(LOGARITHMS[a] ?? 0) + (LOGARITHMS[b] ?? 0)] ?? 0);
}

function inverse(a: number): number {
  return EXPONENTS[255 - (LOGARITHMS[a] ?? 0)] ?? 0;
}

/**
 * Splits a secret into `shares` of which any `threshold` give it back and fewer tell nothing.
 * @param random → so many random bytes. @throws RangeError where 1 ≤ threshold ≤ shares ≤ 255 does not hold.
 */
export function splitSecret(
  secret: Uint8Array,
  { threshold, shares, random }: { threshold: number; shares: number; random: (bytes: number) => Uint8Array },
): readonly Share[] {
  if (!(threshold >= 1 && threshold <= shares && shares <= 255)) throw new RangeError('no such threshold');
  const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => random(secret.length))];
  return Array.from({ length: shares }, (_, index) => {
    const x = index + 1;
    const bytes = secret.map((__, at) => coefficients.reduceRight((sum, row) => times(sum, x) ^ (row[at] ?? 0), 0));
    return { x, bytes };
  });
}

/**
 * The secret from `threshold` shares or more, by Lagrange's formula at 0; from fewer, or from shares of another secret, something
 * else. @throws RangeError without shares, with a number twice or 0, or with shares of different lengths.
 */
export function joinShares(shares: readonly Share[]): Uint8Array {
  const numbers = new Set(shares.map(({ x }) => x));
  const length = shares[0]?.bytes.length;
  const odd = shares.some(({ x, bytes }) => !(x >= 1 && x <= 255) || bytes.length !== length);
  if (length === undefined || odd || numbers.size !== shares.length)
    throw new RangeError('these shares cannot be joined');
  const secret = new Uint8Array(length);
  for (const { x, bytes } of shares) {
    let weight = 1;
    for (const { x: other } of shares) if (other !== x) weight = times(weight, times(other, inverse(other ^ x)));
    for (const [at, value] of bytes.entries()) secret[at] = (secret[at] ?? 0) ^ times(weight, value);
  }
  return secret;
}
