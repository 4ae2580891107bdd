import { mkdir } from 'node:fs/promises';
import { type PermitTables, permitMigrations } from '#access';
import { type AuditTables, auditMigrations } from '#audit';
import { type ConsentTables, consentMigrations } from '#consent';
import { type IdentityTables, identityMigrations } from '#identity';
import { type QuestionTables, questionMigrations } from '#search';
import { type Database, type Migration, migrate, openDatabase } from '#store';
import { type WarehouseTables, warehouseMigrations } from '#warehouse';
import type { NodeConfig } from './config.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

/** Every record a node keeps. */
export type AllNodeTables = NodeTables &
  IdentityTables &
  AuditTables &
  ConsentTables &
  PermitTables &
  QuestionTables &
  WarehouseTables;

const allNodeMigrations: readonly Migration[] = [
  ...identityMigrations,
  ...auditMigrations,
  ...consentMigrations,
  ...permitMigrations,
  ...questionMigrations,
  ...nodeMigrations,
  ...warehouseMigrations,
];

/** Opens the node's database, brought up to date. */
export async function openNodeRecords(config: NodeConfig): Promise<Database<AllNodeTables>> {
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  const database = await openDatabase<AllNodeTables>({ engine: 'sqlite', path: config.databasePath });
  await migrate(database, allNodeMigrations);
  return database;
}
