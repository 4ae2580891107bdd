// Compiles src/ into dist/ and, unless --no-web is given, the portal into web/dist/.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (command, args, cwd = root) => {
  const done = spawnSync(process.execPath, [command, ...args], { cwd, stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
};

mkdirSync(join(root, 'dist'), { recursive: true });
run(join(root, 'node_modules/@typescript/native/bin/tsc'), ['-p', 'tsconfig.json']);
if (!process.argv.includes('--no-web')) run(join(root, 'node_modules/vite/bin/vite.js'), ['build', '--logLevel', 'warn'], join(root, 'web'));
