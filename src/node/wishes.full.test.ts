import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playWishes } from './wishes-rig.ts';

const GAMES = [
  { seed: 'one', steps: 700 },
  { seed: 'two', steps: 700 },
  { seed: 'three', steps: 700 },
];

for (const game of GAMES) {
  test(`nobody is counted, exported or trained on against their wish or without a basis: game ${game.seed}`, async () => {
    const { looked, rounds, faults } = await playWishes(game);
    assert.ok(looked > 1500, `only ${looked} people were looked at`);
    assert.ok(rounds > 5, `only ${rounds} rounds were let out`);
    assert.deepEqual(faults, []);
  });
}
