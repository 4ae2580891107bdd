export { syntheticClinicalCsv } from './clinical-csv.ts';
export type { PlantedIdentifier } from './film-header.ts';
export { SYNTHETIC_COUNTRIES, type SyntheticCountry, type SyntheticPerson } from './people.ts';
export {
  SYNTHETIC_FINDING,
  type SyntheticClinicalRow,
  type SyntheticFile,
  type SyntheticSiteSpec,
  syntheticSite,
} from './site.ts';
export type { Opacity } from './thorax.ts';
