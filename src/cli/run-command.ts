import { CommanderError } from 'commander';
import type { Environment } from './environment.ts';
import { failureOf } from './failure.ts';
import { buildProgram } from './program.ts';
import { type Sink, Terminal } from './terminal.ts';

/** Where a command's words go, what it goes by, and what ends it. */
export interface CommandSurroundings {
  readonly environment: Environment;
  readonly out: Sink;
  readonly err: Sink;
  readonly signal: AbortSignal;
}

/**
 * Runs one command to its end. Answers the status to leave with at once where it failed or only helped; undefined where it ran, and
 * the process leaves by itself once nothing keeps it, with the status that the command has set.
 */
export async function runCommand(
  argv: readonly string[],
  { environment, out, err, signal }: CommandSurroundings,
): Promise<number | undefined> {
  const terminal = new Terminal({ json: argv.includes('--json'), colours: !environment.noColour, out, err });
  const program = buildProgram({ terminal, settings: environment.settings, signal }, { out, err });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return undefined;
  } catch (error) {
    // Commander has already said what was wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (signal.aborted) {
      terminal.complain('Stopped.');
      return 130;
    }
    const { line, exitCode, trace } = failureOf(error);
    terminal.complain(`unica: ${line}`);
    if (argv.includes('--verbose')) terminal.complain(trace);
    return exitCode;
  }
}
