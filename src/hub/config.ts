import { join } from 'node:path';
import { z } from 'zod';
import { type FlatSettings, type HouseSettings, readHouseSettings } from '#http';
import type { DatabaseConfig } from '#store';
import { type FlowerSettings, flowerSettings } from './flower-settings.ts';

/** A hub's settings, frozen. */
export interface HubConfig extends HouseSettings {
  readonly name: string;
  readonly database: DatabaseConfig;
  readonly blobsPath: string;
  /** Where stock SuperNodes of Flower come in; undefined: they do not. */
  readonly flower: FlowerSettings | undefined;
}

/**
 * A hub's settings from flat text: those of every house, `name`, and `databaseUrl` (PostgreSQL; absent: a SQLite file in
 * the home). @throws UnicaError `config.invalid` naming the setting.
 */
export function hubConfig(flat: FlatSettings): HubConfig {
  const { common, own } = readHouseSettings(
    flat,
    { home: '.unica/hub', port: 7400 },
    {
      name: z.string().min(1).max(120).default('UNICA hub'),
      databaseUrl: z
        .string()
        .regex(/^postgres(ql)?:\/\//, 'not a postgres:// address')
        .optional(),
      flowerPort: z.coerce.number().int().min(0).max(65535).optional(),
      flowerHost: z.string().min(1).optional(),
      flowerCertificate: z.string().min(1).optional(),
      flowerKey: z.string().min(1).optional(),
      flowerApp: z.string().min(1).optional(),
      flowerSites: z.string().min(1).optional(),
    },
  );
  return Object.freeze({
    ...common,
    name: own.name,
    database:
      own.databaseUrl === undefined
        ? { engine: 'sqlite' as const, path: join(common.home, 'hub.sqlite') }
        : { engine: 'postgres' as const, url: own.databaseUrl },
    blobsPath: join(common.home, 'blobs'),
    flower: flowerSettings(own, common.host),
  });
}
