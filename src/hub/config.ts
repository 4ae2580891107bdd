import { join, resolve } from 'node:path';
import { z } from 'zod';
import { listedHosts } from '#harvest';
import { type FlatSettings, type HouseSettings, readHouseSettings } from '#http';
import type { DatabaseConfig } from '#store';
import { type FlowerSettings, flowerSettings } from './flower-settings.ts';
import { type ObjectsConfig, objectsConfig } from './objects.ts';

/** A hub's settings, frozen. */
export interface HubConfig extends HouseSettings {
  readonly name: string;
  readonly database: DatabaseConfig;
  /** Sites that take part by Flower; undefined: none does. */
  readonly flower: FlowerSettings | undefined;
  readonly objects: ObjectsConfig;
  /** Whether a site that has enrolled waits until the coordinator lets it in. */
  readonly siteApproval: 'ask' | 'automatic';
  /** The hub's signing key; hubs that share a database share it. */
  readonly keyPath: string;
  /** Hosts of other catalogues that may be inside a network; those of this machine among them may speak http. */
  readonly harvestHosts: ReadonlySet<string>;
}

const HOST_AND_PORT = /^[^\s/:]+:\d{1,5}$/;

/**
 * A hub's settings from flat text: those of every house, `name`, `siteApproval` (absent: automatic in a demonstration), and `databaseUrl` (PostgreSQL; absent: a SQLite file in
 * the home), `keyFile` (PEM; absent: in the home), and `objects` with what belongs to it: where weights and updates are
 * kept (absent: a folder in the home), and `harvestHosts`: hosts of other catalogues that may be private (absent: none). @throws UnicaError `config.invalid` naming the setting.
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
      flowerSuperlink: z.string().regex(HOST_AND_PORT, 'not host:port').optional(),
      flowerControl: z.string().regex(HOST_AND_PORT, 'not host:port').optional(),
      flowerTls: z.enum(['required', 'none']).default('required'),
      flowerAuthorities: z.string().min(1).optional(),
      flowerFederation: z.string().min(1).max(200).optional(),
      keyFile: z.string().min(1).optional(),
      harvestHosts: z
        .string()
        .max(2000)
        .default('')
        .transform((text, context) => {
          const listed = listedHosts(text);
          if (listed.kind === 'hosts') return listed.hosts;
          context.addIssue({ code: 'custom', message: listed.problem });
          return z.NEVER;
        }),
      siteApproval: z.enum(['ask', 'automatic']).optional(),
      objects: z
        .string()
        .regex(
          /^(\/|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$))/,
          'neither the path of a folder nor s3://bucket/prefix',
        )
        .optional(),
      objectsEndpoint: z.url().optional(),
      objectsRegion: z.string().min(1).default('us-east-1'),
      objectsAccessKey: z.string().min(1).optional(),
      objectsSecretKey: z.string().min(1).optional(),
    },
  );
  return Object.freeze({
    ...common,
    name: own.name,
    database:
      own.databaseUrl === undefined
        ? { engine: 'sqlite' as const, path: join(common.home, 'hub.sqlite') }
        : { engine: 'postgres' as const, url: own.databaseUrl },
    flower: flowerSettings(own, common),
    objects: objectsConfig(own, common.home),
    siteApproval: own.siteApproval ?? (common.demonstration ? 'automatic' : 'ask'),
    harvestHosts: own.harvestHosts,
    keyPath: own.keyFile === undefined ? join(common.home, 'hub.key') : resolve(own.keyFile),
  });
}
