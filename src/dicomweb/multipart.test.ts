import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, UnicaError, utf8 } from '#base';
import { boundaryOf, readMultipart } from './multipart-reader.ts';
import { multipartEnd, partHead } from './multipart-writer.ts';

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

async function* inPieces(bytes: Uint8Array, sizes: () => number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const size = sizes();
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function read(body: string | Uint8Array, boundary = 'b', sizes = () => 7) {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const parts: { readonly type: string | undefined; readonly body: Buffer }[] = [];
  for await (const part of readMultipart(inPieces(bytes, sizes), boundary)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(Uint8Array.from(chunk));
    parts.push({ type: part.headers.get('content-type'), body: Buffer.concat(chunks) });
  }
  return parts;
}

test('parts are read however the body is cut', async () => {
  const rows: readonly (readonly [name: string, body: string, parts: readonly string[]])[] = [
    ['one part', '--b\r\nContent-Type: x/y\r\n\r\nabc\r\n--b--\r\n', ['abc']],
    ['two parts', '--b\r\nA: 1\r\n\r\nabc\r\n--b\r\nA: 2\r\n\r\ndef\r\n--b--', ['abc', 'def']],
    ['an empty part', '--b\r\nA: 1\r\n\r\n\r\n--b--', ['']],
    ['a part without a head', '--b\r\n\r\nabc\r\n--b--', ['abc']],
    ['a preamble and an epilogue', 'hello\r\n--b\r\n\r\nabc\r\n--b--\r\nbye', ['abc']],
    ['white space after a boundary', '--b  \t\r\n\r\nabc\r\n--b \r\n\r\nd\r\n--b--', ['abc', 'd']],
    [
      'a boundary inside data',
      '--b\r\n\r\n1\r\n--bc\r\n--b2\r\n --b\r\n--\r\n\r\n\r\n--b--',
      ['1\r\n--bc\r\n--b2\r\n --b\r\n--\r\n\r\n'],
    ],
    ['no parts', '--b--', []],
  ];
  for (const [name, body, parts] of rows) {
    for (const size of [1, 2, 3, 5, 1000]) {
      const found = await read(body, 'b', () => size);
      assert.deepEqual(
        found.map((part) => part.body.toString('latin1')),
        parts,
        `${name} in pieces of ${size}`,
      );
    }
  }
});

test('hostile bodies are refused, and never held', async () => {
  const rows: readonly (readonly [name: string, body: string])[] = [
    ['nothing', ''],
    ['no boundary', 'abc'],
    ['no boundary in sight', 'x'.repeat(100_000)],
    ['no end', '--b\r\n\r\nabc'],
    ['ends in a boundary', '--b\r\n\r\nabc\r\n--b'],
    ['ends after a half end', '--b\r\n\r\nabc\r\n--b-'],
    ['ends in a head', '--b\r\nContent-Type: x'],
    ['a giant head', `--b\r\nA: ${'x'.repeat(40_000)}\r\n\r\nabc\r\n--b--`],
    ['a giant head without an end', `--b\r\n${'A: 1\r\n'.repeat(10_000)}`],
    ['a head that is none', '--b\r\nno colon\r\n\r\nabc\r\n--b--'],
    ['too many parts', `${'--b\r\n\r\n\r\n'.repeat(10_001)}--b--`],
  ];
  for (const [name, body] of rows) {
    await assert.rejects(
      read(body, 'b', () => 4096),
      codeIs('dicomweb.body-invalid'),
      name,
    );
  }
});

test('a reader that leaves a part early gets the next one whole', async () => {
  const body = utf8(`--b\r\n\r\n${'x'.repeat(1000)}\r\n--b\r\n\r\nsecond\r\n--b--`);
  const seen: string[] = [];
  for await (const part of readMultipart(
    inPieces(body, () => 16),
    'b',
  )) {
    for await (const chunk of part.body) {
      seen.push(Buffer.from(chunk).toString());
      break;
    }
  }
  assert.equal(seen.length, 2);
  assert.match(seen[0] ?? '', /^x+$/);
  assert.match('second', new RegExp(`^${seen[1]}`));
});

test('property: what is written is read, whatever the data and the cuts', async () => {
  const random = new SeededRandom('multipart');
  const pieces = ['\r\n', '--', '--edge', '\r\n--edge', 'x', '\r', '\n', '-', '\r\n--edg', '\0'];
  for (let round = 0; round < 300; round += 1) {
    const data = Array.from({ length: random.below(4) }, () =>
      Array.from({ length: random.below(20) }, () => random.pick(pieces))
        .join('')
        // A true delimiter is the one thing that data cannot hold.
        .replaceAll(/\r\n--edge(?=--|[ \t]*\r\n|[ \t]*$)/g, '\r\n--edgeX'),
    );
    const body = Buffer.concat([
      ...data.flatMap((text, index) => [
        partHead('edge', { first: index === 0, contentType: 'application/dicom' }),
        Buffer.from(text, 'latin1'),
      ]),
      data.length === 0 ? Buffer.from('--edge--') : multipartEnd('edge'),
    ]);
    const parts = await read(body, 'edge', () => 1 + random.below(9));
    assert.deepEqual(
      parts.map((part) => part.body.toString('latin1')),
      data,
    );
  }
});

test('boundaries come from the content type, quoted or not', () => {
  const rows: readonly (readonly [string | undefined, string | undefined])[] = [
    ['multipart/related; type="application/dicom"; boundary=abc', 'abc'],
    ['multipart/related; type=application/dicom; boundary="a b:c"', 'a b:c'],
    ['Multipart/Related; Boundary=abc', 'abc'],
    ['multipart/related; boundary=', undefined],
    [`multipart/related; boundary=${'x'.repeat(71)}`, undefined],
    ['multipart/related; boundary="a\r\nb"', undefined],
    ['multipart/form-data; boundary=abc', undefined],
    ['multipart/related; type="application/dicom+json"; boundary=abc', undefined],
    ['application/dicom', undefined],
    [undefined, undefined],
  ];
  for (const [contentType, boundary] of rows) {
    if (boundary === undefined) assert.throws(() => boundaryOf(contentType), codeIs('dicomweb.body-unsupported'));
    else assert.equal(boundaryOf(contentType), boundary);
  }
});
