import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { academyCertificateSchema, academyCertificateWishSchema } from '#wire';
import { certify, isUnchanged } from './certificate.ts';
import { RIGHT_ANSWERS, TRACKS } from './lessons.ts';

const AT = { certificateId: 'certificate-0123456789', issuedOn: '2026-11-30' };
const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

// Node's own Ed25519, apart from the product's.
function houseOf(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'jwk' }).x ?? '';
  const house = {
    name,
    publicKey: raw,
    sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  };
  return { house, key: publicKey };
}
const verifiedBy = (key: KeyObject) => (_: string, text: string, signature: string) =>
  verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));

test('whoever answered all questions of a track rightly is certified, in any script; one wrong or missing answer is named', () => {
  const { house } = houseOf('Network of the test');
  for (const track of Object.keys(TRACKS)) {
    const made = certify({ name: 'Μαρία Ştefan-O’Brien', track, answers: RIGHT_ANSWERS }, house, AT);
    assert.deepEqual(academyCertificateSchema.parse(JSON.parse(JSON.stringify(made))), made);
    const [first = ''] = made.certificate.lessons;
    assert.throws(
      () => certify({ name: 'x', track, answers: { ...RIGHT_ANSWERS, [first]: 'z' } }, house, AT),
      (error) => codeIs('academy.not-answered')(error) && String(error).includes(first),
    );
    assert.throws(() => certify({ name: 'x', track, answers: {} }, house, AT), codeIs('academy.not-answered'));
  }
  assert.throws(
    () => certify({ name: 'x', track: 'pilot', answers: RIGHT_ANSWERS }, house, AT),
    codeIs('http.not-found'),
  );
});

test('every change of a certificate shows, and a signature over anything else is none over it', async () => {
  const { house, key } = houseOf('Network of the test');
  const made = certify({ name: 'A. Learner', track: 'patient', answers: RIGHT_ANSWERS }, house, AT);
  assert.equal(await isUnchanged(made, verifiedBy(key)), true);
  const { certificate } = made;
  const changed = {
    certificateId: 'certificate-9999999999',
    name: 'B. Learner',
    track: 'operator',
    lessons: [...certificate.lessons, 'more'],
    house: 'Another network',
    issuedOn: '2026-12-01',
  };
  for (const [member, value] of Object.entries(changed)) {
    const forged = { ...made, certificate: { ...certificate, [member]: value } };
    assert.equal(await isUnchanged(forged, verifiedBy(key)), false, member);
  }
  const plain = { ...made, signature: house.sign(JSON.stringify(certificate)) };
  assert.equal(await isUnchanged(plain, verifiedBy(key)), false, 'without the prefix it is another text');
  assert.equal(await isUnchanged(made, verifiedBy(houseOf('Another').key)), false);
});

const names: readonly (readonly [name: string, isTaken: boolean])[] = [
  ['Anna-Lena Müller', true],
  ['Олена Ковальчук', true],
  ['Dr. J. P. Søndergård (Aarhus)', true],
  ['  spaces around  ', true],
  ['', false],
  ['   ', false],
  ['two\nlines', false],
  ['see https://example.org', false],
  ['<b>bold</b>', false],
  ['turned \u202Earound', false],
  ['a'.repeat(81), false],
];
for (const [name, isTaken] of names) {
  test(`the name ${JSON.stringify(name.slice(0, 30))} is ${isTaken ? 'taken' : 'refused'}`, () => {
    const wish = { name, track: 'patient', answers: RIGHT_ANSWERS };
    assert.equal(academyCertificateWishSchema.safeParse(wish).success, isTaken);
  });
}
