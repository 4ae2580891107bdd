import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { runTool } from './run-tool.js';
import { isTest, readRooms, roomOf, sourcePaths } from './source-tree.js';

/** The rooms the portal may enter; it imports no house. */
const PORTAL_MAY_IMPORT = ['base', 'vocab', 'wire', 'dicom', 'films', 'quality', 'academy'];

/** Rooms that a house must not load even by a long way: the hub never holds an image or a person. */
const NEVER_REACHES = { hub: ['dicom', 'deid', 'cdm', 'intake', 'node'], node: ['hub'] };

/**
 * Who imports whom, held against rooms.json. dependency-cruiser draws the graph; the rules are applied here.
 * @note dependency-cruiser's exit status is its number of errors modulo 256, and without a TypeScript compiler it knows
 * sees no module and is content: hence its JSON, and the comparison with our own list of files.
 */
export async function checkBoundaries(root) {
  const rooms = readRooms(root);
  const problems = [...misplacedRooms(root, rooms), ...unlistedDoors(root, rooms)];
  let count = 0;
  for (const project of ['.', 'web']) {
    const folder = posix.join(project, 'src');
    const expected = sourcePaths(root, folder);
    if (expected.length === 0) continue;
    const modules = (await cruise(root, project)).filter(({ source }) => source.startsWith(`${folder}/`));
    const seen = new Set(modules.map(({ source }) => source));
    const unseen = expected.filter((path) => !path.endsWith('.d.ts') && !seen.has(path));
    problems.push(...unseen.map((path) => `${path}: dependency-cruiser did not see this file`));
    problems.push(...modules.flatMap((module) => forbiddenImports(root, module, Object.fromEntries(rooms))));
    problems.push(...cycles(modules), ...forbiddenReach(modules));
    count += seen.size;
  }
  return { problems, note: `${count} files` };
}

/** The modules of a project's src/, every path from `root`. The tool resolves a tsconfig's paths from where it stands. */
async function cruise(root, project) {
  const scratch = mkdtempSync(join(tmpdir(), 'unica-cruise-'));
  try {
    const config = join(scratch, 'config.json');
    writeFileSync(config, JSON.stringify({ options: CRUISE_OPTIONS }));
    const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const { stdout, stderr } = await runTool(join(root, project), tool, [
      '--config',
      config,
      '--output-type',
      'json',
      'src',
    ]);
    if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser did not answer: ${stderr.trim()}`);
    const fromRoot = (path) => posix.join(project, path);
    return JSON.parse(stdout).modules.map(({ source, dependencies }) => ({
      source: fromRoot(source),
      dependencies: dependencies.map((dependency) => ({
        ...dependency,
        resolved: fromRoot(dependency.resolved),
        cycle: dependency.cycle?.map(({ name }) => fromRoot(name)),
      })),
    }));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const CRUISE_OPTIONS = {
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  tsConfig: { fileName: 'tsconfig.json' },
  enhancedResolveOptions: {
    conditionNames: ['unica-source', 'import', 'node', 'default', 'types'],
    exportsFields: ['exports'],
  },
};

/** rooms.json is one order: a room names only rooms above it. Every folder of src/ is a room. */
function misplacedRooms(root, rooms) {
  const names = rooms.map(([name]) => name);
  const forward = rooms.flatMap(([name, { mayImport }], place) =>
    mayImport
      .filter((other) => names.indexOf(other) < 0 || names.indexOf(other) >= place)
      .map((other) => `rooms.json: ${name} may not import ${other}, which does not come before it`),
  );
  const folders = new Set(sourcePaths(root, 'src').map(roomOf));
  const strangers = [...folders].filter((folder) => !names.includes(folder));
  return [...forward, ...strangers.map((folder) => `src/${folder ?? ''}: not a room of rooms.json`)];
}

/** Every room that others enter has its door and its name in package.json. */
function unlistedDoors(root, rooms) {
  const { imports = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entered = rooms.filter(
    ([name, room]) => room.public || rooms.some(([, { mayImport }]) => mayImport.includes(name)),
  );
  return entered.flatMap(([name]) => {
    const door = `src/${name}/index.ts`;
    const listed = imports[`#${name}`]?.['unica-source'] === `./${door}`;
    return [
      ...(listed ? [] : [`package.json: "imports" has no #${name} that leads to ${door}`]),
      ...(existsSync(join(root, door)) ? [] : [`${door}: this room has no door`]),
    ];
  });
}

function forbiddenImports(root, module, rooms) {
  const from = module.source;
  return module.dependencies.flatMap((dependency) => {
    const because = from.startsWith('src/') ? forbiddenToRoom(from, dependency, rooms) : forbiddenToPortal(dependency);
    return because === undefined ? [] : [`${from}:${lineOf(root, from, dependency.module)} ${because}`];
  });
}

function forbiddenToRoom(from, dependency, rooms) {
  const { module: specifier, resolved } = dependency;
  const room = roomOf(from);
  if (specifier.startsWith('#')) {
    const other = specifier.slice(1);
    if (other === room) return `imports its own door ${specifier}`;
    if (rooms[other] === undefined) return `imports ${specifier}, which is not a room`;
    return rooms[room]?.mayImport.includes(other)
      ? undefined
      : `imports ${specifier}, which rooms.json does not allow to ${room}`;
  }
  if (specifier.startsWith('.')) {
    if (dependency.couldNotResolve) return `imports ${specifier}, which is not there`;
    if (!resolved.startsWith(`src/${room}/`)) return `imports ${specifier}, a file of another room; use its door`;
    if (resolved === `src/${room}/index.ts` && !isTest(from)) return 'imports its own door ./index.ts';
    return undefined;
  }
  return forbiddenPackage(from, dependency);
}

function forbiddenPackage(from, { module: specifier, dependencyTypes }) {
  if (isTest(from)) return undefined;
  if (dependencyTypes.includes('npm-dev') && !dependencyTypes.includes('type-only')) {
    return `imports ${specifier}, a development dependency that is not installed with the product`;
  }
  return dependencyTypes.includes('npm-no-pkg') ? `imports ${specifier}, which package.json does not name` : undefined;
}

function forbiddenToPortal({ module: specifier, resolved }) {
  if (specifier.startsWith('#')) {
    return PORTAL_MAY_IMPORT.includes(specifier.slice(1))
      ? undefined
      : `imports ${specifier}; the portal may enter ${PORTAL_MAY_IMPORT.map((name) => `#${name}`).join(', ')} only`;
  }
  return specifier.startsWith('.') && !resolved.startsWith('web/')
    ? `imports ${specifier}, outside the portal`
    : undefined;
}

/** A way of imports from a house to a room that it must not load; types are gone when it runs and do not count. */
function forbiddenReach(modules) {
  const next = new Map(
    modules.map(({ source, dependencies }) => [
      source,
      dependencies
        .filter(({ dependencyTypes }) => !dependencyTypes.includes('type-only'))
        .map(({ resolved }) => resolved),
    ]),
  );
  return Object.entries(NEVER_REACHES).flatMap(([house, rooms]) => {
    const cameFrom = new Map();
    const toVisit = [...next.keys()].filter((path) => roomOf(path) === house && !isTest(path));
    for (const path of toVisit) cameFrom.set(path, undefined);
    for (const path of toVisit) {
      for (const target of next.get(path) ?? []) {
        if (cameFrom.has(target)) continue;
        cameFrom.set(target, path);
        toVisit.push(target);
      }
    }
    return rooms.flatMap((room) => {
      const reached = toVisit.find((path) => roomOf(path) === room);
      return reached === undefined ? [] : [`src/${house}: loads ${room}, by ${wayTo(reached, cameFrom).join(' → ')}`];
    });
  });
}

function wayTo(path, cameFrom) {
  const way = [];
  for (let step = path; step !== undefined; step = cameFrom.get(step)) way.unshift(step);
  return way;
}

/** Each ring of imports once, named by its files. */
function cycles(modules) {
  const rings = new Map();
  for (const { source, dependencies } of modules) {
    for (const { circular, cycle } of dependencies) {
      if (!circular) continue;
      rings.set([...cycle].sort().join(), `${source}: imports itself in a ring: ${[source, ...cycle].join(' → ')}`);
    }
  }
  return [...rings.values()];
}

function lineOf(root, path, specifier) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  // dependency-cruiser drops the protocol of `node:fs`.
  const at = lines.findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`'node:${specifier}'`));
  return at + 1;
}
