/** A hospital of the demo; all are invented. */
export interface DemoSite {
  readonly siteId: string;
  readonly country: string;
  readonly displayName: string;
}

/** The countries that bring new screening data to Cancer Image Europe. */
export const DEMO_SITES: readonly DemoSite[] = [
  { siteId: 'lisbon', country: 'PT', displayName: 'Hospital do Tejo, Lisbon' },
  { siteId: 'ljubljana', country: 'SI', displayName: 'Bolnišnica Ob Ljubljanici, Ljubljana' },
  { siteId: 'vilnius', country: 'LT', displayName: 'Neries ligoninė, Vilnius' },
  { siteId: 'thessaloniki', country: 'GR', displayName: 'Νοσοκομείο Θερμαϊκού, Thessaloniki' },
  { siteId: 'krakow', country: 'PL', displayName: 'Szpital nad Wisłą, Kraków' },
  { siteId: 'lviv', country: 'UA', displayName: 'Лікарня на Полтві, Lviv' },
  { siteId: 'freiburg', country: 'DE', displayName: 'Dreisam-Klinik, Freiburg' },
];
