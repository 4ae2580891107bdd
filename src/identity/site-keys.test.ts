import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { signAnswer, verifyAnswer } from './signed-request.ts';
import { generateKeys, isExposed, loadOrCreateKeys, signText, verifyText } from './site-keys.ts';

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

for (const [what, mode, uid, gid, exposed] of [
  ['its own, for it alone', 0o600, 1000, 1000, false],
  ['its own, for its group too', 0o640, 1000, 1000, true],
  ['handed over by root to the group of the service', 0o440, 0, 1000, false],
  ['the same to a second group of the service', 0o440, 0, 2000, false],
  ['handed over, and anybody may read it', 0o444, 0, 1000, true],
  ['handed over, and the group may write it', 0o460, 0, 1000, true],
  ['of root and a group that the service is not in', 0o440, 0, 3000, true],
  ['of root and root’s group', 0o440, 0, 0, true],
  ['of another person who shares a group', 0o440, 1001, 1000, true],
] as const)
  test(`a key file that is ${what}`, () => {
    const reader = { uid: 1000, groups: [1000, 2000, 0] };
    assert.equal(isExposed({ mode: 0o100000 | mode, uid, gid }, reader), exposed);
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
