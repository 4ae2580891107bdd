import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asUnicaError, systemFailure } from './as-unica-error.ts';
import { UnicaError } from './errors.ts';
import { listenFailure } from './listen-failure.ts';

const error = (code: string, more: object = {}) => Object.assign(new Error('of the system'), { code }, more);

for (const [what, thrown, code] of [
  ['a disk that is full', error('ENOSPC'), 'checkup.disk-full'],
  ['a quota that is used up', error('EDQUOT'), 'checkup.disk-full'],
  ['a limit on the size of files', error('EFBIG'), 'checkup.disk-full'],
  ['SQLite on a full disk', error('SQLITE_FULL'), 'checkup.disk-full'],
  ['PostgreSQL on a full disk', error('53100'), 'checkup.disk-full'],
  ['a disk that is mounted to be read only', error('EROFS'), 'checkup.folder-unwritable'],
  ['a disk that fails', error('EIO'), 'checkup.folder-unwritable'],
  ['SQLite that cannot read', error('SQLITE_IOERR_READ'), 'checkup.folder-unwritable'],
  ['a database that is read only', error('SQLITE_READONLY'), 'checkup.folder-unwritable'],
  ['a database that is torn', error('SQLITE_CORRUPT'), 'checkup.database-damaged'],
  ['a file that is no database', error('SQLITE_NOTADB'), 'checkup.database-damaged'],
  ['one of ours', new UnicaError('http.not-found', { what: 'x' }), 'http.not-found'],
  ['one of ours behind another', new Error('x', { cause: new UnicaError('http.csrf') }), 'http.csrf'],
  ['anything else', error('ENOENT'), 'internal'],
  ['no error at all', 'text', 'internal'],
] as const) {
  test(`what went wrong is known by what the system says: ${what}`, () => {
    assert.equal(asUnicaError(thrown).code, code);
  });
}

test('the path is told where the system says it, and else what was said to stand for it', () => {
  assert.match(systemFailure(error('EROFS', { path: '/srv/x' }))?.sentence ?? '', /\/srv\/x \(EROFS\)/);
  assert.match(systemFailure(error('ENOSPC'), '/srv')?.sentence ?? '', /\/srv is full/);
});

test('a house that cannot listen says whether the port is taken, not allowed, or the address not here', () => {
  const at = { host: '10.9.8.7', port: 80 };
  assert.deepEqual(
    ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'EMFILE'].map((reason) => listenFailure(error(reason), at).code),
    ['http.port-busy', 'http.port-not-allowed', 'http.host-unknown', 'internal'],
  );
  assert.match(listenFailure(error('EACCES'), at).message, /port 80.*--port/);
  assert.match(listenFailure(error('EADDRNOTAVAIL'), at).message, /10\.9\.8\.7.*--host/);
});
