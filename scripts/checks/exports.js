import ts from 'typescript';
import { everyNode, parseSource, placeOf, sourcePaths } from './source-tree.js';

/** Doors name what they offer, one symbol at a time: no `export *`, no default exports. */
export function checkExports(root) {
  const paths = [...sourcePaths(root, 'src'), ...sourcePaths(root, 'web/src')];
  const problems = paths
    .filter((path) => !path.endsWith('.d.ts'))
    .flatMap((path) => {
      const source = parseSource(root, path);
      return [...everyNode(source)].flatMap((node) => {
        const fault = faultOf(node);
        return fault === undefined ? [] : [`${placeOf(source, node)} ${fault}`];
      });
    });
  return { problems, note: `${paths.length} files` };
}

function faultOf(node) {
  if (ts.isExportAssignment(node)) return 'has a default export; name it';
  if (ts.isExportDeclaration(node)) {
    if (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause))
      return 'exports *; name each symbol';
    return node.exportClause.elements.some(({ name }) => name.text === 'default')
      ? 'has a default export; name it'
      : undefined;
  }
  const isDefault =
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
  return isDefault ? 'has a default export; name it' : undefined;
}
