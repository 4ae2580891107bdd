import { join } from 'node:path';
import { z } from 'zod';
import { type FlatSettings, type HouseSettings, readHouseSettings } from '#http';

/** A node's settings, frozen. The hub's address and key are kept in the home from enrolment on. */
export interface NodeConfig extends HouseSettings {
  readonly databasePath: string;
  readonly blobsPath: string;
  readonly quarantinePath: string;
  /** Bodies of DICOMweb requests wait here to be de-identified. */
  readonly webIncomingPath: string;
  /** Origins of viewers in browsers that may use `/dicom-web` from elsewhere. */
  readonly viewerOrigins: readonly string[];
  /** Ask the owner about every job, or approve by a standing rule (said on every screen). */
  readonly approval: 'ask' | 'automatic';
  /** Counts below this many people are withheld; 3 to 100. */
  readonly minimumCount: number;
  readonly trainingWorkers: number;
}

/**
 * A node's settings from flat text: those of every house, `approval` (ask | automatic), `minimumCount` (people),
 * `trainingWorkers` (threads) and `viewerOrigins` (separated by commas). @throws UnicaError `config.invalid` naming the setting.
 */
export function nodeConfig(flat: FlatSettings): NodeConfig {
  const { common, own } = readHouseSettings(
    flat,
    { home: '.unica/node', port: 7401 },
    {
      approval: z.enum(['ask', 'automatic']).default('ask'),
      minimumCount: z.coerce.number().int().min(3).max(100).default(10),
      trainingWorkers: z.coerce.number().int().min(1).max(64).default(2),
      viewerOrigins: z
        .string()
        .regex(
          /^https?:\/\/[^\s,/]+(\s*,\s*https?:\/\/[^\s,/]+)*$/,
          'it is not a list of origins such as https://viewer.example',
        )
        .optional(),
    },
  );
  return Object.freeze({
    ...common,
    ...own,
    databasePath: join(common.home, 'node.sqlite'),
    blobsPath: join(common.home, 'blobs'),
    quarantinePath: join(common.home, 'quarantine'),
    webIncomingPath: join(common.home, 'incoming-web'),
    viewerOrigins: own.viewerOrigins?.split(/\s*,\s*/) ?? [],
  });
}
