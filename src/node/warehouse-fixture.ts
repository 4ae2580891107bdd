import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { migrate, openDatabase } from '#store';
import { ClinicalWarehouse, type WarehouseTables, warehouseMigrations } from '#warehouse';

/** A warehouse of clinical tables alone, in SQLite: nobody has images, and nobody has opted out. */
export async function tablesWarehouse(
  context: TestContext,
  folder: string,
  name = 'warehouse',
): Promise<ClinicalWarehouse> {
  const database = await openDatabase<WarehouseTables>({ engine: 'sqlite', path: join(folder, `${name}.sqlite`) });
  context.after(async () => await database.close());
  await migrate(database, warehouseMigrations);
  return new ClinicalWarehouse({
    database,
    imaging: { revision: async () => '', personsAfter: async () => [], studiesBetween: async () => new Map() },
    standing: { refresh: async () => {}, isLeftOut: () => false, version: () => 0 },
    clock: () => 1,
    datasetId: 'set',
  });
}
