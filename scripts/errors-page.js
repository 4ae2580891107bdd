import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const ERRORS_PAGE = 'docs/operators/errors.md';

const FAMILIES = [
  ['user', 'What you can mend'],
  ['surroundings', 'What the surroundings caused: it is usually enough to try again'],
  ['bug', 'What we must mend'],
];

/** The operators' page of errors, made from `src/base/error-table.ts`. */
export async function errorsPage(root) {
  const rows = Object.entries(await errorTable(root));
  const sections = FAMILIES.flatMap(([family, title]) => {
    const own = rows.filter(([, row]) => row.family === family);
    return own.length === 0 ? [] : [`## ${title}\n\n${own.map(entry).join('\n')}`];
  });
  return `# Errors

<!-- Made by scripts/generate-errors-doc.js from src/base/error-table.ts; do not edit. -->

Every failure of UNICA has a code, a sentence saying what happened and a next step. \`{words in braces}\` are filled in where
it happens. The number is the HTTP status with which a client meets it.

${sections.join('\n')}`;
}

function entry([code, { status, sentence, mend }]) {
  return `### ${code}\n\n${status}: ${escaped(sentence)}\n\n**Next:** ${escaped(mend)}\n`;
}

/** Markdown would take `<path>` for a tag. */
function escaped(text) {
  return text.replaceAll('<', '&lt;');
}

/** The table imports nothing, so it can be read without a build. */
export async function errorTable(root) {
  return (await moduleWithoutImports(join(root, 'src/base/error-table.ts'))).ERROR_TABLE;
}

/** What a TypeScript file exports that imports nothing. */
export async function moduleWithoutImports(path, more = '') {
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  return await import(`data:text/javascript;base64,${Buffer.from(`${outputText}\n${more}`).toString('base64')}`);
}
