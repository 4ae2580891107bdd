import pg from 'pg';
import type { DatabaseConfig } from './database.ts';

/** Tells the other processes on the same database that something changed; what is told may get lost. */
export interface Notices {
  /** Tells all processes, this one included, at most 200 characters. */
  tell(what: string): void;
  close(): Promise<void>;
}

const CHANNEL = 'unica';
/** A connection that broke is opened again after this long. */
const AGAIN_MS = 500;

/**
 * Opens the notices of a database: LISTEN and NOTIFY of PostgreSQL over one connection of their own. SQLite belongs to one
 * process, which is told directly. Whoever waits also looks by itself now and then, because a notice may be lost with a
 * connection.
 */
export function openNotices(config: DatabaseConfig, onNotice: (what: string) => void): Notices {
  if (config.engine === 'sqlite') return { tell: onNotice, close: async () => {} };
  const scope = config.schema ?? '';
  let client: pg.Client | undefined;
  let closed = false;
  let again: NodeJS.Timeout | undefined;
  const connect = (): void => {
    if (closed) return;
    const opened = new pg.Client({ connectionString: config.url });
    const lost = (): void => {
      if (client === opened) client = undefined;
      opened.removeAllListeners('notification');
      clearTimeout(again);
      if (!closed) again = setTimeout(connect, AGAIN_MS).unref();
    };
    opened.on('error', lost);
    opened.on('end', lost);
    opened.on('notification', ({ payload }) => {
      const [toScope, what] = split(payload ?? '');
      if (toScope === scope) onNotice(what);
    });
    opened
      .connect()
      .then(() => opened.query(`listen ${CHANNEL}`))
      .then(() => {
        client = opened;
      }, lost);
  };
  connect();
  return {
    tell(what) {
      onNotice(what);
      // The other processes look by themselves soon, where this does not reach them.
      client?.query('select pg_notify($1, $2)', [CHANNEL, `${scope}\n${what}`]).catch(() => {});
    },
    async close() {
      closed = true;
      clearTimeout(again);
      await client?.end().catch(() => {});
    },
  };
}

function split(payload: string): readonly [string, string] {
  const at = payload.indexOf('\n');
  return [payload.slice(0, at), payload.slice(at + 1)];
}
