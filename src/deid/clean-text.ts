import { MEDICAL_WORDS } from '#vocab';
import { isName, type KnownIdentifiers } from './known-identifiers.ts';
import { PROTOCOL_WORDS } from './protocol-words.ts';
import { NO_SITE_WORDS, plainWord, resemblesName, type SiteWords } from './site-words.ts';

/** What stands somewhere in a text, by one look at it: most expressions need something that few texts have. */
interface Signs {
  /** The text itself, its letters composed (NFC). */
  readonly text: string;
  /** The same in lower case. */
  readonly lower: string;
  readonly isAscii: boolean;
  readonly digits: number;
  readonly hasAt: boolean;
  readonly hasPlus: boolean;
  readonly hasColon: boolean;
  readonly hasBackslash: boolean;
}

/** An expression, and whether a text may hold it. */
type Expression = readonly [pattern: RegExp, mayStandIn: (signs: Signs) => boolean];

/** Of a day, a year, and a telephone number without a plus sign. */
const FEWEST_DIGITS = 4;

/**
 * Whole expressions that point at somebody: addresses of the net, telephone numbers, titles, dates as people write them. Single
 * words need no pattern: what is not known to be harmless goes.
 */
const EXPRESSIONS: readonly Expression[] = [
  [/[^\s@<>;,]+@[^\s@<>;,]+/gu, ({ hasAt }) => hasAt],
  [
    /\b(?:https?|ftp|file):\S+|\bwww\.\S+|\\\\\S+/giu,
    ({ hasColon, hasBackslash, lower }) => hasColon || hasBackslash || lower.includes('www.'),
  ],
  [
    // A plus sign, a leading zero or three groups make a telephone number of digits.
    /\+\d[\d ()./-]{5,}\d|\(?\b0\d{1,4}\)?[ /.-]{1,3}\d[\d ./-]{3,}\d|\b\d{2,}(?:-\d{2,}){2,}\b|\b\d{3,}[ .-]\d{3,}[ .-]\d{2,}\b|\b(?:\d{3,}[./-]\d{4,}|\d{4,}[./-]\d{3,})\b/gu,
    ({ digits, hasPlus }) => digits >= FEWEST_DIGITS || (hasPlus && digits > 1),
  ],
  // The title, not the modality.
  [/\bDr\.?(?=\s)/gu, ({ lower }) => lower.includes('dr')],
  [
    // Days by numbers, in any order.
    /(?<![\d.])(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|(?:19|20)\d{2}([./-])\d{1,2}\2\d{1,2})(?![\d.]\d)\.?/gu,
    ({ digits }) => digits >= FEWEST_DIGITS,
  ],
  [
    // Years tell how far the dates were moved; 1920, 2000 and 2048 are sizes and the name of a compression.
    /(?<![\d.])(?!1920|2000|2048)(?:19|20)\d{2}(?![\d.]\d|\d)/gu,
    ({ digits }) => digits >= FEWEST_DIGITS,
  ],
];

const harmless = new Set(`${MEDICAL_WORDS} ${PROTOCOL_WORDS}`.split(/[\s-]+/).map(plainWord));

/** Endings of examinations and operations, in all the languages; no family names end so. */
const PROCEDURE =
  /(graph(y|ie|ia|ic)|grafi(a|e|ja|jos|j|i)|graafia|γραφ(ια|ιας|ηματα|ημα)|графi[яiї]|графі[яїюі]|gram(s|a|m|me)?|скопія|s[ck]op(y|ie|ia|ija|ic)|skopi(a|e)|skoopia|metr(y|ie|ia|ija)|[ek][ck]tom(y|ie|ia|ija)|ostom(y|ie|ia)|plast(y|ik|ia)|lithiasis|sonograph(er|ic))$/u;

/** One word: letters, digits, apostrophes inside. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;

/** Sizes, sequences, vertebrae, kernels, pulses: `5mm`, `T1W`, `B1000`, `L4`, `3D`, `Br40f`. */
const TECHNICAL = /^(\d{1,4}[a-z]{1,4}|[a-z]{1,3}\d{1,3}[a-z]{0,2}|[bx]\d{4}|\d{1,4}x\d{1,4}|\d{1,2}[a-z]\d{1,2})$/;

/** A word with a number behind it: `Isovue300`. */
const WORD_AND_NUMBER = /^(\p{L}{3,})(\d{1,3})$/u;

/** Laterality, views and single letters are also names somewhere; a description cannot do without them. */
const SHORT_WORDS = new Set('l r lt rt ll rl li re cc ml lm mlo cv id ap pa t1 t2 w a s i p v'.split(' '));

/**
 * A free text without what identifies: known names and identifiers of the file, expressions that point at somebody, and
 * every word that is not in the vocabulary of examinations. What remains says what was examined and how; '' when nothing
 * remains. An unchanged text is returned as it is.
 * @param mayStay as {@link wordMayStay}, which the same few thousand words are asked of again and again
 */
export function cleanText(
  text: string,
  known: KnownIdentifiers,
  mayStay: (word: string) => boolean = (word) => wordMayStay(word, known),
): string {
  // An escape that nobody knows: what follows it cannot be read.
  if (text.includes('\u001b')) return '';
  const signs = signsOf(text);
  let rest = signs.text;
  if (known.identifiers.some((one) => signs.lower.includes(one))) {
    for (const identifier of known.identifiers) rest = without(rest, identifier);
  }
  for (const [expression, mayStandIn] of EXPRESSIONS) if (mayStandIn(signs)) rest = rest.replace(expression, ' ');
  rest = signs.isAscii ? withoutAsciiWords(rest, mayStay) : rest.replace(WORD, (word) => (mayStay(word) ? word : ''));
  if (rest === text) return text;
  const tidy = rest
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\(\s*\)|\[\s*\]|<\s*>|"\s*"/gu, ' ')
    .replace(/\s+/gu, ' ')
    .replace(/(?:\s*[,;:_/^-]\s*){2,}/gu, ' ')
    .replace(/^[\s,;:_/^.*-]+|[\s,;:_/^*-]+$/gu, '');
  return /[\p{L}\p{N}]/u.test(tidy) ? tidy : '';
}

/** Whether a word may stay: those of the vocabulary, and those of the site, unless they resemble a name of the file. */
export function wordMayStay(word: string, known: KnownIdentifiers, siteWords: SiteWords = NO_SITE_WORDS): boolean {
  return isHarmless(word, known) || isOfSite(word, known, siteWords);
}

function signsOf(written: string): Signs {
  const isAscii = isOfAscii(written);
  const text = isAscii ? written : written.normalize('NFC');
  let digits = 0;
  let hasAt = false;
  let hasPlus = false;
  let hasColon = false;
  let hasBackslash = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isDigit(code)) digits += 1;
    else if (code === 0x40) hasAt = true;
    else if (code === 0x2b) hasPlus = true;
    else if (code === 0x3a) hasColon = true;
    else if (code === 0x5c) hasBackslash = true;
  }
  const lower = text.toLowerCase();
  return { text, lower, isAscii, digits, hasAt, hasPlus, hasColon, hasBackslash };
}

function isOfAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** A text of ASCII without the words that may not stay, as {@link WORD} finds them. */
function withoutAsciiWords(text: string, mayStay: (word: string) => boolean): string {
  let rest = '';
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const start = at;
    at = wordEnd(text, start);
    if (at === start) at += 1;
    else if (!mayStay(text.slice(start, at))) {
      rest += text.slice(from, start);
      from = at;
    }
  }
  return from === 0 ? text : rest + text.slice(from);
}

function wordEnd(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at)) || isLetter(text.charCodeAt(at))) at += 1;
  if (at === start) return at;
  while (text.charCodeAt(at) === 0x27 && isLetter(text.charCodeAt(at + 1))) {
    at += 2;
    while (isLetter(text.charCodeAt(at))) at += 1;
  }
  return at;
}

function without(text: string, identifier: string): string {
  const lower = text.toLowerCase();
  // Where lower case has another length, positions would not fit: nothing of the text is then certain.
  if (lower.length !== text.length) return lower.includes(identifier) ? '' : text;
  let rest = '';
  let from = 0;
  for (let at = lower.indexOf(identifier); at >= 0; at = lower.indexOf(identifier, from)) {
    rest += `${text.slice(from, at)} `;
    from = at + identifier.length;
  }
  return rest + text.slice(from);
}

function isOfSite(word: string, { names }: KnownIdentifiers, siteWords: SiteWords): boolean {
  if (siteWords.size === 0) return false;
  return word.split(/['’]/).every((part) => siteWords.has(plainWord(part)) && !resemblesName(part, names));
}

/** Whether a short text that may stay has an address of the net, a path or a telephone number in it. */
export function pointsAtSomebody(text: string): boolean {
  return /[^\s@]@[^\s@]+\.\p{L}|\b(?:https?|ftp|file):\/\/|\+\d[\d ()./-]{6,}\d/iu.test(text);
}

/** Whether a code string is made of words of examinations alone, also when somebody bears such a name. */
export function isHarmlessCode(code: string): boolean {
  return code.split(/[\s_]+/).every((word) => word === '' || isHarmless(word, NOBODY));
}

const NOBODY: KnownIdentifiers = { names: new Set(), identifiers: [] };

function isHarmless(word: string, known: KnownIdentifiers): boolean {
  const { names } = known;
  const lower = word.toLowerCase();
  if (SHORT_WORDS.has(lower)) return true;
  if (isName(lower, known)) return false;
  if (/^\d+$/.test(word)) return word.length <= 4;
  const form = plainWord(word);
  if (harmless.has(form) || (form.length > 4 && form.endsWith('s') && harmless.has(form.slice(0, -1)))) return true;
  if (!/\d/.test(form)) return form.length > 6 && PROCEDURE.test(form);
  if (TECHNICAL.test(form)) return true;
  const [, letters = ''] = WORD_AND_NUMBER.exec(form) ?? [];
  return letters !== '' && !names.has(letters) && harmless.has(letters);
}
