import { readEnvironment } from './environment.ts';
import { runCommand } from './run-command.ts';

const argv = process.argv.slice(2);

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

const status = await runCommand(argv, {
  environment: readEnvironment(),
  out: process.stdout,
  err: process.stderr,
  signal: ending.signal,
});
// A service that failed while it started may have left a timer or a database open.
if (status !== undefined) process.exit(status);
