import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkGenerated } from './checks/generated.js';
import { ERRORS_PAGE, errorsPage } from './errors-page.js';
import { neededArrows, ROOM_MAP_PAGES, withRoomMap } from './room-map.js';
import { VECTOR_KERNELS_PAGE, vectorKernelsPage } from './vector-kernels.js';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));

test('the map leaves out an arrow that a longer way tells of, and only that', () => {
  const rooms = Object.entries({ a: [], b: ['a'], c: ['a', 'b'], d: ['a'], e: ['a', 'c', 'd'] }).map(
    ([name, mayImport]) => [name, { mayImport }],
  );
  assert.deepEqual(neededArrows(rooms), [
    ['b', 'a'],
    ['c', 'b'],
    ['d', 'a'],
    ['e', 'c'],
    ['e', 'd'],
  ]);
});

test('a page that its table would make differently is found, and made again is accepted', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'unica-pages-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const path of ['rooms.json', 'src/base/error-table.ts', 'src/engine/vector-kernels.wat', ...ROOM_MAP_PAGES]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(repository, path), join(root, path));
  }
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write(ERRORS_PAGE, await errorsPage(root));
  write(VECTOR_KERNELS_PAGE, await vectorKernelsPage(root));
  for (const path of ROOM_MAP_PAGES) write(path, withRoomMap(root, path));
  assert.deepEqual((await checkGenerated(root)).problems, []);

  write(
    'rooms.json',
    JSON.stringify({ base: { wing: 'ground', pure: true, public: true, mayImport: [], says: 'alone' } }),
  );
  write('src/base/error-table.ts', 'export const ERROR_TABLE = {};\n');
  write('src/engine/vector-kernels.wat', '(module)\n');
  assert.deepEqual(
    (await checkGenerated(root)).problems.map((problem) => problem.split(':')[0]),
    [ERRORS_PAGE, VECTOR_KERNELS_PAGE, ...ROOM_MAP_PAGES],
  );
});
