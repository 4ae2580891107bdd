import { mkdir } from 'node:fs/promises';
import { type PermitTables, permitMigrations } from '#access';
import { type AuditTables, auditMigrations } from '#audit';
import { type ConsentTables, consentMigrations } from '#consent';
import { type IdentityTables, identityMigrations } from '#identity';
import { type QuestionTables, questionMigrations } from '#search';
import {
  type Database,
  type Migration,
  migrate,
  openDatabase,
  type SmallContentTables,
  smallContentMigrations,
  workBeside,
} from '#store';
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
  WarehouseTables &
  SmallContentTables;

export const allNodeMigrations: readonly Migration[] = [
  ...identityMigrations,
  ...auditMigrations,
  ...consentMigrations,
  ...permitMigrations,
  ...questionMigrations,
  ...nodeMigrations,
  ...warehouseMigrations,
  ...smallContentMigrations,
];

/**
 * Opens the node's database, brought up to date. An upgrade, a restoration or the deletion of the home waits until it is closed, and it
 * does not open while one of these is under way.
 * @throws UnicaError `checkup.home-in-use`, `store.newer-database`
 */
export async function openNodeRecords(config: NodeConfig): Promise<Database<AllNodeTables>> {
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  const beside = await workBeside(config.home);
  try {
    const database = await openDatabase<AllNodeTables>({ engine: 'sqlite', path: config.databasePath });
    const close = async (): Promise<void> => {
      await database.close();
      await beside.release();
    };
    try {
      await migrate(database, allNodeMigrations);
      return { ...database, close };
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (error) {
    await beside.release();
    throw error;
  }
}
