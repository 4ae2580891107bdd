/** Values a log line may carry: codes, counts, digests, own ids. Never a name, an identifier or a secret. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** The port every room logs through; `observe` holds the engine. */
export interface Log {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts, cause?: unknown): void;
}

/** A log that keeps nothing, for tests and for the command line. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
