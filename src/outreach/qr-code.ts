import { utf8 } from '#base';

/** A QR code: `dark[row][column]`, row 0 at the top, without the quiet zone of four modules that belongs around it. */
export interface QrCode {
  /** 1 to 10. */
  readonly version: number;
  /** 0 to 7. */
  readonly mask: number;
  readonly dark: readonly (readonly boolean[])[];
}

/**
 * Blocks at level M (up to 15 % of the code words may be lost): check words in each block, then how many blocks hold how many words of data
 * (ISO/IEC 18004:2015, table 9).
 */
const BLOCKS: readonly (readonly [checkWords: number, ...groups: (readonly [blocks: number, dataWords: number])[]])[] =
  [
    [10, [1, 16]],
    [16, [1, 28]],
    [26, [1, 44]],
    [18, [2, 32]],
    [24, [2, 43]],
    [16, [4, 27]],
    [18, [4, 31]],
    [22, [2, 38], [2, 39]],
    [22, [3, 36], [2, 37]],
    [26, [4, 43], [1, 44]],
  ];
/** Middles of the alignment patterns (ISO/IEC 18004:2015, table E.1). */
const ALIGNED: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];
/** Bytes that fit into the largest code that is made. */
export const MOST_QR_BYTES = 213;
const QR_MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/**
 * Text as a QR code (ISO/IEC 18004:2015) of bytes at level M, as small as it can be. @param mask 0 to 7; absent: the one that the standard's rules of penalty prefer
 * @returns undefined where the text is longer than {@link MOST_QR_BYTES}
 */
export function qrCode(text: string, mask?: number): QrCode | undefined {
  const bytes = utf8(text);
  const version = BLOCKS.findIndex((_, index) => bytes.length <= capacityOf(index + 1)) + 1;
  if (version === 0) return undefined;
  const words = interleaved(version, dataWords(version, bytes));
  const plane = new Plane(version);
  plane.place(words);
  const tried = (mask === undefined ? QR_MASKS.map((_, index) => index) : [mask]).map((one) => {
    const dark = plane.masked(one);
    return { version, mask: one, dark, penalty: mask === undefined ? penaltyOf(dark) : 0 };
  });
  const [best] = tried.sort((a, b) => a.penalty - b.penalty || a.mask - b.mask);
  return best === undefined ? undefined : { version, mask: best.mask, dark: best.dark };
}

function dataWordsOf(version: number): number {
  const [, ...groups] = BLOCKS[version - 1] ?? [0];
  return groups.reduce((sum, [blocks, words]) => sum + blocks * words, 0);
}

const lengthBits = (version: number): number => (version < 10 ? 8 : 16);
const capacityOf = (version: number): number => Math.floor((8 * dataWordsOf(version) - 4 - lengthBits(version)) / 8);

/** Mode, length, bytes, end and filling. */
function dataWords(version: number, bytes: Uint8Array): Uint8Array {
  const words = new Uint8Array(dataWordsOf(version));
  let at = 0;
  const put = (value: number, bits: number) => {
    for (let bit = bits - 1; bit >= 0; bit -= 1, at += 1) {
      if (((value >> bit) & 1) === 1) words[at >> 3] = (words[at >> 3] ?? 0) | (0x80 >> (at & 7));
    }
  };
  put(0b0100, 4);
  put(bytes.length, lengthBits(version));
  for (const byte of bytes) put(byte, 8);
  // The end mark is four noughts, or as many as there is room for: what follows is nought already.
  for (let index = Math.ceil((at + 4) / 8), turn = 0; index < words.length; index += 1, turn += 1) {
    words[index] = turn % 2 === 0 ? 0xec : 0x11;
  }
  return words;
}

/** GF(256) by x^8 + x^4 + x^3 + x^2 + 1. */
const POWERS = new Uint8Array(512);
const LOGS = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power += 1) {
  POWERS[power] = value;
  POWERS[power + 255] = value;
  LOGS[value] = power;
  value <<= 1;
  if (value > 255) value ^= 0x11d;
}
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (POWERS[(LOGS[a] ?? 0) + (LOGS[b] ?? 0)] ?? 0);

/** What is left of the data, as a polynomial, when it is divided by the generator of so many check words (Reed and Solomon). */
function checkWordsOf(data: Uint8Array, count: number): Uint8Array {
  let generator = [1];
  for (let root = 0; root < count; root += 1) {
    const longer = [...generator, 0];
    for (const [index, factor] of generator.entries()) {
      longer[index + 1] = (longer[index + 1] ?? 0) ^ times(factor, POWERS[root] ?? 0);
    }
    generator = longer;
  }
  const rest = new Uint8Array(data.length + count);
  rest.set(data);
  for (let at = 0; at < data.length; at += 1) {
    const lead = rest[at] ?? 0;
    for (const [index, factor] of generator.entries()) rest[at + index] = (rest[at + index] ?? 0) ^ times(lead, factor);
  }
  return rest.slice(data.length);
}

/** Blocks with their check words, the first words of all first. */
function interleaved(version: number, data: Uint8Array): Uint8Array {
  const [checkWords, ...groups] = BLOCKS[version - 1] ?? [0];
  const blocks: Uint8Array[] = [];
  let at = 0;
  for (const [count, length] of groups) {
    for (let block = 0; block < count; block += 1) {
      blocks.push(data.slice(at, at + length));
      at += length;
    }
  }
  const across = (rows: readonly Uint8Array[]): number[] => {
    const longest = Math.max(...rows.map((row) => row.length));
    return Array.from({ length: longest }, (_, index) => rows.flatMap((row) => row[index] ?? [])).flat();
  };
  return Uint8Array.from([...across(blocks), ...across(blocks.map((block) => checkWordsOf(block, checkWords)))]);
}

/** Remainder of a value with noughts behind it, by a generator: the check of format and version (Bose, Chaudhuri, Hocquenghem). */
function remainder(value: number, bits: number, generator: number): number {
  const high = 32 - Math.clz32(generator) - 1;
  let rest = value << bits;
  for (let bit = 31 - Math.clz32(rest); rest !== 0 && bit >= high; bit = 31 - Math.clz32(rest)) {
    rest ^= generator << (bit - high);
  }
  return rest;
}

/** Fifteen bits that tell level M and the mask. */
const formatOf = (mask: number): number => ((mask << 10) | remainder(mask, 10, 0x537)) ^ 0x5412;
const versionBits = (version: number): number => (version << 12) | remainder(version, 12, 0x1f25);

/** The square: what is drawn in every code of its version, and what is data. */
class Plane {
  readonly #size: number;
  readonly #dark: boolean[][];
  readonly #isData: boolean[][];

  constructor(version: number) {
    const size = 17 + 4 * version;
    this.#size = size;
    this.#dark = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
    this.#isData = Array.from({ length: size }, () => new Array<boolean>(size).fill(true));
    for (const [row, column] of [
      [0, 0],
      [0, size - 7],
      [size - 7, 0],
    ] as const) {
      this.#finder(row, column);
    }
    for (let index = 8; index < size - 8; index += 1) {
      this.#fix(6, index, index % 2 === 0);
      this.#fix(index, 6, index % 2 === 0);
    }
    const middles = ALIGNED[version - 1] ?? [];
    const last = middles.length - 1;
    for (const [i, row] of middles.entries()) {
      for (const [j, column] of middles.entries()) {
        if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) continue;
        this.#rings(row, column, 2, (ring) => ring !== 1);
      }
    }
    for (const [row, column] of formatPlaces(size).flat()) this.#fix(row, column, false);
    this.#fix(size - 8, 8, true);
    if (version >= 7) {
      const bits = versionBits(version);
      for (let bit = 0; bit < 18; bit += 1) {
        const isDark = ((bits >> bit) & 1) === 1;
        const [far, near] = [size - 11 + (bit % 3), Math.floor(bit / 3)];
        this.#fix(near, far, isDark);
        this.#fix(far, near, isDark);
      }
    }
  }

  /** Lays the words along the columns from the right, up and down in turn. */
  place(words: Uint8Array): void {
    let at = 0;
    let isUp = true;
    for (let right = this.#size - 1; right > 0; right -= 2, isUp = !isUp) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.#size; step += 1) {
        const row = isUp ? this.#size - 1 - step : step;
        for (const column of [right, right - 1]) {
          if (this.#isData[row]?.[column] !== true) continue;
          this.#set(row, column, (((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1);
          at += 1;
        }
      }
    }
  }

  /** The square with a mask over its data, and the mask told. */
  masked(mask: number): readonly (readonly boolean[])[] {
    const flips = QR_MASKS[mask] ?? (() => false);
    const dark = this.#dark.map((cells, row) =>
      cells.map((cell, column) => (this.#isData[row]?.[column] === true ? cell !== flips(row, column) : cell)),
    );
    const format = formatOf(mask);
    for (const places of formatPlaces(this.#size)) {
      for (const [bit, [row, column]] of places.entries()) {
        const cells = dark[row];
        if (cells !== undefined) cells[column] = ((format >> bit) & 1) === 1;
      }
    }
    return dark;
  }

  #set(row: number, column: number, isDark: boolean): void {
    const cells = this.#dark[row];
    if (cells !== undefined) cells[column] = isDark;
  }

  #fix(row: number, column: number, isDark: boolean): void {
    if (row < 0 || column < 0 || row >= this.#size || column >= this.#size) return;
    this.#set(row, column, isDark);
    const kinds = this.#isData[row];
    if (kinds !== undefined) kinds[column] = false;
  }

  /** Rings around a middle out to a distance. */
  #rings(row: number, column: number, out: number, isDark: (ring: number) => boolean): void {
    for (let down = -out; down <= out; down += 1) {
      for (let along = -out; along <= out; along += 1) {
        this.#fix(row + down, column + along, isDark(Math.max(Math.abs(down), Math.abs(along))));
      }
    }
  }

  #finder(row: number, column: number): void {
    this.#rings(row + 3, column + 3, 4, (ring) => ring !== 2 && ring !== 4);
  }
}

/** Both places of the fifteen bits of format, the lowest bit first. */
function formatPlaces(size: number): readonly (readonly (readonly [row: number, column: number])[])[] {
  const around: (readonly [number, number])[] = [];
  const along: (readonly [number, number])[] = [];
  for (let bit = 0; bit < 15; bit += 1) {
    if (bit < 6) around.push([bit, 8]);
    else if (bit < 8) around.push([bit + 1, 8]);
    else if (bit === 8) around.push([8, 7]);
    else around.push([8, 14 - bit]);
    along.push(bit < 8 ? [8, size - 1 - bit] : [size - 15 + bit, 8]);
  }
  return [around, along];
}

/** How ill a code reads, by the four rules of the standard (7.8.3). */
function penaltyOf(dark: readonly (readonly boolean[])[]): number {
  const size = dark.length;
  const columns = dark.map((_, column) => dark.map((row) => row[column] === true));
  let penalty = 0;
  for (const line of [...dark, ...columns]) penalty += runsOf(line) + 40 * likeFinders(line);
  let darkCells = 0;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const cell = dark[row]?.[column];
      if (cell === true) darkCells += 1;
      if (row === size - 1 || column === size - 1) continue;
      const [beside, below] = [dark[row]?.[column + 1], dark[row + 1]?.[column]];
      if (cell === beside && cell === below && cell === dark[row + 1]?.[column + 1]) penalty += 3;
    }
  }
  const percent = (100 * darkCells) / (size * size);
  return penalty + 10 * Math.floor(Math.abs(percent - 50) / 5);
}

function runsOf(line: readonly boolean[]): number {
  let penalty = 0;
  let run = 0;
  for (const [index, cell] of line.entries()) {
    run = index > 0 && cell === line[index - 1] ? run + 1 : 1;
    if (run === 5) penalty += 3;
    else if (run > 5) penalty += 1;
  }
  return penalty;
}

/** Stretches that look like a corner mark with four light modules at one side. */
function likeFinders(line: readonly boolean[]): number {
  const text = line.map((cell) => (cell ? '1' : '0')).join('');
  let found = 0;
  for (let at = 0; at + 11 <= text.length; at += 1) {
    const stretch = text.slice(at, at + 11);
    if (stretch === '10111010000' || stretch === '00001011101') found += 1;
  }
  return found;
}
