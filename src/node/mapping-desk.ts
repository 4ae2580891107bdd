import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Journal } from '#audit';
import { asUnicaError, type Clock, isoInstant, UnicaError } from '#base';
import type { SiteSecret } from '#deid';
import { openTable, unpackOmopZip } from '#intake';
import {
  type ConceptTable,
  type LearntRules,
  type MappingDocument,
  type MappingMeans,
  readMapping,
  readRules,
  rulesFrom,
  rulesOfConcepts,
  rulesTogether,
  type ValueProposal,
  writeMapping,
  writeRules,
} from '#mapping';
import { serially } from '#store';
import type { ClinicalWarehouse, LoadReport } from '#warehouse';
import type { MappingEffect, MappingStudio, MappingTable, MappingVersion } from '#wire';
import { lookInThread } from './look-in-thread.ts';
import { MappingHistory } from './mapping-history.ts';
import { type Look, type LookOrder, mappingMeans } from './mapping-look.ts';
import { writeWhole } from './write-whole.ts';

/** Largest table that is uploaded. */
export const TABLE_LIMIT_BYTES = 4 * 2 ** 30;

const TABLE_ID = /^table-[0-9a-f]{20}$/;

/** What a desk works with. */
export interface MappingDeskParts {
  /** Tables wait here, as they were uploaded, readable by the node alone. */
  readonly folder: string;
  readonly warehouse: ClinicalWarehouse;
  readonly concepts: ConceptTable;
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
  readonly #inTurn = serially();
  readonly #savedInTurn = serially();

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
      await this.#unpacked(folder);
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

  /** Tables of an OMOP database come as a zip; a folder of them takes its place. */
  async #unpacked(folder: string): Promise<void> {
    const [path, tables] = [join(folder, 'table'), join(folder, 'tables')];
    if (!(await unpackOmopZip(path, tables))) return;
    await rm(path);
    await rename(tables, path);
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
    const saved = await this.#saved(tableId);
    const look = await this.#look({
      kind: 'studio',
      path: this.#path(tableId, 'table'),
      today: this.#today(),
      learnt: await this.learnt(),
    });
    if (look.kind !== 'studio') throw new UnicaError('internal');
    const { document, ...rest } = look.studio;
    return { table, ...rest, document: saved === undefined ? document : plain(saved) };
  }

  /**
   * A column's values as answers of an element that a person chose in place of the proposed one.
   * @throws UnicaError `http.not-found`
   */
  async values(tableId: string, column: string, element: string): Promise<readonly ValueProposal[]> {
    await this.#view(tableId);
    const look = await this.#look({
      kind: 'values',
      path: this.#path(tableId, 'table'),
      today: this.#today(),
      learnt: await this.learnt(),
      column,
      element,
    });
    if (look.kind !== 'values') throw new UnicaError('internal');
    return look.values;
  }

  /** What a mapping would make of the first rows of a table; nothing is stored. @throws UnicaError `mapping.unreadable`, `http.not-found` */
  async effect(tableId: string, wish: MappingWish): Promise<MappingEffect> {
    await this.#view(tableId);
    const { site, datasetId } = this.#parts;
    const look = await this.#look({
      kind: 'effect',
      path: this.#path(tableId, 'table'),
      today: this.#today(),
      document: documentOf(wish),
      site,
      datasetId,
    });
    if (look.kind !== 'effect') throw new UnicaError('internal');
    return look.effect;
  }

  /** Keeps what a person accepted. @throws UnicaError `mapping.unreadable`, `http.not-found` */
  async save(tableId: string, wish: MappingWish, actor: string): Promise<void> {
    const document = await this.#savedInTurn(async () => {
      await this.#view(tableId);
      const document = documentOf(wish);
      const text = writeMapping(document);
      const history = this.#history(tableId);
      const saved = await this.#saved(tableId);
      // A mapping of a time before versions were kept is the first.
      if (saved !== undefined) await history.keep(writeMapping(saved), undefined);
      await history.keep(text, { actor, savedAtMs: this.#parts.clock() });
      await this.#write(tableId, 'mapping.yaml', text);
      return document;
    });
    await this.#parts.journal.append({
      actor,
      action: 'mapping.saved',
      subject: tableId,
      facts: { columns: document.columns.length },
    });
  }

  /** Every mapping that was saved for a table, newest first. @throws UnicaError `http.not-found` */
  async versions(tableId: string): Promise<readonly MappingVersion[]> {
    await this.#view(tableId);
    return await this.#history(tableId).versions();
  }

  /** A mapping that was saved before, as YAML. @throws UnicaError `http.not-found` */
  async version(tableId: string, version: number): Promise<string> {
    await this.#view(tableId);
    const text = await this.#history(tableId).text(version);
    if (text === undefined) throw new UnicaError('http.not-found', { what: 'version of that number' });
    return text;
  }

  #history(tableId: string): MappingHistory {
    return new MappingHistory(this.#path(tableId, 'versions'));
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
    // A mapping that is being saved would make the folder again, for nobody to see or delete.
    await this.#savedInTurn(() => rm(join(this.#parts.folder, tableId), { recursive: true, force: true }));
    this.#runs.delete(tableId);
    await this.#parts.journal.append({ actor, action: 'mapping.table-removed', subject: tableId, facts: {} });
  }

  /** What was accepted here, and what other sites accepted and was taken over. */
  async learnt(): Promise<LearntRules> {
    return rulesTogether([rulesOfConcepts(this.#parts.concepts), await this.#accepted()]);
  }

  async #accepted(): Promise<LearntRules> {
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

  /** What was learnt, as text for other sites; what the site's own table of concepts says stays here. */
  async rules(): Promise<string> {
    return writeRules(await this.#accepted());
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
    return mappingMeans(site, datasetId, this.#today());
  }

  /** In a thread: a table of many columns takes seconds, in which nobody else would be answered. One at a time. */
  async #look(order: LookOrder): Promise<Look> {
    return await this.#inTurn(async () => {
      this.#closing.signal.throwIfAborted();
      return await lookInThread(order, this.#closing.signal);
    });
  }

  async #view(tableId: string): Promise<MappingTable> {
    if (!TABLE_ID.test(tableId)) throw notThere();
    const text = await readFile(this.#path(tableId, 'about.json'), 'utf8').catch(() => {
      throw notThere();
    });
    const { name, uploadedAtMs } = JSON.parse(text) as About;
    const size = await sizeOf(this.#path(tableId, 'table'));
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

function plain(document: MappingDocument): MappingStudio['document'] {
  return JSON.parse(JSON.stringify(document)) as MappingStudio['document'];
}

/** Bytes of a table, or of the tables of a folder. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const sizes = await Promise.all((await readdir(path)).map(async (name) => (await stat(join(path, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function notThere(): UnicaError {
  return new UnicaError('http.not-found', { what: 'table of that number' });
}
