import { plainWord } from './site-words.ts';

/** Greek and Cyrillic letters as Latin documents write them, roughly: many spellings come out the same below. */
const ROMAN: Readonly<Record<string, string>> = {
  ...{ α: 'a', β: 'v', γ: 'g', δ: 'd', ε: 'e', ζ: 'z', η: 'i', θ: 'th', ι: 'i', κ: 'k', λ: 'l', μ: 'm', ν: 'n' },
  ...{ ξ: 'x', ο: 'o', π: 'p', ρ: 'r', σ: 's', τ: 't', υ: 'y', φ: 'f', χ: 'ch', ψ: 'ps', ω: 'o' },
  ...{ а: 'a', б: 'b', в: 'v', г: 'h', ґ: 'g', д: 'd', е: 'e', є: 'ie', ж: 'zh', з: 'z', и: 'y', і: 'i', ї: 'i' },
  ...{ й: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh' },
  ...{ ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'iu', я: 'ia', ё: 'e', ў: 'u' },
  ...{ ђ: 'd', ј: 'i', љ: 'l', њ: 'n', ћ: 'c', џ: 'dz', ѓ: 'g', ќ: 'k', ѕ: 'dz' },
  ...{ ł: 'l', ø: 'o', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd', ı: 'i' },
};

/** Greek letters that are spoken as one. */
const TOGETHER: readonly (readonly [RegExp, string])[] = [
  [/αυ/g, 'av'],
  [/ευ/g, 'ev'],
  [/γγ/g, 'ng'],
  [/μπ/g, 'b'],
  [/ντ/g, 'd'],
];

/** Spellings of one sound, after which two ways of writing a name in Latin letters are mostly the same. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/sch|sh|sz|š/g, 's'],
  [/tch|tsch|ch|kh|h|g/g, 'h'],
  [/zh|ž|ts|tz|cz/g, 'z'],
  [/mp/g, 'b'],
  [/nt/g, 'd'],
  [/ph/g, 'f'],
  [/th/g, 't'],
  [/ou|oy/g, 'u'],
  [/[yj]/g, 'i'],
  [/ae|ai/g, 'e'],
  [/oi|ei|ie/g, 'i'],
  [/ks/g, 'x'],
  [/w|b/g, 'v'],
  [/c|q/g, 'k'],
  [/(.)\1+/g, '$1'],
];

/** Shorter ones are too often the sound of an ordinary word. */
const FEWEST_SOUNDS = 5;

/** How a word sounds in Latin letters, whatever letters it is written in; undefined where that says too little. */
export function soundOf(word: string): string | undefined {
  let letters = plainWord(word);
  for (const [pair, roman] of TOGETHER) letters = letters.replace(pair, roman);
  let sound = Array.from(letters, (letter) => ROMAN[letter] ?? letter).join('');
  for (const [spelling, plain] of SOUNDS) sound = sound.replace(spelling, plain);
  return sound.length >= FEWEST_SOUNDS && /^[a-z]+$/.test(sound) ? sound : undefined;
}

/** True for a word that has letters of Greek or Cyrillic. */
export function isForeign(word: string): boolean {
  return /[\p{Script=Greek}\p{Script=Cyrillic}]/u.test(word);
}
