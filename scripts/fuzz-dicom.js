// Sends damaged DICOM files through parser, rewriter, decoders and de-identification: nothing but a typed error may come
// out, nothing may hang or leak.
//
//   npm run campaign:fuzz-dicom -- [--inputs 1000000] [--seed 1] [--from 0] [--data FOLDER] [--report FILE]
//
// --from goes on behind the inputs that an earlier campaign of the same seed did.
// What is found is told at once; Ctrl-C ends the campaign early, with the report of what was done.
// The report is a page of Markdown with the command and the date. Exit status 1 when an input crashed or hung.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhenStale } from './build-when-stale.js';

/** Real files up to this size are damaged too: each input is a copy. */
const LARGEST_BYTES = 65_536;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    data: { type: 'string', default: join(process.env.UNICA_DATA ?? join(root, '../shared/data'), 'dicom') },
    report: { type: 'string' },
  },
});

const problem = await buildWhenStale(root);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
const { fuzzDicom } = await import(pathToFileURL(join(root, 'dist/bench/fuzz-dicom.js')).href);
const files = smallFiles(values.data);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort());
const report = await fuzzDicom({
  inputs: Number(values.inputs),
  from: Number(values.from),
  seed: values.seed,
  files,
  signal: ending.signal,
  onFinding: (finding) => process.stderr.write(`${JSON.stringify(finding)}\n`),
  onProgress: (done, soFar) => {
    if (done % 50_000 !== 0) return;
    process.stderr.write(`${done} of ${values.inputs}\n`);
    // A campaign of an hour is worth keeping, however it ends.
    if (values.report !== undefined) writeFileSync(values.report, pageOf(soFar));
  },
});
process.stdout.write(`${JSON.stringify({ ...report, endings: report.endings.length }, undefined, 2)}\n`);
if (values.report !== undefined) writeFileSync(values.report, pageOf(report));
process.exitCode = report.findings.length === 0 && report.slowestMs < 1000 ? 0 : 1;

function smallFiles(folder) {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
  return paths
    .toSorted()
    .filter((path) => statSync(path).isFile() && statSync(path).size <= LARGEST_BYTES)
    .map((path) => new Uint8Array(readFileSync(path)));
}

function pageOf({ from, inputs, findings, endings, slowestMs, slowestInput, earlyMiB, mostMiB, seconds }) {
  const behind = from === 0 ? '' : ` --from ${from}`;
  const command = `npm run campaign:fuzz-dicom -- --inputs ${values.inputs} --seed ${values.seed}${behind}`;
  const count = (what) => findings.filter((finding) => finding.what === what).length;
  const rows = [
    ['inputs', from === 0 ? inputs : `${inputs - from}, from number ${from} on`],
    ['files they were made from: built here, real', `9, ${files.length}`],
    ['**crashes** (anything but a typed error)', count('crash')],
    ['**hangs** (no end after 10 s of processor time)', count('hang')],
    ['slowest input', `${slowestMs.toFixed(0)} ms of processor time (number ${slowestInput})`],
    [
      'resident memory after a tenth of the inputs, at its most',
      `${earlyMiB.toFixed(0)} MiB, ${mostMiB.toFixed(0)} MiB`,
    ],
    ['different endings', endings.length],
    ['seconds', seconds.toFixed(0)],
  ];
  return [
    '# Damaged files against the DICOM plane',
    '',
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} CPU cores.`,
    '',
    'Small files of every encoding are damaged as disks, networks and attackers do it (bits, lengths, representations, tags, pieces',
    'gone, doubled, moved between files, nests two hundred deep) and go through everything that reads files: parser, DICOM JSON,',
    'rewriter (what it writes must be readable), decoders, de-identification (what it calls clean must be readable).',
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    'How they ended, the most frequent first (reading; de-identification):',
    '',
    '| ending | inputs |',
    '|---|---|',
    ...endings.slice(0, 25).map(({ ending, count: times }) => `| ${ending} | ${times} |`),
    '',
  ].join('\n');
}
