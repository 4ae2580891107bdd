import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sha256Hex } from '#base';
import { mappingOf, profileTable, proposeMapping } from '#mapping';
import { SCREENING_SITES, screeningClinicalCsv, screeningRecords } from '#synth';

const launcher = fileURLToPath(new URL('../../bin/unica.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'unica-synth-command-'));
after(() => rmSync(folder, { recursive: true }));

async function synthesised(name: string, ...options: readonly string[]) {
  const out = join(folder, name);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[launcher, 'synth', 'mammography', '--size', 'training', '--seed', '7', '--json', '--out', out],
    ...options,
  ]);
  const films = readdirSync(join(out, 'films')).sort();
  const digests = new Map(films.map((film) => [film, sha256Hex(readFileSync(join(out, 'films', film)))]));
  const table = (file: string) => readFileSync(join(out, file), 'utf8').trimEnd().split('\n');
  return { answer: JSON.parse(stdout), digests, clinical: table('clinical.csv'), truth: table('truth.csv') };
}

test('a cohort is written with its tables, and any part of it again from seed and place, by however many threads', async () => {
  const whole = await synthesised('whole', '--exams', '24', '--jobs', '3');
  assert.equal(whole.answer.exams, 24);
  assert.equal(whole.answer.files, whole.digests.size);
  assert.ok(whole.answer.seconds > 0);
  assert.equal(whole.clinical.length, 25);
  assert.equal(whole.truth.length, 1 + whole.digests.size);
  const part = await synthesised('part', '--exams', '5', '--from', '13', '--jobs', '1');
  assert.ok(part.digests.size >= 10);
  for (const [film, digest] of part.digests) assert.equal(whole.digests.get(film), digest, film);
  for (const lines of ['clinical', 'truth'] as const) {
    assert.ok(
      part[lines].every((line) => whole[lines].includes(line)),
      lines,
    );
  }
});

test('examinations of one site are those of the whole, for every site there is', async () => {
  const { clinical } = await synthesised('site', '--exams', '13', '--site', 'lviv', '--jobs', '2');
  const [head = '', ...lines] = clinical;
  const place = head.split(',').indexOf('site');
  assert.equal(lines.length, 13);
  assert.ok(lines.every((line) => line.split(',')[place] === 'lviv'));
  const help = await promisify(execFile)(process.execPath, [launcher, 'synth', 'mammography', '--help']);
  for (const { siteId } of SCREENING_SITES) assert.ok(help.stdout.includes(siteId), siteId);
});

test('the clinical table is understood by the proposals of mappings', () => {
  const [heading = '', ...lines] = [...screeningClinicalCsv(screeningRecords('table', 0, 600))];
  const header = heading.split(',');
  const rows = lines.map((line) => line.split(','));
  assert.ok(rows.every((row) => row.length === header.length));
  const proposals = proposeMapping(profileTable({ header, rows }, '2026-11-24'));
  const elementOf = new Map(mappingOf(proposals).columns.map(({ column, element }) => [column, element]));
  for (const [column, element] of UNDERSTOOD) assert.equal(elementOf.get(column), element, column);
  const birads = proposals.find(({ column }) => column === 'birads');
  assert.ok(birads?.values.every(({ code }) => code !== undefined && code !== ''));
});

const UNDERSTOOD = [
  ['PatientID', 'patient-id'],
  ['StudyInstanceUID', 'study-uid'],
  ['sex', 'sex'],
  ['birads', 'birads'],
  ['density', 'density'],
  ['diagnosis', 'diagnosis'],
  ['diagnosis_date', 'diagnosis-date'],
  ['last_contact', 'last-contact'],
  ['family_history', 'family-history'],
  ['smoking', 'smoking'],
  ['menopausal_status', 'menopause'],
  ['hormone_therapy_use', 'hormone-replacement'],
  ['screening_result', 'population'],
  ['breast_side', 'laterality'],
] as const;
