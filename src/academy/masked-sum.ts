/** What hospitals send under masks, and what comes of it. All numbers modulo 2³². */
export interface MaskedSum {
  /** Of each hospital: its number with the masks it shares with the others. */
  readonly sent: readonly number[];
  /** Of what was sent: the masks are gone. */
  readonly sum: number;
}

const MODULUS = 2 ** 32;

/**
 * Masks that cancel (Bonawitz et al. 2017): of each pair of hospitals the first adds their common mask and the second takes it off.
 * @param values a whole number of each hospital
 * @param maskOf the mask of a pair, a whole number from 0 to 2³² − 1
 */
export function maskedSum(values: readonly number[], maskOf: (first: number, second: number) => number): MaskedSum {
  const sent = values.map((value, at) =>
    modulo(
      values.reduce((sum, _, other) => {
        if (other === at) return sum;
        return modulo(other > at ? sum + maskOf(at, other) : sum - maskOf(other, at));
      }, value),
    ),
  );
  return { sent, sum: sent.reduce((sum, one) => modulo(sum + one), 0) };
}

function modulo(value: number): number {
  return ((value % MODULUS) + MODULUS) % MODULUS;
}
