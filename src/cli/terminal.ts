import type { Json } from '#base';

/** A stream the program writes to. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How a piece of text is meant; a terminal without colours shows it plainly. */
export type Tone = 'strong' | 'dim' | 'good' | 'warning' | 'bad' | 'accent';

const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  strong: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  accent: [36, 39],
};

/** A log should show that work goes on and nothing more. */
const PLAIN_EVERY_MS = 10_000;

/**
 * The two streams of the program. With `--json` the answer is one document on standard output and everything else goes to
 * standard error; without, what a person reads goes to standard output.
 */
export class Terminal {
  readonly json: boolean;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #colours: boolean;
  #liveLines = false;
  #toldAtMs = performance.now();

  constructor(options: { readonly json: boolean; readonly colours: boolean; readonly out: Sink; readonly err: Sink }) {
    this.json = options.json;
    this.#out = options.out;
    this.#err = options.err;
    this.#colours = options.colours && this.#people.isTTY === true;
  }

  /** A line for the person at the terminal. */
  line(text = ''): void {
    this.#clearLive();
    this.#people.write(`${text}\n`);
  }

  /** A line that matters even where output is thrown away: always on standard error. */
  complain(text: string): void {
    this.#clearLive();
    this.#err.write(`${text}\n`);
  }

  /** A line that the next one replaces; nothing where no terminal shows it. */
  live(text: string): void {
    if (this.#people.isTTY !== true) return;
    const width = (this.#people.columns ?? 80) - 1;
    this.#people.write(`\r\u001b[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
    this.#liveLines = true;
  }

  /** How far long work is: in place on a terminal, elsewhere as a plain line now and then, the first after some time. */
  progress(text: string): void {
    if (this.#people.isTTY === true) {
      this.live(text);
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs < PLAIN_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.#err.write(`${text}\n`);
  }

  /** True where progress can be shown in place. */
  get isLive(): boolean {
    return this.#people.isTTY === true;
  }

  /** The answer: a JSON document with `--json`, else whatever `forPeople` prints. */
  answer(document: Json, forPeople: () => void): void {
    this.#clearLive();
    if (this.json) this.#out.write(`${JSON.stringify(document, undefined, 2)}\n`);
    else forPeople();
  }

  /** One of several answers, as it comes: a JSON line with `--json`, else whatever `forPeople` prints. */
  record(document: Json, forPeople: () => void): void {
    this.#clearLive();
    if (this.json) this.#out.write(`${JSON.stringify(document)}\n`);
    else forPeople();
  }

  /** Rows under headings; columns of numbers are aligned right. */
  table(headings: readonly string[], rows: readonly (readonly string[])[], indent = ''): void {
    const widths = headings.map((heading, column) =>
      Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    const numeric = headings.map((_, column) =>
      rows.every((row) => /^$|^[<≥]?\s?[-−]?[\d.,]+( ?[%A-Za-z]{1,3})?$|^[–—]$/.test(row[column] ?? '')),
    );
    const shape = (cells: readonly string[]): string =>
      cells
        .map((cell, column) =>
          numeric[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd();
    this.line(`${indent}${this.tone('dim', shape(headings))}`);
    for (const row of rows) this.line(`${indent}${shape(row)}`);
  }

  /** The text in its tone, where colours are shown. */
  tone(tone: Tone, text: string): string {
    const [on, off] = CODES[tone];
    return this.#colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  get #people(): Sink {
    return this.json ? this.#err : this.#out;
  }

  #clearLive(): void {
    if (!this.#liveLines) return;
    this.#people.write('\r\u001b[2K');
    this.#liveLines = false;
  }
}
