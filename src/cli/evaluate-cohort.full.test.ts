import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from './run-program.ts';
import { shippedModel } from './shipped-model.ts';

test('a cohort is measured, its record goes into the dossier, and one digit of it that differs is found', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-cohort-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const [films, model, run] = [join(home, 'films'), join(home, 'model'), join(home, 'seed-nine.json')];
  await cp(shippedModel('breast-risk'), model, { recursive: true });
  const ask = async (...words: string[]) => {
    const { code, out, err } = await runProgram(home, [...words, '--json']);
    return { exitCode: code, stderr: err, answer: out === '' ? null : JSON.parse(out) };
  };
  await ask('synth', 'mammography', '--exams', '40', '--seed', '9', '--size', 'training', '--out', films);
  const { answer, exitCode } = await ask('evaluate', '--model', model, '--cohort', films, '--synthetic', '--run', run);
  assert.equal(exitCode, 0);
  assert.equal(answer.studies.scored + answer.studies.refused, 40);
  assert.ok(answer.n > 30 && answer.auc > 0 && answer.ci.auc.length === 2);
  assert.ok(
    answer.groups.some((group: { withheld: boolean }) => group.withheld),
    'small groups are withheld',
  );
  const record = JSON.parse(await readFile(run, 'utf8'));
  assert.equal(record.figures.find((one: { id: string }) => one.id === 'auc').value, answer.auc);

  assert.equal((await ask('model', 'dossier', model, '--run', run)).exitCode, 0);
  assert.deepEqual((await ask('model', 'verify', model)).answer.problems, []);
  assert.match(await readFile(join(model, 'dossier', 'README.md'), 'utf8'), /Measured on films/);
  const page = join(model, 'dossier', 'index.html');
  await writeFile(page, (await readFile(page, 'utf8')).replace('Measured on films', 'Measured on women'));
  const spoilt = await ask('model', 'verify', model);
  assert.equal(spoilt.exitCode, 1);
  assert.equal(spoilt.answer.valid, false);
  assert.deepEqual(
    spoilt.answer.problems.map(({ file }: { file: string }) => file),
    ['dossier/index.html', 'dossier/index.html'],
    'its digest, and what the runs say',
  );

  const none = await ask('evaluate', '--model', model);
  assert.equal(none.exitCode, 2);
  assert.match(none.stderr, /--npz and --cohort/);
});
