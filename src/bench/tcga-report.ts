import { SeededRandom } from '#base';
import type { TcgaRow } from './bench-tcga.ts';
import { median } from './measurement.ts';

/** Table of the rows in Markdown. */
export function tcgaTable(rows: readonly TcgaRow[]): string {
  const lines = rows.map(({ name, mean, stdDev, values, regions, flamby, throughHub }) => {
    const { means, spread } = fiveSeedMeans(values);
    const { otherSeeds } = flamby;
    return `| ${[
      name,
      figure({ mean, stdDev }),
      short(median(values)),
      figure(flamby),
      short(Math.abs(mean - flamby.mean)),
      isWithin(mean, flamby),
      isWithin(flamby.mean, { mean, stdDev }),
      `${short(means[0])} to ${short(means[1])}, ${Math.round(100 * spread(flamby.mean - flamby.stdDev, flamby.mean + flamby.stdDev))} %`,
      `${figure(otherSeeds)}, ${isWithin(otherSeeds.mean, flamby)}`,
      `${figure(regions)} / ${short(flamby.regions)}`,
      throughHub === undefined ? '' : `${throughHub.identical} of ${throughHub.models}`,
    ].join(' | ')} |`;
  });
  return [
    `| | UNICA, ${rows[0]?.seeds ?? 0} seeds | median | FLamby, 5 seeds | apart | within FLamby's ± | within ours | means of 5 of our seeds: 95 % of them; share within FLamby's ± | FLamby, 5 other seeds; within its own ± | mean over the six regions: UNICA / FLamby | learned through a hub and six processes with the bits of the simulation |`,
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function figure({ mean, stdDev }: { readonly mean: number; readonly stdDev: number }): string {
  return `${short(mean)} ± ${short(stdDev)}`;
}

function isWithin(value: number, { mean, stdDev }: { readonly mean: number; readonly stdDev: number }): 'yes' | 'no' {
  return Math.abs(value - mean) <= stdDev ? 'yes' : 'no';
}

/** What means over 5 seeds would have been: 20,000 draws from ours, always the same. */
function fiveSeedMeans(values: readonly number[]) {
  const random = new SeededRandom('five seeds');
  const drawn = Array.from({ length: 20_000 }, () => {
    let sum = 0;
    for (let seed = 0; seed < 5; seed += 1) sum += random.pick(values);
    return sum / 5;
  }).sort((a, b) => a - b);
  return {
    means: [drawn[500] ?? 0, drawn[19_499] ?? 0] as const,
    spread: (low: number, high: number) => drawn.filter((mean) => mean >= low && mean <= high).length / drawn.length,
  };
}

const WIDTH = 760;
const LEFT = 110;
const ROW = 46;
const LOWEST = 0.2;
const HIGHEST = 0.9;

/** The rows as a picture (SVG): every seed a dot, our mean and FLamby's, each with its standard deviation. */
export function tcgaFigure(rows: readonly TcgaRow[]): string {
  const at = (value: number): string =>
    (LEFT + ((value - LOWEST) / (HIGHEST - LOWEST)) * (WIDTH - LEFT - 20)).toFixed(1);
  const height = 60 + rows.length * ROW;
  const grid = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map(
    (value) =>
      `<line x1="${at(value)}" x2="${at(value)}" y1="30" y2="${height - 30}" stroke="#ddd"/><text x="${at(value)}" y="${height - 12}" text-anchor="middle">${value.toFixed(1)}</text>`,
  );
  const drawn = rows.map(({ name, mean, stdDev, values, flamby }, index) => {
    const y = 44 + index * ROW;
    const dots = values.map((value) => `<circle cx="${at(value)}" cy="${y}" r="2.5" fill="#1d5fa8" opacity="0.35"/>`);
    return `<text x="${LEFT - 10}" y="${y + 10}" text-anchor="end">${name}</text>${dots.join('')}${bar({ mean, stdDev }, y + 10, '#1d5fa8', at)}${bar(flamby, y + 20, '#b3470a', at)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img" aria-label="C-index of each strategy on Fed-TCGA-BRCA, ours beside FLamby's">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="18"><tspan fill="#1d5fa8">UNICA: every seed, mean ± standard deviation</tspan>  <tspan fill="#b3470a">FLamby, 5 seeds</tspan></text>`,
    ...grid,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function bar(
  { mean, stdDev }: { readonly mean: number; readonly stdDev: number },
  y: number,
  colour: string,
  at: (value: number) => string,
): string {
  const end = Math.min(HIGHEST, mean + stdDev);
  return `<line x1="${at(Math.max(LOWEST, mean - stdDev))}" x2="${at(end)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/><circle cx="${at(mean)}" cy="${y}" r="4" fill="${colour}"/>`;
}

function short(value: number): string {
  return value.toFixed(3).replace(/^0/, '');
}
