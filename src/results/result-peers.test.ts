import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { exampleObjects } from './example-objects.ts';
import { EXAMPLE_RESULTS } from './example-results.ts';
import { resultObjects } from './result-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-results-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function has(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

function run(program: string, ...args: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, out: `${stdout}${stderr}` };
}

const NUM_IN_MANIFEST = 'Error - Unrecognized enumerated value <NUM> for value 1 of attribute <Value Type>';

const objects = exampleObjects();

test('the objects of all examples have different UIDs, and the same ones each time', () => {
  const uids = objects.map(({ bytes }) => parseDicom(bytes).dataset.text(tagOf('SOPInstanceUID')));
  assert.equal(new Set(uids).size, objects.length);
  assert.deepEqual(exampleObjects(), objects);
});

test('every object says that it is research where viewers show it', () => {
  for (const { name, bytes } of objects) {
    assert.match(parseDicom(bytes).dataset.text(tagOf('SeriesDescription')) ?? '', /^AI .*, research use$/, name);
  }
});

test('the manifest of other forms of the same result is another object', () => {
  const result = EXAMPLE_RESULTS['mammography'];
  assert.ok(result !== undefined);
  const manifestOf = (reports: boolean) =>
    resultObjects(result, { reports, segmentations: true, document: false }).objects.at(-1)?.sopInstanceUid;
  assert.equal(manifestOf(true), manifestOf(true));
  assert.notEqual(manifestOf(true), manifestOf(false));
});

test('every object of every example is without an error to dciodvfy', {
  skip: !has('dciodvfy') && 'dciodvfy is not installed',
}, () => {
  for (const { name, bytes } of objects) {
    const path = join(folder, 'one.dcm');
    writeFileSync(path, bytes);
    const { out } = run('dciodvfy', path);
    const errors = out.split('\n').filter((line) => line.startsWith('Error'));
    // IHE MADO counts series and instances in its manifests by NUM, which PS3.3 section A.35.4 has not in key object selections.
    const known = name.endsWith(', manifest') ? [NUM_IN_MANIFEST] : [];
    assert.deepEqual(
      errors.filter((error) => !known.includes(error)),
      [],
      name,
    );
  }
});

test('dsrdump reads every report', { skip: !has('dsrdump') && 'dsrdump is not installed' }, () => {
  let reports = 0;
  for (const { name, bytes } of objects) {
    if (parseDicom(bytes).dataset.text(tagOf('Modality')) !== 'SR') continue;
    reports += 1;
    const path = join(folder, 'report.dcm');
    writeFileSync(path, bytes);
    const { status, out } = run('dsrdump', path);
    assert.equal(status, 0, `${name}: ${out}`);
    assert.match(out, /Completion Flag\s+: COMPLETE/, name);
  }
  assert.ok(reports >= 14);
});
