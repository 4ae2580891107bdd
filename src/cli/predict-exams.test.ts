import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildDicom } from '#dicom';
import { predictExams } from './predict-exams.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-exams-'));
after(() => rmSync(folder, { recursive: true }));

function film(number: number, study: string, patient: string): string {
  const path = join(folder, `film-${number}.dcm`);
  const uids = { SOPInstanceUID: `2.25.${number}`, StudyInstanceUID: study, SeriesInstanceUID: '2.25.9' };
  writeFileSync(path, buildDicom({ ...uids, SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2', PatientID: patient }));
  return path;
}

const facts = join(folder, 'facts.json');
writeFileSync(facts, '{"familyHistory": 1}');

/** Both are told before there is any model to open. */
async function predicted(paths: readonly string[], options: { readonly facts?: string }): Promise<void> {
  await predictExams({} as never, paths, options, { signal: new AbortController().signal } as never);
}

test('what is known of one woman is not held of the films of others', async () => {
  const paths = [film(1, '2.25.11', 'A'), film(2, '2.25.12', 'B')];
  await assert.rejects(predicted(paths, { facts }), { code: 'cli.unreadable', message: /of one woman.*2 studies/ });
});

test('films of two women under one study are no exam', async () => {
  const paths = [film(3, '2.25.13', 'A'), film(4, '2.25.13', 'B')];
  await assert.rejects(predicted(paths, {}), {
    code: 'cli.unreadable',
    message: /film-4\.dcm.*another patient's number/,
  });
});
