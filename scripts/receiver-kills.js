// Sends fictitious films to a real node process and kills it again and again, then counts: nothing that was acknowledged
// may be lost, nothing may be kept twice.
//
//   npm run campaign:receiver-kills -- [--instances 2000] [--kills 20] [--seed 1] [--report FILE]
//
// The report is a page of Markdown with the command and the date. Exit status 1 when anything was lost or kept twice.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhenStale } from './build-when-stale.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
  },
});
const [instances, kills, seed] = [values.instances, values.kills, values.seed].map(Number);

const problem = await buildWhenStale(root);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
const { killReceiver } = await import(pathToFileURL(join(root, 'dist/node/receiver-kills.js')).href);
const folder = mkdtempSync(join(tmpdir(), 'unica-kills-'));
try {
  const report = await killReceiver({
    home: join(folder, 'home'),
    program: join(root, 'dist/cli/main.js'),
    instances,
    kills,
    seed,
    onKill: ({ kills: done, acknowledged }) =>
      process.stderr.write(`killed ${done} of ${kills} times, ${acknowledged} of ${instances} acknowledged\n`),
  });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  if (values.report !== undefined) writeFileSync(values.report, pageOf(report));
  const { lost, twice, damaged, leftOver, journalIntact } = report;
  process.exitCode = lost + twice + damaged + leftOver === 0 && journalIntact ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pageOf(report) {
  const command = `npm run campaign:receiver-kills -- --instances ${instances} --kills ${kills} --seed ${seed}`;
  const rows = [
    ['instances sent', instances],
    ['kills (SIGKILL) of the node', report.kills],
    ['of these while it started', report.killsDuringStart],
    ['associations lost in the middle', report.unconfirmed],
    ['instances acknowledged (0x0000)', report.acknowledged],
    ['in the archive', report.images],
    ['in quarantine (those that cannot be cleaned)', report.quarantined],
    ['**acknowledged and lost**', report.lost],
    ['**kept twice**', report.twice],
    ['damaged', report.damaged],
    ['left over in the spool', report.leftOver],
    ['journal intact', report.journalIntact ? 'yes' : 'no'],
    ['seconds', report.seconds.toFixed(0)],
  ];
  return [
    '# Killing a node while it receives',
    '',
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} CPU cores.`,
    '',
    'Two associations send fictitious films to a real `unica node start` process. It is killed at moments that the seed chooses:',
    'between and within objects, while it imports, and while it starts. After each kill it is started again, and only what was',
    'not acknowledged is sent again, so that an acknowledged object that was lost stays lost and is counted.',
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([what, count]) => `| ${what} | ${count} |`),
    '',
    'A kill shows what a crash of the program does. A loss of power also empties the caches of the machine; against that the',
    'node has each object on the disk before it acknowledges it (small ones in a log that is written through, larger ones by fsync of',
    'file and folder), which this campaign does not test.',
    '',
  ].join('\n');
}
