// Runs a learning job on a real network of processes again and again while hub and nodes are killed and connections to
// PostgreSQL are cut, then counts: every run must finish, with the weights of an undisturbed run, bit for bit, and no node may
// have trained an epoch twice that it had finished.
//
//   npm run campaign:chaos -- [--kills 200] [--nodes 3] [--seed 1] [--two-hubs] [--report FILE]
//
// With UNICA_TEST_POSTGRES_URL the hub keeps its records there (--two-hubs needs it: two hubs, one killed in every round).
// The report is a page of Markdown with the command and the date. Exit status 1 when a run was not as it must be.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhenStale } from './build-when-stale.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    nodes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    'two-hubs': { type: 'boolean', default: false },
    report: { type: 'string' },
  },
});
const [kills, nodes, seed] = [values.kills, values.nodes, values.seed].map(Number);
const twoHubs = values['two-hubs'];
const server = process.env.UNICA_TEST_POSTGRES_URL;
if (twoHubs && server === undefined) {
  process.stderr.write(
    'Two hubs need PostgreSQL: set UNICA_TEST_POSTGRES_URL (scripts/test-postgres.sh prints one).\n',
  );
  process.exit(1);
}

const problem = await buildWhenStale(root);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
const { freshDatabase, runChaos } = await import(pathToFileURL(join(root, 'dist/bench/chaos.js')).href);
const folder = mkdtempSync(join(tmpdir(), 'unica-chaos-'));
const database = server === undefined ? undefined : await freshDatabase(server, `unica_chaos_${process.pid}`);
try {
  const report = await runChaos({
    home: join(folder, 'home'),
    nodes,
    kills,
    seed,
    twoHubs,
    databaseUrl: database?.url,
    signal: new AbortController().signal,
    tell: (text) => process.stderr.write(`${text}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  if (values.report !== undefined) writeFileSync(values.report, pageOf(report));
  const { runs, identical, finished, repeated } = report;
  process.exitCode = runs === finished && runs === identical && repeated === 0 ? 0 : 1;
} finally {
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
}

function pageOf(report) {
  const command = `npm run campaign:chaos -- --kills ${kills} --nodes ${nodes} --seed ${seed}${twoHubs ? ' --two-hubs' : ''}`;
  const rows = [
    ['kills (SIGKILL) of a hub', report.kills.hub],
    ['kills (SIGKILL) of a node', report.kills.node],
    ['cuts of all connections to PostgreSQL', report.kills.connections],
    ['runs', report.runs],
    ['**finished**', report.finished],
    ['**with the weights of the undisturbed run, bit for bit**', report.identical],
    ['local epochs finished', report.epochs],
    ['**of these trained again**', report.repeated],
    ['seconds', report.seconds.toFixed(0)],
  ];
  return [
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, ${server === undefined ? 'SQLite' : 'PostgreSQL'}, Node ${process.versions.node}, ${cpus().length} CPU cores, load ${loadavg()[1].toFixed(1)}.`,
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([what, count]) => `| ${what} | ${count} |`),
    '',
  ].join('\n');
}
