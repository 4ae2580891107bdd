import type { CompiledQuery, Kysely, QueryResult } from 'kysely';

/** Stands for a value in a query that is compiled before its values are known. */
class Place {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/**
 * A query that is asked again and again: built and compiled once, which takes as long as running it. The values must stand where
 * a value goes to the database as a parameter: not in lists, and not where Kysely looks at them.
 * @param build makes the query over stand-ins for its values, in their order
 */
export function prepared<Values extends readonly unknown[], Row>(
  build: (...values: Values) => { compile(): CompiledQuery<Row> },
  count: Values['length'],
): (db: Pick<Kysely<never>, 'executeQuery'>, ...values: Values) => Promise<QueryResult<Row>> {
  let compiled: CompiledQuery<Row> | undefined;
  return async (db, ...values) => {
    compiled ??= build(
      ...(Array.from({ length: count }, (_, index) => new Place(index)) as unknown as Values),
    ).compile();
    const parameters = compiled.parameters.map((value) => (value instanceof Place ? values[value.index] : value));
    return await db.executeQuery({ ...compiled, parameters });
  };
}
