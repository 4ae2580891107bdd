import {
  Kysely,
  PostgresDialect,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Transaction,
} from 'kysely';
import pg from 'pg';
import { SqliteDriver, SqliteFile } from './sqlite-driver.ts';

/** Where records are kept. A PostgreSQL `schema` keeps several houses apart in one database. */
export type DatabaseConfig =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly url: string; readonly schema?: string };

/** An open database; whoever opened it closes it. */
export interface Database<Tables> {
  readonly kysely: Kysely<Tables>;
  readonly engine: 'sqlite' | 'postgres';
  /** Everything or nothing; on PostgreSQL serialisable and tried again when another transaction was in the way. */
  transaction<Result>(work: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  /**
   * The same records through which a write is committed when its promise resolves, but safe against a loss of power only after
   * {@link settled}: to be waited for once, before anything that follows from it leaves the process or is thrown away. Closed
   * with this one.
   */
  readonly gathered: Database<Tables>;
  /** Resolves once everything that is committed now is safe on the disk. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a database; SQLite makes the file. The folder must exist. */
export async function openDatabase<Tables>(config: DatabaseConfig): Promise<Database<Tables>> {
  return config.engine === 'sqlite' ? openSqlite(config.path) : openPostgres(config.url, config.schema);
}

function openSqlite<Tables>(path: string): Database<Tables> {
  const file = new SqliteFile(path);
  const over = (driver: SqliteDriver): Omit<Database<Tables>, 'gathered'> => {
    const kysely = new Kysely<Tables>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => driver,
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    });
    return {
      kysely,
      engine: 'sqlite',
      transaction: (work) => kysely.transaction().execute(work),
      settled: () => file.settled(),
      // Of the file: Kysely closes only what was asked something through itself.
      close: () => file.close(),
    };
  };
  const waiting = over(new SqliteDriver(file, { waits: true }));
  const gathered: Database<Tables> = {
    ...over(new SqliteDriver(file, { waits: false })),
    get gathered() {
      return gathered;
    },
  };
  return { ...waiting, gathered };
}

function openPostgres<Tables>(url: string, schema: string | undefined): Database<Tables> {
  const types = {
    getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
      oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC
        ? safeInteger
        : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    types,
    ...(schema === undefined ? {} : { options: `-c search_path=${schema}` }),
  });
  // A connection that breaks while nobody uses it is replaced; who uses one is told by its own query.
  pool.on('error', () => {});
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const database: Database<Tables> = {
    kysely,
    engine: 'postgres',
    async transaction(work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await kysely.transaction().setIsolationLevel('serializable').execute(work);
        } catch (error) {
          if (!(error instanceof pg.DatabaseError && RETRIED.has(error.code ?? '')) || attempt >= 20) throw error;
        }
      }
    },
    // What PostgreSQL has committed is safe.
    settled: async () => {},
    get gathered() {
      return database;
    },
    close: () => kysely.destroy(),
  };
  return database;
}

/** serialization_failure, deadlock_detected, unique_violation between two writers of the same next number. */
const RETRIED: ReadonlySet<string> = new Set(['40001', '40P01', '23505']);

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond 2^53`);
  return value;
}
