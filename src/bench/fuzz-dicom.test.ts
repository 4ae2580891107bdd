import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { examineDicom } from './examine-dicom.ts';
import { fuzzDicom, fuzzInput } from './fuzz-dicom.ts';
import { fuzzSeeds } from './fuzz-seeds.ts';

test('the files that are damaged are sound', () => {
  const endings = fuzzSeeds().map(examineDicom);
  assert.equal(endings.filter((ending) => ending === 'read, decoded; clean').length, 6);
  assert.ok(
    endings.every((ending) => !/malformed|truncated|not-dicom/.test(ending)),
    String(endings),
  );
});

test('thousands of damaged files: no crash, no hang, many different ends', async () => {
  const report = await fuzzDicom({ inputs: 12_000, seed: 'short' });
  assert.deepEqual(report.findings, []);
  assert.ok(report.slowestMs < 1000, `${report.slowestMs} ms`);
  assert.equal(
    report.endings.reduce((sum, { count }) => sum + count, 0),
    12_000,
  );
  assert.ok(report.endings.length > 20, `${report.endings.length} endings`);
});

test('a campaign that is ended early reports what was done', async () => {
  const ending = new AbortController();
  const onProgress = () => ending.abort();
  const report = await fuzzDicom({ inputs: 1_000_000, seed: 'early', onProgress, signal: ending.signal });
  assert.ok(report.inputs >= 2000 && report.inputs < 1_000_000, `${report.inputs} inputs`);
  assert.deepEqual(report.findings, []);
});

test('a campaign goes on behind an earlier one, and both together find what one finds', async () => {
  const files: readonly Uint8Array[] = [];
  const whole = await fuzzDicom({ inputs: 900, seed: 'parts', files });
  const first = await fuzzDicom({ inputs: 400, seed: 'parts', files });
  const second = await fuzzDicom({ inputs: 900, seed: 'parts', from: 400, files });
  const counted = (...reports: (typeof whole)[]) => {
    const counts = new Map<string, number>();
    for (const { ending, count } of reports.flatMap(({ endings }) => endings))
      counts.set(ending, (counts.get(ending) ?? 0) + count);
    return [...counts].sort();
  };
  assert.deepEqual(counted(first, second), counted(whole));
  assert.ok(second.endings.every(({ first: input }) => input >= 400));
});

test('an input is found again by its number', () => {
  const seeds = fuzzSeeds();
  assert.deepEqual(fuzzInput('a', seeds, 77), fuzzInput('a', seeds, 77));
  assert.notDeepEqual(fuzzInput('a', seeds, 77), fuzzInput('b', seeds, 77));
});

const corpus = JSON.parse(readFileSync(new URL('../../conformance/fuzz-dicom.json', import.meta.url), 'utf8')) as {
  readonly inputs: readonly { readonly ending: string; readonly bytes: string }[];
};

test(`the ${corpus.inputs.length} inputs that were kept end as they did`, () => {
  assert.ok(corpus.inputs.length > 20);
  for (const { ending, bytes } of corpus.inputs)
    assert.equal(examineDicom(new Uint8Array(Buffer.from(bytes, 'base64'))), ending);
});
