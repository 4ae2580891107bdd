/** Letters that lose nothing but a stroke, which decomposition leaves alone. */
const STROKES: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ς: 'σ',
  ı: 'i',
  ґ: 'г',
};

/** A lower-case form without accents, in which two spellings of a word are equal. */
export function plainText(text: string): string {
  // Most cells are numbers and codes.
  if (/^[ -~]*$/.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßłđøæœςıґ]/g, (letter) => STROKES[letter] ?? letter);
}

/** The words of a heading or a value: `TumorSize_mm` is tumor, size, mm; `BI-RADS` is bi, rads; `cT2a` is ct2a. */
export function plainWords(text: string): readonly string[] {
  return plainText(text.replace(/(\p{Ll})(\p{Lu})(?=\p{Ll})/gu, '$1 $2')).match(/[\p{L}\p{N}]+/gu) ?? [];
}
