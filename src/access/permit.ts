import { UnicaError } from '#base';
import { type CohortQuery, coversOperation, type Operation, type PermitClaims } from '#wire';

const gate = Symbol('only this room makes a Permit');

/** A right to do something with a dataset of this site, verified. A seal: only this room can make one. */
export class Permit {
  readonly #claims: PermitClaims;
  readonly #standing: () => 'current' | 'expired' | 'revoked';

  private constructor(key: symbol, claims: PermitClaims, standing: () => 'current' | 'expired' | 'revoked') {
    if (key !== gate) throw new UnicaError('access.not-a-permit');
    this.#claims = claims;
    this.#standing = standing;
  }

  /** @internal For the verifier of this room. */
  static seal(key: symbol, claims: PermitClaims, standing: () => 'current' | 'expired' | 'revoked'): Permit {
    return new Permit(key, claims, standing);
  }

  get permitId(): string {
    return this.#claims.jti;
  }

  get dataset(): string {
    return this.#claims.dataset;
  }

  get purpose(): string {
    return this.#claims.purpose;
  }

  /** The hub's id of the person it was issued to. */
  get holder(): string {
    return this.#claims.sub;
  }

  /** Who answers for what is done under it: the organisation that the request names, or the hub's id of who asked. */
  get controller(): string {
    return this.#claims.controller ?? this.#claims.sub;
  }

  /** The access request it was granted for: all permits and jobs of one project share it. */
  get projectId(): string {
    return this.#claims.requestId;
  }

  get operations(): readonly Operation[] {
    return this.#claims.operations;
  }

  get expiresAtMs(): number {
    return this.#claims.exp * 1000;
  }

  allows(operation: Operation): boolean {
    return coversOperation(this.#claims.operations, operation);
  }

  /** A question or a job's cohort, within the people that the permit is for. */
  within(query: CohortQuery): CohortQuery {
    const { cohort } = this.#claims;
    return cohort === undefined ? query : { all: [cohort, query] };
  }

  /** The most that training may cost one person here, over all jobs of the project; undefined where the permit sets no bound. */
  get epsilon(): number | undefined {
    return this.#claims.epsilon;
  }

  /** False once it expired or was revoked; long work asks again before anything leaves. */
  isCurrent(): boolean {
    return this.#standing() === 'current';
  }
}

/** Seals claims that were verified. */
export function sealedPermit(claims: PermitClaims, standing: () => 'current' | 'expired' | 'revoked'): Permit {
  return Permit.seal(gate, claims, standing);
}
