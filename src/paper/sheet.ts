import { type Face, type Ink, PAGE, type PdfPage, type PdfWriter, widthOf } from './pdf-writer.ts';

/** White at every side of a page, in points. */
export const MARGIN = 56;
/** Room of a line, in points. */
export const TEXT_WIDTH = PAGE.width - 2 * MARGIN;
/** What documents are drawn with; all are dark enough on white. */
export const INKS = {
  text: [0.08, 0.13, 0.17],
  soft: [0.33, 0.4, 0.44],
  line: [0.77, 0.82, 0.84],
  accent: [0.04, 0.43, 0.51],
  warning: [0.54, 0.23, 0],
  tint: [0.94, 0.96, 0.97],
} as const satisfies Readonly<Record<string, Ink>>;

/** Where on which page the next line goes. */
export class Sheet {
  readonly #writer: PdfWriter;
  readonly #foot: string;
  #page: PdfPage | undefined;
  y = 0;

  /** @param foot stands at the foot of every page, left of its number */
  constructor(writer: PdfWriter, foot: string) {
    this.#writer = writer;
    this.#foot = foot;
  }

  /** Begins a page. */
  turn(): PdfPage {
    const page = this.#writer.addPage();
    const small = { y: 30, face: 'plain', sizePt: 8, ink: INKS.soft } as const;
    const number = String(this.#writer.pages);
    page.words(this.#foot, { x: MARGIN, ...small });
    page.words(number, { x: PAGE.width - MARGIN - widthOf(number, 'plain', 8), ...small });
    this.#page = page;
    this.y = PAGE.height - MARGIN;
    return page;
  }

  /** The page with room for so many points below the last line. */
  room(heightPt: number): PdfPage {
    if (this.#page === undefined || this.y - heightPt < MARGIN) return this.turn();
    return this.#page;
  }
}

/** How words are set; absent: plain, 10 points, over the whole width. */
export interface Setting {
  readonly x?: number;
  readonly width?: number;
  readonly face?: Face;
  readonly sizePt?: number;
  readonly ink?: Ink;
}

/** Words below what was drawn last, over as many lines and pages as they need. */
export function paragraph(
  words: string,
  sheet: Sheet,
  { x = MARGIN, width = TEXT_WIDTH, face = 'plain', sizePt = 10, ink = INKS.text }: Setting,
): void {
  const lead = sizePt * 1.38;
  for (const line of wrapped(words, face, sizePt, width)) {
    const page = sheet.room(lead);
    page.words(line, { x, y: sheet.y - sizePt, face, sizePt, ink });
    sheet.y -= lead;
  }
}

/** Words in lines of at most so many points; a word longer than a line is cut. */
export function wrapped(words: string, face: Face, sizePt: number, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(/\s+/).flatMap((one) => cut(one, face, sizePt, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer, face, sizePt) <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function cut(word: string, face: Face, sizePt: number, width: number): readonly string[] {
  if (widthOf(word, face, sizePt) <= width) return [word];
  const pieces: string[] = [''];
  for (const sign of word) {
    const last = pieces.length - 1;
    if (widthOf(`${pieces[last]}${sign}`, face, sizePt) > width && pieces[last] !== '') pieces.push(sign);
    else pieces[last] = `${pieces[last]}${sign}`;
  }
  return pieces;
}

const CELL_PT = 8.5;
const CELL_LEAD = 11.5;
const GAP = 8;

/** A table whose headings are repeated on every page that it reaches. */
export function drawTable(sheet: Sheet, head: readonly string[], cells: readonly (readonly string[])[]): void {
  const widths = columnWidths([head, ...cells]);
  const lines = (row: readonly string[], face: Face) =>
    row.map((cell, column) => wrapped(cell, face, CELL_PT, (widths[column] ?? 60) - GAP));
  const put = (row: readonly string[], face: Face) => {
    const wrappedCells = lines(row, face);
    const height = Math.max(...wrappedCells.map((cell) => cell.length)) * CELL_LEAD + 6;
    const page = sheet.room(height);
    if (face === 'bold') page.box([MARGIN, sheet.y - height + 1], [TEXT_WIDTH, height - 1], INKS.tint);
    let x = MARGIN;
    for (const [column, cell] of wrappedCells.entries()) {
      cell.forEach((line, index) => {
        page.words(line, {
          x: x + 2,
          y: sheet.y - CELL_PT - 3 - index * CELL_LEAD,
          face,
          sizePt: CELL_PT,
          ink: face === 'bold' ? INKS.soft : INKS.text,
        });
      });
      x += widths[column] ?? 60;
    }
    sheet.y -= height;
    page.line([MARGIN, sheet.y], [PAGE.width - MARGIN, sheet.y], INKS.line, 0.5);
  };
  sheet.room(60);
  put(head, 'bold');
  for (const row of cells) {
    const needed = Math.max(...lines(row, 'plain').map((cell) => cell.length)) * CELL_LEAD + 6;
    if (sheet.y - needed < MARGIN) {
      sheet.turn();
      put(head, 'bold');
    }
    put(row, 'plain');
  }
  sheet.y -= 10;
}

/** Columns as wide as what they hold asks for, long texts sharing what is left. */
function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  const columns = rows[0]?.length ?? 0;
  const wishes = Array.from({ length: columns }, (_, column) => {
    const own = rows.map((row) => row[column] ?? '');
    const longest = Math.max(...own.map((cell) => widthOf(cell, 'bold', CELL_PT))) + GAP + 4;
    const word =
      Math.max(...own.flatMap((cell) => cell.split(/\s+/)).map((one) => widthOf(one, 'bold', CELL_PT))) + GAP + 4;
    // Figures with their intervals stay in one line.
    return { longest, word: longest <= 120 ? longest : Math.min(word, 150) };
  });
  const total = wishes.reduce((sum, { longest }) => sum + longest, 0);
  if (total <= TEXT_WIDTH)
    return wishes.map(({ longest }, column) => (column === columns - 1 ? longest + TEXT_WIDTH - total : longest));
  const fixed = wishes.reduce((sum, { word }) => sum + word, 0);
  const wanted = wishes.reduce((sum, { longest, word }) => sum + Math.max(0, longest - word), 0);
  const spare = TEXT_WIDTH - fixed;
  if (spare <= 0) return wishes.map(({ word }) => (word * TEXT_WIDTH) / fixed);
  return wishes.map(({ longest, word }) => word + (Math.max(0, longest - word) / wanted) * spare);
}
