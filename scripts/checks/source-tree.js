import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

/** The table of rooms, in its order. @returns {[string, { pure: boolean, public: boolean, mayImport: string[], wing: string, says: string }][]} */
export function readRooms(root) {
  return Object.entries(JSON.parse(readFileSync(join(root, 'rooms.json'), 'utf8')));
}

/** TypeScript sources below `folder`, as paths from `root` with forward slashes, sorted. */
export function sourcePaths(root, folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort();
}

/** The room a path below src/ lies in. */
export function roomOf(path) {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Whether a path is a test; tests may read the environment, the disk and the clock. */
export function isTest(path) {
  return /\.test\.tsx?$/.test(path);
}

/** One source, parsed. */
export function parseSource(root, path) {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true, kind);
}

/** Every syntax node below `node`, itself first. */
export function* everyNode(node) {
  yield node;
  const children = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* everyNode(child);
}

/** `path:line` of a syntax node. */
export function placeOf(source, node) {
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
}
