import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { forEachEngine } from '#store';
import { Permit } from './permit.ts';
import { openPermitVerifier, PERMIT_TYPE, type PermitTables, permitMigrations } from './permit-verifier.ts';

const CLAIMS = {
  iss: 'hub',
  sub: 'person-1',
  aud: 'lisbon',
  jti: 'permit-00000001',
  iat: 1000,
  nbf: 1000,
  exp: 2000,
  dataset: 'chest-films',
  operations: ['train'],
  purpose: 'P',
  requestId: 'request-00000001',
};

forEachEngine(
  test,
  process.env['UNICA_TEST_POSTGRES_URL'],
  'a permit opens what it says, here, now, and nothing else',
  async (open, context) => {
    const hub = generateKeys();
    const database = await open<PermitTables>(context, permitMigrations);
    let nowMs = 1_500_000;
    const verifier = async () =>
      await openPermitVerifier(database, { hubPublicKey: hub.publicKey, siteId: 'lisbon', clock: () => nowMs });
    const permits = await verifier();
    const token = async (change: object = {}, header: object = {}, by = hub) =>
      await new SignJWT({ ...CLAIMS, ...change })
        .setProtectedHeader({ alg: 'EdDSA', typ: PERMIT_TYPE, ...header })
        .sign(by.privateKey);
    const wanted = { operation: 'train', dataset: 'chest-films' } as const;
    const clauseIs = (clause: RegExp) => (error: unknown) =>
      error instanceof UnicaError &&
      error.code === 'access.permit-refused' &&
      clause.test(String(error.facts['clause']));

    const good = await token();
    const permit = await permits.verify(good, wanted);
    assert.equal(permit.isCurrent(), true);
    const rows: readonly [string, string, RegExp][] = [
      ['another hub', await token({}, {}, generateKeys()), /signature/],
      ['another kind of token', await token({}, { typ: 'JWT' }), /signature|read/],
      ['another site', await token({ aud: 'porto' }), /another site/],
      ['another dataset', await token({ dataset: 'mammograms' }), /another dataset/],
      ['another operation', await token({ operations: ['evaluate'] }), /does not allow/],
      ['not yet', await token({ nbf: 1600 }), /not valid yet/],
      ['expired', await token({ exp: 1400 }), /expired/],
      ['a letter changed', `${good.slice(0, -6)}AAAAAA`, /signature/],
      ['no token', 'x', /signature|read/],
      ['claims missing', await token({ operations: [] }), /read/],
    ];
    for (const [name, refused, clause] of rows)
      await assert.rejects(permits.verify(refused, wanted), clauseIs(clause), name);

    nowMs = 2_000_000;
    assert.equal(permit.isCurrent(), false, 'expires while it is held');
    await assert.rejects(
      permits.verify(good, wanted),
      clauseIs(/expired/),
      'and is no longer taken where it was before',
    );
    nowMs = 1_500_000;
    await permits.revoke('permit-00000001');
    assert.equal(permit.isCurrent(), false, 'revoked while it is held');
    await assert.rejects(
      permits.verify(good, wanted),
      clauseIs(/revoked/),
      'and is no longer taken where it was before',
    );
    await assert.rejects((await verifier()).verify(good, wanted), clauseIs(/revoked/), 'after a restart');
  },
);

test('nobody else can seal a permit', () => {
  const refused = (error: unknown) => error instanceof UnicaError && error.code === 'access.not-a-permit';
  // @ts-expect-error the constructor is private
  assert.throws(() => new Permit(Symbol('x'), CLAIMS, () => 'current'), refused);
});
