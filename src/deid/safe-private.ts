import { type DataSet, type Element, hasItems } from '#dicom';

/**
 * Private elements that are known to hold nothing but technique: PS3.15 Table E.3.10-1, without ultrasound, bulk data and
 * sequences. Creator: group: elements of its block.
 */
const SAFE: readonly (readonly [creator: string, group: number, elements: string])[] = [
  ['Philips PET Private Group', 0x7053, '00 09'],
  ['Philips MR Imaging DD 001', 0x2005, '0d 0e'],
  ['Philips Imaging DD 001', 0x2001, '03 04'],
  ['SIEMENS MR HEADER', 0x0019, '0c 0d 0e 27'],
  ['ELSCINT1', 0x00e1, '21'],
  ['ELSCINT1', 0x01e1, '26 50'],
  ['ELSCINT1', 0x01f1, '01 07 26 27'],
  ['GEMS_ACQU_01', 0x0019, '23 24 27 9e'],
  ['GEMS_SERS_01', 0x0025, '07'],
  ['GEMS_PARM_01', 0x0043, '27 39 6f'],
  ['GEMS_HELIOS_01', 0x0045, '01 02'],
  ['GEMS_SENO_02', 0x0045, '06 1b 20 27 29 2a 2b 49 58 59 60 61 64 71 72 90 a0 a1 a2 a4 a7 a8'],
  [
    'HOLOGIC, Inc.',
    0x0019,
    '06 07 08 16 25 26 27 28 29 30 31 32 33 34 35 37 40 41 42 43 44 45 46 50 51 52 53 60 61 62 70 71 80 85 87 89 8a 90 97 98',
  ],
  ['LORAD Selenia', 0x0019, '06 07 08 16 26 27 28 29 30 31 32 33 34 35 37 40 41 50 51 52 53 60 70 71 80 90'],
];

/** By creator: groups, with the numbers of elements behind them. */
const safe: ReadonlyMap<string, ReadonlySet<number>> = byCreator();

function byCreator(): ReadonlyMap<string, ReadonlySet<number>> {
  const listed = new Map<string, Set<number>>();
  for (const [creator, group, elements] of SAFE) {
    const numbers = listed.get(creator) ?? new Set();
    for (const element of elements.split(' ')) numbers.add((group << 8) | Number.parseInt(element, 16));
    listed.set(creator, numbers);
  }
  return listed;
}

/** Binary numbers say nothing but themselves. */
const NUMBERS: ReadonlySet<string> = new Set(['FD', 'FL', 'SL', 'SS', 'UL', 'US']);

/** What a private text may look like: numbers and the code strings of PS3.5 section 6.2. */
const HARMLESS: Readonly<Record<string, RegExp>> = {
  CS: /^[A-Z][A-Z_ ]{0,15}$/,
  DS: /^[+-]?(\d{1,12}\.?\d{0,12}|\.\d{1,12})(e[+-]?\d{1,3})?$/i,
  IS: /^[+-]?\d{1,10}$/,
};
/** Also a pitch as GE writes it: `/1.0:1`. */
const SHORT_NUMBER = /^\/?[+-]?\d{1,6}(\.\d{1,8})?(:\d{1,4})?$/;

/**
 * Whether a private element may stay: its creator and number are on the standard's list, and its value is what the list
 * says, a number or a code. A creator stays with what it vouches for.
 */
export function isSafePrivate(element: Element, dataset: DataSet): boolean {
  if (isCreatorTag(element.tag)) return isCreator(element, dataset);
  const creator = dataset.text(((element.tag & 0xffff0000) | ((element.tag & 0xffff) >>> 8)) >>> 0);
  return creator !== undefined && isListed(creator, element.tag) && isHarmless(element, dataset);
}

/** Whether a private tag is that of a creator (PS3.5 section 7.8.1). */
export function isCreatorTag(tag: number): boolean {
  const low = tag & 0xffff;
  return low >= 0x0010 && low <= 0x00ff;
}

function isCreator(element: Element, dataset: DataSet): boolean {
  const creator = dataset.text(element.tag);
  if (creator === undefined) return false;
  const block = ((element.tag & 0xffff0000) | ((element.tag & 0xff) << 8)) >>> 0;
  return dataset.elements.some(
    (other) => (other.tag & 0xffffff00) >>> 0 === block && isListed(creator, other.tag) && isHarmless(other, dataset),
  );
}

function isListed(creator: string, tag: number): boolean {
  return safe.get(creator)?.has(((tag >>> 16) << 8) | (tag & 0xff)) === true;
}

function isHarmless(element: Element, dataset: DataSet): boolean {
  if (hasItems(element) || element.fragments !== undefined) return false;
  if (NUMBERS.has(element.vr)) return true;
  // Without a written representation a value counts as text.
  const allowed = HARMLESS[element.vr] ?? SHORT_NUMBER;
  return dataset.strings(element.tag).every((text) => text === '' || allowed.test(text));
}
