/** A make of X-ray machine: what its headers say and how it shows a chest. */
export interface Device {
  readonly manufacturer: string;
  readonly model: string;
  readonly softwareVersions: string;
  readonly modality: 'DX' | 'CR';
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2';
  readonly bitsStored: 12;
  /** Exponent of its grey curve. */
  readonly gamma: number;
  /** Standard deviation of its noise in middle grey, as a share of the full range. */
  readonly noise: number;
  /** Share of each neighbour in a pixel: unsharpness. */
  readonly blur: number;
  readonly kvp: number;
  /** Private block its maker writes, with the name of its creator. */
  readonly privateCreator: string;
}

/** Makes found in European chest departments; the values are invented, only the kinds of header are theirs. */
export const DEVICES: readonly Device[] = [
  {
    manufacturer: 'SIEMENS',
    model: 'Fluorospot Compact FD',
    softwareVersions: 'VE10C',
    modality: 'DX',
    photometric: 'MONOCHROME2',
    bitsStored: 12,
    gamma: 1,
    noise: 0.012,
    blur: 0.08,
    kvp: 125,
    privateCreator: 'SIEMENS MED',
  },
  {
    manufacturer: 'Philips Medical Systems',
    model: 'DigitalDiagnost',
    softwareVersions: '4.2.1',
    modality: 'DX',
    photometric: 'MONOCHROME2',
    bitsStored: 12,
    gamma: 1.15,
    noise: 0.014,
    blur: 0.05,
    kvp: 120,
    privateCreator: 'PHILIPS IMAGING DD 001',
  },
  {
    manufacturer: 'FUJIFILM Corporation',
    model: 'CR-IR 392',
    softwareVersions: 'A07-0',
    modality: 'CR',
    photometric: 'MONOCHROME1',
    bitsStored: 12,
    gamma: 0.9,
    noise: 0.02,
    blur: 0.12,
    kvp: 110,
    privateCreator: 'FUJI PHOTO FILM Co., ltd.',
  },
  {
    manufacturer: 'Agfa',
    model: 'ADC_5146',
    softwareVersions: 'VIPS2.0',
    modality: 'CR',
    photometric: 'MONOCHROME1',
    bitsStored: 12,
    gamma: 1.05,
    noise: 0.022,
    blur: 0.12,
    kvp: 115,
    privateCreator: 'AGFA',
  },
  {
    manufacturer: 'GE MEDICAL SYSTEMS',
    model: 'Definium 8000',
    softwareVersions: 'CHEST_5.1',
    modality: 'DX',
    photometric: 'MONOCHROME2',
    bitsStored: 12,
    gamma: 0.95,
    noise: 0.011,
    blur: 0.06,
    kvp: 130,
    privateCreator: 'GEIIS',
  },
];
