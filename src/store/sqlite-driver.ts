import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import Libsql from 'libsql';
import { sqliteFailure } from './sqlite-failure.ts';
import { type Flush, openFlush, WriteAhead } from './write-ahead.ts';

/** Of the statements the last ones that were used stay prepared: parsing one takes as long as running it. */
const MOST_PREPARED = 256;

/**
 * A SQLite file: one connection, handed to one user at a time, so that transactions never interleave. Commits are flushed to the
 * disk on another thread, for all who wait together; the next user does not wait for that.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #openFlush: (path: string) => Flush;
  #connection: SqliteConnection | undefined;
  #isClosed = false;
  #turn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => {};

  constructor(path: string, flush = openFlush) {
    this.#path = path;
    this.#openFlush = flush;
  }

  /**
   * Does nothing where it is open already.
   * @throws Error once it was closed: nobody would close it a second time
   * @throws UnicaError `checkup.disk-full`, `checkup.folder-unwritable`
   */
  open(): void {
    if (this.#isClosed) throw new Error('the database is closed');
    if (this.#connection !== undefined) return;
    let database: Libsql.Database | undefined;
    try {
      database = new Libsql(this.#path);
      this.#connection = new SqliteConnection(database, this.#prepared(database), this.#path);
    } catch (error) {
      database?.close();
      throw sqliteFailure(error, this.#path);
    }
  }

  #prepared(database: Libsql.Database): WriteAhead | undefined {
    // The patience comes first: changing the journal mode meets the locks of other processes.
    for (const pragma of ['busy_timeout = 5000', 'journal_mode = WAL', 'foreign_keys = ON']) {
      database.exec(`PRAGMA ${pragma}`);
    }
    const [mode] = database.prepare('PRAGMA journal_mode').raw().get() as readonly unknown[];
    // NORMAL flushes around a checkpoint, and leaves the flush after a commit to us.
    database.exec(`PRAGMA synchronous = ${mode === 'wal' ? 'NORMAL' : 'FULL'}`);
    return mode === 'wal' ? new WriteAhead(this.#openFlush(`${this.#path}-wal`)) : undefined;
  }

  async acquire(): Promise<DatabaseConnection> {
    const before = this.#turn;
    let end: () => void = () => {};
    this.#turn = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    this.#endTurn = end;
    if (this.#connection === undefined) throw new Error('the database is closed');
    return this.#connection;
  }

  /** → whether who had it has written. */
  release(): boolean {
    const wrote = this.#connection?.takeWrote() === true;
    this.#endTurn();
    return wrote;
  }

  /** Resolves once everything committed up to now is safe on the disk. */
  async settled(): Promise<void> {
    await this.#connection?.writeAhead?.safe();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    try {
      await connection?.writeAhead?.close();
    } finally {
      connection?.close();
    }
  }
}

/** Kysely's driver over a {@link SqliteFile}. @param waits whether a write is safe on the disk when its promise resolves */
export class SqliteDriver implements Driver {
  readonly #file: SqliteFile;
  readonly #waits: boolean;

  constructor(file: SqliteFile, { waits }: { readonly waits: boolean }) {
    this.#file = file;
    this.#waits = waits;
  }

  async init(): Promise<void> {
    this.#file.open();
  }
  async acquireConnection(): Promise<DatabaseConnection> {
    return await this.#file.acquire();
  }
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A disk that is full ends a transaction by itself; who asked for it is told of the disk, and not that there is nothing to undo.
    if (connection instanceof SqliteConnection && !connection.inTransaction) return;
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }
  async releaseConnection(): Promise<void> {
    if (this.#file.release() && this.#waits) await this.#file.settled();
  }
  async destroy(): Promise<void> {
    await this.#file.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly writeAhead: WriteAhead | undefined;
  readonly #database: Libsql.Database;
  readonly #path: string;
  readonly #prepared = new Map<string, Libsql.Statement>();
  /** Whether the present user, or the open transaction, has changed anything. */
  #wrote = false;

  constructor(database: Libsql.Database, writeAhead: WriteAhead | undefined, path: string) {
    this.#database = database;
    this.writeAhead = writeAhead;
    this.#path = path;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  takeWrote(): boolean {
    const wrote = this.#wrote;
    this.#wrote = false;
    return wrote;
  }

  /**
   * Leaves one whole file behind: a statement that is still prepared keeps SQLite from bringing home what is in the `-wal` file
   * when it closes, and whoever copies the database alone would lose that.
   */
  close() {
    this.#prepared.clear();
    try {
      // Nobody is waited for: a process that has the file open as well brings it home later.
      for (const pragma of ['busy_timeout = 0', 'wal_checkpoint(TRUNCATE)']) this.#database.exec(`PRAGMA ${pragma}`);
    } catch {
      // A full disk, or a folder that cannot be written: what was committed is safe in the `-wal` file.
    } finally {
      this.#database.close();
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = this.#answered<Row>(query);
    this.#note(query);
    return result;
  }

  #answered<Row>(query: CompiledQuery): QueryResult<Row> {
    try {
      const statement = this.#statementOf(query.sql);
      return statement.reader
        ? { rows: statement.all(query.parameters) as Row[] }
        : resultOf<Row>(statement.run(query.parameters));
    } catch (error) {
      throw sqliteFailure(error, this.#path);
    }
  }

  async *streamQuery(): AsyncIterableIterator<never> {
    yield* [];
  }

  #statementOf(sql: string): Libsql.Statement {
    const statement = this.#prepared.get(sql) ?? this.#database.prepare(sql);
    this.#prepared.delete(sql);
    this.#prepared.set(sql, statement);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > MOST_PREPARED && oldest !== undefined) this.#prepared.delete(oldest);
    return statement;
  }

  /** Whatever is not a question may have written, also one that returns rows; in a transaction it counts from the commit. */
  #note({ sql, query }: CompiledQuery): void {
    if (query.kind === 'SelectQueryNode' || (query.kind === 'RawNode' && QUESTION.test(sql))) return;
    // Statements that were prepared before may be of other columns now.
    if (SHAPES.test(sql)) this.#prepared.clear();
    if (!BOUNDARY.test(sql)) this.#wrote = true;
    if (this.#wrote && !this.#database.inTransaction) this.writeAhead?.wrote();
  }
}

/** Of raw statements. */
const QUESTION = /^\s*(select|explain|pragma)\b/i;
const SHAPES = /^\s*(create|alter|drop)\b/i;
const BOUNDARY = /^(begin|rollback|commit)\b/i;

function resultOf<Row>({ changes, lastInsertRowid }: Libsql.RunResult): QueryResult<Row> {
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}
