import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '#base';
import type { SiteKeys } from '#identity';
import { type KeyAdvert, keyAdvertText, survivorsText } from '#wire';
import { unmaskSum } from './hub-sum.ts';
import { addMasks, addNumbers, bytesOfNumbers } from './mask-stream.ts';
import { pairMaskKey, rosterDigest, selfMaskKey } from './round-keys.ts';
import { beginSum, dealShares, maskNumbers, openSum, type SiteSum, signSurvivors } from './site-sum.ts';

interface Vectors {
  readonly round: { readonly jobId: string; readonly round: number; readonly specSha256: string };
  readonly groupSha256: string;
  readonly pairMaskKeys: readonly {
    readonly sites: [string, string];
    readonly key: string;
    readonly numbers: number[];
  }[];
  readonly sites: Readonly<
    Record<
      string,
      {
        readonly identitySecret: string;
        readonly random: readonly string[];
        readonly advertText: string;
        readonly advert: KeyAdvert;
        readonly selfMaskKey: string;
        readonly dealt: readonly { readonly to: string; readonly sealed: string }[];
        readonly numbers: readonly number[];
        readonly masked: readonly number[];
      }
    >
  >;
  readonly cases: readonly {
    readonly survivors: readonly string[];
    readonly survivorsText: string;
    readonly sites: Readonly<Record<string, { signature: string; selfMasks: object[]; maskKeys: object[] }>>;
    readonly sum: readonly number[];
  }[];
}

const path = new URL('../../conformance/secure-sum.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
const names = Object.keys(vectors.sites);
const { round } = vectors;

function identityOf(site: string): SiteKeys {
  const seed = fromHex(vectors.sites[site]?.identitySecret ?? '');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const jwk = privateKey.export({ format: 'jwk' });
  return { privateKey, publicKey: jwk.x ?? '' };
}
const keys = new Map(names.map((site) => [site, identityOf(site)]));
const keysOf = (site: string) => keys.get(site) ?? assert.fail(site);

test('one round as another implementation works it out: every key, share, text, masked number and sum', async () => {
  const group = names.map((site) => vectors.sites[site]?.advert ?? assert.fail(site));
  assert.equal(rosterDigest([...group].reverse()), vectors.groupSha256);
  const context = { ...round, rosterSha256: vectors.groupSha256 };
  const trust = { sites: names, identityOf: (site: string) => keysOf(site).publicKey };
  const sums = new Map<string, SiteSum>();
  const masked = new Map<string, Uint8Array>();
  for (const [siteId, site] of Object.entries(vectors.sites)) {
    const drawn = site.random.map(fromHex);
    const random = (bytes: number) => {
      const next = drawn.shift();
      assert.equal(next?.length, bytes);
      return next ?? new Uint8Array(bytes);
    };
    const begun = beginSum(round, { siteId, keys: keysOf(siteId), random });
    assert.deepEqual(begun.advert, site.advert);
    assert.equal(keyAdvertText(round, site.advert), site.advertText);
    const { sum, receipt } = dealShares(begun, group, { ...trust, random });
    assert.deepEqual(receipt.shares, site.dealt);
    assert.equal(toHex(selfMaskKey(fromHex(site.random[2] ?? ''), context, siteId)), site.selfMaskKey);
    sums.set(siteId, sum);
  }
  for (const { sites, key, numbers } of vectors.pairMaskKeys) {
    const [one, other] = sites;
    const secret = fromHex(vectors.sites[one]?.random[0] ?? '');
    const derived = pairMaskKey(secret, vectors.sites[other]?.advert.maskKey ?? '', { context, sites: [other, one] });
    assert.equal(toHex(derived), key);
    const stream = new Int32Array(numbers.length);
    await addMasks(stream, [{ key: derived, sign: 1 }]);
    assert.deepEqual([...stream], numbers);
  }
  for (const [siteId, site] of Object.entries(vectors.sites)) {
    const shares = names.flatMap((from) => {
      const sealed = vectors.sites[from]?.dealt.find(({ to }) => to === siteId)?.sealed;
      return sealed === undefined ? [] : [{ from, sealed }];
    });
    const numbers = Int32Array.from(site.numbers);
    const sum = await maskNumbers(sums.get(siteId) ?? assert.fail(), numbers, { dealers: names, shares });
    assert.deepEqual([...numbers], site.masked);
    sums.set(siteId, { ...sum, maskedSha256: 'ab'.repeat(32) });
    masked.set(siteId, bytesOfNumbers(numbers));
  }
  for (const { survivors, survivorsText: text, sites, sum } of vectors.cases) {
    assert.equal(survivorsText(round, { rosterSha256: vectors.groupSha256, dealers: names, survivors }), text);
    const signed = survivors.map((siteId) => {
      const next = signSurvivors(sums.get(siteId) ?? assert.fail(), survivors, keysOf(siteId));
      assert.equal(next.receipt.signature, sites[siteId]?.signature);
      return { siteId, sum: next.sum, signature: next.receipt.signature };
    });
    const openings = new Map(
      signed.map(({ siteId, sum: kept }) => [siteId, openSum(kept, signed, trust.identityOf).opened] as const),
    );
    for (const [siteId, { selfMasks, maskKeys }] of openings) {
      assert.deepEqual([inOrder(selfMasks), inOrder(maskKeys)], [sites[siteId]?.selfMasks, sites[siteId]?.maskKeys]);
    }
    const total = new Int32Array(sum.length);
    for (const siteId of survivors) addNumbers(total, masked.get(siteId) ?? new Uint8Array(0));
    await unmaskSum(total, { ...round, group, dealers: names, survivors, openings });
    assert.deepEqual([...total], sum);
  }
});

function inOrder<Item extends { readonly of: string }>(items: readonly Item[]): readonly Item[] {
  return items.toSorted((one, other) => (one.of < other.of ? -1 : 1));
}
