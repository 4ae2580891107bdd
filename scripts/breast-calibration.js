// Calibration of the breast-risk model that ships, at the sites of the synthetic cohort and of another stream, beside what chance permits:
//   npm run campaign:breast-calibration [FOLDER]
// Writes docs/reports/breast-calibration.md. Learns nothing; pictures and features are kept below FOLDER, which may be that of campaign:breast-risk.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { breastCalibrationReport, streamCalibration } from '../dist/bench/breast-calibration.js';
import { openScreeningCohort } from '../dist/bench/screening-cohort.js';
import { readModelFolder } from '../dist/models/index.js';
import { breastModelOf } from '../dist/pilots/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] ?? join(root, '.cache', 'breast-risk');
const model = breastModelOf(await readModelFolder(join(root, 'models', 'breast-risk')));
const streams = [];
for (const [seed, exams, part, title] of [
  ['cohort', 20_000, 'test', 'Women held out of the cohort'],
  ['held-out', 12_000, 'all', 'Another stream'],
]) {
  const onProgress = (made) => {
    if (made % 2000 === 0) process.stdout.write(`${made} exams of ${seed}\n`);
  };
  const cohort = await openScreeningCohort({ seed, exams, folder, onProgress });
  try {
    streams.push(await streamCalibration(model, cohort, { title, part, folder, onProgress }));
  } finally {
    await cohort.close();
  }
}
await writeFile(join(root, 'docs', 'reports', 'breast-calibration.md'), breastCalibrationReport(streams));
process.stdout.write('docs/reports/breast-calibration.md is written\n');
