import { utf8 } from '#base';
import { decodeIso2022, hasCodeExtensions } from './iso-2022.ts';

/** Defined terms of PS3.3 section C.12.1.1.2 and the decoders that read them. */
const DECODERS: Readonly<Record<string, string>> = {
  'ISO_IR 6': 'windows-1252',
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** Value representations that the character set applies to; all others are plain ASCII. */
const AFFECTED: ReadonlySet<string> = new Set(['SH', 'LO', 'ST', 'PN', 'LT', 'UC', 'UT', 'UN']);

const decoders = new Map<string, TextDecoder>();

/** Character sets of one byte a character, which can be written by turning their decoder round. */
const SINGLE_BYTE = /^(windows-125|windows-874|iso-8859-)/;

const encoders = new Map<string, ReadonlyMap<string, number>>();

/** Text of a value for reading, code extensions (ISO 2022) included. */
export function decodeText(value: Uint8Array, vr: string, characterSet: readonly string[]): string {
  if (AFFECTED.has(vr) && hasCodeExtensions(value)) {
    return decodeIso2022(value, labelOf(vr, characterSet.slice(0, 1)), vr === 'PN');
  }
  return decoderOf(labelOf(vr, characterSet)).decode(value);
}

/**
 * The bytes of a text in the character set of its data set, unpadded; undefined where a character has no place in it, or
 * the set is one of several bytes a character that is not written here.
 */
export function encodeText(text: string, vr: string, characterSet: readonly string[]): Uint8Array | undefined {
  const label = labelOf(vr, characterSet);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole is meant
  if (label === 'utf-8' || (label !== 'shift_jis' && /^[\x00-\x7f]*$/.test(text))) return utf8(text);
  if (!SINGLE_BYTE.test(label)) return undefined;
  const known = encoders.get(label) ?? reversed(decoderOf(label));
  encoders.set(label, known);
  const bytes = Array.from(text, (character) => known.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
}

function labelOf(vr: string, characterSet: readonly string[]): string {
  if (!AFFECTED.has(vr)) return 'windows-1252';
  const term = characterSet.find((one) => one !== '') ?? 'ISO_IR 6';
  return DECODERS[term] ?? DECODERS[term.replace('ISO 2022 IR', 'ISO_IR')] ?? 'windows-1252';
}

function decoderOf(label: string): TextDecoder {
  const known = decoders.get(label) ?? new TextDecoder(label);
  decoders.set(label, known);
  return known;
}

function reversed(decoder: TextDecoder): ReadonlyMap<string, number> {
  return new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte] as const));
}
