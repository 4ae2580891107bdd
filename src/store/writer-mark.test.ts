import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { isBeingWritten, WRITER_MARK } from './writer-mark.ts';

test('writer mark: what this process or one that runs is writing is told from what a dead one left', () => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const rows: readonly (readonly [string, boolean, string])[] = [
    [`${WRITER_MARK}-1.part`, true, 'of this process'],
    [WRITER_MARK, true, 'the mark alone'],
    [`${process.pid}-000000000000-1.part`, false, 'of an earlier process with our number'],
    [`${process.ppid}-000000000000-1.part`, true, 'of another process that runs'],
    [`${dead}-000000000000-1.part`, false, 'of a process that has ended'],
    [`${process.ppid}-00000000000x-1.part`, false, 'not a mark'],
    ['half', false, 'anything else'],
  ];
  for (const [name, expected, says] of rows) assert.equal(isBeingWritten(name), expected, says);
});
