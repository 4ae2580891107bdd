import { mkdir } from 'node:fs/promises';
import { type AccessTables, accessMigrations } from '#access';
import { type AuditTables, auditMigrations } from '#audit';
import { type HarvestTables, harvestMigrations } from '#harvest';
import { type IdentityTables, identityMigrations } from '#identity';
import { type JobsTables, jobsMigrations } from '#jobs';
import { type ModelTables, type ModelWatchTables, modelMigrations, modelWatchMigrations } from '#models';
import { type SearchTables, searchMigrations } from '#search';
import {
  type Database,
  type Migration,
  migrate,
  openDatabase,
  type SmallContentTables,
  smallContentMigrations,
} from '#store';
import type { HubConfig } from './config.ts';
import { type CourseTables, courseMigrations } from './course-tables.ts';
import { type HubTables, hubMigrations } from './tables.ts';

/** Every record the hub keeps: no image, no person but those who sign in. */
export type AllHubTables = HubTables &
  CourseTables &
  IdentityTables &
  AuditTables &
  JobsTables &
  AccessTables &
  SearchTables &
  ModelTables &
  ModelWatchTables &
  HarvestTables &
  SmallContentTables;

export const allHubMigrations: readonly Migration[] = [
  ...identityMigrations,
  ...auditMigrations,
  ...jobsMigrations,
  ...accessMigrations,
  ...searchMigrations,
  ...modelMigrations,
  ...modelWatchMigrations,
  ...harvestMigrations,
  ...hubMigrations,
  ...courseMigrations,
  ...smallContentMigrations,
];

/** Opens the hub's database, brought up to date. */
export async function openHubRecords(config: HubConfig): Promise<Database<AllHubTables>> {
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  const database = await openDatabase<AllHubTables>(config.database);
  await migrate(database, allHubMigrations);
  return database;
}
