import { relative, resolve } from 'node:path';
import { linesOf, runTool } from './run-tool.js';

/** Lint rules and format, without writing. */
export async function checkFormat(root) {
  const { status, stdout, stderr } = await runTool(root, 'node_modules/@biomejs/biome/bin/biome', [
    'ci',
    '--colors=off',
    '--error-on-warnings',
    '--reporter=github',
    '--max-diagnostics=200',
    '.',
  ]);
  if (status === 0) return { problems: [] };
  const found = linesOf(stdout).filter((line) => line.startsWith('::error') || line.startsWith('::warning'));
  return { problems: found.length > 0 ? found.map((line) => readable(root, line)) : linesOf(stderr) };
}

/** `::error title=T,file=F,line=L,…::message` as `F:L message (T)`. */
function readable(root, line) {
  const [, facts = '', message = ''] = /^::\w+ (.*?)::(.*)$/.exec(line) ?? [];
  const fact = (name) => new RegExp(`${name}=([^,]*)`).exec(facts)?.[1] ?? '';
  return `${relative(root, resolve(root, fact('file')))}:${fact('line')} ${message} (${fact('title')})`;
}
