export type { StoredRow } from './cdm-rows-store.ts';
export {
  type BuildReport,
  ClinicalWarehouse,
  type ImagingIndex,
  type LoadReport,
  type LoadView,
  type TableToLoad,
} from './clinical-warehouse.ts';
export { type CodedPerson, type CodedStudy, codedPersons } from './coded-facts.ts';
export type { ImagedStudy } from './rows-of-person.ts';
export { CDM_TABLE_NAMES, type WarehouseTables, warehouseMigrations } from './warehouse-tables.ts';
