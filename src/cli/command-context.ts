import type { Command } from 'commander';
import type { FlatSettings } from './flat-settings.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Settings of the environment; options of the command line go before them. */
  readonly settings: FlatSettings;
  /** Aborted by Ctrl-C and by a polite request to end. */
  readonly signal: AbortSignal;
}

/** Adds one command, or a group of them, to the program. */
export type AddCommand = (program: Command, contextOf: () => CommandContext) => void;
