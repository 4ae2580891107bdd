/** Photon energies of the table in keV. */
const ENERGIES_KEV = [18, 20, 22, 25, 28] as const;

/**
 * Linear attenuation in 1/cm at {@link ENERGIES_KEV}: the mammographic part of the table of VICTRE (Badano et al. 2018,
 * "Evaluation of digital breast tomosynthesis as replacement of full-field digital mammography using an in silico imaging
 * trial", JAMA Network Open 1(7):e185474; the project's files are CC0), worked out by PENELOPE 2006 from the compositions
 * of Hammerstein (glandular, adipose) and Woodard (muscle, skin, connective).
 */
const LINEAR_ATTENUATION = {
  adipose: [0.6347, 0.51255, 0.43116, 0.35275, 0.304],
  glandular: [1.00334, 0.78581, 0.64153, 0.50289, 0.41749],
  skin: [1.0765, 0.84098, 0.68449, 0.53406, 0.44127],
  muscle: [1.11163, 0.86455, 0.7003, 0.54239, 0.445],
  connective: [1.12249, 0.87569, 0.71172, 0.55407, 0.45685],
  calciumOxalate: [13.12254, 9.75115, 7.46524, 5.23925, 3.85113],
  polystyrene: [0.56228, 0.46582, 0.40143, 0.33935, 0.30046],
} as const;

/** What a breast and its table are made of. */
export type BreastMaterial = keyof typeof LINEAR_ATTENUATION;

/**
 * Linear attenuation in 1/cm, between the energies of the table straight in the logarithms of both.
 * @throws RangeError outside 18 to 28 keV
 */
export function attenuationPerCm(material: BreastMaterial, energyKev: number): number {
  const values = LINEAR_ATTENUATION[material];
  const above = ENERGIES_KEV.findIndex((energy) => energy >= energyKev);
  if (above < 0 || energyKev < ENERGIES_KEV[0]) throw new RangeError(`no attenuation is known at ${energyKev} keV`);
  if (energyKev === ENERGIES_KEV[above]) return values[above] ?? 0;
  const [low, high] = [ENERGIES_KEV[above - 1] ?? 0, ENERGIES_KEV[above] ?? 0];
  const [from, to] = [values[above - 1] ?? 0, values[above] ?? 0];
  const share = Math.log(energyKev / low) / Math.log(high / low);
  return from * (to / from) ** share;
}
