import type { Json } from '#base';
import type { Terminal } from './terminal.ts';

/** Results of a call: lines for people as they come, and one document `{ results: […] }` where JSON is asked for. */
export class ToldResults {
  readonly #terminal: Terminal;
  readonly #results: Json[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(result: Json, lines: readonly string[]): void {
    if (this.#terminal.json) this.#results.push(result);
    else for (const line of lines) this.#terminal.line(line);
  }

  /** Says the document; called once, when all are told. */
  end(): void {
    this.#terminal.answer({ results: this.#results }, () => {});
  }
}
