import ts from 'typescript';
import { everyNode, isTest, parseSource, placeOf, readRooms, roomOf, sourcePaths } from './source-tree.js';

/** Names of the surroundings that a pure room does not know. */
const AMBIENT = new Set([
  'process',
  'Buffer',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'globalThis',
  'require',
  'localStorage',
]);
/** Members that bring in the clock or chance; the rest of these objects is fine. */
const AMBIENT_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'import.meta',
]);

/** Pure rooms take values and give values: no disk, no network, no clock, no chance but what is handed in. */
export function checkPurity(root) {
  const pure = new Set(readRooms(root).flatMap(([name, room]) => (room.pure ? [name] : [])));
  const paths = sourcePaths(root, 'src').filter((path) => pure.has(roomOf(path)) && !isTest(path));
  const problems = paths.flatMap((path) => {
    const source = parseSource(root, path);
    return [...everyNode(source)].flatMap((node) => {
      const impurity = impurityOf(node, source);
      return impurity === undefined
        ? []
        : [`${placeOf(source, node)} uses ${impurity} in the pure room ${roomOf(path)}`];
    });
  });
  return { problems, note: `${paths.length} files` };
}

function impurityOf(node, source) {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return node.moduleSpecifier.text.startsWith('node:') ? node.moduleSpecifier.text : undefined;
  }
  if (ts.isPropertyAccessExpression(node) || ts.isMetaProperty(node)) {
    const text = node.getText(source).replace(/\s+/g, '');
    return AMBIENT_MEMBERS.has(text) ? text : undefined;
  }
  if (ts.isCallExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      return node.arguments[0]?.getText(source).includes('node:') ? node.arguments[0].getText(source) : undefined;
    }
    return node.expression.getText(source) === 'Date' ? 'Date()' : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText(source) === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date() without an argument' : undefined;
  }
  return ts.isIdentifier(node) && AMBIENT.has(node.text) && namesAValue(node) ? node.text : undefined;
}

/** Whether an identifier stands for a value, not for a property, a parameter or a type of that name. */
function namesAValue(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent)) return false;
  return parent.name !== node && parent.propertyName !== node;
}
