import { SignJWT } from 'jose';
import type { SiteKeys } from '#identity';
import { type PermitClaims, permitClaimsSchema } from '#wire';
import { PERMIT_TYPE } from './permit-verifier.ts';
import type { RequestState } from './request-state.ts';

/** A permit as it is kept. */
export interface IssuedPermit {
  readonly claims: PermitClaims;
  readonly token: string;
}

/**
 * Signs a permit of a holder's dataset: what was asked for, for the purpose and the people stated, with the conditions that the
 * committee judged met or does not insist on, so that the node can hold it against its own rules with the hub out of reach.
 */
export async function issuePermit(
  { form, requestId, requestedBy }: Pick<RequestState, 'form' | 'requestId' | 'requestedBy'>,
  granted: { readonly siteId: string; readonly dataset: string; readonly judged: readonly string[] },
  by: { readonly keys: SiteKeys; readonly issuer: string; readonly permitId: string; readonly nowMs: number },
): Promise<IssuedPermit> {
  const { siteId, dataset, judged } = granted;
  const nowSeconds = Math.floor(by.nowMs / 1000);
  const claims: PermitClaims = permitClaimsSchema.parse({
    iss: by.issuer,
    sub: requestedBy,
    aud: siteId,
    jti: by.permitId,
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + form.days * 86_400,
    dataset,
    operations: form.operations,
    purpose: form.purpose,
    requestId,
    use: form.use,
    ethics: form.ethics !== null,
    judged,
    ...(form.controller === '' ? {} : { controller: form.controller }),
    ...(form.cohort === null ? {} : { cohort: form.cohort }),
    ...(form.epsilon === null ? {} : { epsilon: form.epsilon }),
    ga4gh_visa_v1: {
      type: 'ControlledAccessGrants',
      asserted: nowSeconds,
      value: `urn:unica:dataset:${siteId}:${dataset}`,
      source: `urn:unica:site:${siteId}`,
      by: 'dac',
    },
  });
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ: PERMIT_TYPE })
    .sign(by.keys.privateKey);
  return { claims, token };
}
