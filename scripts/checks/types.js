import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linesOf, runTool } from './run-tool.js';
import { readRooms } from './source-tree.js';

const TSC = 'node_modules/@typescript/native/bin/tsc';
const NO_OUTPUT = ['--noEmit', '--pretty', 'false'];

/** Doors by which the portal enters rooms that are not pure: what they lead to runs in the browser (docs/decisions/169). */
const PORTAL_DOORS = ['src/engine/portal.ts'];

/** The whole program, the pure rooms without Node's types, and the portal. */
export async function checkTypes(root) {
  const projects = ['tsconfig.json', 'tsconfig.pure.json', 'web/tsconfig.json'].filter((path) =>
    existsSync(join(root, path)),
  );
  const problems = unlistedPureRooms(root);
  for (const project of projects) {
    // What a build has found out about unchanged files of the program is not found out twice (dist/.tsbuildinfo); no build looks at the others.
    const anew = project === 'tsconfig.json' ? [] : ['--incremental', 'false'];
    const { status, stdout, stderr } = await runTool(root, TSC, ['-p', project, ...NO_OUTPUT, ...anew]);
    if (status !== 0) problems.push(...linesOf(`${stdout}\n${stderr}`).map((line) => `${project}: ${line}`));
  }
  return { problems, note: `${projects.length} projects` };
}

/** tsconfig.pure.json names its rooms one by one; rooms.json decides which they are. */
function unlistedPureRooms(root) {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.pure.json'), 'utf8'));
  const pure = readRooms(root).flatMap(([name, room]) => (room.pure ? [`src/${name}/**/*.ts`] : []));
  const expected = [...pure, ...PORTAL_DOORS.filter((path) => existsSync(join(root, path)))];
  return JSON.stringify(include) === JSON.stringify(expected)
    ? []
    : [`tsconfig.pure.json: "include" must list the pure rooms of rooms.json: ${JSON.stringify(expected)}`];
}
