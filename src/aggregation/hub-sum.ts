import { equalBytes, fromBase64Url, sha256Hex, UnicaError } from '#base';
import type { KeyAdvert, SumReceipt, SumRound } from '#wire';
import { addMasks, type Mask } from './mask-stream.ts';
import { inOrder, type KeyContext, pairMaskKey, publicHalf, rosterDigest, selfMaskKey } from './round-keys.ts';
import { joinShares, type Share } from './shamir.ts';
import { sumThreshold } from './site-sum.ts';

/** More combinations of shares than these are not tried when some do not fit. */
const MOST_TRIALS = 400;

/** A round whose masked updates are added up. */
export interface MaskedRound extends SumRound {
  /** Keys of the group. */
  readonly group: readonly KeyAdvert[];
  readonly dealers: readonly string[];
  readonly survivors: readonly string[];
  /** What each site opened. */
  readonly openings: ReadonlyMap<string, Extract<SumReceipt, { kind: 'sum-opened' }>>;
}

/**
 * Takes the masks off the sum of the survivors' masked numbers, in place: their own masks, and those they share with sites that
 * dropped out after sharing. What is left is the sum of their numbers modulo 2³².
 * @throws UnicaError `aggregation.aborted`: too few openings, or shares that do not give the secrets that were announced.
 */
export async function unmaskSum(sum: Int32Array, masked: MaskedRound): Promise<void> {
  await addMasks(sum, masksOfSum(masked));
}

/**
 * The masks that are on the sum of the survivors' masked numbers, with the signs that take them off.
 * @throws UnicaError `aggregation.aborted` as {@link unmaskSum}
 */
export function masksOfSum(masked: MaskedRound): readonly Mask[] {
  const masks: Mask[] = [];
  const { jobId, round, specSha256, dealers, survivors } = masked;
  const group = inOrder(masked.group);
  const context: KeyContext = { jobId, round, specSha256, rosterSha256: rosterDigest(group) };
  for (const advert of group.filter(({ siteId }) => survivors.includes(siteId))) {
    const fits = (secret: Uint8Array) => sha256Hex(secret) === advert.selfMaskSha256;
    const seed = recovered(masked, group, { of: advert.siteId, kind: 'selfMasks', fits });
    masks.push({ key: selfMaskKey(seed, context, advert.siteId), sign: -1 });
  }
  for (const { siteId, maskKey } of group) {
    if (!dealers.includes(siteId) || survivors.includes(siteId)) continue;
    const fits = (secret: Uint8Array) => equalBytes(publicHalf(secret), fromBase64Url(maskKey));
    const secret = recovered(masked, group, { of: siteId, kind: 'maskKeys', fits });
    for (const other of group.filter((one) => survivors.includes(one.siteId))) {
      const key = pairMaskKey(secret, other.maskKey, { context, sites: [siteId, other.siteId] });
      masks.push({ key, sign: other.siteId < siteId ? -1 : 1 });
    }
  }
  return masks;
}

/** A secret from the first shares that give the one that was announced: a site that opens wrong shares does not stop the round. */
function recovered(
  { openings }: MaskedRound,
  group: readonly KeyAdvert[],
  wanted: {
    readonly of: string;
    readonly kind: 'selfMasks' | 'maskKeys';
    readonly fits: (secret: Uint8Array) => boolean;
  },
): Uint8Array {
  const shares = group.flatMap(({ siteId }, index): readonly Share[] => {
    const opened = openings.get(siteId)?.[wanted.kind].find(({ of }) => of === wanted.of);
    return opened === undefined ? [] : [{ x: index + 1, bytes: fromBase64Url(opened.share) }];
  });
  const needed = sumThreshold(group.length);
  if (shares.length < needed) {
    const problem = `${shares.length} sites opened their shares of ${wanted.of}, and ${needed} are needed`;
    throw new UnicaError('aggregation.aborted', { problem });
  }
  let trials = 0;
  for (const chosen of combinations(shares, needed)) {
    if (trials === MOST_TRIALS) break;
    const secret = joinShares(chosen);
    if (wanted.fits(secret)) return secret;
    trials += 1;
  }
  const problem = `the shares of ${wanted.of} do not give what it announced`;
  throw new UnicaError('aggregation.aborted', { problem });
}

/** All choices of so many items, the first ones first. */
function* combinations<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [index, item] of items.entries()) {
    if (items.length - index < size) return;
    for (const rest of combinations(items.slice(index + 1), size - 1)) yield [item, ...rest];
  }
}
