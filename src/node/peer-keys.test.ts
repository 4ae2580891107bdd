import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprintOf, generateKeys } from '#identity';
import { migrate, openDatabase } from '#store';
import { PeerKeys, type PeerKeyTables, peerKeyMigration } from './peer-keys.ts';

const [own, jena, other] = [generateKeys().publicKey, generateKeys().publicKey, generateKeys().publicKey];
const OWN = { siteId: 'lisbon', publicKey: own };

test('the first key of a site is kept, another in its place refused until the owner forgets the first', async (context) => {
  const database = await openDatabase<PeerKeyTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, [peerKeyMigration]);
  const peers = new PeerKeys(database.kysely, () => 1);
  const pin = async (publicKey: string, rule: 'first-seen' | 'confirmed' = 'first-seen') =>
    await peers.pin([OWN, { siteId: 'jena', publicKey }], { rule, own: OWN });
  await pin(jena);
  await pin(jena);
  assert.deepEqual(await peers.list(), [{ siteId: 'jena', publicKey: jena, confirmed: false }]);
  await assert.rejects(pin(other), { code: 'aggregation.peer-changed' });
  await assert.rejects(pin(jena, 'confirmed'), { code: 'aggregation.peer-unconfirmed' });
  const rest = [
    { siteId: 'lisbon', publicKey: other },
    { siteId: 'turin', publicKey: other },
  ];
  await assert.rejects(
    peers.pin(rest, { rule: 'first-seen', own: OWN }),
    { code: 'aggregation.peer-changed' },
    'its own key',
  );
  assert.equal((await peers.list()).length, 1, 'nothing of a refused roster is kept');

  await assert.rejects(peers.confirm('jena', fingerprintOf(other)), { code: 'aggregation.fingerprint-wrong' });
  await assert.rejects(peers.confirm('turin', fingerprintOf(other)), { code: 'http.not-found' });
  await peers.confirm('jena', fingerprintOf(jena).toUpperCase().replaceAll(' ', ':'));
  await pin(jena, 'confirmed');
  assert.deepEqual([await peers.forget('jena'), await peers.forget('jena')], [true, false]);
  await pin(other);
  assert.deepEqual(await peers.list(), [{ siteId: 'jena', publicKey: other, confirmed: false }]);
});

test('a fingerprint is the first 128 bits of the SHA-256 of the key', () => {
  // SHA-256 of 32 zero bytes: 66687aad f862bd77 6c8fc18b 8e9f8e20 ….
  assert.equal(fingerprintOf('A'.repeat(43)), '6668 7aad f862 bd77 6c8f c18b 8e9f 8e20');
});
