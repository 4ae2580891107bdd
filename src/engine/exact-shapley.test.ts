import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactShapley } from './exact-shapley.ts';

test('the glove game: one left glove, two right ones (Shapley 1953): 2/3, 1/6, 1/6', async () => {
  const shares = await exactShapley(3, (subset) => ((subset & 1) === 1 && (subset & 6) !== 0 ? 1 : 0));
  for (const [player, expected] of [2 / 3, 1 / 6, 1 / 6].entries())
    assert.ok(Math.abs((shares[player] as number) - expected) < 1e-12);
});

test('shares add up to the whole, a player who adds nothing has none, and sums of games have sums of shares', async () => {
  const game = (subset: number): number => Math.sin(subset & 7) + ((subset & 2) !== 0 ? 3 : 0);
  const shares = await exactShapley(4, game);
  const total = shares.reduce((sum, share) => sum + share, 0);
  assert.ok(Math.abs(total - (game(15) - game(0))) < 1e-12);
  assert.ok(Math.abs(shares[3] as number) < 1e-12);
  const linear = await exactShapley(12, (subset) => (subset & 1) * 2 + ((subset >> 5) & 1) * 0.5);
  assert.ok(Math.abs((linear[0] as number) - 2) < 1e-12 && Math.abs((linear[5] as number) - 0.5) < 1e-12);
});

test('no players, and more than all subsets can be asked for, are refused', async () => {
  await assert.rejects(
    exactShapley(0, () => 0),
    { code: 'engine.settings-invalid' },
  );
  await assert.rejects(
    exactShapley(17, () => 0),
    { code: 'engine.settings-invalid' },
  );
});
