import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownSettings } from './settings.js';

const IMAGE = 'Containerfile';
/** Of the package and not of the image: what measures against peers, and what finds the program for `npx`. */
const NOT_IN_IMAGE = new Set(['bench', 'bin']);

/** What starts the houses elsewhere gives them settings that they know, and the image has all that the package has. */
export function checkPackaging(root) {
  const known = knownSettings(root);
  const files = [IMAGE, ...filesUnder(root, 'packaging')].filter((path) => existsSync(join(root, path)));
  const strangers = files.flatMap((path) =>
    [...new Set(readFileSync(join(root, path), 'utf8').match(/UNICA_[A-Z0-9_]+/g) ?? [])]
      .filter((name) => !known.has(name))
      .map((name) => `${path}: gives ${name}, which no house knows`),
  );
  return { problems: [...strangers, ...lackingInImage(root)], note: `${files.length} files` };
}

function lackingInImage(root) {
  if (!existsSync(join(root, IMAGE))) return [];
  const { files = [] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const text = readFileSync(join(root, IMAGE), 'utf8');
  const copied = new Set(text.match(/(?<=\/opt\/unica\/)[\w./-]+(?=\s)/g) ?? []);
  return files
    .filter((name) => !NOT_IN_IMAGE.has(name) && !copied.has(name))
    .map((name) => `${IMAGE}: the image lacks ${name}, which is in the package`);
}

function filesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));
}
