import { UnicaError } from '#base';
import type { RegionRule } from './region-rules.ts';

type Rectangle = RegionRule['black'][number];

const MOST_RULES = 5000;
/** Further than any picture reaches. */
const EDGE = 65_535;

/**
 * Reads a site's rules: one on each line, `maker | model | modality | rows x columns | x,y,width,height …`, a comment after `#`.
 * Maker and model are parts of what the device calls itself, whatever the case; `*` stands for any model, for any number of
 * rows or columns, and for a width or height up to the edge. A negative x or y counts from the right or lower edge.
 * @throws UnicaError `deid.unusable-regions` naming the line
 */
export function readRegionRules(text: string): readonly RegionRule[] {
  const rules: RegionRule[] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const [content = ''] = line.split('#');
    if (content.trim() === '') continue;
    if (rules.length === MOST_RULES) throw unusable(index, `there are more than ${MOST_RULES} rules`);
    rules.push(ruleOf(content, index));
  }
  return rules;
}

function ruleOf(content: string, index: number): RegionRule {
  const fields = content.split('|').map((field) => field.trim());
  const [manufacturer = '', model = '', modality = '', size = '', black = ''] = fields;
  if (fields.length !== 5) throw unusable(index, `it has ${fields.length} parts between | and not 5`);
  if (manufacturer === '' || manufacturer === '*') throw unusable(index, 'it names no maker');
  if (model === '') throw unusable(index, 'it names no model; write * for any');
  if (!/^[A-Za-z]{2,16}$/.test(modality)) throw unusable(index, 'its third part is no modality such as US');
  return {
    manufacturer: manufacturer.toUpperCase(),
    model: model === '*' ? '' : model.toUpperCase(),
    modality: modality.toUpperCase(),
    ...sizeOf(size, index),
    black: rectanglesOf(black, index),
  };
}

function sizeOf(text: string, index: number): Pick<RegionRule, 'rows' | 'columns'> {
  const size = /^(\*|[1-9]\d{0,4})\s*[xX×]\s*(\*|[1-9]\d{0,4})$/.exec(text);
  if (size === null) throw unusable(index, 'its fourth part is no size such as 768 x 1024 or 768 x *');
  const [, rows = '*', columns = '*'] = size;
  return {
    ...(rows === '*' ? {} : { rows: Number(rows) }),
    ...(columns === '*' ? {} : { columns: Number(columns) }),
  };
}

function rectanglesOf(text: string, index: number): readonly Rectangle[] {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) throw unusable(index, 'it names no rectangle to black out');
  return parts.map((part) => {
    const numbers = /^(-?\d{1,5}),(-?\d{1,5}),(\*|[1-9]\d{0,4}),(\*|[1-9]\d{0,4})$/.exec(part);
    if (numbers === null) throw unusable(index, 'a rectangle is not x,y,width,height in pixels, without spaces');
    const [, x = '', y = '', width = '', height = ''] = numbers;
    return [Number(x), Number(y), width === '*' ? EDGE : Number(width), height === '*' ? EDGE : Number(height)];
  });
}

function unusable(index: number, problem: string): UnicaError {
  return new UnicaError('deid.unusable-regions', { line: index + 1, problem });
}
