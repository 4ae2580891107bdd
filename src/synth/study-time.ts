import type { SeededRandom } from '#base';

/** A DICOM time within working hours. */
export function studyTime(random: SeededRandom): string {
  const part = (value: number): string => String(value).padStart(2, '0');
  return `${part(7 + random.below(12))}${part(random.below(60))}${part(random.below(60))}`;
}
