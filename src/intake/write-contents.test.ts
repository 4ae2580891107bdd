import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Refusal } from '#deid';
import { writeContents, writeContentsBeside } from './write-contents.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-write-'));
});
after(() => rm(folder, { recursive: true }));

const REFUSAL: Refusal = {
  kind: 'quarantined',
  because: 'dicom.truncated',
  sentence: 'It cannot be read.',
  mend: 'Send it again.',
};

const piece = (sizeBytes: number, value: number): Uint8Array => new Uint8Array(sizeBytes).fill(value);

const CASES: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['nothing', []],
  ['a little', [piece(3, 1), piece(0, 2), piece(5, 3)]],
  ['exactly what is written at once', [piece(2 ** 20, 4)]],
  ['more than is written at once', [piece(2 ** 19, 5), piece(2 ** 20, 6), piece(2 ** 19, 7), piece(3, 8)]],
];

for (const write of [writeContents, writeContentsBeside])
  test(`${write.name}: what came is there, and nothing is left of what was refused or failed`, async () => {
    for (const [name, pieces] of CASES) {
      const path = join(folder, `${write.name} ${name}`);
      const written = await write(
        path,
        (function* () {
          yield* pieces;
          return undefined;
        })(),
      );
      const expected = Buffer.concat(pieces);
      assert.equal(written, expected.length, name);
      assert.ok(expected.equals(await readFile(path)), name);
      // One that is there is not written over.
      const again = async () =>
        await write(
          path,
          (function* () {
            yield* pieces;
            return undefined;
          })(),
        );
      await assert.rejects(again, { code: 'EEXIST' });
      assert.ok(expected.equals(await readFile(path)), name);
    }
    const before = await readdir(folder);
    for (const [name, pieces] of CASES) {
      const path = join(folder, `${write.name} refused ${name}`);
      const refused = function* () {
        yield* pieces;
        return REFUSAL;
      };
      assert.equal(await write(path, refused()), REFUSAL);
      const failing = function* (): Generator<Uint8Array, undefined> {
        yield* pieces;
        throw new Error('no more');
      };
      await assert.rejects(async () => await write(path, failing()), /no more/);
    }
    assert.deepEqual(await readdir(folder), before);
  });
