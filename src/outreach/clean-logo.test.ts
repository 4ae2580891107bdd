import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { UnicaError, utf8 } from '#base';
import { cleanLogo, MOST_LOGO_BYTES } from './clean-logo.ts';

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);
const isRefused = (problem: RegExp) => (error: unknown) =>
  error instanceof UnicaError && error.code === 'kit.logo-refused' && problem.test(error.message);

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

function png(width = 2, height = 1, extra: readonly Buffer[] = []): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', head),
      ...extra,
      chunk('IDAT', deflateSync(Buffer.from([0, 1, 2, 3, 4, 5, 6]))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

test('a PNG keeps its pixels and loses what is written beside them, and what hangs behind its end', () => {
  const plain = png();
  assert.deepEqual(cleanLogo(plain), { mediaType: 'image/png', bytes: plain });
  const talking = png(2, 1, [chunk('tEXt', utf8('Author\0Jane Doe')), chunk('eXIf', utf8('GPS'))]);
  const cleaned = cleanLogo(Uint8Array.from([...talking, ...utf8('<script>')]));
  assert.deepEqual(cleaned.bytes, plain);
});

for (const [what, bytes, problem] of [
  ['a damaged PNG', png().map((byte, index) => (index === 45 ? byte ^ 1 : byte)), /damaged/],
  ['a PNG that ends too early', png().slice(0, 60), /ends too early/],
  ['a PNG with a second header', png(2, 1, [chunk('IHDR', Buffer.alloc(13, 1))]), /damaged/],
  ['a PNG wider than a sheet needs', png(2001, 1), /2001 by 1/],
  ['something else', utf8('GIF89a'), /neither PNG nor SVG/],
  ['too much', new Uint8Array(MOST_LOGO_BYTES + 1), /larger than/],
  ['an SVG with entities', utf8('<!DOCTYPE svg [<!ENTITY a "b">]><svg><path d="M0 0"/></svg>'), /entities/],
  ['an SVG with entities in a type of another case', utf8('<!doctype svg [ ]><svg><path d="M0 0"/></svg>'), /entities/],
  ['an SVG with a style sheet', utf8('<svg><style>path{fill:red}</style><path d="M0 0"/></svg>'), /style sheet/],
  ['an SVG without a shape', utf8('<svg><script>alert(1)</script></svg>'), /no shape/],
  ['an SVG that is not closed', utf8('<svg><path d="M0 0"/>'), /damaged/],
  ['a page with an SVG in it', utf8('<html><svg><path d="M0 0"/></svg></html>'), /neither PNG nor SVG/],
] as const) {
  test(`${what} is refused, and the sentence says why`, () => {
    assert.throws(() => cleanLogo(Uint8Array.from(bytes)), isRefused(problem));
  });
}

test('an SVG is written anew from its shapes: no script, no handler, no link, nothing from elsewhere', () => {
  const attack = `<?xml version="1.0"?><!-- by Jane --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" onload="alert(1)">
    <metadata><path d="M9 9"/></metadata><script>alert(2)</script><![CDATA[<script>]]>
    <foreignObject><body onload="alert(3)"/></foreignObject>
    <image href="https://elsewhere.example/x.png"/><use href="#a"/><a href="javascript:alert(4)"><path d="M1 1"/></a>
    <g style="fill:#0a0; background:url(https://elsewhere.example/y)"><path d="M0 0h10v10z" fill="url(#shade)" onclick="x()"/></g>
    <rect width="1" height="1" fill="url(https://elsewhere.example/z)" stroke='expression(alert(5))&amp;'/>
    <animate attributeName="href" to="javascript:alert(6)"/></svg>`;
  const { mediaType, bytes } = cleanLogo(utf8(attack));
  assert.equal(mediaType, 'image/svg+xml');
  assert.equal(
    text(bytes),
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><g fill="#0a0"><path d="M0 0h10v10z" fill="url(#shade)"/></g><rect width="1" height="1"/></svg>',
  );
  assert.equal(text(cleanLogo(bytes).bytes), text(bytes), 'what is clean stays as it is');
});

test('a colour is from the file itself also where its value has several lines', () => {
  const svg = '<svg><path d="M0\n0" fill="red\nurl(other.svg#a)" stroke="url(#a)"/></svg>';
  assert.equal(
    text(cleanLogo(utf8(svg)).bytes),
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0\n0" stroke="url(#a)"/></svg>',
  );
});

for (const begins of ['<?', '<!--', '<!DOCTYPE', '<!ENTITY', '<![CDATA[', '<g ']) {
  test(`an SVG that begins ${begins} over and over is refused before anybody waits for it`, () => {
    const svg = `<svg>${begins.repeat(Math.floor((MOST_LOGO_BYTES - 5) / begins.length))}`;
    const started = process.cpuUsage();
    assert.throws(() => cleanLogo(utf8(svg)), isRefused(/damaged|entities/));
    // Where each beginning is looked at until the end of the text, this takes several seconds.
    assert.ok(process.cpuUsage(started).user < 1_000_000);
  });
}

test('what is written about a drawing goes without it', () => {
  const svg =
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b"><!-- <?x --><svg><!-- y --><path d="M0 0"/></svg><!-- z';
  assert.equal(text(cleanLogo(utf8(svg)).bytes), '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>');
});

test('an element with as many attributes as fit is no bug', () => {
  const svg = `<svg${' a=""'.repeat(50_000)}><path d="M0 0"/></svg>`;
  assert.equal(cleanLogo(utf8(svg)).mediaType, 'image/svg+xml');
});
