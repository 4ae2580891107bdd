export { listedHosts } from './harvest-address.ts';
export { HarvestRegister } from './harvest-register.ts';
export { type HarvestTables, harvestMigrations } from './harvest-tables.ts';
export { Harvester } from './harvester.ts';
export type { VisitReport } from './visit-source.ts';
