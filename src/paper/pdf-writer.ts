import { concatBytes, utf8 } from '#base';

/** Advance widths of the standard fonts in thousandths of the size, from the space to the tilde (Adobe's font metrics, AFM). */
const HELVETICA =
  '278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584';
const HELVETICA_BOLD =
  '278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584';
const widthsOf = (row: string): readonly number[] => row.split(' ').map(Number);
const WIDTHS = { plain: widthsOf(HELVETICA), bold: widthsOf(HELVETICA_BOLD) } as const;

/** Signs beyond Latin-1 at their places in the encoding of Windows, which the standard fonts know (PDF 32000-1, D.2). */
const WINDOWS: Readonly<Record<string, number>> = {
  '…': 0x85,
  '‘': 0x91,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '•': 0x95,
  '–': 0x96,
  '—': 0x97,
};
/** Signs that the standard fonts do not have. */
const SAID_AS: Readonly<Record<string, string>> = { '≤': '<=', '≥': '>=', '−': '-', '→': '->' };

/** A face of the standard fonts, which every reader has. */
export type Face = 'plain' | 'bold';

/** Text as the bytes of the fonts; a sign that they do not have becomes a question mark. */
function bytesOf(words: string): readonly number[] {
  return [...words].flatMap((sign) => {
    const said = SAID_AS[sign];
    if (said !== undefined) return [...utf8(said)];
    return [codeOf(sign) ?? 63];
  });
}

/** Place of a sign in the fonts; undefined where they do not have it. */
function codeOf(sign: string): number | undefined {
  const code = WINDOWS[sign] ?? sign.codePointAt(0) ?? 0;
  const isKnown =
    (code >= 32 && code < 127) ||
    (code >= 0x85 && code <= 0x97 && WINDOWS[sign] !== undefined) ||
    (code >= 0xa0 && code <= 0xff);
  return isKnown ? code : undefined;
}

/** Whether the fonts have every sign of it. */
export function isPrintable(words: string): boolean {
  return [...words].every((sign) => SAID_AS[sign] !== undefined || codeOf(sign) !== undefined);
}

/** Width of words in points. */
export function widthOf(words: string, face: Face, sizePt: number): number {
  const widths = WIDTHS[face];
  return bytesOf(words).reduce((sum, code) => sum + (widths[code - 32] ?? 556), 0) * (sizePt / 1000);
}

/** Ink as shares of red, green and blue. */
export type Ink = readonly [red: number, green: number, blue: number];

/** A page that is drawn on; the origin is its lower left corner, lengths are points. */
export interface PdfPage {
  words(
    text: string,
    place: { readonly x: number; readonly y: number; readonly face: Face; readonly sizePt: number; readonly ink: Ink },
  ): void;
  line(from: readonly [x: number, y: number], to: readonly [x: number, y: number], ink: Ink, widthPt: number): void;
  box(corner: readonly [x: number, y: number], size: readonly [width: number, height: number], ink: Ink): void;
}

/** A4. */
export const PAGE = { width: 595, height: 842 } as const;

/** Width and height of a page in points. */
export interface PageSize {
  readonly width: number;
  readonly height: number;
}

const short = (value: number): string => String(Math.round(value * 100) / 100);
const rgb = (ink: Ink): string => ink.map(short).join(' ');

function literal(words: string): string {
  const codes = bytesOf(words).map((code) => {
    if (code === 40 || code === 41 || code === 92) return `\\${String.fromCharCode(code)}`;
    return code < 127 ? String.fromCharCode(code) : `\\${code.toString(8).padStart(3, '0')}`;
  });
  return `(${codes.join('')})`;
}

/**
 * Collects pages and writes them as one PDF 1.7 file with bookmarks. It holds no time and no chance: the same pages give the same bytes.
 */
export class PdfWriter {
  readonly #pages: { readonly drawn: string[]; readonly size: PageSize }[] = [];
  readonly #marks: { readonly title: string; readonly page: number }[] = [];
  readonly #title: string;
  readonly #language: string;

  /** @param language ISO 639-1, which screen readers go by */
  constructor(title: string, language = 'en') {
    this.#title = title;
    this.#language = language;
  }

  /** @param size absent: A4, upright */
  addPage(size: PageSize = PAGE): PdfPage {
    const drawn: string[] = [];
    this.#pages.push({ drawn, size });
    return {
      words(text, { x, y, face, sizePt, ink }) {
        const font = face === 'bold' ? '/B' : '/P';
        drawn.push(
          `BT ${font} ${short(sizePt)} Tf ${rgb(ink)} rg 1 0 0 1 ${short(x)} ${short(y)} Tm ${literal(text)} Tj ET`,
        );
      },
      line([x, y], [toX, toY], ink, widthPt) {
        drawn.push(`${rgb(ink)} RG ${short(widthPt)} w ${short(x)} ${short(y)} m ${short(toX)} ${short(toY)} l S`);
      },
      box([x, y], [width, height], ink) {
        drawn.push(`${rgb(ink)} rg ${short(x)} ${short(y)} ${short(width)} ${short(height)} re f`);
      },
    };
  }

  get pages(): number {
    return this.#pages.length;
  }

  /** A bookmark to the page that was added last. */
  mark(title: string): void {
    this.#marks.push({ title, page: this.#pages.length - 1 });
  }

  bytes(): Uint8Array {
    const [catalogue, tree, outline, plain, bold, info, first] = [1, 2, 3, 4, 5, 6, 7];
    const pageOf = (index: number) => (first ?? 7) + 2 * index;
    const markOf = (index: number) => pageOf(this.#pages.length) + index;
    const objects: string[] = [
      `<< /Type /Catalog /Pages ${tree} 0 R /Outlines ${outline} 0 R /Lang (${this.#language}) /ViewerPreferences << /DisplayDocTitle true >> >>`,
      `<< /Type /Pages /Count ${this.#pages.length} /Kids [${this.#pages.map((_, index) => `${pageOf(index)} 0 R`).join(' ')}] >>`,
      this.#marks.length === 0
        ? '<< /Type /Outlines /Count 0 >>'
        : `<< /Type /Outlines /Count ${this.#marks.length} /First ${markOf(0)} 0 R /Last ${markOf(this.#marks.length - 1)} 0 R >>`,
      ...['Helvetica', 'Helvetica-Bold'].map(
        (name) => `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`,
      ),
      `<< /Title ${literal(this.#title)} /Producer (UNICA) >>`,
      ...this.#pages.flatMap(({ drawn, size }, index) => {
        const content = drawn.join('\n');
        return [
          `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 ${short(size.width)} ${short(size.height)}] /Resources << /Font << /P ${plain} 0 R /B ${bold} 0 R >> >> /Contents ${pageOf(index) + 1} 0 R >>`,
          `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
        ];
      }),
      ...this.#marks.map(({ title, page }, index) => {
        const beside = [
          ...(index > 0 ? [`/Prev ${markOf(index - 1)} 0 R`] : []),
          ...(index < this.#marks.length - 1 ? [`/Next ${markOf(index + 1)} 0 R`] : []),
        ];
        return `<< /Title ${literal(title)} /Parent ${outline} 0 R ${beside.join(' ')} /Dest [${pageOf(page)} 0 R /Fit] >>`;
      }),
    ];
    const pieces: Uint8Array[] = [utf8('%PDF-1.7\n')];
    let at = pieces[0]?.length ?? 0;
    const places = objects.map((object, index) => {
      const piece = utf8(`${index + 1} 0 obj\n${object}\nendobj\n`);
      const place = at;
      pieces.push(piece);
      at += piece.length;
      return place;
    });
    const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
    pieces.push(
      utf8(
        `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root ${catalogue} 0 R /Info ${info} 0 R >>\nstartxref\n${at}\n%%EOF\n`,
      ),
    );
    return concatBytes(pieces);
  }
}
