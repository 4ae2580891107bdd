import { PAGE, widthOf } from './pdf-writer.ts';
import { INKS, MARGIN, paragraph, type Sheet, TEXT_WIDTH, wrapped } from './sheet.ts';

/** A bar, with its value as it is written. */
export interface PaperBar {
  readonly label: string;
  readonly value: number;
  readonly shown: string;
}

const [LABELS, ROW] = [150, 15];
const SMALL_PT = 8;

/** Horizontal bars from nought, each with its value in figures; a line at a goal, where there is one. */
export function drawBars(
  sheet: Sheet,
  { title, bars, goal }: { readonly title: string; readonly bars: readonly PaperBar[]; readonly goal?: number },
): void {
  if (bars.length === 0) return;
  sheet.room(Math.min(bars.length * ROW + 40, PAGE.height - 2 * MARGIN));
  paragraph(title, sheet, { face: 'bold', sizePt: 9, ink: INKS.soft });
  const most = Math.max(1, goal ?? 0, ...bars.map(({ value }) => value));
  const shownWidth = Math.max(...bars.map(({ shown }) => widthOf(shown, 'plain', SMALL_PT)));
  const scale = TEXT_WIDTH - LABELS - shownWidth - 10;
  for (const { label, value, shown } of bars) {
    const page = sheet.room(ROW);
    const y = sheet.y - ROW;
    const small = { y: y + 4.5, face: 'plain', sizePt: SMALL_PT, ink: INKS.text } as const;
    page.words(wrapped(label, 'plain', SMALL_PT, LABELS - 6)[0] ?? '', { x: MARGIN, ...small });
    page.box([MARGIN + LABELS, y + 3], [scale, 9], INKS.tint);
    page.box([MARGIN + LABELS, y + 3], [(scale * value) / most, 9], INKS.accent);
    if (goal !== undefined) {
      const at = MARGIN + LABELS + (scale * goal) / most;
      page.line([at, y + 1], [at, y + 14], INKS.warning, 1.2);
    }
    page.words(shown, { x: MARGIN + LABELS + scale + 8, ...small });
    sheet.y = y;
  }
  sheet.y -= 12;
}

const CURVE = { height: 120, left: 52 } as const;

/** Values over steps as a line from nought, with the first, the last and the greatest in figures. */
export function drawCurve(
  sheet: Sheet,
  curve: {
    readonly title: string;
    readonly steps: readonly string[];
    readonly values: readonly number[];
    readonly show: (value: number) => string;
  },
): void {
  const { title, steps, values, show } = curve;
  if (values.length === 0) return;
  const page = sheet.room(CURVE.height + 60);
  paragraph(title, sheet, { face: 'bold', sizePt: 9, ink: INKS.soft });
  const [top, bottom] = [sheet.y - 8, sheet.y - 8 - CURVE.height];
  const [left, right] = [MARGIN + CURVE.left, PAGE.width - MARGIN - 6];
  const most = Math.max(1, ...values);
  const x = (index: number) => (values.length === 1 ? left : left + ((right - left) * index) / (values.length - 1));
  const y = (value: number) => bottom + ((top - bottom) * value) / most;
  for (const share of [0, 0.5, 1]) {
    page.line([left, y(share * most)], [right, y(share * most)], INKS.line, 0.4);
    const said = show(Math.round(share * most));
    const width = widthOf(said, 'plain', 7);
    page.words(said, { x: left - width - 5, y: y(share * most) - 2.5, face: 'plain', sizePt: 7, ink: INKS.soft });
  }
  values.forEach((value, index) => {
    const next = values[index + 1];
    if (next !== undefined) page.line([x(index), y(value)], [x(index + 1), y(next)], INKS.accent, 1.6);
    page.box([x(index) - 1.8, y(value) - 1.8], [3.6, 3.6], INKS.accent);
  });
  const ends = steps.length === 1 ? [0] : [0, steps.length - 1];
  for (const index of ends) {
    const said = steps[index] ?? '';
    const width = widthOf(said, 'plain', 7);
    const at = index === 0 ? left : right - width;
    page.words(said, { x: at, y: bottom - 10, face: 'plain', sizePt: 7, ink: INKS.soft });
  }
  sheet.y = bottom - 22;
}
