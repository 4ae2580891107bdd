import { pino } from 'pino';
import type { Log, LogFacts } from '#base';
import { UnicaError } from '#base';

/** Fields that are blanked wherever they appear, should somebody log them by mistake. */
const NEVER = ['token', 'secret', 'cookie', 'authorization', 'name', 'patient', 'patientId', 'person'];

/** Lines of JSON on standard error: event, facts, never an identifier or a secret. */
export function createLog(options: {
  readonly house: string;
  readonly level: 'info' | 'warn' | 'error' | 'silent';
}): Log {
  const logger = pino(
    {
      level: options.level,
      base: { house: options.house },
      redact: { paths: NEVER, censor: '[withheld]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (event: string, facts?: LogFacts) => logger.info({ ...facts }, event),
    warn: (event: string, facts?: LogFacts) => logger.warn({ ...facts }, event),
    error(event: string, facts?: LogFacts, cause?: unknown) {
      logger.error({ ...facts, ...causeOf(cause) }, event);
    },
  };
}

function causeOf(cause: unknown): Record<string, string> {
  if (cause === undefined) return {};
  if (cause instanceof UnicaError) return { code: cause.code, ...causeOf(cause.cause) };
  if (cause instanceof Error)
    return { cause: cause.name, stack: (cause.stack ?? '').split('\n').slice(1, 6).join(' ') };
  return { cause: typeof cause };
}
