import { UnicaError } from '#base';

/** Players beyond which every subset is no longer asked about. */
const MOST_PLAYERS = 16;

/**
 * Shapley values by all 2ⁿ subsets (Shapley 1953): what each of n players adds, on average over the orders in which they could
 * join. They add up to the value of all less that of none.
 * @param worthOf asked once for each subset; bit i of it says whether player i takes part
 * @throws UnicaError `engine.settings-invalid` for more than 16 players or none
 */
export async function exactShapley(
  players: number,
  worthOf: (subset: number) => number | Promise<number>,
): Promise<Float64Array> {
  if (!Number.isInteger(players) || players < 1 || players > MOST_PLAYERS)
    throw new UnicaError('engine.settings-invalid', { problem: `${players} players are not 1 to ${MOST_PLAYERS}` });
  const values = new Float64Array(2 ** players);
  for (let subset = 0; subset < values.length; subset += 1) values[subset] = await worthOf(subset);
  // Weight of a subset of so many others: s! (n − s − 1)! / n!
  const weights = Array.from({ length: players }, (_, size) => 1 / (players * choose(players - 1, size)));
  const shares = new Float64Array(players);
  for (let subset = 0; subset < values.length; subset += 1) {
    const weight = weights[sizeOf(subset)];
    if (weight === undefined) continue;
    for (let player = 0; player < players; player += 1) {
      const joined = subset | (1 << player);
      if (joined === subset) continue;
      shares[player] = (shares[player] as number) + weight * ((values[joined] as number) - (values[subset] as number));
    }
  }
  return shares;
}

function choose(of: number, picked: number): number {
  let ways = 1;
  for (let step = 1; step <= picked; step += 1) ways = (ways * (of - picked + step)) / step;
  return ways;
}

function sizeOf(subset: number): number {
  let size = 0;
  for (let rest = subset; rest > 0; rest &= rest - 1) size += 1;
  return size;
}
