import { concatBytes, fromBase64Url, sha256Hex, toBase64Url, UnicaError } from '#base';
import { type SiteKeys, signText, verifyText } from '#identity';
import { type KeyAdvert, keyAdvertText, MASKED_SITES, type SumReceipt, type SumRound, survivorsText } from '#wire';
import { addMasks, type Mask } from './mask-stream.ts';
import {
  inOrder,
  type KeyContext,
  openShares,
  pairMaskKey,
  publicHalf,
  rosterDigest,
  sealShares,
  selfMaskKey,
} from './round-keys.ts';
import { splitSecret } from './shamir.ts';

/**
 * A site's part in adding up one round (Bonawitz et al. 2017, "Practical secure aggregation for privacy-preserving machine
 * learning", figure 4, with the consistency check of active adversaries). Every step is a function from what the site keeps to
 * what it keeps next and answers: the caller writes it down before the answer leaves. The same question again has the same
 * answer; another question in its place is refused.
 */

/** Shares that reached a site from another, base64url. */
interface HeldShares {
  readonly of: string;
  readonly maskKey: string;
  readonly selfMask: string;
}

/** What a site keeps of a round while it is added up: secrets. Plain JSON; keys and seeds 32 bytes, base64url. */
export interface SiteSum extends SumRound {
  readonly siteId: string;
  readonly advert: KeyAdvert;
  readonly maskSecret: string;
  readonly shareSecret: string;
  readonly selfSeed: string;
  /** After `deal-shares`. */
  readonly group?: readonly KeyAdvert[];
  readonly dealt?: Extract<SumReceipt, { kind: 'shares-dealt' }>;
  readonly ownShares?: HeldShares;
  /** After `send-masked`. */
  readonly dealers?: readonly string[];
  readonly held?: readonly HeldShares[];
  readonly maskedSha256?: string;
  /** After `sign-survivors`. */
  readonly survivors?: readonly string[];
}

/** What is left of a round once a site has opened its part: its last answer, and no secret. */
export interface OpenedSum extends SumRound {
  readonly siteId: string;
  readonly opened: Extract<SumReceipt, { kind: 'sum-opened' }>;
}

type Random = (bytes: number) => Uint8Array;
type Receipt<Kind extends SumReceipt['kind']> = Extract<SumReceipt, { kind: Kind }>;
interface Step<Kind extends SumReceipt['kind']> {
  readonly sum: SiteSum;
  readonly receipt: Receipt<Kind>;
}

/** Sites that must answer at each step, and shares that give a secret back: two thirds of the group, rounded up. */
export function sumThreshold(group: number): number {
  return Math.ceil((2 * group) / 3);
}

/** Fresh secrets for a round, and its keys signed with the site's identity. @param random from a cryptographic source */
export function beginSum(
  round: SumRound,
  { siteId, keys, random }: { readonly siteId: string; readonly keys: SiteKeys; readonly random: Random },
): SiteSum {
  const [maskSecret, shareSecret, selfSeed] = [random(32), random(32), random(32)] as const;
  const unsigned = {
    siteId,
    maskKey: toBase64Url(publicHalf(maskSecret)),
    shareKey: toBase64Url(publicHalf(shareSecret)),
    selfMaskSha256: sha256Hex(selfSeed),
  };
  const { jobId, specSha256 } = round;
  return {
    jobId,
    round: round.round,
    specSha256,
    siteId,
    advert: { ...unsigned, signature: signText(keys, keyAdvertText(round, unsigned)) },
    maskSecret: toBase64Url(maskSecret),
    shareSecret: toBase64Url(shareSecret),
    selfSeed: toBase64Url(selfSeed),
  };
}

/** Whether the site owning an identity key signed these keys for this round. */
export function isAdvertOf(publicKey: string, round: SumRound, advert: KeyAdvert): boolean {
  return verifyText(publicKey, keyAdvertText(round, advert), advert.signature);
}

/** Whether the site owning an identity key signed this set of sites, in this group and round. */
export function isSurvivorsSignatureOf(
  publicKey: string,
  signed: SumRound & {
    readonly group: readonly KeyAdvert[];
    readonly dealers: readonly string[];
    readonly survivors: readonly string[];
  },
  signature: string,
): boolean {
  return verifyText(
    publicKey,
    survivorsText(signed, { ...signed, rosterSha256: rosterDigest(signed.group) }),
    signature,
  );
}

/**
 * Shares the site's secrets among the group, each share encrypted for one site.
 * @param trust.identityOf the identity key of a site as this site knows it, not as the hub says
 * @throws UnicaError `aggregation.refused`: a group that is too small or large, names a site twice or one that the job does not,
 * lacks this site, or holds keys that their site did not sign for this round; another group than before.
 */
export function dealShares(
  sum: SiteSum,
  adverts: readonly KeyAdvert[],
  trust: {
    readonly sites: readonly string[];
    readonly identityOf: (siteId: string) => string | undefined;
    readonly random: Random;
  },
): Step<'shares-dealt'> {
  checkGroup(sum, adverts, trust);
  const group = inOrder(adverts);
  if (sum.group !== undefined && sum.dealt !== undefined) {
    if (rosterDigest(sum.group) !== rosterDigest(group))
      throw refused('it was given another group in this round before');
    return { sum, receipt: sum.dealt };
  }
  const { random } = trust;
  const sizes = { threshold: sumThreshold(group.length), shares: group.length, random };
  const ofMaskKey = splitSecret(fromBase64Url(sum.maskSecret), sizes);
  const ofSelfMask = splitSecret(fromBase64Url(sum.selfSeed), sizes);
  const context = contextOf(sum, group);
  const none = new Uint8Array(32);
  const parts = group.map(({ siteId, shareKey }, index) => ({
    siteId,
    shareKey,
    maskKey: ofMaskKey[index]?.bytes ?? none,
    selfMask: ofSelfMask[index]?.bytes ?? none,
  }));
  const own = parts.find(({ siteId }) => siteId === sum.siteId);
  const shares = parts
    .filter(({ siteId }) => siteId !== sum.siteId)
    .map(({ siteId, shareKey, maskKey, selfMask }) => {
      const secret = fromBase64Url(sum.shareSecret);
      const way = { context, from: sum.siteId, to: siteId };
      const keys = { secret, otherPublic: shareKey, nonce: random(12) };
      return { to: siteId, sealed: toBase64Url(sealShares(concatBytes([maskKey, selfMask]), keys, way)) };
    });
  const receipt = { kind: 'shares-dealt' as const, shares };
  const ownShares = heldShares(sum.siteId, concatBytes([own?.maskKey ?? none, own?.selfMask ?? none]));
  return { sum: { ...sum, group, dealt: receipt, ownShares }, receipt };
}

/**
 * Masks the site's numbers in place, so that only the sum over the group tells anything, and takes in the others' shares.
 * @param numbers modulo 2³²; the same numbers again give the same masked ones
 * @throws UnicaError `aggregation.refused`: fewer dealers than the threshold, a share that is not for this site and round,
 * other dealers than before, shares before it dealt its own.
 */
export async function maskNumbers(
  sum: SiteSum,
  numbers: Int32Array,
  { dealers, shares }: { readonly dealers: readonly string[]; readonly shares: readonly SealedFrom[] },
): Promise<SiteSum> {
  const { group, ownShares } = sum;
  if (group === undefined || ownShares === undefined) throw refused('it was asked to mask before it had shared');
  checkSet(dealers, {
    of: group.map(({ siteId }) => siteId),
    size: group.length,
    with: sum.siteId,
    named: 'sharing sites',
  });
  if (sum.dealers !== undefined && !sameSet(sum.dealers, dealers))
    throw refused('it was told of other sharing sites before');
  const context = contextOf(sum, group);
  const others = group.filter(({ siteId }) => siteId !== sum.siteId && dealers.includes(siteId));
  if (
    !sameSet(
      shares.map(({ from }) => from),
      others.map(({ siteId }) => siteId),
    )
  ) {
    throw refused('the shares it received are not one from each sharing site');
  }
  const held = others.map(({ siteId, shareKey }) => {
    const sealed = fromBase64Url(shares.find(({ from }) => from === siteId)?.sealed ?? '');
    const keys = { secret: fromBase64Url(sum.shareSecret), otherPublic: shareKey };
    return heldShares(siteId, openShares(sealed, keys, { context, from: siteId, to: sum.siteId }));
  });
  const own: Mask = { key: selfMaskKey(fromBase64Url(sum.selfSeed), context, sum.siteId), sign: 1 };
  const shared = others.map(({ siteId, maskKey }): Mask => {
    const key = pairMaskKey(fromBase64Url(sum.maskSecret), maskKey, { context, sites: [sum.siteId, siteId] });
    return { key, sign: sum.siteId < siteId ? 1 : -1 };
  });
  await addMasks(numbers, [own, ...shared]);
  return { ...sum, dealers: [...dealers].sort(), held: [ownShares, ...held] };
}

/** A share as it arrives. */
export interface SealedFrom {
  readonly from: string;
  readonly sealed: string;
}

/**
 * Signs the set of sites whose update is in the sum. A site signs one set in a round, so that no two sets find enough signatures.
 * @throws UnicaError `aggregation.refused`: fewer than the threshold, sites that did not share, without this one, another set before.
 */
export function signSurvivors(sum: SiteSum, survivors: readonly string[], keys: SiteKeys): Step<'survivors-signed'> {
  const { group, dealers } = sum;
  if (group === undefined || dealers === undefined || sum.maskedSha256 === undefined) {
    throw refused('it was asked to sign before its masked update had left');
  }
  checkSet(survivors, { of: dealers, size: group.length, with: sum.siteId, named: 'sites of the sum' });
  if (sum.survivors !== undefined && !sameSet(sum.survivors, survivors)) {
    throw refused('it has signed another set of sites in this round');
  }
  const text = survivorsText(sum, { rosterSha256: rosterDigest(group), dealers, survivors });
  return {
    sum: { ...sum, survivors: [...survivors].sort() },
    receipt: { kind: 'survivors-signed', signature: signText(keys, text) },
  };
}

/**
 * The shares that take the masks off the sum: of own masks for sites in it, of pair masks for those that dropped out, never both
 * of one site. What the site keeps afterwards holds no secret.
 * @throws UnicaError `aggregation.refused`: fewer right signatures than the threshold under the very set that this site signed.
 */
export function openSum(
  sum: SiteSum,
  signatures: readonly { readonly siteId: string; readonly signature: string }[],
  identityOf: (siteId: string) => string | undefined,
): OpenedSum {
  const { group, dealers, survivors, held } = sum;
  if (group === undefined || dealers === undefined || survivors === undefined || held === undefined) {
    throw refused('it was asked to open the sum before it had signed whose it is');
  }
  const signed = { ...sum, group, dealers, survivors };
  const signers = new Set(
    signatures
      .filter(({ siteId, signature }) => {
        const publicKey = identityOf(siteId);
        return (
          survivors.includes(siteId) && publicKey !== undefined && isSurvivorsSignatureOf(publicKey, signed, signature)
        );
      })
      .map(({ siteId }) => siteId),
  );
  const needed = sumThreshold(group.length);
  if (signers.size < needed) {
    throw refused(`only ${signers.size} sites signed the set of sites that this one signed, and ${needed} must`);
  }
  const opened = {
    kind: 'sum-opened' as const,
    selfMasks: held.filter(({ of }) => survivors.includes(of)).map(({ of, selfMask }) => ({ of, share: selfMask })),
    maskKeys: held.filter(({ of }) => !survivors.includes(of)).map(({ of, maskKey }) => ({ of, share: maskKey })),
  };
  const { jobId, specSha256, siteId } = sum;
  return { jobId, round: sum.round, specSha256, siteId, opened };
}

function checkGroup(
  sum: SiteSum,
  adverts: readonly KeyAdvert[],
  {
    sites,
    identityOf,
  }: { readonly sites: readonly string[]; readonly identityOf: (siteId: string) => string | undefined },
): void {
  const { least, most } = MASKED_SITES;
  if (adverts.length < least || adverts.length > most) {
    throw refused(`its group has ${adverts.length} sites; it must have ${least} to ${most}`);
  }
  if (new Set(adverts.map(({ siteId }) => siteId)).size !== adverts.length)
    throw refused('its group names a site twice');
  const own = adverts.find(({ siteId }) => siteId === sum.siteId);
  if (
    own?.signature !== sum.advert.signature ||
    own.maskKey !== sum.advert.maskKey ||
    own.shareKey !== sum.advert.shareKey
  ) {
    throw refused('its group lacks this site, or has other keys of it');
  }
  for (const advert of adverts) {
    const { siteId } = advert;
    if (!sites.includes(siteId)) throw refused(`its group has ${siteId}, which the job does not name`);
    const publicKey = identityOf(siteId);
    if (publicKey === undefined) throw refused(`this node knows no key of ${siteId}`);
    if (!isAdvertOf(publicKey, sum, advert)) {
      throw refused(`the keys of ${siteId} are not signed by the key this node knows of it, for this round`);
    }
  }
}

function checkSet(
  sites: readonly string[],
  wanted: { readonly of: readonly string[]; readonly size: number; readonly with: string; readonly named: string },
): void {
  const needed = sumThreshold(wanted.size);
  if (new Set(sites).size !== sites.length || !sites.every((site) => wanted.of.includes(site))) {
    throw refused(`the ${wanted.named} are not of the group, or one is named twice`);
  }
  if (!sites.includes(wanted.with)) throw refused(`the ${wanted.named} lack this site`);
  if (sites.length < needed)
    throw refused(`${sites.length} ${wanted.named} are fewer than the ${needed} that there must be`);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join(' ') === [...other].sort().join(' ');
}

function contextOf(sum: SiteSum, group: readonly KeyAdvert[]): KeyContext {
  const { jobId, round, specSha256 } = sum;
  return { jobId, round, specSha256, rosterSha256: rosterDigest(group) };
}

function heldShares(of: string, both: Uint8Array): HeldShares {
  return { of, maskKey: toBase64Url(both.subarray(0, 32)), selfMask: toBase64Url(both.subarray(32)) };
}

function refused(problem: string): UnicaError {
  return new UnicaError('aggregation.refused', { problem });
}
