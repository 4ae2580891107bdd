import ts from 'typescript';
import { everyNode, isTest, parseSource, placeOf, sourcePaths } from './source-tree.js';

const TABLE = 'src/base/error-table.ts';

/** Every code that is thrown stands in the error table, and every code of the table is used somewhere. */
export function checkErrorCodes(root) {
  const defined = definedCodes(root);
  const used = new Set();
  const problems = [];
  for (const path of sourcePaths(root, 'src').filter((each) => each !== TABLE)) {
    const source = parseSource(root, path);
    for (const node of everyNode(source)) {
      if (ts.isStringLiteralLike(node) && defined.has(node.text) && !isTest(path)) used.add(node.text);
      const code = thrownCode(node);
      if (code !== undefined && !defined.has(code))
        problems.push(`${placeOf(source, node)} throws ${code}, which ${TABLE} does not know`);
    }
  }
  const unused = [...defined].filter(([code]) => !used.has(code));
  problems.push(...unused.map(([code, line]) => `${TABLE}:${line} ${code} is used nowhere`));
  return { problems, note: `${defined.size} codes` };
}

function definedCodes(root) {
  const source = parseSource(root, TABLE);
  const codes = new Map();
  for (const node of everyNode(source)) {
    if (!ts.isPropertyAssignment(node) || !ts.isObjectLiteralExpression(node.initializer)) continue;
    codes.set(node.name.text, Number(placeOf(source, node).split(':')[1]));
  }
  return codes;
}

function thrownCode(node) {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'UnicaError') return undefined;
  const first = node.arguments?.[0];
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined;
}
