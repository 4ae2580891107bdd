import { INKS, PAGE, type PageSize, type PdfPage, PdfWriter, widthOf, wrapped } from '#paper';
import type { Kit, KitPage, KitSheet } from '#wire';
import { qrCode } from './qr-code.ts';

/** A3, upright, in points. */
const A3: PageSize = { width: 842, height: 1191 };
/** A4 across, folded in three. */
const ACROSS: PageSize = { width: PAGE.height, height: PAGE.width };
const WHITE = [1, 1, 1] as const;
const BLACK = [0, 0, 0] as const;

type Face = 'plain' | 'bold';
interface Spot {
  readonly x: number;
  /** From the top of the page. */
  readonly top: number;
  readonly width: number;
}
interface Style {
  readonly face?: Face;
  readonly sizePt: number;
  readonly ink?: readonly [number, number, number];
}

/** A sheet of the kit as PDF. It holds no time but the day of the figures: the same kit gives the same bytes. Only for sheets that `kit.pdfs` names. */
export function kitPdf(sheet: KitSheet, kit: Kit): Uint8Array {
  const writer = new PdfWriter(`${kit.headline} – ${kit.network}`, kit.language);
  if (sheet === 'leaflet') drawLeaflet(writer, kit);
  else drawPoster(writer, kit, sheet === 'poster-a3' ? A3 : PAGE);
  return writer.bytes();
}

/** A page that is written from the top. */
class TopDown {
  readonly #page: PdfPage;
  readonly #height: number;

  constructor(page: PdfPage, height: number) {
    this.#page = page;
    this.#height = height;
  }

  /** @returns where the next line goes */
  text(words: string, { x, top, width }: Spot, { face = 'plain', sizePt, ink = INKS.text }: Style): number {
    let at = top;
    for (const line of wrapped(words, face, sizePt, width)) {
      this.#page.words(line, { x, y: this.#height - at - sizePt, face, sizePt, ink });
      at += sizePt * 1.32;
    }
    return at;
  }

  box({ x, top, width }: Spot, heightPt: number, ink: readonly [number, number, number]): void {
    this.#page.box([x, this.#height - top - heightPt], [width, heightPt], ink);
  }

  line({ x, top, width }: Spot): void {
    this.#page.line([x, this.#height - top], [x + width, this.#height - top], INKS.line, 0.7);
  }

  /** A code with its quiet zone. */
  code(address: string, { x, top, width }: Spot): void {
    const code = qrCode(address);
    if (code === undefined) return;
    const modulePt = width / (code.dark.length + 8);
    this.box({ x, top, width }, width, WHITE);
    for (const [row, cells] of code.dark.entries()) {
      // Neighbours are one box, so that no hair of white parts them.
      for (let column = 0; column < cells.length; column += 1) {
        if (cells[column] !== true) continue;
        let end = column;
        while (cells[end + 1] === true) end += 1;
        const spot = { x: x + (column + 4) * modulePt, top: top + (row + 4) * modulePt };
        this.box({ ...spot, width: (end - column + 1) * modulePt }, modulePt, BLACK);
        column = end;
      }
    }
  }
}

/** The largest size at which a text is no higher than so many points. */
function fitting(words: string, face: Face, width: number, most: { sizePt: number; heightPt: number }): number {
  let { sizePt } = most;
  const isWhole = () => words.split(/\s+/).every((word) => widthOf(word, face, sizePt) <= width);
  while (sizePt > 7 && (!isWhole() || wrapped(words, face, sizePt, width).length * sizePt * 1.32 > most.heightPt)) {
    sizePt -= 0.5;
  }
  return sizePt;
}

function drawPoster(writer: PdfWriter, kit: Kit, size: PageSize): void {
  const scale = size.width / PAGE.width;
  const at = (value: number) => value * scale;
  const page = new TopDown(writer.addPage(size), size.height);
  const margin = at(48);
  const width = size.width - 2 * margin;
  page.box({ x: 0, top: 0, width: size.width }, at(250), INKS.accent);
  page.text(kit.network, { x: margin, top: at(34), width }, { sizePt: at(13), ink: WHITE });
  const most = { sizePt: at(46), heightPt: at(125) };
  const headline = fitting(kit.headline, 'bold', width, most);
  const below = page.text(
    kit.headline,
    { x: margin, top: at(64), width },
    { face: 'bold', sizePt: headline, ink: WHITE },
  );
  page.text(kit.tagline, { x: margin, top: below + at(8), width }, { sizePt: at(17), ink: WHITE });
  let top = at(282);
  for (const [index, point] of kit.points.entries()) {
    page.box({ x: margin, top, width: at(30) }, at(30), INKS.tint);
    page.text(
      String(index + 1),
      { x: margin + at(10), top: top + at(6), width: at(20) },
      { face: 'bold', sizePt: at(16), ink: INKS.accent },
    );
    const end = page.text(point, { x: margin + at(46), top: top + at(2), width: width - at(46) }, { sizePt: at(16.5) });
    top = Math.max(end, top + at(30)) + at(14);
  }
  figuresAt(page, kit, { x: margin, top: top + at(6), width }, scale);
  footAt(page, kit, { x: margin, top: size.height - at(196), width }, scale);
}

function figuresAt(page: TopDown, { figures }: Kit, { x, top, width }: Spot, scale: number): number {
  let at = page.text(figures.title, { x, top, width }, { face: 'bold', sizePt: 11 * scale, ink: INKS.soft });
  at += 3 * scale;
  for (const { label, value } of figures.rows) {
    const valueWidth = 74 * scale;
    page.text(value, { x, top: at, width: valueWidth }, { face: 'bold', sizePt: 11.5 * scale, ink: INKS.accent });
    at = page.text(
      label,
      { x: x + valueWidth, top: at + 0.6 * scale, width: width - valueWidth },
      { sizePt: 10.5 * scale },
    );
    at += 1.5 * scale;
  }
  for (const note of figures.notes) at = page.text(note, { x, top: at, width }, { sizePt: 8 * scale, ink: INKS.soft });
  return at;
}

function footAt(page: TopDown, kit: Kit, { x, top, width }: Spot, scale: number): void {
  page.line({ x, top, width });
  const { choices, partner } = kit;
  const codeWidth = choices === null ? 0 : 132 * scale;
  if (choices !== null) page.code(choices.address, { x, top: top + 14 * scale, width: codeWidth });
  const beside = { x: x + codeWidth + (choices === null ? 0 : 18 * scale) };
  const room = width - (beside.x - x);
  let at = top + 20 * scale;
  const put = (words: string, style: Style) => {
    at = page.text(words, { ...beside, top: at, width: room }, style) + 2 * scale;
  };
  if (choices !== null) {
    put(kit.decide, { face: 'bold', sizePt: 17 * scale, ink: INKS.accent });
    put(choices.address, { sizePt: 9.5 * scale });
    at += 5 * scale;
  }
  if (partner === null) return;
  put(kit.ask, { face: 'bold', sizePt: 12 * scale });
  put(partner.contact, { sizePt: 11 * scale });
  at += 4 * scale;
  put(`${kit.together} ${partner.name}`, { sizePt: 11 * scale, face: 'bold' });
  if (partner.registerNumber !== null) {
    put(`${kit.register}: ${partner.registerNumber}`, { sizePt: 8.5 * scale, ink: INKS.soft });
  }
}

/** Outside: what is folded in, the back, the cover. Inside: three pages. */
function drawLeaflet(writer: PdfWriter, kit: Kit): void {
  const panel = ACROSS.width / 3;
  const inner = panel - 48;
  const left = (index: number) => index * panel + 24;
  const outside = new TopDown(writer.addPage(ACROSS), ACROSS.height);
  drawPanel(outside, kit, 'governance', { x: left(0), top: 36, width: inner });
  const after = figuresAt(outside, kit, { x: left(1), top: 36, width: inner }, 0.92);
  backAt(outside, kit, { x: left(1), top: after + 18, width: inner });
  outside.box({ x: 2 * panel, top: 0, width: panel }, ACROSS.height, INKS.accent);
  const cover = { x: left(2), width: inner };
  const headline = fitting(kit.headline, 'bold', inner, { sizePt: 34, heightPt: 220 });
  outside.text(kit.network, { ...cover, top: 40 }, { sizePt: 11, ink: WHITE });
  const below = outside.text(kit.headline, { ...cover, top: 120 }, { face: 'bold', sizePt: headline, ink: WHITE });
  outside.text(kit.tagline, { ...cover, top: below + 14 }, { sizePt: 14, ink: WHITE });
  if (kit.partner !== null) {
    outside.text(`${kit.together} ${kit.partner.name}`, { ...cover, top: 530 }, { sizePt: 11, ink: WHITE });
  }
  const inside = new TopDown(writer.addPage(ACROSS), ACROSS.height);
  for (const [index, page] of (['meaning', 'anonymisation', 'choices'] as const).entries()) {
    drawPanel(inside, kit, page, { x: left(index), top: 36, width: inner });
  }
}

function drawPanel(page: TopDown, kit: Kit, name: KitPage, { x, top, width }: Spot): void {
  const found = kit.pages.find((one) => one.page === name);
  if (found === undefined) return;
  const heading = fitting(found.title, 'bold', width, { sizePt: 16, heightPt: 90 });
  let at = page.text(found.title, { x, top, width }, { face: 'bold', sizePt: heading, ink: INKS.accent }) + 8;
  const heightOf = (sizePt: number) =>
    found.body.reduce(
      (sum, words) => sum + wrapped(words, 'plain', sizePt, width).length * sizePt * 1.32 + sizePt * 0.7,
      0,
    );
  let sizePt = 11.5;
  while (sizePt > 7 && at + heightOf(sizePt) > ACROSS.height - 30) sizePt -= 0.25;
  for (const words of found.body) at = page.text(words, { x, top: at, width }, { sizePt }) + sizePt * 0.7;
}

function backAt(page: TopDown, kit: Kit, { x, top, width }: Spot): void {
  const { choices, partner } = kit;
  let at = top;
  const put = (words: string, style: Style) => {
    at = page.text(words, { x, top: at, width }, style) + 2;
  };
  page.line({ x, top: at - 8, width });
  if (choices !== null) {
    put(kit.decide, { face: 'bold', sizePt: 14, ink: INKS.accent });
    page.code(choices.address, { x, top: at, width: 110 });
    at += 114;
    put(choices.address, { sizePt: 8.5 });
    at += 6;
  }
  if (partner === null) return;
  put(kit.ask, { face: 'bold', sizePt: 11 });
  put(partner.contact, { sizePt: 10 });
  at += 4;
  put(`${kit.together} ${partner.name}`, { face: 'bold', sizePt: 10 });
  if (partner.registerNumber !== null) {
    put(`${kit.register}: ${partner.registerNumber}`, { sizePt: 8, ink: INKS.soft });
  }
}
