import { UnicaError } from '#base';

/** How the bytes of a table were written. */
export type TableEncoding =
  | 'utf-8'
  | 'utf-16le'
  | 'utf-16be'
  | 'windows-1250'
  | 'windows-1251'
  | 'windows-1252'
  | 'windows-1253'
  | 'windows-1257';

/** A table as text. */
export interface DecodedTable {
  readonly text: string;
  readonly encoding: TableEncoding;
}

/** Letters that the languages of a code page really use; others are a sign that it is the wrong page. */
const LETTERS: readonly (readonly [TableEncoding, RegExp])[] = [
  ['windows-1252', /[äöüßéèêëáàâãåæçíìîïñóòôõøúùûýÿœÄÖÜÉÈÊÁÀÂÃÅÆÇÍÌÎÏÑÓÒÔÕØÚÙÛ«»°²³µ·€–—„“”‘’…±×§ºª¿¡]/u],
  ['windows-1250', /[äöüßéáčćçďęěíĺľłńňóôőŕřśšťúůűýźžżąĂăÄÖÜÉÁČĆĎĘĚÍŁŃŇÓŔŘŚŠŤÚŮÝŹŽŻĄđĐ°–—„“”‘’…]/u],
  ['windows-1257', /[äöüßéõÄÖÜÉÕąčęėįšųūžĄČĘĖĮŠŲŪŽāģīķļņĀĢĪĶĻŅśźżłńóćŁŃÓĆŚŹŻ°–—„“”‘’…]/u],
  ['windows-1253', /[α-ωά-ώΑ-ΩΆΈΉΊΌΎΏΪΫϊϋΐΰ°–—„“”‘’…«»]/u],
  ['windows-1251', /[а-яіїєґёўА-ЯІЇЄҐЁЎ№°–—„“”‘’…«»]/u],
];

/**
 * Text of a CSV file, by its byte order mark, as UTF-8, or in the Windows code page whose letters it shows (West, Central European,
 * Baltic, Greek, Cyrillic).
 * @throws UnicaError `intake.csv-invalid` for bytes that are no text
 */
export function decodeTable(bytes: Uint8Array): DecodedTable {
  const marked = markOf(bytes);
  if (marked !== undefined) return { encoding: marked, text: new TextDecoder(marked).decode(bytes) };
  if (bytes.subarray(0, 65_536).includes(0)) {
    const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    throw new UnicaError('intake.csv-invalid', {
      line: 1,
      problem: zip ? 'it is a workbook or a zip file, not CSV; save the sheet as CSV' : 'it is no text',
    });
  }
  try {
    return { encoding: 'utf-8', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const encoding = codePageOf(bytes);
    return { encoding, text: new TextDecoder(encoding).decode(bytes) };
  }
}

/** What a byte order mark says. */
export function markOf(bytes: Uint8Array): TableEncoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/**
 * The page in whose letters the text reads best. Greek and Cyrillic words have no Latin letters in them, and Latin words are not
 * made of accented letters alone.
 */
export function codePageOf(bytes: Uint8Array): TableEncoding {
  const sample = bytes.subarray(0, 262_144);
  let best: TableEncoding = 'windows-1252';
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const [encoding, letters] of LETTERS) {
    const text = new TextDecoder(encoding).decode(sample);
    const isOwnScript = encoding === 'windows-1251' || encoding === 'windows-1253';
    let score = 0;
    for (const word of text.match(/[^\s;,\t"'()[\]/.:]+/gu) ?? []) {
      const foreign = [...word].filter((letter) => letter > '\u007f');
      if (foreign.length === 0) continue;
      for (const letter of foreign) score += letters.test(letter) ? 1 : -4;
      const isMixed = /[a-z]/i.test(word) && foreign.some((letter) => /\p{L}/u.test(letter));
      if (isOwnScript && isMixed) score -= 2 * foreign.length;
      if (!isOwnScript && foreign.length >= 3 && !isMixed) score -= 2 * foreign.length;
      if (/\p{Ll}\p{Lu}/u.test(word)) score -= 1;
    }
    if (score > bestScore) {
      best = encoding;
      bestScore = score;
    }
  }
  return best;
}
