import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { MOST_QR_BYTES, qrCode } from './qr-code.ts';

const { encoder, rows } = z
  .object({
    encoder: z.string(),
    rows: z.array(
      z.object({
        text: z.string(),
        version: z.number(),
        mask: z.number(),
        modules: z.array(z.string()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../conformance/qr-codes.json', import.meta.url), 'utf8')));

const written = (dark: readonly (readonly boolean[])[]) =>
  dark.map((row) => row.map((cell) => (cell ? '1' : '0')).join(''));

test(`every version from 1 to 10, and every mask, module by module as ${encoder} has them`, () => {
  assert.deepEqual(
    [...new Set(rows.map(({ version }) => version))].sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  for (const { text, version, mask, modules } of rows) {
    const code = qrCode(text, mask);
    assert.ok(code);
    assert.deepEqual([text, mask, code.version, written(code.dark)], [text, mask, version, modules]);
  }
});

test('without a mask one of the eight is taken, and told in the code', () => {
  for (const { text } of rows) {
    const code = qrCode(text);
    assert.ok(code);
    assert.deepEqual(written(code.dark), written(qrCode(text, code.mask)?.dark ?? []));
  }
});

test('format of level M as the standard lists it (ISO/IEC 18004:2015, table C.1): mask 0 and mask 5', () => {
  for (const [mask, bits] of [
    [0, '101010000010010'],
    [5, '100000011001110'],
  ] as const) {
    const column = qrCode('https://example.org', mask)?.dark.map((row) => (row[8] === true ? '1' : '0')) ?? [];
    const row = qrCode('https://example.org', mask)?.dark[8]?.map((cell) => (cell ? '1' : '0')) ?? [];
    // The highest bit stands at the left of row 8.
    const told = [...row.slice(0, 6), row[7], row[8], column[7], ...column.slice(0, 6).reverse()].join('');
    assert.deepEqual([mask, told], [mask, bits]);
  }
});

test('what fits into no code is none: bytes count, not letters', () => {
  assert.equal(qrCode('a'.repeat(MOST_QR_BYTES))?.version, 10);
  assert.equal(qrCode('a'.repeat(MOST_QR_BYTES + 1)), undefined);
  assert.equal(qrCode('é'.repeat(MOST_QR_BYTES / 2 + 1)), undefined);
});
