// Builds everything: src/ into dist/ and, unless --no-web is given, the portal into web/dist/.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_PARTS, buildPart } from './build-parts.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const part of BUILD_PARTS) {
  if (part.name === 'portal' && process.argv.includes('--no-web')) continue;
  const { status } = buildPart(root, part, { quiet: false });
  if (status === 127) process.stderr.write(`The tool that builds the ${part.name} is not installed. Run \`npm ci\`.\n`);
  if (status !== 0) process.exit(status);
}
