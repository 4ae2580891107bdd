import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zipSync } from 'fflate';
import { fromUtf8, utf8 } from '#base';
import { ZipArchive, type ZipLimits } from './zip-archive.ts';

async function withZip<T>(bytes: Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-zip-'));
  try {
    const path = join(folder, 'a.zip');
    await writeFile(path, bytes);
    return await work(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function contents(path: string, limits?: ZipLimits): Promise<Record<string, string>> {
  const archive = await ZipArchive.open(path, limits);
  try {
    const read: Record<string, string> = {};
    for (const entry of archive.entries) read[entry.name] = fromUtf8(await entry.read());
    return read;
  } finally {
    await archive.close();
  }
}

const FILES = { 'a.txt': utf8('hello '.repeat(200)), 'Ordner/ß.txt': utf8('stored'), 'empty.txt': new Uint8Array(0) };

/** Writes a number over a field of the n-th central directory record. */
function patched(zip: Uint8Array, field: number, value: number, bytes: 2 | 4, record = 0): Uint8Array {
  const copy = zip.slice();
  const view = new DataView(copy.buffer);
  let seen = -1;
  for (let at = 0; at < copy.length - 4; at += 1) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    seen += 1;
    if (seen !== record) continue;
    if (bytes === 2) view.setUint16(at + field, value, true);
    else view.setUint32(at + field, value, true);
  }
  return copy;
}

test('deflated and stored files are read with their names', async () => {
  const zip = zipSync({ ...FILES, 'Ordner/ß.txt': [FILES['Ordner/ß.txt'], { level: 0 }] }, { comment: 'remark' });
  assert.deepEqual(await withZip(zip, (path) => contents(path)), {
    'a.txt': 'hello '.repeat(200),
    'Ordner/ß.txt': 'stored',
    'empty.txt': '',
  });
});

for (const name of ['../evil.dcm', 'a/../../evil.dcm', '/etc/passwd', '\\server\\x', 'C:\\x.dcm', 'a/..\\..\\x']) {
  test(`a name that leads out is refused: ${name}`, async () => {
    const zip = zipSync({ [name]: utf8('x') });
    await withZip(zip, (path) => assert.rejects(contents(path), { code: 'intake.zip-unsafe' }));
  });
}

test('a file that unpacks to more than it says stops at the announced length', async () => {
  const bomb = zipSync({ 'bomb.dcm': new Uint8Array(20_000_000) });
  await withZip(patched(bomb, 24, 1000, 4), (path) => assert.rejects(contents(path), { code: 'intake.zip-damaged' }));
});

test('a file that is packed into far more than it says is not read', async () => {
  for (const level of [0, 6] as const) {
    const zip = patched(zipSync({ 'a.dcm': [randomBytes(300_000), { level }] }), 24, 10, 4);
    await withZip(zip, async (path) => {
      await assert.rejects(contents(path), { code: 'intake.zip-damaged', message: /another length than announced/ });
    });
  }
});

test('sizes beyond the limits are refused before anything is unpacked', async () => {
  const bomb = zipSync({ 'a.dcm': new Uint8Array(2_000_000), 'b.dcm': new Uint8Array(2_000_000) });
  const limits = { entries: 10, entryBytes: 3_000_000, totalBytes: 5_000_000 };
  await withZip(bomb, async (path) => {
    assert.equal(Object.keys(await contents(path, limits)).length, 2);
    for (const tight of [{ entries: 1 }, { entryBytes: 1_000_000 }, { totalBytes: 3_000_000 }]) {
      await assert.rejects(contents(path, { ...limits, ...tight }), { code: 'intake.too-large' });
    }
  });
});

test('files that lie over one another are refused', async () => {
  const zip = zipSync({ 'a.dcm': [utf8('x'.repeat(5000)), { level: 0 }], 'b.dcm': [utf8('y'), { level: 0 }] });
  const overlapping = patched(patched(zip, 20, 5000, 4, 1), 42, 0, 4, 1);
  await withZip(overlapping, (path) => assert.rejects(contents(path), { code: 'intake.zip-unsafe' }));
});

for (const [name, damage] of [
  ['cut short', (zip: Uint8Array) => zip.slice(0, zip.length - 30)],
  ['not a zip', () => utf8('nothing')],
  ['empty', () => new Uint8Array(0)],
  ['a wrong check sum', (zip: Uint8Array) => patched(zip, 16, 12345, 4)],
  ['a file beyond the end', (zip: Uint8Array) => patched(zip, 42, 0x7fffffff, 4)],
  ['a name beyond the end', (zip: Uint8Array) => patched(zip, 28, 0xffff, 2)],
] as const) {
  test(`a damaged zip is told as such: ${name}`, async () => {
    await withZip(damage(zipSync(FILES)), (path) => assert.rejects(contents(path), { code: 'intake.zip-damaged' }));
  });
}

test('a zip with a password is refused', async () => {
  await withZip(patched(zipSync(FILES), 8, 1, 2), (path) =>
    assert.rejects(contents(path), { code: 'intake.zip-unsafe' }),
  );
});
