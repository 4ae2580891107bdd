import { concatBytes, utf8 } from '#base';

/** What a cell of a workbook may hold; null leaves it empty. */
export type CellValue = string | number | null;

/** A sheet of a workbook: headings above rows. */
export interface WorkSheet {
  /** At most 31 characters, none of `[ ] : * ? / \`; different from those of the other sheets. */
  readonly name: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly CellValue[])[];
}

const NAMESPACE = 'http://schemas.openxmlformats.org';
const MAIN = `${NAMESPACE}/spreadsheetml/2006/main`;
const OFFICE = `${NAMESPACE}/officeDocument/2006/relationships`;
const PACKAGE = `${NAMESPACE}/package/2006`;
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** Columns as wide as their longest text, within reason (in characters). */
const WIDTH = { least: 8, most: 60 } as const;

/**
 * A workbook in Office Open XML (ECMA-376, SpreadsheetML): numbers are numbers, all else is text, so that no cell is ever worked out as a
 * formula; the row of headings stays in sight. It holds no time and no chance: the same sheets give the same bytes.
 */
export function workbook(sheets: readonly WorkSheet[]): Uint8Array {
  const numbered = sheets.map((sheet, index) => ({ sheet, number: index + 1 }));
  return zip([
    [
      '[Content_Types].xml',
      `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${numbered
        .map(
          ({ number }) =>
            `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${TYPE}.worksheet+xml"/>`,
        )
        .join('')}</Types>`,
    ],
    [
      '_rels/.rels',
      `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${numbered
        .map(({ sheet, number }) => `<sheet name="${escaped(sheet.name)}" sheetId="${number}" r:id="rId${number}"/>`)
        .join('')}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `${XML}<Relationships xmlns="${PACKAGE}/relationships">${numbered
        .map(
          ({ number }) =>
            `<Relationship Id="rId${number}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${number}.xml"/>`,
        )
        .join(
          '',
        )}<Relationship Id="rId${numbered.length + 1}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ],
    ['xl/styles.xml', STYLES],
    ...numbered.map(({ sheet, number }) => [`xl/worksheets/sheet${number}.xml`, sheetXml(sheet)] as const),
  ]);
}

/** Style 0 is plain, style 1 bold: for headings. */
const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

function sheetXml({ head, rows }: WorkSheet): string {
  const all = [head, ...rows];
  const columns = head
    .map((_, column) => {
      const longest = Math.max(...all.map((row) => String(row[column] ?? '').length)) + 2;
      const width = Math.min(WIDTH.most, Math.max(WIDTH.least, longest));
      return `<col min="${column + 1}" max="${column + 1}" width="${width}" customWidth="1"/>`;
    })
    .join('');
  const lines = all
    .map((row, index) => {
      const cells = row.map((value, column) => cellXml(value, `${letters(column)}${index + 1}`, index === 0)).join('');
      return `<row r="${index + 1}">${cells}</row>`;
    })
    .join('');
  return `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns}</cols><sheetData>${lines}</sheetData></worksheet>`;
}

function cellXml(value: CellValue, place: string, isHeading: boolean): string {
  const style = isHeading ? ' s="1"' : '';
  if (value === null) return '';
  if (typeof value === 'number') return `<c r="${place}"${style}><v>${value}</v></c>`;
  return `<c r="${place}"${style} t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
}

/** `A` to `Z`, `AA` and on. */
function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : `${letters(Math.floor(column / 26) - 1)}${last}`;
}

/** Characters that XML 1.0 cannot carry are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The first day that a zip can tell, 1980-01-01: the file holds no time. */
const FIRST_DAY = 33;

/** Files side by side as they are: what is not packed needs no packer, and a report is small. */
function zip(files: readonly (readonly [name: string, text: string])[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const content = utf8(text);
    const label = utf8(name);
    const facts = fields([
      [2, 20],
      [2, 0x800],
      [2, 0],
      [2, 0],
      [2, FIRST_DAY],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, label.length],
      [2, 0],
    ]);
    const local = concatBytes([fields([[4, 0x04034b50]]), facts, label, content]);
    const where = fields([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ]);
    centrals.push(
      concatBytes([
        fields([
          [4, 0x02014b50],
          [2, 20],
        ]),
        facts,
        where,
        label,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = concatBytes(centrals);
  const end = fields([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
    [4, directory.length],
    [4, offset],
    [2, 0],
  ]);
  return concatBytes([...locals, directory, end]);
}

/** Numbers of so many bytes each, least significant byte first. */
function fields(of: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  return Uint8Array.from(
    of.flatMap(([bytes, value]) => Array.from({ length: bytes }, (_, place) => (value >>> (8 * place)) & 255)),
  );
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}
