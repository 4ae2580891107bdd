import type { Checkup } from '#wire';

/** The machine, as far as a helpdesk needs it. */
export interface Machine {
  readonly system: string;
  readonly runtime: string;
  readonly cores: number;
  readonly memoryMib: number;
}

/** Newest lines of the service's log that are looked at. */
const MOST_LINES = 5000;
/** Of them are told: what went wrong, and what happened last. */
const MOST_FAULTS = 200;
const MOST_LAST = 60;
const LONGEST_FACT = 200;

/**
 * What a helpdesk asks for first, as a text that its sender reads before it goes: the machine, the checkup, which settings are given (never
 * what they say), and of the log only lines in the form that the houses write, which hold codes and counts.
 * @param given names of the settings, `databaseUrl` as `UNICA_DATABASE_URL`
 * @param log the log of the service, the newest line last
 */
export function textForHelpdesk(parts: {
  readonly checkup: Checkup;
  readonly machine: Machine;
  readonly given: readonly string[];
  readonly home: string;
  readonly log?: string | undefined;
}): string {
  const { checkup, machine, given, home, log } = parts;
  const mask = masked(home);
  const findings = checkup.findings.map(({ check, state, says, code }) =>
    mask(`${state.padEnd(7)} ${check.padEnd(18)} ${code === null ? '' : `[${code}] `}${says}`),
  );
  return [
    `# For the helpdesk: ${checkup.software}, ${checkup.house}`,
    '',
    'Read this before you send it. It holds no key, no password, nothing of a setting but its name, and nothing about a person;',
    'folders of people are masked. It does hold names of machines and addresses: they are needed to help.',
    '',
    `made      ${new Date(checkup.atMs).toISOString()}`,
    `house     ${checkup.name ?? 'not enrolled'}`,
    `machine   ${machine.system}, ${machine.runtime}, ${machine.cores} cores, ${machine.memoryMib} MiB`,
    `settings  ${given.length === 0 ? 'all as they are by default' : [...given].sort().join(' ')}`,
    '',
    '## Checkup',
    '',
    ...findings,
    ...(log === undefined ? [] : ['', '## Log', '', ...logLines(log, mask)]),
    '',
  ].join('\n');
}

/** One line of the log, read. */
interface LogLine {
  readonly atMs: number;
  readonly level: number;
  readonly text: string;
}

function logLines(log: string, mask: (text: string) => string): readonly string[] {
  const lines = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-MOST_LINES);
  const read = lines.map((line) => readLine(line, mask));
  const known = read.filter((line) => line !== undefined);
  const last = new Set(known.slice(-MOST_LAST));
  const faults = new Set(known.filter(({ level }) => level >= 40).slice(-MOST_FAULTS));
  const told = known.filter((line) => last.has(line) || faults.has(line));
  const left = lines.length - known.length;
  return [
    ...told.map(
      ({ atMs, level, text }) =>
        `${new Date(atMs).toISOString()} ${level >= 50 ? 'ERROR' : level >= 40 ? 'warn' : 'info'} ${text}`,
    ),
    ...(left === 0 ? [] : [`(lines of another form, left out: ${left})`]),
  ];
}

const EVENT = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/;
const FACT = /^[A-Za-z][A-Za-z0-9]{0,40}$/;
/** Of the engine of the log, and told otherwise. */
const ENGINES_OWN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'house', 'err']);

/** A line as the houses write it; undefined for any other, which may hold anything. */
function readLine(line: string, mask: (text: string) => string): LogLine | undefined {
  // What journalctl puts before it.
  const begins = line.indexOf('{');
  if (begins < 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.slice(begins));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { level, time, msg, ...facts } = value as Record<string, unknown>;
  if (typeof level !== 'number' || typeof time !== 'number' || typeof msg !== 'string' || !EVENT.test(msg))
    return undefined;
  if (!Number.isFinite(new Date(time).getTime())) return undefined;
  const told = Object.entries(facts).flatMap(([name, fact]) =>
    ENGINES_OWN.has(name) || !FACT.test(name) || !isPlain(fact)
      ? []
      : [`${name}=${mask(String(fact)).replace(/\s+/g, ' ').slice(0, LONGEST_FACT)}`],
  );
  return { atMs: time, level, text: [msg, ...told].join(' ') };
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Folders are called after people: of the home only that it is the home is told, and of others not whose they are. */
function masked(home: string): (text: string) => string {
  return (text) =>
    (home === '' ? text : text.replaceAll(home, '<home>'))
      .replace(/((?:^|[\s"'(=:/])\/(?:home|Users)\/)[^/\s"']+/g, '$1<somebody>')
      .replace(/([A-Za-z]:\\Users\\)[^\\\r\n"']+/g, '$1<somebody>')
      .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/\s]+@/gi, '$1<somebody>@');
}
