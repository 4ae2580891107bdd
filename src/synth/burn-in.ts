/** Three columns by five rows of the characters a patient number is made of; one string of fifteen cells each. */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '111101101101111',
  '1': '010110010010111',
  '2': '111001111100111',
  '3': '111001111001111',
  '4': '101101111001001',
  '5': '111100111001111',
  '6': '111100111101111',
  '7': '111001001001001',
  '8': '111101111101111',
  '9': '111101111001111',
  D: '110101101101110',
  E: '111100111100111',
  G: '111100101101111',
  H: '101101111101101',
  I: '111010010010111',
  L: '100100100100111',
  P: '111101111100100',
  R: '110101110101101',
  S: '111100111001111',
  T: '111010010010010',
  U: '101101101101111',
  A: '111101111101101',
};

/** Writes a text into the upper left corner of a film, as old acquisition stations do. Unknown characters stay blank. */
export function burnIn(film: Uint16Array, sizePx: number, text: string, grey: number): void {
  const scale = Math.max(1, Math.floor(sizePx / 128));
  for (const [place, character] of [...text].entries()) {
    const glyph = GLYPHS[character] ?? '';
    for (const [cell, mark] of [...glyph].entries()) {
      if (mark !== '1') continue;
      const left = (place * 4 + 2 + (cell % 3)) * scale;
      const top = (2 + Math.floor(cell / 3)) * scale;
      fillSquare(film, sizePx, { left, top, side: scale, grey });
    }
  }
}

function fillSquare(
  film: Uint16Array,
  sizePx: number,
  square: { readonly left: number; readonly top: number; readonly side: number; readonly grey: number },
): void {
  for (let row = square.top; row < Math.min(sizePx, square.top + square.side); row += 1) {
    for (let column = square.left; column < Math.min(sizePx, square.left + square.side); column += 1) {
      film[row * sizePx + column] = square.grey;
    }
  }
}
