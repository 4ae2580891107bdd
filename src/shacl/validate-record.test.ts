import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { PROFILE_NAMES, type ProfileName, profileOf } from './profile.ts';
import { readRdf } from './read-rdf.ts';
import { validateRecord } from './validate-record.ts';

const standards = join(process.env['UNICA_DATA'] ?? '../shared/data', '..', 'standards');
const skip = !existsSync(standards) && `no ${standards}`;
const load = async (path: string) => await readRdf(new Uint8Array(readFileSync(join(standards, path))), 'turtle');
const bytes = (text: string) => new TextEncoder().encode(text);

test('every profile tells where it is from', () => {
  for (const name of PROFILE_NAMES) {
    const profile = profileOf(name);
    assert.equal(profile.name, name);
    for (const text of [profile.title, profile.version, profile.source, profile.licence]) assert.notEqual(text, '');
  }
  assert.throws(
    () => profileOf('healthdcat-r99'),
    (error) => isOurs(error, 'shacl.unknown-profile'),
  );
});

const PUBLISHED: readonly (readonly [string, ProfileName, boolean])[] = [
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'healthdcat-r8', true],
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'dcat-ap-3', true],
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'healthdcat-r5', false],
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'eucaim-v2', false],
  ['healthdcat-ap/mvd-health-catalog.ttl', 'healthdcat-r5', true],
  ['healthdcat-ap/mvd-health-catalog.ttl', 'healthdcat-r8', false],
  ['healthdcat-ap/mvd-health-catalog.ttl', 'dcat-ap-3', false],
];
for (const [file, profile, conforms] of PUBLISHED) {
  test(`${file} ${conforms ? 'conforms' : 'does not conform'} to ${profile}`, { skip }, async () => {
    const report = await validateRecord(await load(file), profile);
    assert.equal(report.conforms, conforms);
    assert.equal(report.violations.length === 0, conforms);
    for (const { fix, message, path } of [...report.violations, ...report.warnings]) {
      assert.ok(fix.length > 10 && message !== '', `${path}: ${fix}`);
    }
  });
}

test('Release 8 asks for csvw:title where Release 5 asks for csvw:titles', { skip }, async () => {
  const { violations } = await validateRecord(
    await load('healthdcat-ap/unica-mammography-r8.example.ttl'),
    'healthdcat-r5',
  );
  const found = violations.find(({ path }) => path === 'http://www.w3.org/ns/csvw#titles');
  assert.match(found?.fix ?? '', /Release 5 writes csvw:titles/);
});

const JSON_LD = {
  '@context': { dcat: 'http://www.w3.org/ns/dcat#', dct: 'http://purl.org/dc/terms/' },
  '@id': 'https://x.example/d',
  '@type': 'dcat:Dataset',
  'dct:title': { '@value': 'A title', '@language': 'en' },
};

test('JSON-LD and Turtle of the same record give the same report', async () => {
  const turtle =
    '@prefix dcat: <http://www.w3.org/ns/dcat#> . <https://x.example/d> a dcat:Dataset ; <http://purl.org/dc/terms/title> "A title"@en .';
  const fromTurtle = await validateRecord(await readRdf(bytes(turtle)), 'dcat-ap-3');
  const fromJson = await validateRecord(await readRdf(bytes(JSON.stringify(JSON_LD))), 'dcat-ap-3');
  assert.deepEqual(fromJson, fromTurtle);
  assert.deepEqual(
    fromTurtle.violations.map(({ focus, path }) => [focus, path]),
    [['https://x.example/d', 'http://purl.org/dc/terms/description']],
  );
});

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const BAD: readonly (readonly [string, Uint8Array, string])[] = [
  ['broken Turtle', bytes('<a> <b> "c'), 'shacl.unreadable'],
  ['broken JSON', bytes('{"@id": '), 'shacl.unreadable'],
  ['a picture', new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), 'shacl.unreadable'],
  ['a JSON value', bytes('{}').slice(0, 1), 'shacl.unreadable'],
  ['a context on the network', bytes('{"@context":"https://x.example/c.jsonld","@id":"a"}'), 'shacl.remote-context'],
  ['nesting without end', bytes(deep(100_000)), 'shacl.unreadable'],
  ['too many bytes', new Uint8Array(32 * 1024 * 1024 + 1), 'shacl.too-large'],
  ['too many statements', bytes(`<s:s> <s:p> ${'1,'.repeat(1_000_000)}1 .`), 'shacl.too-large'],
];
for (const [name, content, code] of BAD) {
  test(`${name} is refused in words`, async () => {
    await assert.rejects(readRdf(content), (error) => isOurs(error, code));
  });
}

test('a file that describes nothing does not conform by silence', async () => {
  for (const text of ['', '<urn:a> <urn:b> "c" .', '{}']) {
    const quads = await readRdf(bytes(text));
    await assert.rejects(validateRecord(quads, 'healthdcat-r8'), (error) => isOurs(error, 'shacl.nothing-described'));
  }
});

function isOurs(error: unknown, code: string): boolean {
  assert.ok(error instanceof UnicaError, String(error));
  assert.equal(error.code, code);
  return true;
}
