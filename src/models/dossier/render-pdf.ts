import { drawTable, INKS, MARGIN, PAGE, PdfWriter, paragraph, Sheet, TEXT_WIDTH, widthOf, wrapped } from '#paper';
import { type Block, type DossierDocument, type Runs, spanText } from './dossier-text.ts';
import { type Intervals, intervalScale, ticksOf } from './interval-scale.ts';

const HEADING_PT = { 1: 21, 2: 14, 3: 11 } as const;

/** All documents of a dossier on pages of A4. */
export function dossierPdf(title: string, documents: readonly DossierDocument[], runs: Runs): Uint8Array {
  const writer = new PdfWriter(title);
  const sheet = new Sheet(writer, `${title} · research use only, not a medical device`);
  for (const { title: of, blocks } of documents) {
    sheet.turn();
    writer.mark(of);
    for (const block of blocks) draw(block, sheet, runs);
  }
  return writer.bytes();
}

function draw(block: Block, sheet: Sheet, runs: Runs): void {
  switch (block.kind) {
    case 'heading': {
      const sizePt = HEADING_PT[block.level];
      // A heading never stands alone at the foot of a page.
      sheet.room(sizePt * 2 + 60);
      sheet.y -= block.level === 1 ? 6 : sizePt * 0.7;
      paragraph(spanText(block.span, runs), sheet, {
        face: 'bold',
        sizePt,
        ink: block.level === 1 ? INKS.accent : INKS.text,
      });
      sheet.y -= 4;
      return;
    }
    case 'text':
      paragraph(spanText(block.span, runs), sheet, {});
      sheet.y -= 6;
      return;
    case 'notice':
      paragraph(spanText(block.span, runs), sheet, { face: 'bold', ink: INKS.warning });
      sheet.y -= 6;
      return;
    case 'list':
      for (const item of block.items) {
        const page = sheet.room(14);
        page.words('•', { x: MARGIN, y: sheet.y - 10, face: 'plain', sizePt: 10, ink: INKS.accent });
        paragraph(spanText(item, runs), sheet, { x: MARGIN + 14, width: TEXT_WIDTH - 14 });
        sheet.y -= 2;
      }
      sheet.y -= 4;
      return;
    case 'table':
      drawTable(
        sheet,
        block.head,
        block.rows.map((row) => row.map((cell) => spanText(cell, runs))),
      );
      return;
    case 'intervals':
      drawIntervals(block, sheet, runs);
  }
}

const [LABELS, SCALE, ROW] = [150, 190, 15];

function drawIntervals(block: Intervals, sheet: Sheet, runs: Runs): void {
  const { low, high, step, rows, beside } = intervalScale(block, runs);
  if (rows.length === 0) return;
  // A picture higher than a page is cut by nothing: its title and its rows begin a page then.
  sheet.room(Math.min(rows.length * ROW + 44, PAGE.height - 2 * MARGIN));
  paragraph(spanText(block.title, runs), sheet, { face: 'bold', sizePt: 9, ink: INKS.soft });
  const page = sheet.room(0);
  const top = sheet.y;
  const bottom = top - rows.length * ROW - 4;
  const at = (value: number) => MARGIN + LABELS + ((value - low) / (high - low)) * SCALE;
  for (const tick of ticksOf({ low, high, step })) {
    page.line([at(tick), top], [at(tick), bottom], INKS.line, 0.4);
    const said = tick.toFixed(2);
    page.words(said, {
      x: at(tick) - widthOf(said, 'plain', 7) / 2,
      y: bottom - 9,
      face: 'plain',
      sizePt: 7,
      ink: INKS.soft,
    });
  }
  if (beside !== undefined) page.line([at(beside), top], [at(beside), bottom], INKS.warning, 0.8);
  for (const [index, row] of rows.entries()) {
    const y = top - index * ROW - 9;
    const small = { y: y - 3, face: 'plain', sizePt: 8, ink: INKS.text } as const;
    page.words(wrapped(row.label, 'plain', 8, LABELS - 6)[0] ?? '', { x: MARGIN, ...small });
    page.line([at(row.low), y], [at(row.high), y], INKS.accent, 1.4);
    page.box([at(row.value) - 2.2, y - 2.2], [4.4, 4.4], INKS.accent);
    page.words(row.shown, { x: MARGIN + LABELS + SCALE + 10, ...small });
  }
  sheet.y = bottom - 22;
}
