import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { everyNode, parseSource, sourcePaths } from './source-tree.js';

const PAGE = 'docs/operators/configuration.md';
/** Where the schemas of settings stand: what both houses have in common, and what each has of its own. */
const SOURCES = ['src/http/house-settings.ts', 'src/node/config.ts', 'src/hub/config.ts'];

/** Every setting stands in the operators' reference, and the reference tells of no other. */
export function checkSettings(root) {
  const known = knownSettings(root);
  const told = new Set(readFileSync(join(root, PAGE), 'utf8').match(/(?<=^\| `)UNICA_[A-Z0-9_]+(?=`)/gm) ?? []);
  return {
    problems: [
      ...[...known].filter((name) => !told.has(name)).map((name) => `${PAGE}: does not tell of ${name}`),
      ...[...told].filter((name) => !known.has(name)).map((name) => `${PAGE}: tells of ${name}, which no house knows`),
    ],
    note: `${known.size} settings`,
  };
}

/** The names of all settings, `UNICA_…`. */
export function knownSettings(root) {
  const present = new Set(sourcePaths(root, 'src'));
  return new Set(SOURCES.filter((path) => present.has(path)).flatMap((path) => settingsOf(parseSource(root, path))));
}

/** Keys whose value is a schema: `port: z.coerce.number()…`, `demonstration: flagSetting…`. */
function settingsOf(source) {
  return [...everyNode(source)]
    .filter((node) => ts.isPropertyAssignment(node) && /^(z|flagSetting)\s*\./.test(node.initializer.getText(source)))
    .map(
      (node) =>
        `UNICA_${node.name
          .getText(source)
          .replace(/[A-Z]/g, (letter) => `_${letter}`)
          .toUpperCase()}`,
    );
}
