import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { checkMemorisation, guessMembership } from './memorisation.ts';

const remembers = (error: unknown) => error instanceof UnicaError && error.code === 'privacy.model-remembers';

/** Losses around a middle, from a fixed seed. */
function losses(count: number, middle: number, seed: string): readonly number[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => middle + 0.3 * (random.uniform() - 0.5));
}

test('pairs are counted as they are, ties as halves', () => {
  const pairs = (learned: readonly number[], heldOut: readonly number[]) => {
    let right = 0;
    for (const a of learned) for (const b of heldOut) right += a < b ? 1 : a === b ? 0.5 : 0;
    return right / (learned.length * heldOut.length);
  };
  const learned = losses(30, 0.5, 'a').map((loss) => Number(loss.toFixed(2)));
  const heldOut = losses(25, 0.55, 'b').map((loss) => Number(loss.toFixed(2)));
  assert.ok(Math.abs((guessMembership(learned, heldOut)?.success ?? 0) - pairs(learned, heldOut)) < 1e-12);
  assert.equal(guessMembership(losses(19, 0, 'c'), heldOut), undefined, 'too few to say anything');
});

test('a model that knows its films by heart stays; one that does as well on others leaves', () => {
  const alike = guessMembership(losses(400, 0.5, 'd'), losses(80, 0.5, 'e'));
  assert.ok(alike !== undefined && alike.atLeast < 0.5 && alike.success > 0.4 && alike.success < 0.6);
  checkMemorisation(alike);
  const byHeart = guessMembership(losses(400, 0.05, 'f'), losses(80, 0.9, 'g'));
  assert.equal(byHeart?.success, 1);
  assert.throws(() => checkMemorisation(byHeart), remembers);
  // Twenty of each order at random: nothing is held against a model that a few films do not show.
  checkMemorisation(guessMembership(losses(20, 0.5, 'h'), losses(20, 0.55, 'i')));
  checkMemorisation(undefined);
});
