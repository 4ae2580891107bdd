/** Five columns by seven rows of the letters of the notes that are burned in; a row of five cells as a number. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  A: [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
  C: [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110],
  E: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
  F: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000],
  H: [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
  I: [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
  L: [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
  N: [0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001],
  O: [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
  R: [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
  S: [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110],
  T: [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
  U: [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
  ',': [0, 0, 0, 0, 0b00100, 0b00100, 0b01000],
  ' ': [0, 0, 0, 0, 0, 0, 0],
};

const [WIDE, HIGH] = [5, 7];

/**
 * A note as cells, in capital letters, one column between two. [row, column], 1 where there is ink.
 * @throws RangeError for a letter that no note has
 */
export function textMask(note: string): {
  readonly rows: number;
  readonly columns: number;
  readonly cells: Uint8Array;
} {
  const letters = [...note.toUpperCase()];
  const columns = letters.length * (WIDE + 1);
  const cells = new Uint8Array(columns * HIGH);
  for (const [place, letter] of letters.entries()) {
    const rows = LETTERS[letter];
    if (rows === undefined) throw new RangeError(`no letter ${letter} for a burned-in note`);
    for (const [row, bits] of rows.entries()) {
      for (let column = 0; column < WIDE; column += 1) {
        if (((bits >> (WIDE - 1 - column)) & 1) === 1) cells[row * columns + place * (WIDE + 1) + column] = 1;
      }
    }
  }
  return { rows: HIGH, columns, cells };
}
