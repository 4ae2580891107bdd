import ts from 'typescript';
import { everyNode, isTest, parseSource, placeOf, sourcePaths } from './source-tree.js';

/** The environment is read in one file, at the edge; everything else is handed its settings. */
export function checkEnvironment(root) {
  const uses = sourcePaths(root, 'src')
    .filter((path) => !isTest(path))
    .flatMap((path) => {
      const source = parseSource(root, path);
      const places = [...everyNode(source)].filter((node) => readsEnvironment(node, source));
      return places.map((node) => ({ path, place: placeOf(source, node) }));
    });
  const files = [...new Set(uses.map(({ path }) => path))];
  return files.length <= 1
    ? { problems: [], note: files[0] ?? 'read nowhere' }
    : { problems: uses.map(({ place }) => `${place} reads process.env; only one file may (${files.length} do)`) };
}

function readsEnvironment(node, source) {
  if (ts.isPropertyAccessExpression(node)) return node.getText(source).replace(/\s+/g, '') === 'process.env';
  // import { env } from 'node:process'
  return ts.isImportDeclaration(node) && /^(node:)?process$/.test(node.moduleSpecifier.text);
}
