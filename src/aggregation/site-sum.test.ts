import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64Url, UnicaError } from '#base';
import { generateKeys, signText } from '#identity';
import { keyAdvertText } from '#wire';
import { addMasks, bytesOfNumbers } from './mask-stream.ts';
import { publicHalf, rosterDigest, selfMaskKey } from './round-keys.ts';
import { joinShares } from './shamir.ts';
import { beginSum, dealShares, maskNumbers, openSum, signSurvivors, sumThreshold } from './site-sum.ts';
import { random, SumRig } from './sum-rig.ts';

const LENGTH = 257;
const SITES = 5;

function numbersOf(index: number): Int32Array {
  return Int32Array.from({ length: LENGTH }, (_, at) => (index + 1) * 10_007 * (at - 100) - at * at);
}

/** The oracle: integers of any size, modulo 2^32 at the end. */
function exactSum(indices: readonly number[]): number[] {
  return Array.from({ length: LENGTH }, (_, at) =>
    Number(
      BigInt.asIntN(
        32,
        indices.reduce((sum, index) => sum + BigInt(numbersOf(index)[at] ?? 0), 0n),
      ),
    ),
  );
}

const refusedAs = (problem: RegExp) => (error: unknown) =>
  error instanceof UnicaError && error.code === 'aggregation.refused' && problem.test(error.message);

/** A round in which all have shared and masked: what a site sends does not depend on who drops out afterwards. */
const masked = once(async () => {
  const rig = new SumRig(SITES);
  for (const name of rig.names) rig.deal(name);
  for (const [index, name] of rig.names.entries()) await rig.mask(name, numbersOf(index), rig.names);
  return rig;
});

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Runs a round in which some sites are gone before a step. */
async function roundWithout(
  gone: ReadonlySet<number>,
  before: 'send-masked' | 'sign-survivors',
): Promise<{ readonly rig: SumRig; readonly total: Int32Array | undefined }> {
  const rig = (await masked()).copy();
  const left = rig.names.filter((_, index) => !gone.has(index));
  const dealers = rig.names;
  const senders = before === 'send-masked' ? left : rig.names;
  // What a site has not sent the hub does not have.
  for (const name of rig.names) if (!senders.includes(name)) rig.masked.delete(name);
  if (left.length < sumThreshold(SITES)) {
    if (before === 'send-masked') {
      for (const name of left) assert.throws(() => rig.sign(name, left), refusedAs(/fewer than the 4/));
    } else {
      for (const name of left) rig.sign(name, senders);
      for (const name of left) assert.throws(() => rig.open(name), refusedAs(/sites signed/));
    }
    return { rig, total: undefined };
  }
  for (const name of left) rig.sign(name, senders);
  for (const name of left) rig.open(name);
  return { rig, total: await rig.unmask(dealers, senders, LENGTH) };
}

test('the sum is exact for every one of the 2^5 sets of sites that drop out, or there is none', async () => {
  assert.deepEqual([3, 4, 5, 6, 10, 64].map(sumThreshold), [2, 3, 4, 4, 7, 43]);
  let sums = 0;
  for (let set = 0; set < 2 ** SITES; set += 1) {
    const gone = new Set(Array.from({ length: SITES }, (_, index) => index).filter((index) => set & (1 << index)));
    const kept = [0, 1, 2, 3, 4].filter((index) => !gone.has(index));
    const late = await roundWithout(gone, 'send-masked');
    const after = await roundWithout(gone, 'sign-survivors');
    if (kept.length >= 4) {
      assert.deepEqual([...(late.total ?? [])], exactSum(kept), `without ${[...gone]}`);
      assert.deepEqual(
        [...(after.total ?? [])],
        exactSum([0, 1, 2, 3, 4]),
        `${[...gone]} sent theirs before they went`,
      );
      sums += 1;
    } else {
      assert.deepEqual([late.total, after.total], [undefined, undefined]);
    }
  }
  assert.equal(sums, 6);
});

test('a site that is gone before it shares is not in the group that masks', async () => {
  const rig = new SumRig(SITES);
  const dealers = rig.names.slice(1);
  for (const name of dealers) rig.deal(name);
  for (const name of dealers) await rig.mask(name, numbersOf(rig.names.indexOf(name)), dealers);
  for (const name of dealers) rig.sign(name, dealers);
  for (const name of dealers) rig.open(name);
  assert.deepEqual([...(await rig.unmask(dealers, dealers, LENGTH))], exactSum([1, 2, 3, 4]));
});

test('the same step again has the same answer; another in its place is refused', async () => {
  const rig = new SumRig(SITES);
  const [one = '', two = ''] = rig.names;
  for (const name of rig.names) rig.deal(name);
  const dealt = rig.dealt.get(one);
  rig.deal(one);
  assert.deepEqual(rig.dealt.get(one), dealt);
  assert.throws(() => rig.deal(one, rig.adverts.slice(0, 4)), refusedAs(/another group/));
  for (const name of rig.names) await rig.mask(name, numbersOf(0), rig.names);
  const sent = rig.masked.get(one);
  await rig.mask(one, numbersOf(0), rig.names);
  assert.deepEqual(rig.masked.get(one), sent);
  await assert.rejects(rig.mask(one, numbersOf(0), rig.names.slice(0, 4)), refusedAs(/other sharing sites/));
  const survivors = rig.names.slice(0, 4);
  rig.sign(one, survivors);
  rig.sign(one, survivors);
  assert.throws(() => rig.sign(one, rig.names), refusedAs(/another set/));
  assert.throws(() => rig.open(one), refusedAs(/only 1 sites signed/), 'its own signature twice is one');
  rig.sign(two, rig.names);
  assert.throws(() => rig.open(one), refusedAs(/only 1 sites signed/), 'a signature under another set is none');
});

test('forged, swapped and foreign keys, and groups of the wrong size, are refused', () => {
  const rig = new SumRig(SITES);
  const [one = '', two = ''] = rig.names;
  const middle = generateKeys();
  const swapped = beginSum(rig.round, { siteId: two, keys: middle, random }).advert;
  const other = beginSum({ ...rig.round, round: 2 }, { siteId: two, keys: rig.keysOf(two), random }).advert;
  const outsider = beginSum(rig.round, { siteId: 'elsewhere', keys: middle, random }).advert;
  const changed = { ...rig.sum(two).advert, maskKey: toBase64Url(publicHalf(random(32))) };
  const rows: readonly (readonly [string, (typeof swapped)[], RegExp])[] = [
    [
      'keys signed by who sits in the middle',
      rig.adverts.map((a) => (a.siteId === two ? swapped : a)),
      /not signed by/,
    ],
    ['one key changed', rig.adverts.map((a) => (a.siteId === two ? changed : a)), /not signed by/],
    ['keys of another round', rig.adverts.map((a) => (a.siteId === two ? other : a)), /not signed by/],
    ['a site that the job does not name', [...rig.adverts, outsider], /does not name/],
    ['a site twice', [...rig.adverts, ...rig.adverts.slice(1, 2)], /twice/],
    ['two sites', rig.adverts.slice(0, 2), /has 2 sites/],
    ['without this site', rig.adverts.slice(1), /lacks this site/],
    ['too many', Array.from({ length: 65 }, () => changed), /has 65 sites/],
  ];
  for (const [says, adverts, problem] of rows) assert.throws(() => rig.deal(one, adverts), refusedAs(problem), says);
  const trust = { sites: rig.names, identityOf: () => undefined, random };
  assert.throws(() => dealShares(rig.sum(one), rig.adverts, trust), refusedAs(/knows no key/));
  assert.equal(rig.dealt.size, 0);
});

test('a key of small order, which would make the secret known to all, is refused though it is signed', () => {
  const rig = new SumRig(3);
  const [one = '', two = ''] = rig.names;
  const { signature: _, ...advert } = { ...rig.sum(two).advert, shareKey: toBase64Url(new Uint8Array(32)) };
  const low = { ...advert, signature: signText(rig.keysOf(two), keyAdvertText(rig.round, advert)) };
  const adverts = rig.adverts.map((shown) => (shown.siteId === two ? low : shown));
  assert.throws(() => rig.deal(one, adverts), refusedAs(/not a usable key/));
});

test('shares of another round, of another site or altered are refused, and name whose they are', async () => {
  const rig = new SumRig(SITES);
  const later = new SumRig(SITES, { round: 2 });
  for (const name of rig.names) {
    rig.deal(name);
    later.deal(name);
  }
  const [one = '', two = '', three = ''] = rig.names;
  const right = rig.sharesFor(one, rig.names);
  const numbers = new Int32Array(4);
  const ask = async (shares: typeof right, dealers = rig.names) =>
    await maskNumbers(rig.sum(one), numbers.slice(), { dealers, shares });
  const replaced = (sealed: string) => right.map((share) => (share.from === two ? { from: two, sealed } : share));
  const sealedOf = (from: SumRig, dealer: string, to: string) =>
    from.dealt.get(dealer)?.shares.find((share) => share.to === to)?.sealed ?? '';
  const altered = `A${sealedOf(rig, two, one).slice(1)}`;
  for (const [says, sealed] of [
    ['of another round', sealedOf(later, two, one)],
    ['for another site', sealedOf(rig, two, three)],
    ['of another site', sealedOf(rig, three, one)],
    ['altered', altered],
  ] as const) {
    await assert.rejects(ask(replaced(sealed)), refusedAs(/share from site-02/), says);
  }
  await assert.rejects(ask(right.slice(1)), refusedAs(/one from each/));
  await assert.rejects(ask([...right, ...right.slice(0, 1)]), refusedAs(/one from each/));
  await assert.rejects(
    ask(rig.sharesFor(one, rig.names.slice(0, 3)), rig.names.slice(0, 3)),
    refusedAs(/fewer than the 4/),
  );
  await assert.rejects(ask(right, rig.names.slice(1)), refusedAs(/lack this site/));
});

test('steps out of their order are refused', async () => {
  const rig = new SumRig(3);
  const [one = ''] = rig.names;
  await assert.rejects(
    maskNumbers(rig.sum(one), new Int32Array(1), { dealers: rig.names, shares: [] }),
    refusedAs(/before it had shared/),
  );
  assert.throws(() => signSurvivors(rig.sum(one), rig.names, rig.keysOf(one)), refusedAs(/before its masked/));
  assert.throws(() => openSum(rig.sum(one), [], rig.identityOf), refusedAs(/before it had signed/));
});

test('the hub asks for both kinds of share: no two sets of sites find enough signatures', async () => {
  const rig = new SumRig(SITES);
  for (const name of rig.names) rig.deal(name);
  for (const [index, name] of rig.names.entries()) await rig.mask(name, numbersOf(index), rig.names);
  const [victim = '', ...others] = rig.names;
  // To one half it says that the victim is in the sum, to the other that it dropped out.
  const [half, rest] = [rig.names.slice(0, 3), rig.names.slice(3)];
  for (const name of half) rig.sign(name, rig.names);
  for (const name of rest) rig.sign(name, others);
  for (const name of rig.names) assert.throws(() => rig.open(name), refusedAs(/sites signed/));
  // Signatures it makes itself, or carries over from another round, count for nothing.
  const forged = others.map((siteId) => {
    const mine = { ...rig.sum(siteId), survivors: others };
    return { siteId, signature: signSurvivors(mine, others, generateKeys()).receipt.signature };
  });
  rig.signatures.push(...forged);
  for (const name of rest) assert.throws(() => rig.open(name), refusedAs(/sites signed/));
  assert.equal(rig.openings.size, 0);
  // What a site opens is of each site one kind alone, and nothing else is left at the site.
  const good = await roundWithout(new Set([4]), 'send-masked');
  for (const opened of good.rig.openings.values()) {
    const kinds = [...opened.selfMasks, ...opened.maskKeys].map(({ of }) => of);
    assert.equal(new Set(kinds).size, SITES);
    assert.deepEqual(
      opened.maskKeys.map(({ of }) => of),
      ['site-05'],
    );
  }
  const left = openSum(good.rig.sum('site-01'), good.rig.signatures, good.rig.identityOf);
  assert.deepEqual(Object.keys(left).sort(), ['jobId', 'opened', 'round', 'siteId', 'specSha256']);
  assert.ok(victim.length > 0);
});

/** Share of the bits of two arrays that agree. */
function agreement(one: Uint8Array, other: Uint8Array): number {
  let same = 0;
  for (const [at, value] of one.entries()) {
    for (let bit = 0; bit < 8; bit += 1) same += ((value ^ (other[at] ?? 0)) >> bit) & 1 ? 0 : 1;
  }
  return same / (8 * one.length);
}

test('the hub tries: with all it received it learns the sum, and of one site no more than of a coin', async () => {
  const length = 20_000;
  // The hub knows two updates of which the victim sent one: nothing at all, or the largest number everywhere.
  const candidates = [new Int32Array(length), new Int32Array(length).fill(1_000_000)];
  for (const [sent, candidate] of candidates.entries()) {
    const rig = new SumRig(SITES);
    const [victim = '', second = ''] = rig.names;
    for (const name of rig.names) rig.deal(name);
    for (const name of rig.names)
      await rig.mask(name, name === victim ? candidate : new Int32Array(length).fill(3), rig.names);
    for (const name of rig.names) rig.sign(name, rig.names);
    for (const name of rig.names) rig.open(name);
    const total = await rig.unmask(rig.names, rig.names, length);
    assert.deepEqual(total, new Int32Array(length).fill(12 + (candidate[0] ?? 0)), 'the sum is right');
    // Now it takes off of the victim's numbers what it can: the own mask, whose seed the shares gave it.
    const context = { ...rig.round, rosterSha256: rosterDigest(rig.adverts) };
    const seen = new Int32Array((rig.masked.get(victim) ?? new Uint8Array(0)).slice().buffer);
    await addMasks(seen, [{ key: selfMaskKey(seedFromShares(rig, victim), context, victim), sign: -1 }]);
    for (const guess of candidates) {
      const left = seen.map((number, at) => number - (guess[at] ?? 0));
      // Had it guessed right and could it tell, the rest would be 0, or something that another site's numbers share.
      assert.ok(Math.abs(agreement(bytesOfNumbers(left), new Uint8Array(4 * length)) - 0.5) < 0.01, `sent ${sent}`);
      const others = new Int32Array((rig.masked.get(second) ?? new Uint8Array(0)).slice().buffer);
      assert.ok(Math.abs(agreement(bytesOfNumbers(left), bytesOfNumbers(others)) - 0.5) < 0.01);
    }
    // The secret behind the pair masks: it has no share of it, and the sites would not open one.
    for (const opened of rig.openings.values()) assert.deepEqual(opened.maskKeys, []);
  }
});

function seedFromShares(rig: SumRig, of: string): Uint8Array {
  const shares = rig.names.flatMap((name, index) => {
    const share = rig.openings.get(name)?.selfMasks.find((one) => one.of === of)?.share;
    return share === undefined ? [] : [{ x: index + 1, bytes: new Uint8Array(Buffer.from(share, 'base64url')) }];
  });
  return joinShares(shares);
}

test('a site that opens wrong shares is outvoted; too few right ones end the round', async () => {
  const opened = await roundWithout(new Set(), 'send-masked');
  const { rig } = opened;
  const wrong = toBase64Url(random(32));
  const spoil = (name: string) => {
    const opening = rig.openings.get(name);
    assert.ok(opening !== undefined);
    rig.openings.set(name, { ...opening, selfMasks: opening.selfMasks.map((share) => ({ ...share, share: wrong })) });
  };
  spoil('site-01');
  assert.deepEqual([...(await rig.unmask(rig.names, rig.names, LENGTH))], exactSum([0, 1, 2, 3, 4]));
  spoil('site-02');
  await assert.rejects(rig.unmask(rig.names, rig.names, LENGTH), { code: 'aggregation.aborted' });
  rig.openings.delete('site-02');
  rig.openings.delete('site-03');
  await assert.rejects(rig.unmask(rig.names, rig.names, LENGTH), /3 sites opened their shares/);
});
