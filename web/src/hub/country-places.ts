/** ISO 3166-1: alpha-2 to [numeric code of the map, longitude, latitude of a point well inside the country]. */
export const COUNTRY_PLACES: Readonly<Record<string, readonly [numeric: string, lon: number, lat: number]>> = {
  AL: ['008', 20.0, 41.1],
  AT: ['040', 14.1, 47.6],
  BA: ['070', 17.8, 44.2],
  BE: ['056', 4.6, 50.6],
  BG: ['100', 25.2, 42.8],
  CH: ['756', 8.2, 46.8],
  CY: ['196', 33.2, 35.0],
  CZ: ['203', 15.3, 49.8],
  DE: ['276', 10.3, 51.1],
  DK: ['208', 9.4, 56.0],
  EE: ['233', 25.8, 58.7],
  ES: ['724', -3.6, 40.2],
  FI: ['246', 26.2, 63.0],
  FR: ['250', 2.5, 46.6],
  GB: ['826', -1.8, 52.8],
  GR: ['300', 22.0, 39.3],
  HR: ['191', 16.0, 45.4],
  HU: ['348', 19.4, 47.2],
  IE: ['372', -8.1, 53.2],
  IL: ['376', 35.0, 31.4],
  IS: ['352', -18.6, 64.9],
  IT: ['380', 12.5, 42.8],
  LT: ['440', 23.9, 55.3],
  LU: ['442', 6.1, 49.8],
  LV: ['428', 25.0, 56.9],
  MD: ['498', 28.5, 47.2],
  ME: ['499', 19.3, 42.8],
  MK: ['807', 21.7, 41.6],
  MT: ['470', 14.4, 35.9],
  NL: ['528', 5.6, 52.2],
  NO: ['578', 9.6, 61.2],
  PL: ['616', 19.3, 52.1],
  PT: ['620', -8.1, 39.6],
  RO: ['642', 24.9, 45.9],
  RS: ['688', 20.8, 44.2],
  SE: ['752', 15.3, 60.5],
  SI: ['705', 14.8, 46.1],
  SK: ['703', 19.5, 48.7],
  TR: ['792', 33.5, 39.1],
  UA: ['804', 31.3, 49.1],
  XK: ['383', 20.9, 42.6],
};

/** The countries of the map to choose from, by their names in a language. */
export function countriesByName(
  nameOf: (code: string) => string,
  language: string,
): readonly { readonly value: string; readonly label: string }[] {
  return Object.keys(COUNTRY_PLACES)
    .map((value) => ({ value, label: nameOf(value) }))
    .sort((a, b) => a.label.localeCompare(b.label, language));
}
