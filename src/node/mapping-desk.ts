import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Journal } from '#audit';
import { asUnicaError, type Clock, isoInstant, UnicaError } from '#base';
import { pseudonymOf, pseudonymousUid, type SiteSecret, shiftDays } from '#deid';
import { type OpenTable, openTable } from '#intake';
import {
  applyMapping,
  type LearntRules,
  type MappingDocument,
  type MappingMeans,
  mappingOf,
  profileColumn,
  profileTable,
  proposeMapping,
  proposeValues,
  readMapping,
  readRules,
  rulesFrom,
  rulesTogether,
  type SourceTable,
  type ValueProposal,
  writeMapping,
  writeRules,
} from '#mapping';
import type { ClinicalWarehouse, LoadReport } from '#warehouse';
import type { MappingEffect, MappingStudio, MappingTable } from '#wire';

/** Largest table that is uploaded. */
export const TABLE_LIMIT_BYTES = 4 * 2 ** 30;

/** So many rows decide what a column seems to mean. */
const SAMPLE_ROWS = 20_000;
const MOST_ISSUES = 500;
/** So much of a cell is shown to whoever has to mend it. */
const CELL_SHOWN = 80;
const TABLE_ID = /^table-[0-9a-f]{20}$/;

/** What a desk works with. */
export interface MappingDeskParts {
  /** Tables wait here, as they were uploaded, readable by the node alone. */
  readonly folder: string;
  readonly warehouse: ClinicalWarehouse;
  readonly site: SiteSecret;
  readonly datasetId: string;
  readonly journal: Journal;
  readonly newId: (prefix: string) => string;
  readonly clock: Clock;
}

interface About {
  readonly name: string;
  readonly uploadedAtMs: number;
}

/**
 * Where a person says what a clinical table means: it is uploaded, looked at, mapped, tried and brought into the warehouse. What was accepted is
 * proposed again for the next table.
 */
export class MappingDesk {
  readonly #parts: MappingDeskParts;
  readonly #runs = new Map<string, MappingTable['run']>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: MappingDeskParts) {
    this.#parts = parts;
  }

  /** Takes a table as it comes. @throws UnicaError `http.too-large`, `intake.csv-invalid` */
  async upload(name: string, bytes: AsyncIterable<Uint8Array>, actor: string): Promise<MappingTable> {
    const { newId, clock, journal } = this.#parts;
    const tableId = newId('table');
    const folder = join(this.#parts.folder, tableId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await pipeline(bytes, createWriteStream(join(folder, 'table'), { mode: 0o600 }));
      // What is no table is not kept.
      await openTable(join(folder, 'table'));
      const about: About = { name, uploadedAtMs: clock() };
      await writeFile(join(folder, 'about.json'), JSON.stringify(about), { mode: 0o600 });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    const view = await this.#view(tableId);
    await journal.append({
      actor,
      action: 'mapping.table-uploaded',
      subject: tableId,
      facts: { sizeBytes: view.sizeBytes },
    });
    return view;
  }

  /** Tables that wait, newest first. */
  async tables(): Promise<readonly MappingTable[]> {
    const names = await readdir(this.#parts.folder).catch((): string[] => []);
    const known = names.filter((name) => TABLE_ID.test(name));
    const views = await Promise.all(known.map(async (id) => await this.#view(id).catch(() => undefined)));
    return views.flatMap((view) => view ?? []).sort((a, b) => b.uploadedAtMs - a.uploadedAtMs);
  }

  /** What the columns of a table hold and seem to mean. @throws UnicaError `http.not-found` */
  async studio(tableId: string): Promise<MappingStudio> {
    const table = await this.#view(tableId);
    const open = await openTable(this.#path(tableId, 'table'));
    const { sample, isSample } = await sampleOf(open);
    const profiles = profileTable(sample, this.#today());
    const proposals = proposeMapping(profiles, await this.learnt());
    const saved = await this.#saved(tableId);
    return {
      table,
      encoding: open.encoding,
      rows: sample.rows.length,
      isSample,
      notes: [...open.notes],
      columns: proposals.map(({ column, decision, element, confidence, reasons, values, unit, alternatives }, at) => {
        const profile = profiles[at];
        if (profile === undefined) throw new RangeError('a column without a profile');
        const { kind, filled, missing, distinct, decimalMark, dateOrder, range, days, oddities, oddCells } = profile;
        return {
          column,
          profile: {
            ...{ kind, filled, missing, distinct, decimalMark, dateOrder, oddCells, unit: profile.unit },
            range: range === null ? null : [...range],
            days: days === null ? null : [...days],
            oddities: oddities.map(({ row, oddity }) => ({ row: sample.numbers[row] ?? row + 1, oddity })),
          },
          proposal: {
            ...{ decision, element, confidence, unit },
            reasons: [...reasons],
            values: [...values],
            alternatives: [...alternatives],
          },
        };
      }),
      document: plain(saved ?? withoutOpen(mappingOf(proposals))),
    };
  }

  /**
   * A column's values as answers of an element that a person chose in place of the proposed one.
   * @throws UnicaError `http.not-found`
   */
  async values(tableId: string, column: string, element: string): Promise<readonly ValueProposal[]> {
    await this.#view(tableId);
    const { sample } = await sampleOf(await openTable(this.#path(tableId, 'table')));
    const at = sample.header.indexOf(column);
    if (at < 0) throw new UnicaError('http.not-found', { what: 'column of that name' });
    return proposeValues(
      profileColumn(
        column,
        sample.rows.map((cells) => cells[at] ?? ''),
        this.#today(),
      ),
      element,
      await this.learnt(),
    );
  }

  /** What a mapping would make of the first rows of a table; nothing is stored. @throws UnicaError `mapping.unreadable`, `http.not-found` */
  async effect(tableId: string, wish: MappingWish): Promise<MappingEffect> {
    await this.#view(tableId);
    const document = documentOf(wish);
    const { sample, isSample } = await sampleOf(await openTable(this.#path(tableId, 'table')));
    const mapped = applyMapping(sample, document, this.means());
    const tables: Record<string, number> = {};
    for (const { table } of mapped.rows) tables[table] = (tables[table] ?? 0) + 1;
    const problems: Record<string, number> = {};
    for (const { problem } of mapped.issues) problems[problem] = (problems[problem] ?? 0) + 1;
    const used = document.columns.filter(({ element }) => element !== undefined);
    const byColumn = used.flatMap(({ column }) => {
      const at = sample.header.indexOf(column);
      if (at < 0) return [];
      const filled = sample.rows.filter((cells) => (cells[at] ?? '') !== '').length;
      return [{ column, filled, taken: filled, problems: {} as Record<string, number> }];
    });
    const ofColumn = new Map(byColumn.map((one) => [one.column, one]));
    for (const { column, problem } of mapped.issues) {
      const one = ofColumn.get(column);
      if (one === undefined) continue;
      one.problems[problem] = (one.problems[problem] ?? 0) + 1;
      // A bound is taken over as its value; a row without a person has no cell to lose.
      if (problem !== 'bound-taken-as-value' && problem !== 'no-person') one.taken = Math.max(0, one.taken - 1);
    }
    const total = (of: 'filled' | 'taken') => byColumn.reduce((sum, one) => sum + one[of], 0);
    return {
      rows: mapped.read,
      isSample,
      persons: tables['patient'] ?? 0,
      withoutPerson: mapped.withoutPerson,
      columns: {
        mapped: used.length,
        leftOut: document.columns.filter(({ leave_out }) => leave_out !== undefined && leave_out !== 'undecided')
          .length,
        undecided: document.columns.filter(({ leave_out }) => leave_out === 'undecided').length,
      },
      cells: { filled: total('filled'), taken: total('taken') },
      tables,
      problems,
      issues: mapped.issues.slice(0, MOST_ISSUES).map(({ row, column, problem }) => ({
        ...{ row: sample.numbers[row - 1] ?? row, column, problem },
        cell: (sample.rows[row - 1]?.[sample.header.indexOf(column)] ?? '').slice(0, CELL_SHOWN),
      })),
      byColumn,
      missingColumns: [...mapped.missingColumns],
      unmappedColumns: [...mapped.unmappedColumns],
    };
  }

  /** Keeps what a person accepted. @throws UnicaError `mapping.unreadable`, `http.not-found` */
  async save(tableId: string, wish: MappingWish, actor: string): Promise<void> {
    await this.#view(tableId);
    const document = documentOf(wish);
    await this.#write(tableId, 'mapping.yaml', writeMapping(document));
    await this.#parts.journal.append({
      actor,
      action: 'mapping.saved',
      subject: tableId,
      facts: { columns: document.columns.length },
    });
  }

  /** The saved mapping as YAML. @throws UnicaError `http.not-found`, `mapping.not-mapped` */
  async yaml(tableId: string): Promise<string> {
    await this.#view(tableId);
    const saved = await this.#saved(tableId);
    if (saved === undefined) throw new UnicaError('mapping.not-mapped');
    return writeMapping(saved);
  }

  /**
   * Begins to bring a table into the warehouse by its saved mapping; how it goes is told by {@link tables}.
   * @throws UnicaError `http.not-found`, `mapping.not-mapped`, `mapping.busy`
   */
  async run(tableId: string, actor: string): Promise<MappingTable> {
    const { name } = await this.#view(tableId);
    const mapping = await this.#saved(tableId);
    if (mapping === undefined) throw new UnicaError('mapping.not-mapped');
    if (this.#runs.get(tableId)?.state === 'running') throw new UnicaError('mapping.busy');
    const told = { state: 'running' as const, rows: 0, withoutPerson: 0, problems: {}, because: null };
    this.#runs.set(tableId, told);
    const done = this.load(this.#path(tableId, 'table'), name, mapping, actor, {
      onRows: (rows) => this.#runs.set(tableId, { ...told, rows }),
      signal: this.#closing.signal,
    })
      .then(({ rows, withoutPerson, problems }) => {
        this.#runs.set(tableId, { ...told, state: 'done', rows, withoutPerson, problems });
      })
      .catch((error: unknown) => {
        this.#runs.set(tableId, { ...told, state: 'failed', because: asUnicaError(error).message });
      });
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
    return await this.#view(tableId);
  }

  /** Brings a table into the warehouse. @throws UnicaError as reading it and the warehouse do */
  async load(
    path: string,
    name: string,
    mapping: MappingDocument,
    actor: string,
    options: { readonly onRows?: (rows: number) => void; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<LoadReport> {
    const { warehouse, journal } = this.#parts;
    const table = await openTable(path);
    const report = await warehouse.load({ name, table, mapping, means: this.means(), ...options });
    // Built now, so that nobody who looks has to wait for it.
    await warehouse.current();
    const { rows, withoutPerson, problems } = report;
    await journal.append({
      actor,
      action: 'clinical.loaded',
      subject: name,
      facts: { rows, withoutPerson, problems: Object.values(problems).reduce((sum, count) => sum + count, 0) },
    });
    return report;
  }

  /** Takes a table away, with its mapping; what was brought in of it stays in the warehouse. @throws UnicaError `mapping.busy`, `http.not-found` */
  async remove(tableId: string, actor: string): Promise<void> {
    await this.#view(tableId);
    if (this.#runs.get(tableId)?.state === 'running') throw new UnicaError('mapping.busy');
    await rm(join(this.#parts.folder, tableId), { recursive: true, force: true });
    this.#runs.delete(tableId);
    await this.#parts.journal.append({ actor, action: 'mapping.table-removed', subject: tableId, facts: {} });
  }

  /** What was accepted here, and what other sites accepted and was taken over. */
  async learnt(): Promise<LearntRules> {
    const [loads, tables, taken] = await Promise.all([
      this.#parts.warehouse.loads(),
      this.tables(),
      readFile(join(this.#parts.folder, 'rules.yaml'), 'utf8').catch(() => undefined),
    ]);
    const saved = await Promise.all(tables.map(async ({ tableId }) => await this.#saved(tableId)));
    const documents = [
      ...loads.flatMap(({ mapping }) => (mapping === '' ? [] : [readMapping(mapping)])),
      ...saved.flatMap((one) => one ?? []),
    ];
    return rulesTogether([...(taken === undefined ? [] : [readRules(taken)]), rulesFrom(documents)]);
  }

  /** What was learnt, as text for other sites. */
  async rules(): Promise<string> {
    return writeRules(await this.learnt());
  }

  /** Takes over what other sites learnt, beside what was taken over before. @throws UnicaError `mapping.rules-unreadable` */
  async takeRules(text: string, actor: string): Promise<{ readonly headings: number; readonly values: number }> {
    const before = await readFile(join(this.#parts.folder, 'rules.yaml'), 'utf8').catch(() => undefined);
    const read = readRules(text);
    const all = rulesTogether([...(before === undefined ? [] : [readRules(before)]), read]);
    await mkdir(this.#parts.folder, { recursive: true, mode: 0o700 });
    await writeWhole(join(this.#parts.folder, 'rules.yaml'), writeRules(all));
    const facts = { headings: read.headings.size, values: read.values.size };
    await this.#parts.journal.append({ actor, action: 'mapping.rules-taken', subject: 'rules', facts });
    return facts;
  }

  /** Stops what is running. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([...this.#running]);
  }

  /** What turns what the site knows into what may be told. */
  means(): MappingMeans {
    const { site, datasetId } = this.#parts;
    return {
      personOf: (identifier) => pseudonymOf(site, identifier),
      uidOf: (uid) => pseudonymousUid(site, uid),
      daysBackOf: (person) => shiftDays(site, person),
      datasetId,
      today: this.#today(),
    };
  }

  async #view(tableId: string): Promise<MappingTable> {
    if (!TABLE_ID.test(tableId)) throw notThere();
    const text = await readFile(this.#path(tableId, 'about.json'), 'utf8').catch(() => {
      throw notThere();
    });
    const { name, uploadedAtMs } = JSON.parse(text) as About;
    const { size } = await stat(this.#path(tableId, 'table'));
    const isMapped = (await this.#saved(tableId)) !== undefined;
    return { tableId, name, sizeBytes: size, uploadedAtMs, isMapped, run: this.#runs.get(tableId) ?? null };
  }

  async #saved(tableId: string): Promise<MappingDocument | undefined> {
    const text = await readFile(this.#path(tableId, 'mapping.yaml'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : readMapping(text);
  }

  async #write(tableId: string, name: string, text: string): Promise<void> {
    await writeWhole(this.#path(tableId, name), text);
  }

  #path(tableId: string, name: string): string {
    return join(this.#parts.folder, tableId, name);
  }

  #today(): string {
    return isoInstant(this.#parts.clock()).slice(0, 10);
  }
}

/** A mapping as the studio has it, or as YAML. */
export type MappingWish = { readonly document: MappingDocument } | { readonly yaml: string };

/** Checked as a file of it would be. */
function documentOf(wish: MappingWish): MappingDocument {
  return readMapping('yaml' in wish ? wish.yaml : writeMapping(wish.document));
}

async function sampleOf(
  table: OpenTable,
): Promise<{ readonly sample: SourceTable & { readonly numbers: readonly number[] }; readonly isSample: boolean }> {
  const rows: (readonly string[])[] = [];
  const numbers: number[] = [];
  let isSample = false;
  for await (const batch of table.rows()) {
    for (const { row, cells } of batch) {
      if (rows.length === SAMPLE_ROWS) {
        isSample = true;
        break;
      }
      rows.push(cells);
      numbers.push(row);
    }
    if (isSample) break;
  }
  return { sample: { header: table.header, rows, numbers }, isSample };
}

/** Values of which nobody knows the answer are left open, so that trying the mapping tells of their cells. */
function withoutOpen(document: MappingDocument): MappingDocument {
  return {
    ...document,
    columns: document.columns.map((column) =>
      column.values === undefined
        ? column
        : { ...column, values: Object.fromEntries(Object.entries(column.values).filter(([, code]) => code !== null)) },
    ),
  };
}

function plain(document: MappingDocument): MappingStudio['document'] {
  return JSON.parse(JSON.stringify(document)) as MappingStudio['document'];
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text, { mode: 0o600 });
  await rename(`${path}.part`, path);
}

function notThere(): UnicaError {
  return new UnicaError('http.not-found', { what: 'table of that number' });
}
