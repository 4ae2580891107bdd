import { CompiledQuery, type Kysely } from 'kysely';
import { ELEMENTS, type Element } from '#mapping';
import { sqlTable, type WarehouseTables } from './warehouse-tables.ts';

/**
 * Of how many people a build says each element; elements of which it says nothing are left out. One pass over each table.
 * @param engine of the database
 */
export async function personsByElement(
  db: Kysely<WarehouseTables>,
  engine: 'sqlite' | 'postgres',
  build: number,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const table of new Set(ELEMENTS.map((element) => element.table))) {
    const elements = ELEMENTS.filter((element) => element.table === table);
    const counts = elements.map((element, at) => {
      return `count(distinct case when ${conditionOf(element)} then "unica_person" end) as "e${at}"`;
    });
    const text = `select ${counts.join(', ')} from "${sqlTable(table)}" where "unica_build" = ${engine === 'sqlite' ? '?' : '$1'}`;
    const { rows } = await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, [build]));
    elements.forEach(({ id }, at) => {
      const persons = Number(rows[0]?.[`e${at}`] ?? 0);
      if (persons > 0) found.set(id, persons);
    });
  }
  return found;
}

/** Names and codes are those of the model and of the ontology: letters, digits and lines below. */
function conditionOf({ column, fixed }: Element): string {
  return [`"${column}" is not null`, ...Object.entries(fixed).map(([name, code]) => `"${name}" = '${code}'`)].join(
    ' and ',
  );
}
