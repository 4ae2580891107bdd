/**
 * How like two plain words are, 0 to 1: equal, one the beginning or the end of the other, or few slips apart (Damerau and Levenshtein,
 * neighbours swapped counting once; one slip from four letters on, two from eight).
 */
export function likenessOfWords(one: string, other: string): number {
  if (one === other) return 1;
  const shorter = Math.min(one.length, other.length);
  const longer = Math.max(one.length, other.length);
  if (shorter >= 3 && (one.startsWith(other) || other.startsWith(one))) return 0.55 + (0.35 * shorter) / longer;
  // Compounds: `Tumordiagnose` is a diagnosis.
  if (shorter >= 5 && (one.endsWith(other) || other.endsWith(one))) return 0.5 + (0.4 * shorter) / longer;
  const most = longer >= 8 ? 2 : longer >= 4 ? 1 : 0;
  if (most === 0 || longer - shorter > most) return 0;
  const slips = slipsBetween(one, other, most);
  return slips > most ? 0 : 1 - (slips * 1.6) / longer;
}

/** Slips between two words, or `most + 1` where there are more (optimal string alignment). */
function slipsBetween(one: string, other: string, most: number): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    let least = row;
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      let slips = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        slips = Math.min(slips, (before[column - 2] ?? 0) + 1);
      }
      next.push(slips);
      least = Math.min(least, slips);
    }
    if (least > most) return most + 1;
    before = last;
    last = next;
  }
  return last[other.length] ?? most + 1;
}
