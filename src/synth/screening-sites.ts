import type { SyntheticCountry } from './people.ts';

/** A make of mammography unit: what its headers say, and how it turns quanta into greys. The values are invented. */
export interface MammographyDevice {
  readonly manufacturer: string;
  readonly model: string;
  readonly softwareVersions: string;
  readonly photometricInterpretation: 'MONOCHROME1' | 'MONOCHROME2';
  readonly bitsStored: 12 | 14;
  readonly anodeTargetMaterial: 'MOLYBDENUM' | 'RHODIUM' | 'TUNGSTEN';
  readonly filterMaterial: 'MOLYBDENUM' | 'RHODIUM' | 'SILVER';
  readonly detectorType: 'DIRECT' | 'SCINTILLATOR';
  readonly kvp: number;
  /** The one energy that stands for its spectrum. */
  readonly energyKev: number;
  /** Quanta that would reach a square of 0.1 mm without a breast. */
  readonly quantaPerTenthMm: number;
  /** Spread of its unsharpness. */
  readonly blurMm: number;
  /** Share of the thinning towards the skin that its processing evens out. */
  readonly peripheralEqualisation: number;
  /** Exponent of its grey curve, and how steep the curve is in its middle (0: straight). */
  readonly gamma: number;
  readonly steepness: number;
  /** Private block its maker writes, with the name of its creator. */
  readonly privateCreator: string;
}

/** Makes found in European screening units. */
const MAMMOGRAPHY_DEVICES = {
  dimensions: {
    manufacturer: 'HOLOGIC, Inc.',
    model: 'Selenia Dimensions',
    softwareVersions: '1.8.4',
    photometricInterpretation: 'MONOCHROME2',
    bitsStored: 12,
    anodeTargetMaterial: 'TUNGSTEN',
    filterMaterial: 'RHODIUM',
    detectorType: 'DIRECT',
    kvp: 29,
    energyKev: 20.4,
    quantaPerTenthMm: 42_000,
    blurMm: 0.05,
    peripheralEqualisation: 0.85,
    gamma: 1,
    steepness: 0.5,
    privateCreator: 'HOLOGIC, Inc.',
  },
  senographe: {
    manufacturer: 'GE MEDICAL SYSTEMS',
    model: 'Senographe Pristina',
    softwareVersions: '2.3.10',
    photometricInterpretation: 'MONOCHROME2',
    bitsStored: 12,
    anodeTargetMaterial: 'RHODIUM',
    filterMaterial: 'SILVER',
    detectorType: 'SCINTILLATOR',
    kvp: 34,
    energyKev: 21.3,
    quantaPerTenthMm: 36_000,
    blurMm: 0.09,
    peripheralEqualisation: 0.95,
    gamma: 0.92,
    steepness: 0.8,
    privateCreator: 'GEMS_SENO_02',
  },
  inspiration: {
    manufacturer: 'SIEMENS',
    model: 'MAMMOMAT Inspiration',
    softwareVersions: 'VB60G',
    photometricInterpretation: 'MONOCHROME2',
    bitsStored: 12,
    anodeTargetMaterial: 'TUNGSTEN',
    filterMaterial: 'RHODIUM',
    detectorType: 'DIRECT',
    kvp: 28,
    energyKev: 20.1,
    quantaPerTenthMm: 38_000,
    blurMm: 0.06,
    peripheralEqualisation: 0.9,
    gamma: 1.08,
    steepness: 0.3,
    privateCreator: 'SIEMENS MED MAMMO',
  },
  amulet: {
    manufacturer: 'FUJIFILM Corporation',
    model: 'AMULET Innovality',
    softwareVersions: 'FDR-3000AWS V9.1',
    photometricInterpretation: 'MONOCHROME1',
    bitsStored: 12,
    anodeTargetMaterial: 'TUNGSTEN',
    filterMaterial: 'RHODIUM',
    detectorType: 'DIRECT',
    kvp: 29,
    energyKev: 20.2,
    quantaPerTenthMm: 30_000,
    blurMm: 0.07,
    peripheralEqualisation: 0.7,
    gamma: 1.15,
    steepness: 0.4,
    privateCreator: 'FDMS 1.0',
  },
  giotto: {
    manufacturer: 'I.M.S. Internazionale Medico Scientifica',
    model: 'GIOTTO CLASS',
    softwareVersions: '30.2.1',
    photometricInterpretation: 'MONOCHROME2',
    bitsStored: 14,
    anodeTargetMaterial: 'TUNGSTEN',
    filterMaterial: 'SILVER',
    detectorType: 'DIRECT',
    kvp: 28,
    energyKev: 20.8,
    quantaPerTenthMm: 26_000,
    blurMm: 0.07,
    peripheralEqualisation: 0.8,
    gamma: 1,
    steepness: 0.1,
    privateCreator: 'IMS s.p.a.',
  },
} as const satisfies Readonly<Record<string, MammographyDevice>>;

/** A screening programme of the synthetic cohort: who comes, how often, and what its records leave out. */
export interface ScreeningSite {
  readonly siteId: string;
  readonly country: SyntheticCountry;
  /** A unit is replaced at the site's year of change: earlier examinations come from the first. */
  readonly devices: readonly [MammographyDevice, MammographyDevice];
  /** Factor on the hazard of everybody there. */
  readonly prevalence: number;
  /** Age at the first examination of the cohort. */
  readonly ageYears: { readonly mean: number; readonly stdDev: number; readonly lowest: number };
  /** Shift of log density of the women there. */
  readonly densityShift: number;
  readonly intervalYears: 1 | 2 | 3;
  /** Share of records without a covariate, and of examinations without a view. */
  readonly missingCovariate: number;
  readonly missingView: number;
}

const { dimensions, senographe, inspiration, amulet, giotto } = MAMMOGRAPHY_DEVICES;

/** The seven sites of the synthetic cohort, in the order of {@link siteOfBlock}. */
export const SCREENING_SITES: readonly ScreeningSite[] = [
  site('porto', 'PT', [senographe, dimensions], [1, 57, 7.5, 45], [0, 2, 0.08, 0.02]),
  site('thessaloniki', 'GR', [inspiration, giotto], [0.8, 55, 8.5, 40], [0.15, 1, 0.2, 0.04]),
  site('kassel', 'DE', [inspiration, dimensions], [1.2, 59, 6.5, 50], [-0.1, 2, 0.05, 0.01]),
  site('krakow', 'PL', [senographe, senographe], [0.9, 58, 6, 50], [-0.15, 2, 0.25, 0.03]),
  site('vilnius', 'LT', [amulet, amulet], [1.1, 58, 6.5, 50], [0, 2, 0.12, 0.03]),
  site('ljubljana', 'SI', [dimensions, dimensions], [1, 58, 6.5, 50], [0.1, 2, 0.06, 0.01]),
  site('lviv', 'UA', [giotto, amulet], [1.3, 54, 9, 40], [0.05, 3, 0.35, 0.06]),
];

function site(
  siteId: string,
  country: SyntheticCountry,
  devices: ScreeningSite['devices'],
  [prevalence, mean, stdDev, lowest]: readonly [number, number, number, number],
  [densityShift, intervalYears, missingCovariate, missingView]: readonly [number, 1 | 2 | 3, number, number],
): ScreeningSite {
  return {
    ...{ siteId, country, devices, prevalence, densityShift, intervalYears, missingCovariate, missingView },
    ageYears: { mean, stdDev, lowest },
  };
}

/** Which site each of 20 blocks in a row belongs to: sites differ in size, and any run of 240 exams has all of them. */
const BLOCK_SITES = [0, 3, 1, 2, 5, 0, 4, 6, 2, 1, 0, 3, 5, 2, 1, 0, 4, 6, 2, 3] as const;

/** Index in {@link SCREENING_SITES} of the site of a block. */
export function siteOfBlock(block: number): number {
  return BLOCK_SITES[block % BLOCK_SITES.length] ?? 0;
}
