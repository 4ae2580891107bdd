/** Where the demo tells its story: a terminal, or a test that listens. */
export interface DemoReporter {
  /** Begins a numbered step. */
  step(title: string): void;
  /** A sentence of the step. */
  line(text: string): void;
  /** A sentence that replaces the last one of its kind, where a terminal can show it. */
  live(text: string): void;
  table(headings: readonly string[], rows: readonly (readonly string[])[]): void;
  /** Something went wrong and is being mended. */
  warn(text: string): void;
}
