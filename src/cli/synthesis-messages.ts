/** What a thread that makes examinations is given. */
export type SynthesisSetup = {
  readonly folder: string;
  readonly seed: string;
  /** Places in the stream. */
  readonly indices: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** An Int32 that is 1 once nobody wants more. */
  readonly stop: SharedArrayBuffer;
};

/** What it tells after each examination: how many files it wrote, and their lines of the table of truth. */
export type SynthesisStep = { readonly index: number; readonly files: number; readonly truth: readonly string[] };
