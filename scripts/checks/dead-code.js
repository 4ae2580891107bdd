import { runTool } from './run-tool.js';

const SAYS = {
  files: 'is used by nothing',
  dependencies: 'is a dependency that nothing imports',
  devDependencies: 'is a development dependency that nothing uses',
  unlisted: 'is imported but not named in package.json',
  unresolved: 'is imported but is not there',
  exports: 'is exported but imported nowhere',
  types: 'is an exported type that nothing imports',
  duplicates: 'is exported twice',
  binaries: 'is called but not installed',
};

/** Files, exports and dependencies that nobody uses (knip.json). */
export async function checkDeadCode(root) {
  const { stdout, stderr } = await runTool(root, 'node_modules/knip/bin/knip.js', [
    '--reporter',
    'json',
    '--no-progress',
  ]);
  if (!stdout.trimStart().startsWith('{')) throw new Error(`knip did not answer: ${stderr.trim()}`);
  const { issues } = JSON.parse(stdout);
  return { problems: issues.flatMap(problemsOf) };
}

function problemsOf({ file, ...kinds }) {
  return Object.entries(kinds).flatMap(([kind, found]) => {
    if (!Array.isArray(found)) return [];
    return found
      .flat()
      .map(
        ({ name, line }) => `${kind === 'files' ? name : `${file}:${line ?? 1} ${name}`} ${SAYS[kind] ?? `(${kind})`}`,
      );
  });
}
