import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTACKS, errorsOfLargeCounts, playAttack } from './search-attacks.ts';
import { openTestDesk } from './search-desk-fixture.ts';

/** Rounds of each attack here; `npm run campaign:search-attacks` plays more. */
const ROUNDS = 120;
/** What the product promises. */
const MOST = 0.25;
/** One standard deviation of an advantage that is measured in so many rounds. */
const UNSURE = 1 / Math.sqrt(ROUNDS);

for (const attack of ATTACKS) {
  test(`attack on one person within a day: ${attack}`, async (context) => {
    const { optOuts } = await openTestDesk(context, { rows: () => [] });
    const rounds = attack === 'without a budget' ? 20 : ROUNDS;
    const result = await playAttack(attack, { rounds, seed: 'test', optOuts });
    if (attack === 'without a budget') {
      assert.ok(result.advantage > 0.4, `the suite sees an attack that works: ${JSON.stringify(result)}`);
      return;
    }
    assert.ok(result.advantage <= MOST + UNSURE, JSON.stringify(result));
    if (attack === 'differencing' || attack === 'tracker') assert.ok(result.refused >= 9, JSON.stringify(result));
    if (attack === 'three colluders') assert.ok(result.answered <= 60, JSON.stringify(result));
    if (attack === 'restart' || attack === 'intersection') assert.ok(result.answered <= 20, JSON.stringify(result));
  });
}

test('counts of at least 500 are off by at most five in a hundred, in the middle of all', async (context) => {
  const { optOuts } = await openTestDesk(context, { rows: () => [] });
  const errors = await errorsOfLargeCounts({ rounds: 120, seed: 'test', optOuts });
  for (const [number, values] of Object.entries(errors)) {
    const middle = values.toSorted((a, b) => a - b)[values.length >> 1] ?? 1;
    assert.ok(values.length > 60 && middle <= 0.05, `${number}: ${middle}`);
  }
});
