import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { exampleObjects } from './example-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'unica-results-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function has(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

function run(program: string, ...args: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, out: `${stdout}${stderr}` };
}

const objects = exampleObjects();

test('every object of every example is without an error to dciodvfy', {
  skip: !has('dciodvfy') && 'dciodvfy is not installed',
}, () => {
  for (const { name, bytes } of objects) {
    const path = join(folder, 'one.dcm');
    writeFileSync(path, bytes);
    const { out } = run('dciodvfy', path);
    assert.deepEqual(
      out.split('\n').filter((line) => line.startsWith('Error')),
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
