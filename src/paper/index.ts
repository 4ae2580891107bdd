export { drawBars, drawCurve, type PaperBar } from './figures.ts';
export { isPrintable, PAGE, type PageSize, type PdfPage, PdfWriter, widthOf } from './pdf-writer.ts';
export { drawTable, INKS, MARGIN, paragraph, Sheet, TEXT_WIDTH, wrapped } from './sheet.ts';
export { type CellValue, type WorkSheet, workbook } from './workbook.ts';
