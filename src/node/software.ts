import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifest = z
  .object({ version: z.string(), engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

/** Version of this program. */
export const VERSION = manifest.version;

/** Name and version of this program as told to the hub. */
export const SOFTWARE = `unica/${VERSION}`;

/** The versions of Node it runs on, such as `>=20.19`. */
export const NEEDED_NODE = manifest.engines.node;
