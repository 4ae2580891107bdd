#!/usr/bin/env node
// The launcher: in a checkout it builds what is missing or older than its sources, then hands over to the command line.
// An installed package has no sources and starts at once.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `UNICA needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.versions.node}. Install a newer Node and try again.\n`,
  );
  process.exit(1);
}

if (existsSync(join(root, 'src'))) {
  const { buildWhenStale } = await import('../scripts/build-when-stale.js');
  const problem = await buildWhenStale(root);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}
await import(pathToFileURL(join(root, 'dist/cli/main.js')).href);
