import { randomBytes } from 'node:crypto';
import { generateKeys, type SiteKeys } from '#identity';
import type { KeyAdvert, SumReceipt, SumRound } from '#wire';
import { unmaskSum } from './hub-sum.ts';
import { addNumbers, bytesOfNumbers } from './mask-stream.ts';
import { beginSum, dealShares, maskNumbers, openSum, type SiteSum, signSurvivors } from './site-sum.ts';

/** Cryptographic chance. */
export const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes));

/** A round of sites in one process, for tests and measurements: everything the hub receives is kept. */
export class SumRig {
  readonly round: SumRound;
  names: readonly string[];
  keys: ReadonlyMap<string, SiteKeys>;
  readonly sums = new Map<string, SiteSum>();
  /** What reached the hub. */
  readonly dealt = new Map<string, Extract<SumReceipt, { kind: 'shares-dealt' }>>();
  readonly masked = new Map<string, Uint8Array>();
  readonly signatures: { siteId: string; signature: string }[] = [];
  readonly openings = new Map<string, Extract<SumReceipt, { kind: 'sum-opened' }>>();

  constructor(sites: number, round: Partial<SumRound> = {}) {
    this.round = { jobId: 'job-00000001', round: 1, specSha256: 'ab'.repeat(32), ...round };
    this.names = Array.from({ length: sites }, (_, index) => `site-${String(index + 1).padStart(2, '0')}`);
    this.keys = new Map(this.names.map((name) => [name, generateKeys()]));
    for (const siteId of this.names) {
      this.sums.set(siteId, beginSum(this.round, { siteId, keys: this.keysOf(siteId), random }));
    }
  }

  /** The same round, to be carried on in another way. */
  copy(): SumRig {
    const copy = new SumRig(0, this.round);
    copy.names = this.names;
    copy.keys = this.keys;
    for (const [name, sum] of this.sums) copy.sums.set(name, sum);
    for (const [name, bytes] of this.masked) copy.masked.set(name, bytes);
    return copy;
  }

  keysOf(siteId: string): SiteKeys {
    const keys = this.keys.get(siteId);
    if (keys === undefined) throw new RangeError(siteId);
    return keys;
  }

  sum(siteId: string): SiteSum {
    const sum = this.sums.get(siteId);
    if (sum === undefined) throw new RangeError(siteId);
    return sum;
  }

  readonly identityOf = (siteId: string): string | undefined => this.keys.get(siteId)?.publicKey;

  get adverts(): KeyAdvert[] {
    return this.names.map((name) => this.sum(name).advert);
  }

  deal(siteId: string, adverts: readonly KeyAdvert[] = this.adverts): void {
    const trust = { sites: this.names, identityOf: this.identityOf, random };
    const { sum, receipt } = dealShares(this.sum(siteId), adverts, trust);
    this.sums.set(siteId, sum);
    this.dealt.set(siteId, receipt);
  }

  sharesFor(siteId: string, dealers: readonly string[]) {
    return dealers
      .filter((from) => from !== siteId)
      .map((from) => ({ from, sealed: this.dealt.get(from)?.shares.find(({ to }) => to === siteId)?.sealed ?? '' }));
  }

  async mask(siteId: string, numbers: Int32Array, dealers: readonly string[]): Promise<void> {
    const own = numbers.slice();
    const sum = await maskNumbers(this.sum(siteId), own, { dealers, shares: this.sharesFor(siteId, dealers) });
    this.sums.set(siteId, { ...sum, maskedSha256: 'cd'.repeat(32) });
    this.masked.set(siteId, bytesOfNumbers(own));
  }

  sign(siteId: string, survivors: readonly string[]): void {
    const { sum, receipt } = signSurvivors(this.sum(siteId), survivors, this.keysOf(siteId));
    this.sums.set(siteId, sum);
    this.signatures.push({ siteId, signature: receipt.signature });
  }

  open(siteId: string): void {
    this.openings.set(siteId, openSum(this.sum(siteId), this.signatures, this.identityOf).opened);
  }

  /** The hub's end: adds up and takes the masks off. */
  async unmask(dealers: readonly string[], survivors: readonly string[], length: number): Promise<Int32Array> {
    const total = new Int32Array(length);
    for (const siteId of survivors) addNumbers(total, this.masked.get(siteId) ?? new Uint8Array(0));
    const { openings, adverts: group } = this;
    await unmaskSum(total, { ...this.round, group, dealers, survivors, openings });
    return total;
  }
}
