import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import Libsql from 'libsql';

/** Kysely's driver over libsql: one connection, handed to one user at a time, so that transactions never interleave. */
export class SqliteDriver implements Driver {
  readonly #path: string;
  #connection: SqliteConnection | undefined;
  #turn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => {};

  constructor(path: string) {
    this.#path = path;
  }

  async init(): Promise<void> {
    const database = new Libsql(this.#path);
    // The patience comes first: changing the journal mode meets the locks of other processes.
    for (const pragma of ['busy_timeout = 5000', 'journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) {
      database.exec(`PRAGMA ${pragma}`);
    }
    this.#connection = new SqliteConnection(database);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
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
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }
  async releaseConnection(): Promise<void> {
    this.#endTurn();
  }
  async destroy(): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
/** Inserts of many rows have long texts, which are the same again and again: parsing one takes as long as running it. */
const LONG_TEXT = 4096;
const MOST_KEPT = 64;

class SqliteConnection implements DatabaseConnection {
  readonly #database: Libsql.Database;
  readonly #kept = new Map<string, Libsql.Statement>();
  constructor(database: Libsql.Database) {
    this.#database = database;
  }
  close() {
    this.#database.close();
  }
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.#prepared(query.sql);
    if (statement.reader) return { rows: statement.all(query.parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(query.parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }
  /** Of the long texts the last ones that were used stay parsed. */
  #prepared(text: string): Libsql.Statement {
    if (text.length < LONG_TEXT) return this.#database.prepare(text);
    const statement = this.#kept.get(text) ?? this.#database.prepare(text);
    this.#kept.delete(text);
    this.#kept.set(text, statement);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return statement;
  }

  async *streamQuery(): AsyncIterableIterator<never> {
    yield* [];
  }
}
