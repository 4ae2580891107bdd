import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import type { Standing } from '#consent';
import { type CellIssue, elementOf, type MappingDocument, type MappingMeans, RowReader, writeMapping } from '#mapping';
import { type Database, serially } from '#store';
import { CdmRowsStore, type StoredRow } from './cdm-rows-store.ts';
import { filledColumns, jsonOfValues } from './filled-columns.ts';
import { Numbering } from './numbering.ts';
import type { PersonRow } from './person-row.ts';
import { personsByElement } from './persons-by-element.ts';
import { type ImagedStudy, type PersonProblem, rowsOfPerson } from './rows-of-person.ts';
import { readCells, storedCells } from './stored-row.ts';
import { CDM_TABLE_NAMES, type WarehouseTables } from './warehouse-tables.ts';

/** A table that is read row by row; what the room intake opens. */
export interface TableToLoad {
  readonly header: readonly string[];
  readonly sha256: string;
  rows(): AsyncIterable<readonly { readonly row: number; readonly cells: readonly string[] }[]>;
}

/** What an index of de-identified images tells a warehouse. */
export interface ImagingIndex {
  /** Changes with every image. */
  revision(): Promise<string>;
  /** Pseudonyms behind one, in order. */
  personsAfter(person: string, limit: number): Promise<readonly string[]>;
  /** Examinations of people between two pseudonyms, both of them too. */
  studiesBetween(from: string, to: string): Promise<ReadonlyMap<string, readonly ImagedStudy[]>>;
}

/** Who is left out, as the ledgers of the room consent have it. */
export type Objections = Pick<Standing, 'refresh' | 'isLeftOut' | 'version'>;

/** What was brought in. */
export interface LoadReport {
  readonly load: number;
  readonly name: string;
  readonly rows: number;
  readonly withoutPerson: number;
  /** How often each problem was found. */
  readonly problems: Readonly<Record<string, number>>;
  /** Columns of the mapping that the table does not have, and the other way round. */
  readonly missingColumns: readonly string[];
  readonly unmappedColumns: readonly string[];
  /** The same table with the same mapping was there already. */
  readonly isKnown: boolean;
}

/** A warehouse as it was made at a moment. */
export interface BuildReport {
  readonly build: number;
  /** Of what it was made: tables, mappings and the revision of the images. */
  readonly inputsSha256: string;
  /** Of every row: the same inputs give the same. */
  readonly contentSha256: string;
  readonly persons: number;
  readonly rows: number;
  readonly problems: Readonly<Record<string, number>>;
  /** The first of the problems. */
  readonly listed: readonly PersonProblem[];
}

/** A table that is there. */
export interface LoadView {
  readonly load: number;
  readonly name: string;
  readonly rows: number;
  readonly withoutPerson: number;
  readonly problems: Readonly<Record<string, number>>;
  readonly loadedAtMs: number;
  readonly mapping: string;
}

/** Issues kept of one table; the count goes on. */
const MOST_ISSUES = 50_000;
const MOST_LISTED = 500;
/** Rows alike are written together, the more of them the sooner; some megabytes are held. */
const PEOPLE_AT_ONCE = 2000;
/** What began so long ago and has no end was stopped; a process beside this one may be at work on what is younger. */
const STALE_MS = 6 * 3_600_000;

/**
 * The clinical data of a node as the 24 tables of the EUCAIM common data model. Tables are *loaded*: their rows are read by their mapping and
 * kept, with pseudonyms and moved dates. Of all that is loaded and of the index of the images a warehouse is *built*, person by
 * person, the same of the same. A build is never changed; a *version* of a dataset is the name of one. People who opted out are in no build that
 * begins afterwards, and are left out of what is read of earlier ones.
 */
export class ClinicalWarehouse {
  readonly #database: Database<WarehouseTables>;
  readonly #db: Kysely<WarehouseTables>;
  readonly #store: CdmRowsStore;
  readonly #imaging: ImagingIndex;
  readonly #standing: Objections;
  readonly #clock: Clock;
  readonly #datasetId: string;
  readonly #inTurn = serially();

  constructor(parts: {
    readonly database: Database<WarehouseTables>;
    readonly imaging: ImagingIndex;
    readonly standing: Objections;
    readonly clock: Clock;
    /** Identifier of the dataset in its rows. */
    readonly datasetId: string;
  }) {
    this.#database = parts.database;
    this.#db = parts.database.kysely;
    this.#store = new CdmRowsStore(parts.database);
    this.#imaging = parts.imaging;
    this.#standing = parts.standing;
    this.#clock = parts.clock;
    this.#datasetId = parts.datasetId;
  }

  /**
   * Brings a table in, holding some hundred rows of it. A table of the same name takes the place of the earlier one, once all of it is
   * there; until then, and when it fails, the earlier one stays.
   * @throws UnicaError what reading the table throws, `mapping.no-person-column`
   */
  async load(wish: {
    readonly name: string;
    readonly table: TableToLoad;
    readonly mapping: MappingDocument;
    readonly means: MappingMeans;
    readonly onRows?: (rows: number) => void;
    readonly signal?: AbortSignal | undefined;
  }): Promise<LoadReport> {
    return await this.#inTurn(async () => await this.#load(wish));
  }

  async #load(wish: Parameters<ClinicalWarehouse['load']>[0]): Promise<LoadReport> {
    const { name, table, mapping, means, signal } = wish;
    const text = writeMapping(mapping);
    const mappingSha256 = sha256Hex(text);
    const reader = new RowReader(table.header, mapping, means);
    const columns = { missingColumns: reader.missingColumns, unmappedColumns: reader.unmappedColumns };
    if (!mapping.columns.some(({ column, element }) => element === 'patient-id' && table.header.includes(column)))
      throw new UnicaError('mapping.no-person-column');
    const known = await this.#loadNamed(name);
    if (known?.source_sha256 === table.sha256 && known.mapping_sha256 === mappingSha256) {
      const problems = JSON.parse(known.problems) as Record<string, number>;
      return { ...reportOf(known), problems, ...columns, isKnown: true };
    }
    for await (const rows of table.rows()) {
      signal?.throwIfAborted();
      for (const { cells } of rows) reader.look(cells);
    }
    const load = await this.#beginLoad({
      name,
      kind: 'rows',
      sourceSha256: table.sha256,
      mappingSha256,
      mapping: text,
    });
    const problems = new Map<string, number>();
    let count = 0;
    let withoutPerson = 0;
    let listed = 0;
    const kindOf = (element: string): string => elementOf(element)?.kind ?? '';
    for await (const rows of table.rows()) {
      signal?.throwIfAborted();
      const kept: WarehouseTables['clinical_rows'][] = [];
      const issues: WarehouseTables['clinical_issues'][] = [];
      const tell = ({ row, column, problem }: CellIssue): void => {
        problems.set(problem, (problems.get(problem) ?? 0) + 1);
        listed += 1;
        if (listed <= MOST_ISSUES) issues.push({ load_no: load, row_number: row, heading: column, problem });
      };
      for (const { row, cells } of rows) {
        count += 1;
        const read = reader.read(cells, row, tell);
        if (read === undefined) withoutPerson += 1;
        else {
          const stored = storedCells(read.cells, means.daysBackOf(read.person), kindOf);
          kept.push({ load_no: load, row_number: row, person: read.person, cells: stored });
        }
      }
      await this.#database.transaction(async (db) => {
        if (kept.length > 0) await db.insertInto('clinical_rows').values(kept).execute();
        if (issues.length > 0) await db.insertInto('clinical_issues').values(issues).execute();
      });
      wish.onRows?.(count);
    }
    const counted = Object.fromEntries([...problems].sort(([a], [b]) => (a < b ? -1 : 1)));
    await this.#endLoad(load, name, { rows: count, withoutPerson, problems: counted });
    return { load, name, rows: count, withoutPerson, problems: counted, ...columns, isKnown: false };
  }

  /** Brings in rows that another warehouse wrote, numbered as it numbered them, some hundred at a time. */
  async loadReady(
    name: string,
    sourceSha256: string,
    batches: AsyncIterable<readonly { readonly person: string; readonly row: PersonRow }[]>,
  ): Promise<LoadReport> {
    return await this.#inTurn(async () => {
      const none = { missingColumns: [], unmappedColumns: [] };
      const known = await this.#loadNamed(name);
      if (known?.source_sha256 === sourceSha256) return { ...reportOf(known), problems: {}, ...none, isKnown: true };
      const load = await this.#beginLoad({ name, kind: 'cdm', sourceSha256, mappingSha256: '', mapping: '' });
      let count = 0;
      for await (const batch of batches) {
        const kept = batch.map(({ person, row }, at) => ({
          load_no: load,
          row_number: count + at,
          person,
          cells: JSON.stringify(row),
        }));
        count += batch.length;
        if (kept.length > 0) await this.#db.insertInto('clinical_rows').values(kept).execute();
      }
      await this.#endLoad(load, name, { rows: count, withoutPerson: 0, problems: {} });
      return { load, name, rows: count, withoutPerson: 0, problems: {}, ...none, isKnown: false };
    });
  }

  /** Tables that are there, oldest first. */
  async loads(): Promise<readonly LoadView[]> {
    const rows = await this.#db
      .selectFrom('clinical_loads')
      .selectAll()
      .where('state', '=', 'loaded')
      .orderBy('load_no')
      .execute();
    return rows.map((row) => ({
      ...reportOf(row),
      problems: JSON.parse(row.problems) as Record<string, number>,
      loadedAtMs: row.loaded_at_ms,
      mapping: row.mapping,
    }));
  }

  /** Cells of a table that were not taken over as they are. */
  async issues(load: number, limit: number): Promise<readonly CellIssue[]> {
    const rows = await this.#db
      .selectFrom('clinical_issues')
      .select(['row_number', 'heading', 'problem'])
      .where('load_no', '=', load)
      .orderBy('row_number')
      .limit(limit)
      .execute();
    return rows.map(({ row_number: row, heading: column, problem }) => ({
      row,
      column,
      problem: problem as CellIssue['problem'],
    }));
  }

  /** Takes a table out again; published versions stay as they are. False where there is none of that name. */
  async removeLoad(name: string): Promise<boolean> {
    return await this.#inTurn(async () => {
      const known = await this.#loadNamed(name);
      if (known === undefined) return false;
      await this.#database.transaction(async (db) => await dropLoad(db, known.load_no));
      return true;
    });
  }

  /** Digest of the tables and mappings that are there; undefined where there are none. */
  async tablesSha256(): Promise<string | undefined> {
    const rows = await this.#db
      .selectFrom('clinical_loads')
      .select(['name', 'source_sha256', 'mapping_sha256'])
      .where('state', '=', 'loaded')
      .orderBy('load_no')
      .execute();
    if (rows.length === 0) return undefined;
    return sha256Hex(canonicalJson(rows.map((row) => [row.name, row.source_sha256, row.mapping_sha256]) as Json));
  }

  /** Changes with every table. */
  async revision(): Promise<string> {
    const last = await this.#db
      .selectFrom('clinical_loads')
      .select((select) => [select.fn.max('load_no').as('last'), select.fn.countAll().as('count')])
      .where('state', '=', 'loaded')
      .executeTakeFirstOrThrow();
    return `${last.last ?? 0}/${last.count}`;
  }

  /** The warehouse of what is there now, built anew where something changed. */
  async current(onPersons?: (persons: number) => void): Promise<BuildReport> {
    return await this.#inTurn(async () => {
      await this.#standing.refresh();
      const revision = [await this.revision(), await this.#imaging.revision(), this.#standing.version()].join(' ');
      const built = await this.#db
        .selectFrom('warehouse_builds')
        .selectAll()
        .where('state', '=', 'built')
        .where('revision', '=', revision)
        .orderBy('build', 'desc')
        .executeTakeFirst();
      return built === undefined ? await this.#build(revision, onPersons) : buildOf(built);
    });
  }

  /**
   * Gives the warehouse of what is there now the name of a version; one that has the name already is not changed.
   * @throws UnicaError `mapping.version-taken` where the version holds something else
   */
  async freeze(dataset: string, version: number): Promise<BuildReport> {
    const report = await this.current();
    const known = await this.#db
      .selectFrom('warehouse_versions')
      .innerJoin('warehouse_builds', 'warehouse_builds.build', 'warehouse_versions.build')
      .select('content_sha256')
      .where('dataset', '=', dataset)
      .where('version', '=', version)
      .executeTakeFirst();
    if (known !== undefined && known.content_sha256 !== report.contentSha256)
      throw new UnicaError('mapping.version-taken', { dataset, version });
    await this.#db
      .insertInto('warehouse_versions')
      .values({ dataset, version, build: report.build, frozen_at_ms: this.#clock() })
      .onConflict((conflict) => conflict.columns(['dataset', 'version']).doNothing())
      .execute();
    return report;
  }

  /** The build of a published version; undefined where there is none. */
  async version(dataset: string, version: number): Promise<BuildReport | undefined> {
    const row = await this.#db
      .selectFrom('warehouse_versions')
      .innerJoin('warehouse_builds', 'warehouse_builds.build', 'warehouse_versions.build')
      .selectAll('warehouse_builds')
      .where('dataset', '=', dataset)
      .where('version', '=', version)
      .executeTakeFirst();
    return row === undefined ? undefined : buildOf(row);
  }

  /** Rows of a table of a build, a page at a time, without people who opted out, whenever they did. */
  async *rows(build: number, table: string): AsyncGenerator<readonly StoredRow[]> {
    for await (const page of this.#store.read(build, table)) {
      await this.#standing.refresh();
      const left = page.filter(({ person }) => !this.#standing.isLeftOut(person));
      if (left.length > 0) yield left;
    }
  }

  /** Everybody of a build with all rows, some people at a time, without those who opted out, whenever they did. */
  async *people(
    build: number,
  ): AsyncGenerator<readonly { readonly person: string; readonly rows: readonly StoredRow[] }[]> {
    for await (const patients of this.rows(build, 'patient')) {
      const own = new Map(patients.map(({ person }) => [person, [] as StoredRow[]]));
      const [from, to] = [patients[0]?.person ?? '', patients.at(-1)?.person ?? ''];
      for (const table of CDM_TABLE_NAMES) {
        for await (const rows of this.#store.read(build, table, { from, to }))
          for (const row of rows) own.get(row.person)?.push(row);
      }
      yield [...own].map(([person, rows]) => ({ person, rows }));
    }
  }

  /** Whether a table that is loaded has a row about somebody. */
  async hasRowsOf(person: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('clinical_rows')
      .innerJoin('clinical_loads', 'clinical_loads.load_no', 'clinical_rows.load_no')
      .select('clinical_rows.load_no')
      .where('clinical_rows.person', '=', person)
      .where('state', '=', 'loaded')
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** When the first rows of a person came in; undefined where there are none. */
  async arrivedAtMs(person: string): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('clinical_rows')
      .innerJoin('clinical_loads', 'clinical_loads.load_no', 'clinical_rows.load_no')
      .select((select) => select.fn.min('loaded_at_ms').as('at_ms'))
      .where('clinical_rows.person', '=', person)
      .where('state', '=', 'loaded')
      .executeTakeFirst();
    return row?.at_ms === null || row?.at_ms === undefined ? undefined : Number(row.at_ms);
  }

  /** Of how many people a build says each element of the room mapping, those who opted out since among them. */
  async personsByElement({ build }: Pick<BuildReport, 'build'>): Promise<ReadonlyMap<string, number>> {
    return await personsByElement(this.#db, this.#database.engine, build);
  }

  async #build(revision: string, onPersons: ((persons: number) => void) | undefined): Promise<BuildReport> {
    await this.#dropUnused();
    const build = await this.#beginBuild(revision);
    const kinds = new Map(
      (await this.#db.selectFrom('clinical_loads').select(['load_no', 'kind', 'state']).execute())
        .filter(({ state }) => state === 'loaded')
        .map(({ load_no, kind }) => [load_no, kind]),
    );
    const digest = createHash('sha256');
    const numbering = new Numbering();
    const problems = new Map<string, number>();
    const listed: PersonProblem[] = [];
    const tell = (problem: PersonProblem): void => {
      problems.set(problem.problem, (problems.get(problem.problem) ?? 0) + 1);
      if (listed.length < MOST_LISTED) listed.push(problem);
    };
    const take = async (rows: readonly StoredRow[]): Promise<void> => {
      let lines = '';
      for (const row of rows) lines += `${lineOf(row)}\n`;
      digest.update(lines);
      // A build that power cuts short is no build: only its end, which is written after all of this, has to be safe.
      await this.#database.gathered.transaction(async (db) => await this.#store.write(db, build, rows));
    };
    let persons = 0;
    let count = 1;
    await take([datasetRow(this.#datasetId)]);
    for await (const people of this.#people(kinds)) {
      const made: StoredRow[] = [];
      for (const inputs of people) {
        if (this.#standing.isLeftOut(inputs.person)) continue;
        const rows = rowsOfPerson(inputs, this.#datasetId, tell).toSorted(
          (a, b) => (order.get(a.table) ?? 0) - (order.get(b.table) ?? 0),
        );
        numbering.take(rows);
        for (const { table, values, origin } of rows) made.push({ table, person: inputs.person, values, origin });
        persons += 1;
      }
      await take(made);
      count += made.length;
      onPersons?.(persons);
    }
    const tables = (await this.tablesSha256()) ?? '';
    const inputsSha256 = sha256Hex(canonicalJson([tables, revision.split(' ')[1] ?? '']));
    const report = {
      inputsSha256,
      contentSha256: digest.digest('hex'),
      persons,
      rows: count,
      problems: Object.fromEntries([...problems].sort(([a], [b]) => (a < b ? -1 : 1))),
      listed,
    };
    await this.#db
      .updateTable('warehouse_builds')
      .set({
        state: 'built',
        inputs_sha256: report.inputsSha256,
        content_sha256: report.contentSha256,
        persons,
        row_count: count,
        problems: JSON.stringify({ counts: report.problems, listed }),
        built_at_ms: this.#clock(),
      })
      .where('build', '=', build)
      .execute();
    return { build, ...report };
  }

  /** Everybody of the tables and of the images, some thousand at a time, in the order of their pseudonyms. */
  async *#people(kinds: ReadonlyMap<number, string>) {
    let last = '';
    for (;;) {
      const [tabled, imaged] = await Promise.all([
        this.#db
          .selectFrom('clinical_rows')
          .select('person')
          .distinct()
          .where('person', '>', last)
          .orderBy('person')
          .limit(PEOPLE_AT_ONCE)
          .execute(),
        this.#imaging.personsAfter(last, PEOPLE_AT_ONCE),
      ]);
      const persons = [...new Set([...tabled.map(({ person }) => person), ...imaged])].sort().slice(0, PEOPLE_AT_ONCE);
      const [from, to] = [persons[0], persons.at(-1)];
      if (from === undefined || to === undefined) return;
      const rows = await this.#db
        .selectFrom('clinical_rows')
        .selectAll()
        .where('person', '>=', from)
        .where('person', '<=', to)
        .orderBy('person')
        .orderBy('load_no')
        .orderBy('row_number')
        .execute();
      const studies = await this.#imaging.studiesBetween(from, to);
      const own = new Map<string, typeof rows>();
      for (const row of rows) {
        const list = own.get(row.person);
        if (list === undefined) own.set(row.person, [row]);
        else list.push(row);
      }
      yield persons
        .map((person) => {
          const stored = (own.get(person) ?? []).filter(({ load_no }) => kinds.has(load_no));
          return {
            person,
            rows: stored
              .filter(({ load_no }) => kinds.get(load_no) === 'rows')
              .map(({ load_no, row_number, cells }) => ({ load: load_no, cells: readCells(cells, row_number) })),
            ready: stored
              .filter(({ load_no }) => kinds.get(load_no) === 'cdm')
              .map(({ load_no, cells }) => ({ load: load_no, row: JSON.parse(cells) as PersonRow })),
            studies: studies.get(person) ?? [],
            isEmpty: stored.length === 0 && !studies.has(person),
          };
        })
        .filter(({ isEmpty }) => !isEmpty);
      last = to;
    }
  }

  async #loadNamed(name: string): Promise<WarehouseTables['clinical_loads'] | undefined> {
    return await this.#db
      .selectFrom('clinical_loads')
      .selectAll()
      .where('name', '=', name)
      .where('state', '=', 'loaded')
      .executeTakeFirst();
  }

  async #beginLoad(load: {
    readonly name: string;
    readonly kind: 'rows' | 'cdm';
    readonly sourceSha256: string;
    readonly mappingSha256: string;
    readonly mapping: string;
  }): Promise<number> {
    return await this.#database.transaction(async (db) => {
      // What an earlier one left behind when it was stopped.
      const broken = await db
        .selectFrom('clinical_loads')
        .select('load_no')
        .where('state', '=', 'loading')
        .where('loaded_at_ms', '<', this.#clock() - STALE_MS)
        .execute();
      for (const { load_no } of broken) await dropLoad(db, load_no);
      const { last } = await db
        .selectFrom('clinical_loads')
        .select((select) => select.fn.max('load_no').as('last'))
        .executeTakeFirstOrThrow();
      const load_no = Number(last ?? 0) + 1;
      await db
        .insertInto('clinical_loads')
        .values({
          load_no,
          name: load.name,
          kind: load.kind,
          state: 'loading',
          source_sha256: load.sourceSha256,
          mapping_sha256: load.mappingSha256,
          mapping: load.mapping,
          row_count: 0,
          without_person: 0,
          problems: '{}',
          loaded_at_ms: this.#clock(),
        })
        .execute();
      return load_no;
    });
  }

  async #endLoad(
    load: number,
    name: string,
    done: {
      readonly rows: number;
      readonly withoutPerson: number;
      readonly problems: Readonly<Record<string, number>>;
    },
  ): Promise<void> {
    await this.#database.transaction(async (db) => {
      const earlier = await db
        .selectFrom('clinical_loads')
        .select('load_no')
        .where('name', '=', name)
        .where('load_no', '<>', load)
        .execute();
      for (const { load_no } of earlier) await dropLoad(db, load_no);
      await db
        .updateTable('clinical_loads')
        .set({
          state: 'loaded',
          row_count: done.rows,
          without_person: done.withoutPerson,
          problems: JSON.stringify(done.problems),
        })
        .where('load_no', '=', load)
        .execute();
    });
  }

  async #beginBuild(revision: string): Promise<number> {
    return await this.#database.transaction(async (db) => {
      const { last } = await db
        .selectFrom('warehouse_builds')
        .select((select) => select.fn.max('build').as('last'))
        .executeTakeFirstOrThrow();
      const build = Number(last ?? 0) + 1;
      await db
        .insertInto('warehouse_builds')
        .values({
          build,
          state: 'building',
          revision,
          inputs_sha256: '',
          content_sha256: '',
          persons: 0,
          row_count: 0,
          problems: '{}',
          built_at_ms: this.#clock(),
        })
        .execute();
      return build;
    });
  }

  /** Builds that no version names, but for the last, which somebody may be reading; and those that came to no end. */
  async #dropUnused(): Promise<void> {
    const unused = await this.#db
      .selectFrom('warehouse_builds')
      .select('build')
      .where('build', 'not in', (select) => select.selectFrom('warehouse_versions').select('build'))
      .where(({ eb, or }) => or([eb('state', '=', 'built'), eb('built_at_ms', '<', this.#clock() - STALE_MS)]))
      .orderBy('build', 'desc')
      .execute();
    for (const { build } of unused.slice(1)) {
      await this.#database.transaction(async (db) => {
        await this.#store.remove(db, build);
        await db.deleteFrom('warehouse_builds').where('build', '=', build).execute();
      });
    }
  }
}

const order = new Map(CDM_TABLE_NAMES.map((table, at) => [table, at]));
/** A row as the digest sees it. All columns stand in the order of the model. */
function lineOf({ table, values, origin }: StoredRow): string {
  const originals: [column: string, original: string][] = [];
  for (const column in origin) {
    const original = origin[column]?.original;
    if (original !== undefined) originals.push([column, original]);
  }
  if (originals.length > 1) originals.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${table}${jsonOfValues(filledColumns(table, values), values)}${JSON.stringify(originals)}`;
}

function datasetRow(datasetId: string): StoredRow {
  return {
    table: 'dataset',
    person: '',
    values: { dataset_id: datasetId, dataset_title: null, dataset_description: null },
    origin: {},
  };
}

async function dropLoad(db: Kysely<WarehouseTables>, load: number): Promise<void> {
  await db.deleteFrom('clinical_rows').where('load_no', '=', load).execute();
  await db.deleteFrom('clinical_issues').where('load_no', '=', load).execute();
  await db.deleteFrom('clinical_loads').where('load_no', '=', load).execute();
}

function reportOf(row: WarehouseTables['clinical_loads']) {
  return { load: row.load_no, name: row.name, rows: row.row_count, withoutPerson: row.without_person };
}

function buildOf(row: WarehouseTables['warehouse_builds']): BuildReport {
  const { counts, listed } = JSON.parse(row.problems) as {
    readonly counts: Readonly<Record<string, number>>;
    readonly listed: readonly PersonProblem[];
  };
  return {
    build: row.build,
    inputsSha256: row.inputs_sha256,
    contentSha256: row.content_sha256,
    persons: row.persons,
    rows: row.row_count,
    problems: counts,
    listed,
  };
}
