import { CommanderError } from 'commander';
import { readEnvironment } from './environment.ts';
import { failureOf } from './failure.ts';
import { buildProgram } from './program.ts';
import { Terminal } from './terminal.ts';

const argv = process.argv.slice(2);
const verbose = argv.includes('--verbose');
const environment = readEnvironment();
const terminal = new Terminal({
  json: argv.includes('--json'),
  colours: !environment.noColour,
  out: process.stdout,
  err: process.stderr,
});

// A reader that has seen enough (`| head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

const ending = new AbortController();
let asked = 0;
const end = (): void => {
  asked += 1;
  ending.abort();
  if (asked > 1) process.exit(130);
};
process.on('SIGTERM', end);
// A child of the village leaves Ctrl-C, which a terminal sends to the whole group, to its parent.
process.on('SIGINT', argv.includes('--with-parent') ? () => {} : end);

try {
  await buildProgram({ terminal, settings: environment.settings, signal: ending.signal }).parseAsync(argv, {
    from: 'user',
  });
} catch (error) {
  // A service that failed while it started may have left a timer or a database open.
  process.exit(report(error));
}

function report(error: unknown): number {
  // Commander has already said what was wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (ending.signal.aborted) {
    terminal.complain('Stopped.');
    return 130;
  }
  const { line, exitCode, trace } = failureOf(error);
  terminal.complain(`unica: ${line}`);
  if (verbose) terminal.complain(trace);
  return exitCode;
}
