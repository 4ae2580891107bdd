import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { signAnswer, verifyAnswer } from './signed-request.ts';
import { generateKeys, loadOrCreateKeys, signText, verifyText } from './site-keys.ts';

test('a key file is made once, is its owner’s alone, and is refused when others can read it', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-keys-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'keys', 'site.pem');
  const made = await Promise.all(
    [loadOrCreateKeys(path), loadOrCreateKeys(path)].map((keys) => keys.catch(() => undefined)),
  );
  const again = await loadOrCreateKeys(path);
  for (const keys of made) if (keys !== undefined) assert.equal(keys.publicKey, again.publicKey);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(verifyText(again.publicKey, 'text', signText(again, 'text')), true);
  await chmod(path, 0o640);
  await assert.rejects(
    loadOrCreateKeys(path),
    (error) => error instanceof UnicaError && error.code === 'identity.key-exposed',
  );
});

test('RFC 8032 section 7.1 test 2', () => {
  const publicKey = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
  const signature = Buffer.from(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    'hex',
  ).toString('base64url');
  assert.equal(verifyText(publicKey.toString('base64url'), 'r', signature), true);
  assert.equal(verifyText(publicKey.toString('base64url'), 's', signature), false);
});

test('a key or a signature that is none is no error, only not right', () => {
  const keys = generateKeys();
  const signature = signText(keys, 'text');
  for (const key of ['', 'AAAA', '!', `${keys.publicKey}AA`, generateKeys().publicKey, 'A'.repeat(43)]) {
    assert.equal(verifyText(key, 'text', signature), false);
  }
  const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  for (const wrong of ['', 'AA', signature.slice(4), changed]) {
    assert.equal(verifyText(keys.publicKey, 'text', wrong), false);
  }
});

test('an answer is the pinned hub’s, whole, and for this request', () => {
  const keys = generateKeys();
  const answer = { status: 200, body: Buffer.from('{"tasks":[]}'), nonce: 'ab'.repeat(16) };
  const signature = signAnswer(keys, answer);
  const good = { ...answer, hubPublicKey: keys.publicKey, signature };
  assert.equal(verifyAnswer(good), true);
  const rows = [
    { ...good, status: 201 },
    { ...good, body: Buffer.from('{"tasks":[1]}') },
    { ...good, nonce: 'cd'.repeat(16) },
    { ...good, hubPublicKey: generateKeys().publicKey },
  ];
  for (const forged of rows) assert.equal(verifyAnswer(forged), false);
});
