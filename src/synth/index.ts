export { syntheticClinicalCsv } from './clinical-csv.ts';
export { SYNTHETIC_COUNTRIES, type SyntheticCountry, type SyntheticPerson } from './people.ts';
export {
  type PlantedIdentifier,
  SYNTHETIC_FINDING,
  type SyntheticClinicalRow,
  type SyntheticFile,
  type SyntheticSiteSpec,
  syntheticSite,
} from './site.ts';
export type { Opacity } from './thorax.ts';
