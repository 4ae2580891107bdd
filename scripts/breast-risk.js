// The breast-risk pilot on the synthetic screening cohort, trained over seven virtual sites and measured on women held out:
//   npm run campaign:breast-risk [EXAMS] [FOLDER]
// Writes docs/reports/breast-risk.md and, for the whole cohort of 20,000 exams, models/breast-risk with its dossier. Pictures and rounds are kept
// below FOLDER, so that a run that was stopped goes on. One seed, one machine kind: the same figures.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { breastRiskCampaign, wholeModel } from '../dist/bench/breast-risk-campaign.js';
import { breastParts, fitBreastGate } from '../dist/bench/breast-risk-parts.js';
import { breastRiskReport } from '../dist/bench/breast-risk-report.js';
import { breastRiskRuns } from '../dist/bench/breast-risk-runs.js';
import { CAMPAIGN_TRAINING } from '../dist/bench/breast-risk-training.js';
import { openScreeningCohort } from '../dist/bench/screening-cohort.js';
import {
  codeDigest,
  recordsDigest,
  runEnvironment,
  weightsDigest,
  writeDossier,
  writeModelFolder,
} from '../dist/models/index.js';
import { BREAST_MODEL } from '../dist/pilots/index.js';

const WHOLE = 20_000;
const exams = Number(process.argv[2] ?? WHOLE);
if (!Number.isInteger(exams) || exams < 1000 || exams > 100_000) {
  process.stderr.write('Give a number of exams from 1000 to 100000.\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[3] ?? join(root, '.cache', 'breast-risk');
const began = performance.now();
const tell = (text) =>
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(6)} s  ${text}\n`);
const open = async (seed, count) =>
  await openScreeningCohort({
    ...{ seed, exams: count, folder },
    onProgress: (made) => tell(`${made} exams of ${seed} made`),
  });
const cohort = await open('cohort', exams);
// Nothing is fitted to it: differences and calibration of sites are measured on it too.
const other = await open('held-out', Math.round(0.6 * exams));
try {
  const training = exams < WHOLE ? { ...CAMPAIGN_TRAINING, encoderExams: Math.round(0.4 * exams) } : CAMPAIGN_TRAINING;
  const result = await breastRiskCampaign(cohort, { training, folder, other, onProgress: tell });
  const cpuSeconds = (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  const { figures, independent } = result;
  await writeFile(
    join(folder, 'figures.json'),
    JSON.stringify({ training, cpuSeconds, figures, independent }, null, 1),
  );
  const report = breastRiskReport(result, { training, cpuSeconds });
  if (exams === WHOLE) {
    await mkdir(join(root, 'docs', 'reports'), { recursive: true });
    await writeFile(join(root, 'docs', 'reports', 'breast-risk.md'), report);
    const gate = await fitBreastGate(cohort);
    const model = join(root, 'models', 'breast-risk');
    await writeModelFolder(model, {
      spec: BREAST_MODEL,
      parameters: wholeModel(result),
      parts: breastParts(result, { gate, training, report }),
    });
    const facts = {
      training,
      weightsSha256: await weightsDigest(model),
      cohortSha256: recordsDigest(cohort.records),
      command: `npm run campaign:breast-risk ${exams}`,
      environment: runEnvironment(),
      codeSha256: await codeDigest(),
    };
    await writeDossier(model, breastRiskRuns(result, facts));
    tell('docs/reports/breast-risk.md and models/breast-risk with its dossier are written');
  } else process.stdout.write(report);
} finally {
  await cohort.close();
  await other.close();
}
