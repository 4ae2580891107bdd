import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { concatBytes, SeededRandom, sha256Hex, utf8 } from '#base';
import { PlantedPixels } from './planted-pixels.ts';
import { PlantedText } from './planted-text.ts';
import { auditWire, findPlanted, type Planted } from './wire-audit.ts';

const NAME = 'Kowalczyková^Žofie';
const ID = 'HOSP-004711';
const BIRTH_DATE = '19530412';

const random = new SeededRandom('wire-audit');
const film = {
  rows: 8,
  columns: 48,
  bits: 12,
  values: Uint16Array.from({ length: 8 * 48 }, () => random.below(4096)),
};

function planted(): Planted {
  const text = new PlantedText();
  text.add('PatientName', NAME);
  text.add('PatientID', ID);
  text.add('PatientBirthDate', BIRTH_DATE);
  text.add('PatientInitials', 'Zo');
  const pixels = new PlantedPixels();
  pixels.add(film);
  return { text, pixels };
}

/** Weights-like bytes, in which nothing must be found by chance. */
const noise = Uint8Array.from({ length: 200_000 }, () => random.below(256));

function within(leak: Uint8Array): Uint8Array {
  return concatBytes([noise.subarray(0, 70_001), leak, noise.subarray(70_001)]);
}

const row = film.values.subarray(2 * 48, 3 * 48);
const row8 = Uint8Array.from(row, (value) => value >> 4);
const row16 = new Uint8Array(Uint16Array.from(row).buffer);
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');

const leaks: readonly { readonly name: string; readonly bytes: Uint8Array; readonly what: string }[] = [
  { name: 'a name in UTF-8', bytes: utf8(NAME), what: 'PatientName' },
  { name: 'a name in other case', bytes: utf8(NAME.toUpperCase()), what: 'PatientName' },
  { name: 'an id in Latin-1', bytes: new Uint8Array(Buffer.from(ID, 'latin1')), what: 'PatientID' },
  { name: 'a name in UTF-16LE', bytes: new Uint8Array(Buffer.from(NAME, 'utf16le')), what: 'PatientName' },
  { name: 'a name in UTF-16BE', bytes: new Uint8Array(Buffer.from(NAME, 'utf16le').swap16()), what: 'PatientName' },
  ...[0, 1, 2].map((shift) => ({
    name: `an id in base64, ${shift} bytes in`,
    bytes: utf8(`"${base64(`${'.'.repeat(shift)}${ID}..`)}"`),
    what: 'PatientID',
  })),
  { name: 'an id in base64url', bytes: utf8(` ${Buffer.from(`??>${ID}`).toString('base64url')} `), what: 'PatientID' },
  { name: 'a name in hexadecimal', bytes: utf8(`"${Buffer.from(NAME).toString('hex')}"`), what: 'PatientName' },
  { name: 'a name percent-encoded', bytes: utf8(`/x?name=${encodeURIComponent(NAME)}`), what: 'PatientName' },
  { name: 'a birth date between quotes', bytes: utf8(`{"born":"${BIRTH_DATE}"}`), what: 'PatientBirthDate' },
  { name: 'an 8-bit pixel row', bytes: row8, what: 'pixels' },
  { name: '31 bytes from within a pixel row', bytes: row8.subarray(5, 36), what: 'pixels' },
  { name: 'a 16-bit pixel row', bytes: row16, what: 'pixels' },
  { name: 'a 16-bit big-endian pixel row', bytes: new Uint8Array(Buffer.from(row16).swap16()), what: 'pixels' },
  ...[0, 1, 2].map((shift) => ({
    name: `a pixel row in base64, ${shift} bytes in`,
    bytes: utf8(`"${base64(concatBytes([new Uint8Array(shift), row8]))}"`),
    what: 'pixels',
  })),
  { name: 'a pixel row in hexadecimal', bytes: utf8(` ${Buffer.from(row8).toString('hex')} `), what: 'pixels' },
  { name: 'a pixel row as a JSON list', bytes: utf8(`[${row8.join(',')}]`), what: 'pixels' },
];

for (const { name, bytes, what } of leaks) {
  test(`${name} is found`, () => {
    const found = [...findPlanted(within(bytes), planted())];
    assert.deepEqual([...new Set(found.map((finding) => finding.what))], [what]);
  });
}

test('nothing is found where nothing leaked', () => {
  assert.deepEqual([...findPlanted(noise, planted())], []);
});

test('digits of a birth date within a digest are chance, not a leak', () => {
  const digest = `ab${BIRTH_DATE}${'c'.repeat(54)}`;
  assert.deepEqual([...findPlanted(utf8(`"sha256":"${digest}"`), planted())], []);
});

test('a flat background row is no evidence', () => {
  const pixels = new PlantedPixels();
  pixels.add({ rows: 4, columns: 64, bits: 8, values: new Uint8Array(256).fill(7) });
  assert.equal(pixels.size, 0);
});

test('bytes whose hash is that of a planted row, but which are others, are no leak', () => {
  const row = Uint8Array.of(58, 81, 37, 219, 248, 29, 3, 205, 155, 108, 116, 112, 160, 61, 208, 202);
  // Found by trying: the same 32-bit hash.
  const stranger = Uint8Array.of(83, 89, 233, 45, 151, 243, 207, 59, 0, 197, 9, 74, 94, 21, 100, 69);
  const pixels = new PlantedPixels();
  pixels.add({ rows: 1, columns: 16, bits: 8, values: row });
  assert.deepEqual([...pixels.find(row)], [0]);
  assert.deepEqual([...pixels.find(stranger)], []);
});

test('many windows are all found again', () => {
  const pixels = new PlantedPixels();
  let state = 1;
  const values = Uint8Array.from({ length: 64 * 16384 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
  for (let row = 0; row < 64; row += 1) {
    pixels.add({ rows: 1, columns: 16384, bits: 8, values: values.subarray(row * 16384, (row + 1) * 16384) });
  }
  assert.ok(pixels.size > 65_536);
  for (let start = 0; start < values.length; start += 16 * 997) {
    assert.deepEqual([...pixels.find(values.subarray(start, start + 16))], [0]);
  }
});

test('texts too short to be told from chance are counted, not searched', () => {
  assert.deepEqual([planted().text.size, planted().text.tooShort], [3, 1]);
});

test('a request that its node did not list is reported; a cut one needs a row at least as long', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-audit-'));
  const request = (method: string, path: string, body: string, length = body.length) =>
    `${method} ${path} HTTP/1.1\r\ncontent-length: ${length}\r\n\r\n${body}`;
  writeFileSync(join(folder, '000001.bin'), request('POST', '/poll', 'one') + request('POST', '/poll', 'one'));
  writeFileSync(join(folder, '000002.bin'), request('PUT', '/blob', 'swapped'));
  writeFileSync(join(folder, '000003.bin'), request('POST', '/cut', 'abc', 10));
  const listed = [
    { method: 'POST', path: '/poll', bytes: 3, bodySha256: sha256Hex('one') },
    { method: 'PUT', path: '/blob', bytes: 7, bodySha256: sha256Hex('listed!') },
    { method: 'POST', path: '/cut', bytes: 10, bodySha256: sha256Hex('abcdefghij') },
  ];
  const audit = await auditWire([{ siteId: 'lisbon', folder, listed: async () => listed }], planted());
  assert.deepEqual(
    audit.unlisted.map(({ method, path }) => `${method} ${path}`),
    ['POST /poll', 'PUT /blob'],
  );
  assert.equal(audit.requestsPerNode['lisbon'], 4);
  assert.equal(audit.strayBytes, 0);
});
