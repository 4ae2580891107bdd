// Backs up a node with many studies, backs it up again, puts it back elsewhere and compares both nodes by every digest and row.
//
//   npm run campaign:backup -- [--studies 10000] [--folder DIR] [--report FILE]
//
// The report is a page of Markdown with the command, the day and the sizes. Exit status 1 when anything did not come back.
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '10000' },
    folder: { type: 'string', default: tmpdir() },
    report: { type: 'string' },
  },
});
const studies = Number(values.studies);
const { benchBackup } = await import(pathToFileURL(join(root, 'dist/bench/index.js')).href);

const began = new Date();
const rows = [];
for await (const { name, value, unit } of benchBackup(studies, { folder: values.folder })) {
  rows.push([name, value, unit]);
  process.stdout.write(`${name}: ${value} ${unit}\n`);
}
if (values.report !== undefined) writeFileSync(values.report, page());

function page() {
  return [
    '# A node backed up and put back, by every digest',
    '',
    `Made by \`npm run campaign:backup -- --studies ${studies}\` on ${began.toISOString().slice(0, 16).replace('T', ' ')} UTC, Node`,
    `${process.versions.node}, ${availableParallelism()} CPU cores, load ${loadavg()[1]?.toFixed(1)} at the end; ${((Date.now() - began.getTime()) / 60_000).toFixed(0)} minutes in all.`,
    '',
    'A node is enrolled at a hub and takes in made films of 64 by 64 pixels, two to a study: small, so that what is tried is the number',
    'of objects and not the disk. They come by the same way as any: cleaned, checked and kept under their digests. Then the node is',
    'backed up, takes in a hundredth more, is backed up again, and the second backup is put back in another folder.',
    '',
    'What made the backup has read each file back. After that the campaign compares by itself: it reads every object of both archives',
    'and works out its digest, and compares every row of every table but those of the journal, which has grown on both sides by what',
    'was done and is verified by its links and signatures. One difference ends it with an error and this page is not written.',
    '',
    '| what | | |',
    '|---|---:|---|',
    ...rows.map(([name, value, unit]) => `| ${name} | ${value} | ${unit} |`),
    '',
    'A short form with 60 studies, and a test that the comparison notices one byte, one missing object and one row, is in',
    '`src/bench/backup.full.test.ts`.',
    '',
  ].join('\n');
}
