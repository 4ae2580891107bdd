import { z } from 'zod';
import { UnicaError } from '#base';
import type { RunFigure, RunRecord } from './run-record.ts';

/** A value that stands in a run's record, and how it is shown. No figure is in a text but as one of these. */
const referenceSchema = z.strictObject({
  run: z.string().max(64),
  /** JSON pointer (RFC 6901) into the record. */
  at: z.string().max(400),
  form: z.enum(['text', 'number', 'percent', 'count']),
  digits: z.number().int().min(0).max(6),
});
export type Reference = z.infer<typeof referenceSchema>;

const wordsSchema = z.union([z.string().max(8000), referenceSchema]);
/** Words, or a reference to a value. */
export type Words = z.infer<typeof wordsSchema>;

const spanSchema = z.array(wordsSchema).max(8000);
export type Span = z.infer<typeof spanSchema>;

const markSchema = z.strictObject({
  label: spanSchema,
  value: referenceSchema,
  low: referenceSchema.optional(),
  high: referenceSchema.optional(),
});

const blockSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('heading'),
    level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    span: spanSchema,
  }),
  z.strictObject({ kind: z.literal('text'), span: spanSchema }),
  z.strictObject({ kind: z.literal('notice'), span: spanSchema }),
  z.strictObject({ kind: z.literal('list'), items: z.array(spanSchema).max(400) }),
  z.strictObject({
    kind: z.literal('table'),
    head: z.array(z.string().max(200)).min(1).max(14),
    rows: z.array(z.array(spanSchema)).max(3000),
  }),
  z.strictObject({
    kind: z.literal('intervals'),
    title: spanSchema,
    /** Drawn as a line across all marks, where there is one. */
    beside: referenceSchema.optional(),
    marks: z.array(markSchema).max(400),
  }),
]);
/** A piece of a document. */
export type Block = z.infer<typeof blockSchema>;

export const documentSchema = z.strictObject({
  /** Name of its Markdown file without the ending. */
  name: z.string().regex(/^[A-Za-z0-9-]{1,40}$/),
  title: z.string().min(1).max(200),
  /** What stands before the text, as catalogues of models read it: some words for every figure of every run; null where nothing does. */
  frontMatter: z.array(wordsSchema).max(2000).nullable(),
  blocks: z.array(blockSchema).max(4000),
});
/** A document of a dossier as it is kept: words, and references to what runs found. */
export type DossierDocument = z.infer<typeof documentSchema>;

/** Runs by the names that references call them by. */
export type Runs = ReadonlyMap<string, RunRecord>;

/** What a reference leads to. @throws UnicaError `models.dossier-reference` where the run, or the place in it, is missing */
export function valueAt({ run, at }: Reference, runs: Runs): string | number | boolean | null {
  const missing = () => new UnicaError('models.dossier-reference', { run, at });
  let place: unknown = runs.get(run);
  if (place === undefined || !at.startsWith('/')) throw missing();
  for (const step of at.slice(1).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, key)) throw missing();
    place = (place as Record<string, unknown>)[key];
  }
  if (place !== null && typeof place === 'object') throw missing();
  return place as string | number | boolean | null;
}

/** A value as a reader sees it. */
export function shownValue(reference: Reference, runs: Runs): string {
  const value = valueAt(reference, runs);
  if (value === null) return 'not defined';
  if (typeof value !== 'number') return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
  switch (reference.form) {
    case 'percent':
      return `${(100 * value).toFixed(reference.digits)} %`;
    case 'count':
      return String(Math.round(value));
    default:
      return reference.form === 'text' ? String(value) : value.toFixed(reference.digits);
  }
}

/** A span as text. */
export function spanText(span: Span, runs: Runs): string {
  return span.map((words) => (typeof words === 'string' ? words : shownValue(words, runs))).join('');
}

/** Measured figures have a decimal point or a sign of percent; names of laws, versions and identifiers, and the level of intervals, do not count. */
const FIGURE = /(?<![\w./-])\d+(?:\.\d+(?![\w.])|\s?%)/;

/** The first figure in the words of a document that no run stands behind; undefined where there is none. */
export function unboundFigure({ blocks, frontMatter }: DossierDocument): string | undefined {
  const spans = [...(frontMatter === null ? [] : [frontMatter]), ...blocks.flatMap(spansOf)];
  for (const words of spans.flat()) {
    const found = typeof words === 'string' ? FIGURE.exec(words.replaceAll('95 % interval', '')) : null;
    if (found !== null) return found[0];
  }
  return undefined;
}

function spansOf(block: Block): readonly Span[] {
  switch (block.kind) {
    case 'list':
      return block.items;
    case 'table':
      return [block.head, ...block.rows.flat()];
    case 'intervals':
      return [block.title, ...block.marks.map(({ label }) => label)];
    default:
      return [block.span];
  }
}

/** A figure of a run with its interval, as words. @param at pointer to the figure in the record */
export function figureSpan(run: string, at: string, figure: RunFigure): Span {
  const part = (name: 'value' | 'low' | 'high'): Reference => ({
    run,
    at: `${at}/${name}`,
    form: figure.form,
    digits: figure.digits,
  });
  const hasInterval = figure.value !== null && figure.low != null && figure.high != null;
  return hasInterval ? [part('value'), ' (', part('low'), ' to ', part('high'), ')'] : [part('value')];
}

export const heading = (level: 1 | 2 | 3, ...span: Span): Block => ({ kind: 'heading', level, span });
export const text = (...span: Span): Block => ({ kind: 'text', span });
export const notice = (...span: Span): Block => ({ kind: 'notice', span });
export const list = (items: readonly (Span | string)[]): Block => ({
  kind: 'list',
  items: items.map((item) => (typeof item === 'string' ? [item] : [...item])),
});
export const table = (head: readonly string[], rows: readonly (readonly (Span | Words)[])[]): Block => ({
  kind: 'table',
  head: [...head],
  rows: rows.map((row) => row.map((cell) => (Array.isArray(cell) ? [...cell] : [cell]))),
});
/** A text of a run's record. */
export const told = (run: string, at: string): Reference => ({ run, at, form: 'text', digits: 0 });
/** A count of a run's record. */
export const counted = (run: string, at: string): Reference => ({ run, at, form: 'count', digits: 0 });
