export { type CleanLogo, cleanLogo, MOST_LOGO_BYTES } from './clean-logo.ts';
export { type KitParts, makeKit } from './kit.ts';
export { kitPdf } from './kit-pdf.ts';
export { KIT_WORDS, type KitWords } from './kit-words.ts';
