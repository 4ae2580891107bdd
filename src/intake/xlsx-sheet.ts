import { UnicaError } from '#base';
import type { TableNote, TableRow } from './table-row.ts';
import { ZipArchive, type ZipEntry } from './zip-archive.ts';

/** A workbook larger than this unpacked is refused; a million rows of thirty columns stay below. */
const LIMITS = { entries: 5000, entryBytes: 2 ** 28, totalBytes: 2 ** 29 } as const;
/** Sheets pack to a tenth or a twentieth; what packs to less than this is made to fill a memory. */
const MOST_PACKING = 250;
const MOST_COLUMNS = 16_384;
const MOST_MERGED = 100_000;

/** The first sheet of a workbook that holds something, as text. */
export interface Sheet {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
  readonly notes: readonly TableNote[];
}

interface Merge {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * Reads the first sheet with cells of an Office Open XML workbook (ECMA-376, SpreadsheetML): shared and inline text, numbers, truth
 * values and days by their format (both calendars of days). Merged cells are filled downwards and told; a title above the headings and headings of two
 * rows are put together and told; cells with an error hold nothing and are told. Formulas are never worked out: the value that was
 * saved is taken. Documents that declare a type or entities are refused.
 * @throws UnicaError `intake.zip-damaged`, `intake.zip-unsafe`, `intake.too-large`, `intake.csv-invalid`
 */
export async function readSheet(path: string, fileBytes: number): Promise<Sheet> {
  const archive = await ZipArchive.open(path, LIMITS);
  try {
    const unpacked = archive.entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (unpacked > MOST_PACKING * Math.max(fileBytes, 65_536))
      throw new UnicaError('intake.zip-unsafe', { problem: 'it unpacks to very much more than it is' });
    const entries = new Map(archive.entries.map((entry) => [entry.name.replace(/^\//, ''), entry]));
    const workbook = await xmlOf(entries, 'xl/workbook.xml');
    if (workbook === undefined) throw invalid('it is a zip file, but no workbook');
    const names = sheetPaths(workbook, (await xmlOf(entries, 'xl/_rels/workbook.xml.rels')) ?? '');
    const texts = sharedTexts((await xmlOf(entries, 'xl/sharedStrings.xml')) ?? '');
    const isDay = dayFormats((await xmlOf(entries, 'xl/styles.xml')) ?? '');
    const is1904 = /<workbookPr\b[^>]*\bdate1904="(1|true)"/.test(workbook);
    for (const name of names) {
      const xml = await xmlOf(entries, name);
      if (xml === undefined) continue;
      const sheet = sheetOf(xml, texts, isDay, is1904);
      if (sheet !== undefined) return sheet;
    }
    throw invalid('no sheet of it holds anything');
  } finally {
    await archive.close();
  }
}

async function xmlOf(entries: ReadonlyMap<string, ZipEntry>, name: string): Promise<string | undefined> {
  const bytes = await entries.get(name)?.read();
  if (bytes === undefined) return undefined;
  const xml = new TextDecoder().decode(bytes);
  // Nothing in a workbook needs them; they fetch other files, or grow without end.
  if (/<!(DOCTYPE|ENTITY)/i.test(xml))
    throw new UnicaError('intake.zip-unsafe', { problem: 'a document in it declares entities' });
  return xml;
}

function sheetPaths(workbook: string, relations: string): readonly string[] {
  const targets = new Map(
    [...relations.matchAll(/<Relationship\b[^>]*>/g)].map(([tag]) => [attribute(tag, 'Id'), attribute(tag, 'Target')]),
  );
  return [...workbook.matchAll(/<(?:\w+:)?sheet\b[^>]*>/g)].flatMap(([tag]) => {
    if (/^(hidden|veryHidden)$/.test(attribute(tag, 'state'))) return [];
    const target = targets.get(attribute(tag, '\\w+:id'));
    if (target === undefined) return [];
    return [target.startsWith('/') ? target.slice(1) : `xl/${target}`];
  });
}

function sharedTexts(xml: string): readonly string[] {
  return [...xml.matchAll(/<si\b[^>]*\/>|<si\b[^>]*>([\s\S]*?)<\/si>/g)].map(([, inner = '']) => textIn(inner));
}

/** The text of runs, without the phonetic guide of East Asian ones. */
function textIn(xml: string): string {
  const plain = xml.replace(/<rPh\b[\s\S]*?<\/rPh>/g, '');
  return [...plain.matchAll(/<t\b[^>]*>([\s\S]*?)<\/t>/g)].map(([, text = '']) => unescaped(text)).join('');
}

/** Whether a style shows a number as a day (built-in formats 14 to 22 and 45 to 47, and own ones with years or days). */
function dayFormats(styles: string): (style: number) => boolean {
  const own = new Map(
    [...styles.matchAll(/<numFmt\b[^>]*>/g)].map(([tag]) => [
      Number(attribute(tag, 'numFmtId')),
      unescaped(attribute(tag, 'formatCode')),
    ]),
  );
  const xfs = /<cellXfs\b[^>]*>([\s\S]*?)<\/cellXfs>/.exec(styles)?.[1] ?? '';
  const formats = [...xfs.matchAll(/<xf\b[^>]*>/g)].map(([tag]) => {
    const id = Number(attribute(tag, 'numFmtId'));
    if ((id >= 14 && id <= 17) || id === 22) return true;
    const code = own.get(id)?.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, '') ?? '';
    return /[yd]/i.test(code) && !/general/i.test(code);
  });
  return (style) => formats[style] === true;
}

function sheetOf(
  xml: string,
  texts: readonly string[],
  isDay: (style: number) => boolean,
  is1904: boolean,
): Sheet | undefined {
  const grid = new Map<number, string[]>();
  const notes: TableNote[] = [];
  const errors: { row: number; column: number }[] = [];
  let nextRow = 0;
  for (const [, rowTag = '', inner = ''] of xml.matchAll(/<row\b([^>]*?)(?:\/>|>([\s\S]*?)<\/row>)/g)) {
    const row = Number(attribute(rowTag, 'r') || nextRow + 1) - 1;
    if (!Number.isInteger(row) || row < 0 || row >= 1_048_576) throw invalid('a row of it has no number');
    nextRow = row + 1;
    const cells: string[] = [];
    let next = 0;
    for (const [, tag = '', body = ''] of inner.matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const place = attribute(tag, 'r');
      const column = place === '' ? next : columnOf(place);
      if (column >= MOST_COLUMNS) throw invalid('a cell of it lies outside of every sheet');
      next = column + 1;
      const type = attribute(tag, 't');
      const value = unescaped(/<v\b[^>]*>([\s\S]*?)<\/v>/.exec(body)?.[1] ?? '');
      if (type === 'e') errors.push({ row, column });
      const text =
        type === 's'
          ? (texts[Number(value)] ?? '')
          : type === 'inlineStr'
            ? textIn(body)
            : type === 'e'
              ? ''
              : type === 'b'
                ? value === '1'
                  ? 'true'
                  : 'false'
                : type === '' || type === 'n'
                  ? numberText(value, isDay(Number(attribute(tag, 's') || '0')), is1904)
                  : value;
      while (cells.length < column) cells.push('');
      cells[column] = text.trim();
    }
    if (cells.some((cell) => cell !== '')) grid.set(row, cells);
  }
  if (grid.size === 0) return undefined;
  const merges = mergesOf(xml);
  for (const { top, left, bottom, right } of merges) {
    const value = grid.get(top)?.[left] ?? '';
    for (let row = top + 1; row <= bottom && bottom - top < 10_000; row += 1) {
      const cells = grid.get(row);
      if (cells === undefined) continue;
      while (cells.length <= left) cells.push('');
      cells[left] = value;
    }
    notes.push({
      row: top,
      column: `${letters(left)}${top + 1}:${letters(right)}${bottom + 1}`,
      problem: 'merged-cells',
    });
  }
  const numbers = [...grid.keys()].sort((a, b) => a - b);
  const { header, first } = headingOf(grid, numbers, merges, notes);
  const rows = numbers
    .filter((row) => row >= first)
    .map((row) => ({ row, cells: header.map((_, at) => grid.get(row)?.[at] ?? '') }));
  for (const { row, column } of errors)
    notes.push({ row, column: header[column] ?? letters(column), problem: 'formula-error' });
  const stray = numbers.find(
    (row) => row >= first && (grid.get(row) ?? []).slice(header.length).some((cell) => cell !== ''),
  );
  if (stray !== undefined) throw invalid(`row ${stray + 1} has cells where no heading is`);
  return { header, rows, notes };
}

/** The headings: below a title, and of two rows where the upper one spans columns. */
function headingOf(
  grid: ReadonlyMap<number, readonly string[]>,
  numbers: readonly number[],
  merges: readonly Merge[],
  notes: TableNote[],
): { readonly header: readonly string[]; readonly first: number } {
  const filled = (row: number): number => (grid.get(row) ?? []).filter((cell) => cell !== '').length;
  let at = 0;
  while (at + 1 < numbers.length && filled(numbers[at] ?? 0) === 1 && filled(numbers[at + 1] ?? 0) > 1) {
    notes.push({ row: numbers[at] ?? 0, column: '', problem: 'more-headings' });
    at += 1;
  }
  const top = numbers[at] ?? 0;
  const upper = [...(grid.get(top) ?? [])];
  const spans = merges.filter((merge) => merge.top === top && merge.right > merge.left);
  if (spans.length === 0) return { header: named(upper), first: top + 1 };
  const below = grid.get(top + 1) ?? [];
  const width = Math.max(upper.length, below.length);
  const header = Array.from({ length: width }, (_, column) => {
    const span = spans.find(({ left, right }) => column >= left && column <= right);
    const over = span === undefined ? (upper[column] ?? '') : (upper[span.left] ?? '');
    const under = below[column] ?? '';
    return under === '' || under === over ? over : `${over} ${under}`.trim();
  });
  notes.push({ row: top + 1, column: '', problem: 'more-headings' });
  return { header: named(header), first: top + 2 };
}

function named(header: readonly string[]): readonly string[] {
  const names = [...header];
  while (names.at(-1) === '') names.pop();
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(`two columns are called "${twice}"`);
  return names.map((name, at) => (name === '' ? `(${letters(at)})` : name));
}

function mergesOf(xml: string): readonly Merge[] {
  const merges: Merge[] = [];
  for (const [tag] of xml.matchAll(/<mergeCell\b[^>]*>/g)) {
    if (merges.length === MOST_MERGED) throw invalid('very many of its cells are merged');
    const parts = /^([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})$/.exec(attribute(tag, 'ref'));
    if (parts === null) continue;
    const [, from = '', top = '', to = '', bottom = ''] = parts;
    merges.push({ top: Number(top) - 1, left: columnOf(from), bottom: Number(bottom) - 1, right: columnOf(to) });
  }
  return merges;
}

/** A number as people write it, or the day that it stands for: days since 1899-12-30, or since 1904-01-01. */
function numberText(value: string, isDay: boolean, is1904: boolean): string {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return value;
  if (!isDay || number < 1 || number > 2_958_465) {
    // What binary fractions leave behind is no digit that somebody typed.
    return String(Number(number.toPrecision(15)));
  }
  // The calendar of 1900 has a 29 February that never was: before it days are one further.
  const days = Math.floor(number) + (is1904 ? 1462 : number < 60 ? 1 : 0);
  return new Date(Date.UTC(1899, 11, 30) + days * 86_400_000).toISOString().slice(0, 10);
}

function columnOf(place: string): number {
  let column = 0;
  for (const letter of /^[A-Z]+/.exec(place)?.[0] ?? 'A') column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function letters(column: number): string {
  return column < 26
    ? String.fromCharCode(65 + column)
    : `${letters(Math.floor(column / 26) - 1)}${String.fromCharCode(65 + (column % 26))}`;
}

function attribute(tag: string, name: string): string {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? whole;
    const point = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return point > 0 && point < 0x110000 ? String.fromCodePoint(point) : '';
  });
}

function invalid(problem: string): UnicaError {
  return new UnicaError('intake.csv-invalid', { line: 1, problem });
}
