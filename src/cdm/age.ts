const DAYS: Readonly<Record<string, number>> = { Y: 365.25, M: 30.4375, W: 7, D: 1 };

/** Whole years of a DICOM age string such as 057Y or 018M; null when it is none or not a person's age. */
export function ageInYears(text: string | null): number | null {
  const match = /^(\d{1,3})([YMWD])$/.exec(text?.trim().toUpperCase() ?? '');
  if (match === null) return null;
  const years = Math.floor((Number(match[1]) * (DAYS[match[2] ?? ''] ?? 0)) / 365.25);
  // 000Y is what the confidentiality profile writes in place of an age.
  return match[0] === '000Y' || years > 130 ? null : years;
}
