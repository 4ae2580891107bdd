import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { migrate, openDatabase } from '#store';
import {
  ClinicalWarehouse,
  type ImagedStudy,
  type ImagingIndex,
  type WarehouseTables,
  warehouseMigrations,
} from '#warehouse';

/** An index of the images of some people. */
export function imagesIndex(images: ReadonlyMap<string, readonly ImagedStudy[]>): ImagingIndex {
  const people = [...images.keys()].sort();
  return {
    revision: async () => String(images.size),
    personsAfter: async (person, limit) => people.filter((one) => one > person).slice(0, limit),
    studiesBetween: async (from, to) => new Map([...images].filter(([person]) => person >= from && person <= to)),
  };
}

/** A warehouse of clinical tables in SQLite, and of images where some are given; nobody has opted out. */
export async function tablesWarehouse(
  context: TestContext,
  folder: string,
  name = 'warehouse',
  images: ReadonlyMap<string, readonly ImagedStudy[]> = new Map(),
): Promise<ClinicalWarehouse> {
  const database = await openDatabase<WarehouseTables>({ engine: 'sqlite', path: join(folder, `${name}.sqlite`) });
  context.after(async () => await database.close());
  await migrate(database, warehouseMigrations);
  return new ClinicalWarehouse({
    database,
    imaging: imagesIndex(images),
    standing: { refresh: async () => {}, isLeftOut: () => false, version: () => 0 },
    clock: () => 1,
    datasetId: 'set',
  });
}
