/**
 * How like two plain words are, 0 to 1: equal, one the beginning or the end of the other, alike but for their endings, or few slips apart (Damerau and Levenshtein,
 * neighbours swapped counting once; one slip from four letters on, two from eight).
 */
export function likenessOfWords(one: string, other: string): number {
  if (one === other) return 1;
  const shorter = Math.min(one.length, other.length);
  const longer = Math.max(one.length, other.length);
  if (shorter >= 3 && (one.startsWith(other) || other.startsWith(one))) return 0.55 + (0.35 * shorter) / longer;
  // Compounds: `Tumordiagnose` is a diagnosis.
  if (shorter >= 5 && (one.endsWith(other) || other.endsWith(one))) return 0.5 + (0.4 * shorter) / longer;
  // The same word with another ending: `krūties` and `krūtų`, `paskutinis` and `paskutinė`.
  const stem = sharedBeginning(one, other);
  if (stem >= 4 && longer - stem <= 4 && stem >= 0.6 * shorter) {
    return Math.max(0.5 + (0.3 * stem) / longer, withSlips(one, other));
  }
  return withSlips(one, other);
}

function sharedBeginning(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) if (one[at] !== other[at]) return at;
  return shorter;
}

function withSlips(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  const longer = Math.max(one.length, other.length);
  const most = longer >= 8 ? 2 : longer >= 4 ? 1 : 0;
  if (most === 0 || longer - shorter > most) return 0;
  const slips = slipsBetween(one, other, most);
  return slips > most ? 0 : 1 - (slips * 1.6) / longer;
}

/** Slips between two words, or `most + 1` where there are more (optimal string alignment). */
function slipsBetween(one: string, other: string, most: number): number {
  const width = other.length + 1;
  // Three rows of the table, written over in turn; words that are longer than any are rare.
  if (rows.length < 3 * width) rows = new Uint16Array(3 * width);
  for (let column = 0; column < width; column += 1) rows[column] = column;
  for (let row = 1; row <= one.length; row += 1) {
    const [next, last, before] = [(row % 3) * width, ((row + 2) % 3) * width, ((row + 1) % 3) * width];
    rows[next] = row;
    let least = row;
    for (let column = 1; column < width; column += 1) {
      const same = one.charCodeAt(row - 1) === other.charCodeAt(column - 1) ? 0 : 1;
      let slips = Math.min(at(last + column) + 1, at(next + column - 1) + 1, at(last + column - 1) + same);
      if (
        row > 1 &&
        column > 1 &&
        one.charCodeAt(row - 1) === other.charCodeAt(column - 2) &&
        one.charCodeAt(row - 2) === other.charCodeAt(column - 1)
      ) {
        slips = Math.min(slips, at(before + column - 2) + 1);
      }
      rows[next + column] = slips;
      least = Math.min(least, slips);
    }
    if (least > most) return most + 1;
  }
  return at((one.length % 3) * width + other.length);
}

let rows = new Uint16Array(192);

function at(index: number): number {
  return rows[index] ?? 0;
}
