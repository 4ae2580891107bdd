import { isoInstant } from '#base';
import {
  drawBars,
  drawCurve,
  drawTable,
  INKS,
  isPrintable,
  MARGIN,
  PdfWriter,
  paragraph,
  Sheet,
  TEXT_WIDTH,
} from '#paper';
import type { NetworkProgress, ProgressTable } from '#wire';
import { keyWords, objectiveWords, reportTable } from './report-tables.ts';
import {
  FIGURE_TITLES,
  FRAME_TITLES,
  KIND_TITLES,
  PARTNER_TITLES,
  STATE_TITLES,
  STEP_TITLES,
  TABLE_TITLES,
  targetWords,
} from './report-words.ts';

const count = new Intl.NumberFormat('en');

/** Where the figures come from, as it stands in every report. */
const ORIGIN =
  'Numbers of persons, studies and images are sums of what the nodes published of their datasets. Each went through the disclosure control of its node first: small ones are withheld, all others are noised and rounded. What a node withheld adds nothing to a sum. All other figures are what the hub itself saw.';

/**
 * The report on a network: figures, tables, and the indicators of funders and the law with their sources, on pages of A4. It holds no time but that
 * of the figures: the same figures give the same bytes. Sites are called by their short names, which the standard fonts have.
 */
export function reportPdf(progress: NetworkProgress): Uint8Array {
  const title = `${progress.network}: how far the network has come`;
  const writer = new PdfWriter(title);
  const sheet = new Sheet(writer, `${title} · ${isoInstant(progress.atMs).slice(0, 10)}`);
  sheet.turn();
  writer.mark(TABLE_TITLES.summary);
  heading(sheet, title, 1);
  paragraph(`As of ${isoInstant(progress.atMs)}. ${ORIGIN}`, sheet, { ink: INKS.soft });
  sheet.y -= 8;
  table(sheet, progress, 'summary', 2);
  part(sheet, writer, 'targets', () => {
    drawBars(sheet, {
      title: 'Share of each target that is reached, in percent',
      goal: 100,
      bars: progress.targets.map((target) => ({
        label: targetWords(target),
        value: Math.min(100, (100 * target.reached) / target.value),
        shown: `${count.format(target.reached)} of ${count.format(target.value)}`,
      })),
    });
    table(sheet, progress, 'targets');
  });
  part(sheet, writer, 'months', () => {
    drawCurve(sheet, {
      title: 'Studies at the end of each month',
      steps: progress.months.map(({ month }) => month),
      values: progress.months.map(({ studies }) => studies),
      show: (value) => count.format(value),
    });
    table(sheet, progress, 'months');
  });
  for (const group of ['country', 'cancer', 'modality', 'readiness'] as const) {
    part(sheet, writer, group, () => {
      drawBars(sheet, {
        title: 'Studies',
        bars: progress.groups[group].map((row) => ({
          label: keyWords(group, row),
          value: row.studies,
          shown: count.format(row.studies),
        })),
      });
      table(sheet, progress, group);
    });
  }
  part(sheet, writer, 'joining', () => {
    drawBars(sheet, {
      title: 'Sites that have come to each step',
      bars: progress.joining.steps.map(({ step, reached }) => ({
        label: STEP_TITLES[step],
        value: reached,
        shown: count.format(reached),
      })),
    });
    table(sheet, progress, 'joining');
  });
  for (const name of ['sites', 'projects', 'jobs', 'training', 'incidents', 'outreach'] as const) {
    part(sheet, writer, name, () => table(sheet, progress, name));
  }
  part(sheet, writer, 'collaborations', () => collaborations(sheet, progress));
  part(sheet, writer, 'indicators', () => indicators(sheet, progress));
  return writer.bytes();
}

function part(sheet: Sheet, writer: PdfWriter, name: ProgressTable, draw: () => void): void {
  heading(sheet, TABLE_TITLES[name], 2);
  writer.mark(TABLE_TITLES[name]);
  draw();
}

function heading(sheet: Sheet, words: string, level: 1 | 2 | 3): void {
  const sizePt = level === 1 ? 20 : level === 2 ? 13 : 10.5;
  // A heading never stands alone at the foot of a page.
  sheet.room(sizePt * 2 + 80);
  sheet.y -= level === 1 ? 4 : sizePt * 0.6;
  paragraph(words, sheet, { face: 'bold', sizePt, ink: level === 1 ? INKS.accent : INKS.text });
  sheet.y -= 4;
}

function table(sheet: Sheet, progress: NetworkProgress, name: ProgressTable, mostColumns = 10): void {
  const { head, rows } = reportTable(name, progress);
  if (rows.length === 0) {
    paragraph('None so far.', sheet, { ink: INKS.soft });
    sheet.y -= 8;
    return;
  }
  drawTable(
    sheet,
    head.slice(0, mostColumns),
    rows.map((row) => row.slice(0, mostColumns).map((cell) => shown(cell))),
  );
}

function shown(cell: string | number | null): string {
  if (cell === null) return '–';
  return typeof cell === 'number' ? count.format(cell) : cell;
}

function collaborations(sheet: Sheet, { collaborations: all }: NetworkProgress): void {
  if (all.length === 0) {
    paragraph('None so far.', sheet, { ink: INKS.soft });
    sheet.y -= 8;
    return;
  }
  for (const { title, partner, partnerName, kind, state, startsOn, endsOn, outcome, objectives, evidence } of all) {
    sheet.room(64);
    paragraph(readable(title), sheet, { face: 'bold', sizePt: 9 });
    const when = endsOn === null || endsOn === startsOn ? startsOn : `${startsOn} to ${endsOn}`;
    const indented = { x: MARGIN + 12, width: TEXT_WIDTH - 12, sizePt: 9 };
    paragraph(`${when}, ${KIND_TITLES[kind]}, ${STATE_TITLES[state]}`, sheet, indented);
    paragraph(`With ${readable(partnerName)} (${PARTNER_TITLES[partner]})`, sheet, indented);
    if (outcome !== '') paragraph(`Outcome: ${readable(outcome)}`, sheet, indented);
    if (objectives.length > 0) paragraph(`Serves ${objectiveWords(objectives)}`, sheet, indented);
    for (const one of evidence) {
      const shows = one.kind === 'link' ? one.url : `a file with the SHA-256 digest ${one.sha256}`;
      paragraph(shows, sheet, { ...indented, sizePt: 7.5, ink: INKS.soft });
    }
    sheet.y -= 5;
  }
}

/** What people wrote in letters that the standard fonts have: without marks over and under them where they lack those. */
function readable(text: string): string {
  const line = text.normalize('NFC').replaceAll(/\s+/g, ' ');
  if (isPrintable(line)) return line;
  const bare = line
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[łŁđĐ]/g, (letter) => BARE[letter] ?? letter);
  return isPrintable(bare) ? bare : '(in an alphabet that this page cannot show: see the workbook)';
}

const BARE: Readonly<Record<string, string>> = { ł: 'l', Ł: 'L', đ: 'd', Đ: 'D' };

function indicators(sheet: Sheet, { indicators: all }: NetworkProgress): void {
  for (const frame of Object.keys(FRAME_TITLES) as (keyof typeof FRAME_TITLES)[]) {
    heading(sheet, FRAME_TITLES[frame], 3);
    for (const { asks, figures, source } of all.filter((one) => one.frame === frame)) {
      sheet.room(52);
      paragraph(asks, sheet, { face: 'bold', sizePt: 9 });
      if (figures.length === 0) {
        paragraph('Nothing that the network counts speaks to it.', sheet, { sizePt: 9, ink: INKS.warning });
      }
      for (const { figure, value, aim } of figures) {
        const aimed = aim === null ? '' : ` (aim of the source: ${count.format(aim)})`;
        paragraph(`${FIGURE_TITLES[figure]}: ${shown(value)}${aimed}`, sheet, {
          x: MARGIN + 12,
          width: TEXT_WIDTH - 12,
          sizePt: 9,
        });
      }
      paragraph(`${source.title}, ${source.place}. ${source.url}`, sheet, { sizePt: 7.5, ink: INKS.soft });
      sheet.y -= 5;
    }
  }
}
