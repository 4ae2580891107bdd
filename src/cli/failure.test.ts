import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { failureOf } from './failure.ts';

const ofSystem = (code: string, more: object) => Object.assign(new Error(`${code}: of the system`), { code }, more);

for (const [what, thrown, line, exitCode] of [
  ['ours', new UnicaError('http.port-busy', { port: 80 }), /^The port 80 is already used.*\[http\.port-busy\]$/, 2],
  ['a file that is not there', ofSystem('ENOENT', { path: 'a.csv', syscall: 'open' }), /a\.csv.*\[cli\.no-file\]$/, 2],
  [
    'a folder that cannot be made on a disk that is read only, which the system calls "not there"',
    ofSystem('ENOENT', { path: '/mnt/backup', syscall: 'mkdir' }),
    /^Nothing can be written into \/mnt\/backup.*\[checkup\.folder-unwritable\]$/,
    1,
  ],
  [
    'a disk that is read only',
    ofSystem('EROFS', { path: '/mnt/x.jsonl' }),
    /\/mnt\/x\.jsonl \(EROFS\).*\[checkup\.folder-unwritable\]$/,
    1,
  ],
  ['a full disk, of which the system says no path', ofSystem('ENOSPC', {}), /is full.*\[checkup\.disk-full\]$/, 1],
  ['a path through a file', ofSystem('ENOTDIR', { path: 'file/x' }), /file\/x is a file.*\[cli\.no-folder\]$/, 2],
  ['what may not be read', ofSystem('EACCES', { path: 'x' }), /x.*\[cli\.not-permitted\]$/, 2],
] as const) {
  test(`one line with what happened, what to do and the code: ${what}`, () => {
    const failure = failureOf(thrown);
    assert.match(failure.line, line);
    assert.ok(!failure.line.includes('\n') && !failure.line.includes('    at '), 'no trace');
    assert.equal(failure.exitCode, exitCode);
  });
}
