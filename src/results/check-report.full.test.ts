import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { checkReport, checkReportDataSet } from './check-report.ts';
import { exampleObjects } from './example-objects.ts';
import { reportMutants } from './mutate-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-reports-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('every single thing wrong in any of the example reports is found', (context) => {
  const survivors: string[] = [];
  let mutants = 0;
  for (const { name, bytes } of exampleObjects()) {
    const { dataset: report } = parseDicom(bytes);
    if (report.text(tagOf('Modality')) !== 'SR') continue;
    for (const { what, dataset } of reportMutants(report)) {
      mutants += 1;
      if (checkReportDataSet(dataset).valid) survivors.push(`${name}, ${what}`);
    }
  }
  context.diagnostic(`${mutants} mutants`);
  assert.deepEqual(survivors, []);
  assert.ok(mutants > 4000, `${mutants} mutants`);
});

/** A Python that has highdicom and pydicom; where it is not the first on the path, its name. */
const PYTHON = process.env['UNICA_HIGHDICOM_PYTHON'] ?? 'python3';
const noHighdicom = spawnSync(PYTHON, ['-c', 'import highdicom']).status !== 0 && 'highdicom is not installed';
const SCRIPT = fileURLToPath(new URL('../../scripts/highdicom-reports.py', import.meta.url));

test('reports of highdicom are valid', { skip: noHighdicom }, () => {
  const made = spawnSync(PYTHON, [SCRIPT, folder], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const files = readdirSync(folder);
  assert.equal(files.length, 12);
  for (const file of files) {
    const { valid, errors, template } = checkReport(readFileSync(join(folder, file)));
    assert.deepEqual([valid, template, errors], [true, 1500, []], file);
  }
});
