import { errors, importJWK, jwtVerify } from 'jose';
import { type Clock, UnicaError } from '#base';
import type { Database, Migration } from '#store';
import { type Operation, type PermitClaims, permitClaimsSchema } from '#wire';
import { type Permit, sealedPermit } from './permit.ts';

/** The node's records of permits. */
export interface PermitTables {
  revoked_permits: { permit_id: string; at_ms: number };
}

/** Tables of a node's permit verifier. */
export const permitMigrations: readonly Migration[] = [
  {
    id: 'access-101-revoked-permits',
    async up(db) {
      await db.schema
        .createTable('revoked_permits')
        .addColumn('permit_id', 'text', (column) => column.primaryKey())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
];

/** The type a permit states, so that no other token of the hub can be taken for one. */
export const PERMIT_TYPE = 'unica-permit+jwt';

/** Checks permits at the node, with the hub out of reach if need be. */
export interface PermitVerifier {
  /**
   * A permit for this site, dataset and operation.
   * @throws UnicaError `access.permit-refused` naming the clause that fails.
   */
  verify(token: string, wanted: { readonly operation: Operation; readonly dataset: string }): Promise<Permit>;
  /** Holds at once and across restarts. */
  revoke(permitId: string): Promise<void>;
}

/** Opens the verifier over a migrated database. */
export async function openPermitVerifier<Tables extends PermitTables>(
  database: Database<Tables>,
  options: { readonly hubPublicKey: string; readonly siteId: string; readonly clock: Clock },
): Promise<PermitVerifier> {
  const db = (database as unknown as Database<PermitTables>).kysely;
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: options.hubPublicKey }, 'EdDSA');
  const revoked = new Set(
    (await db.selectFrom('revoked_permits').select('permit_id').execute()).map((row) => row.permit_id),
  );
  const standingOf = (claims: PermitClaims) => {
    if (revoked.has(claims.jti)) return 'revoked' as const;
    return claims.exp * 1000 <= options.clock() ? ('expired' as const) : ('current' as const);
  };
  return {
    async verify(token, { operation, dataset }) {
      const claims = await claimsOf(token);
      const clause = brokenClause(claims);
      if (clause !== undefined) throw new UnicaError('access.permit-refused', { clause });
      return sealedPermit(claims, () => standingOf(claims));

      function brokenClause(permit: PermitClaims): string | undefined {
        if (permit.aud !== options.siteId) return 'it is for another site';
        if (permit.dataset !== dataset) return 'it is for another dataset';
        if (!permit.operations.includes(operation)) return `it does not allow "${operation}"`;
        if (permit.nbf * 1000 > options.clock()) return 'it is not valid yet';
        const standing = standingOf(permit);
        return standing === 'current' ? undefined : `it is ${standing}`;
      }
    },
    async revoke(permitId) {
      revoked.add(permitId);
      await db
        .insertInto('revoked_permits')
        .values({ permit_id: permitId, at_ms: options.clock() })
        .onConflict((conflict) => conflict.column('permit_id').doNothing())
        .execute();
    },
  };

  async function claimsOf(token: string): Promise<PermitClaims> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        typ: PERMIT_TYPE,
        currentDate: new Date(options.clock()),
        // Time is judged below, where the clause can be named.
        clockTolerance: Number.MAX_SAFE_INTEGER / 4,
      });
      return permitClaimsSchema.parse(payload);
    } catch (cause) {
      const known = cause instanceof errors.JOSEError ? 'its signature is not by this hub' : 'it cannot be read';
      throw new UnicaError('access.permit-refused', { clause: known }, { cause });
    }
  }
}
