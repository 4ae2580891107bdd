import { errors, importJWK, jwtVerify } from 'jose';
import { type Clock, UnicaError } from '#base';
import type { Database, Migration } from '#store';
import { type LocalRule, type Operation, type PermitClaims, type PolicyFacts, permitClaimsSchema } from '#wire';
import type { ConditionedDataset } from './match-purpose.ts';
import { type Permit, sealedPermit } from './permit.ts';
import { compilePolicy, decidePolicy, microOf, type PolicyClause } from './policy.ts';

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

/** Permits whose signatures are not checked again: each round of a job comes with one, always the same. */
const MOST_KNOWN = 64;

/** What is to be done with a dataset. */
export interface WantedUse {
  readonly operation: Operation;
  readonly dataset: string;
  /** Of training: whether it has differential privacy, and the ε that the project will then have cost a person here. */
  readonly privacy?: { readonly noisy: boolean; readonly epsilon: number };
}

/** The node's own side of the policy. */
export interface NodePolicySources {
  /** The conditions of a dataset as the node describes it now. */
  conditionsOf(dataset: string): Promise<ConditionedDataset>;
  localRules(): Promise<readonly LocalRule[]>;
}

/** Checks permits at the node, with the hub out of reach if need be. */
export interface PermitVerifier {
  /**
   * A permit for this site, dataset and operation, under its own terms, the dataset's conditions and the node's own rules.
   * @throws UnicaError `access.permit-refused` naming the clause that forbids.
   */
  verify(token: string, wanted: WantedUse): Promise<Permit>;
  /** Holds at once and across restarts. */
  revoke(permitId: string): Promise<void>;
}

/** Opens the verifier over a migrated database. */
export async function openPermitVerifier<Tables extends PermitTables>(
  database: Database<Tables>,
  options: {
    readonly hubPublicKey: string;
    readonly siteId: string;
    readonly clock: Clock;
    /** Neither conditions nor rules where absent. */
    readonly sources?: NodePolicySources;
  },
): Promise<PermitVerifier> {
  const db = (database as unknown as Database<PermitTables>).kysely;
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: options.hubPublicKey }, 'EdDSA');
  const revoked = new Set(
    (await db.selectFrom('revoked_permits').select('permit_id').execute()).map((row) => row.permit_id),
  );
  const known = new Map<string, PermitClaims>();
  const standingOf = (claims: PermitClaims) => {
    if (revoked.has(claims.jti)) return 'revoked' as const;
    return claims.exp * 1000 <= options.clock() ? ('expired' as const) : ('current' as const);
  };
  return {
    async verify(token, wanted) {
      const claims = await claimsOf(token);
      const answer = decidePolicy(await policyOf(claims, wanted.dataset), factsOf(claims, wanted));
      if (answer.kind === 'refused') {
        throw new UnicaError('access.permit-refused', { clause: answer.says });
      }
      return sealedPermit(claims, () => standingOf(claims));
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

  async function policyOf(claims: PermitClaims, dataset: string): Promise<readonly PolicyClause[]> {
    const { sources } = options;
    const [conditions, localRules] = await Promise.all([
      sources?.conditionsOf(dataset) ?? { conditions: [] },
      sources?.localRules() ?? [],
    ]);
    return compilePolicy({ claims, dataset: conditions, localRules });
  }

  function factsOf(claims: PermitClaims, { operation, dataset, privacy }: WantedUse): PolicyFacts {
    const { use } = claims;
    return {
      permit: claims.jti,
      project: claims.requestId,
      site: options.siteId,
      dataset,
      operation,
      nowMs: options.clock(),
      revoked: revoked.has(claims.jti),
      // Where a use tells nothing of its noise it is judged when it is about to train.
      noisy: privacy?.noisy ?? true,
      epsilonMicro: microOf(privacy?.epsilon ?? 0),
      purposeStated: use !== null && use !== undefined,
      research: use?.research ?? '',
      diseases: use?.diseases ?? [],
      commercial: use?.commercial ?? false,
      notForProfit: use?.notForProfit ?? false,
      publishes: use?.publishes ?? false,
      returnsResults: use?.returnsResults ?? false,
      collaborates: use?.collaborates ?? false,
      ethics: claims.ethics ?? false,
      judged: claims.judged ?? [],
    };
  }

  /** What a permit says; what it allows now is judged with each use. */
  async function claimsOf(token: string): Promise<PermitClaims> {
    const before = known.get(token);
    if (before !== undefined) return before;
    const claims = await signedClaims(token);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(token, claims);
    return claims;
  }

  async function signedClaims(token: string): Promise<PermitClaims> {
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
