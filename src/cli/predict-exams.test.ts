import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readModelFolder } from '#models';
import { screeningExam, screeningFiles, TRAINING_SIZE } from '#synth';
import { type ExamOptions, predictExams } from './predict-exams.ts';
import { shippedModel } from './shipped-model.ts';
import { Terminal } from './terminal.ts';
import { ToldResults } from './told-results.ts';

const folder = await mkdtemp(join(tmpdir(), 'unica-predict-exams-'));
after(() => rm(folder, { recursive: true }));

/** Films of an examination, as files. */
async function filmsOf(index: number): Promise<readonly string[]> {
  const files = screeningFiles(screeningExam('predict', index, TRAINING_SIZE));
  return await Promise.all(
    files.map(async ({ fileName, bytes }) => {
      const path = join(folder, fileName);
      await writeFile(path, bytes);
      return path;
    }),
  );
}

const stored = await readModelFolder(shippedModel('breast-risk'));
const [one, other] = [await filmsOf(1), await filmsOf(30)];
const facts = join(folder, 'facts.json');
await writeFile(facts, '{"parity": 2}');

async function predicted(paths: readonly string[], options: ExamOptions = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const sink = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const terminal = new Terminal({ json: true, colours: false, out: sink(out), err: sink(err) });
  const told = new ToldResults(terminal);
  const asked = { stored, name: 'breast-risk', told };
  await predictExams(asked, paths, options, { terminal, settings: {}, signal: new AbortController().signal });
  told.end();
  return { answers: JSON.parse(out.join('')).results, complaints: err.join('') };
}

test('the model that ships reads exams one by one, each with what is known of its woman', async () => {
  const { answers, complaints } = await predicted([...one, ...other]);
  assert.deepEqual(
    answers.map(({ films }: { readonly films: readonly unknown[] }) => films.length),
    [one.length, other.length],
  );
  for (const { probability, known } of answers) {
    assert.ok(probability > 0 && probability < 1);
    assert.deepEqual(known, ['ageYears']);
  }
  assert.equal(complaints, '');
  const [alone] = (await predicted(one, { facts })).answers;
  assert.deepEqual(alone.known, ['ageYears', 'parity']);
});

test('facts of one woman are never told of the exams of several', async () => {
  await assert.rejects(predicted([...one, ...other], { facts }), { code: 'cli.unreadable' });
});

test('a site that the model has no calibration for is named, and has the common one', async () => {
  const [common, unknown] = [await predicted(one), await predicted(one, { site: 'portto' })];
  assert.deepEqual(unknown.answers, common.answers);
  assert.ok(unknown.complaints.includes('portto'));
  assert.equal((await predicted(one, { site: 'porto' })).complaints, '');
});

test('films of two people under one study are not read as one exam', async () => {
  const [film = '', second = ''] = one;
  const bytes = await readFile(second);
  const at = bytes.indexOf(Buffer.from([0x10, 0x00, 0x20, 0x00]));
  assert.ok(at > 0);
  const changed = Buffer.from(bytes);
  changed[at + 8] = (changed[at + 8] ?? 0) === 0x5a ? 0x59 : 0x5a;
  const stranger = join(folder, 'stranger.dcm');
  await writeFile(stranger, changed);
  await assert.rejects(predicted([film, stranger]), { code: 'cli.unreadable' });
});
