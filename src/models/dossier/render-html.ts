import { type Block, type DossierDocument, type Runs, type Span, spanText } from './dossier-text.ts';
import { type Intervals, intervalScale, ticksOf } from './interval-scale.ts';

/** Follows the reader's choice of light or dark; one column on paper. */
const STYLE = `:root{color-scheme:light dark;--ink:#14222b;--soft:#43525c;--line:#c3ced4;--page:#fff;--tint:#eef4f6;--mark:#0b6e83;--warn:#8a3b00}
@media(prefers-color-scheme:dark){:root{--ink:#e8eef1;--soft:#b3c0c7;--line:#3d4c55;--page:#10181d;--tint:#1a262d;--mark:#5cc3d8;--warn:#ffb27a}}
*{box-sizing:border-box}body{font:1rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:64rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:3rem 0 .5rem}h2{font-size:1.3rem;margin:2rem 0 .4rem}h3{font-size:1.05rem;margin:1.4rem 0 .3rem}
nav ul{columns:2;padding-left:1.2rem}a{color:var(--mark)}p,li{max-width:46rem}
.notice{border-left:.3rem solid var(--warn);padding:.4rem 1rem;background:var(--tint);font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.8rem 0;font-size:.92rem}th,td{border-bottom:1px solid var(--line);padding:.35rem .8rem .35rem 0;text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600}td{font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere}figure{margin:1rem 0}figcaption{color:var(--soft);font-size:.92rem}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}.grid{stroke:var(--line)}.span{stroke:var(--mark);stroke-width:2}.point{fill:var(--mark)}.beside{stroke:var(--warn);stroke-dasharray:4 3}
@media print{body{max-width:none;padding:0}h1{break-before:page}tr,figure{break-inside:avoid}}`;

/** All documents of a dossier as one page without scripts or outside content. */
export function dossierHtml(title: string, documents: readonly DossierDocument[], runs: Runs): string {
  const contents = documents.map(({ name, title: of }) => `<li><a href="#${name}">${escaped(of)}</a></li>`).join('');
  const body = documents
    .map(
      ({ name, blocks }) =>
        `<section id="${name}">\n${blocks.map((block) => htmlOf(block, runs)).join('\n')}\n</section>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style></head>
<body>
<nav aria-label="Documents"><ul>${contents}</ul></nav>
<main>
${body}
</main>
</body></html>
`;
}

function htmlOf(block: Block, runs: Runs): string {
  const said = (span: Span) => escaped(spanText(span, runs));
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${said(block.span)}</h${block.level}>`;
    case 'text':
      return `<p>${said(block.span)}</p>`;
    case 'notice':
      return `<p class="notice">${said(block.span)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${said(item)}</li>`).join('')}</ul>`;
    case 'table':
      return `<div class="wide" tabindex="0" role="group" aria-label="${escaped(block.head.filter((one) => one !== '').join(', '))}"><table><thead><tr>${block.head
        .map((cell) => `<th scope="col">${escaped(cell)}</th>`)
        .join('')}</tr></thead><tbody>${block.rows
        .map((row) => `<tr>${row.map((cell) => `<td>${said(cell)}</td>`).join('')}</tr>`)
        .join('')}</tbody></table></div>`;
    case 'intervals':
      return `<figure>${intervalPicture(block, runs)}<figcaption>${said(block.title)}</figcaption></figure>`;
  }
}

const [LEFT, WIDTH, ROW] = [230, 330, 22];

function intervalPicture(block: Intervals, runs: Runs): string {
  const { low, high, step, rows, beside } = intervalScale(block, runs);
  const at = (value: number) => (LEFT + ((value - low) / (high - low)) * WIDTH).toFixed(1);
  const bottom = rows.length * ROW + 8;
  const lines = ticksOf({ low, high, step }).map(
    (tick) =>
      `<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="4" y2="${bottom}"/><text x="${at(tick)}" y="${bottom + 16}" text-anchor="middle">${tick.toFixed(2)}</text>`,
  );
  const drawn = rows.map(({ label, value, low: from, high: to, shown }, index) => {
    const y = index * ROW + 16;
    return `<text x="0" y="${y + 4}">${escaped(label)}</text><line class="span" x1="${at(from)}" x2="${at(to)}" y1="${y}" y2="${y}"/><circle class="point" cx="${at(value)}" cy="${y}" r="4"/><text x="${LEFT + WIDTH + 14}" y="${y + 4}">${escaped(shown)}</text>`;
  });
  const besideLine =
    beside === undefined ? '' : `<line class="beside" x1="${at(beside)}" x2="${at(beside)}" y1="4" y2="${bottom}"/>`;
  const summary = rows.map(({ label, shown }) => `${label}: ${shown}`).join('; ');
  return `<svg role="img" aria-label="${escaped(summary)}" viewBox="0 0 ${LEFT + WIDTH + 180} ${bottom + 24}" width="${LEFT + WIDTH + 180}">${lines.join('')}${besideLine}${drawn.join('')}</svg>`;
}

function escaped(words: string): string {
  return words.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
