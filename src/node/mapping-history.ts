import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, type Json } from '#base';
import { type MappingDocument, readMapping } from '#mapping';
import type { MappingVersion } from '#wire';
import { writeWhole } from './write-whole.ts';

/** The oldest go when there are more. */
const MOST_VERSIONS = 200;

const keptSchema = z.object({ actor: z.string(), savedAtMs: z.number().int(), yaml: z.string() });

/** Who saved a mapping and when. */
export interface Saved {
  readonly actor: string;
  readonly savedAtMs: number;
}

/** The mappings that were saved for a table, one after another: a file each, never written over. */
export class MappingHistory {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Keeps a mapping as the next version, unless it is what the last one was.
   * @param saved undefined where nobody knows; it is kept only where there is no version yet
   */
  async keep(yaml: string, saved: Saved | undefined): Promise<void> {
    const numbers = await this.#numbers();
    const last = numbers.at(-1) ?? 0;
    if (last > 0 && (saved === undefined || (await this.text(last)) === yaml)) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const kept = { actor: saved?.actor ?? '', savedAtMs: saved?.savedAtMs ?? 0, yaml };
    await writeWhole(this.#path(last + 1), JSON.stringify(kept));
    for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - MOST_VERSIONS))) await rm(this.#path(old));
  }

  /** Newest first, each with the columns that it maps otherwise than the one before. */
  async versions(): Promise<readonly MappingVersion[]> {
    const found: MappingVersion[] = [];
    let before: MappingDocument | undefined;
    for (const version of await this.#numbers()) {
      const { actor, savedAtMs, yaml } = await this.#read(version);
      const document = readMapping(yaml);
      const changed = before === undefined ? [] : changedColumns(before, document);
      found.push({ version, actor, savedAtMs, columns: document.columns.length, changed: [...changed] });
      before = document;
    }
    return found.reverse();
  }

  /** A version as it was saved; undefined where there is none. */
  async text(version: number): Promise<string | undefined> {
    return (await this.#numbers()).includes(version) ? (await this.#read(version)).yaml : undefined;
  }

  async #read(version: number): Promise<z.infer<typeof keptSchema>> {
    return keptSchema.parse(JSON.parse(await readFile(this.#path(version), 'utf8')));
  }

  /** Oldest first. */
  async #numbers(): Promise<readonly number[]> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    return names
      .flatMap((name) => Number(/^(\d{1,9})\.json$/.exec(name)?.[1] ?? Number.NaN) || [])
      .sort((a, b) => a - b);
  }

  #path(version: number): string {
    return join(this.#folder, `${version}.json`);
  }
}

/** Headings of columns that two mappings read differently. */
function changedColumns(before: MappingDocument, after: MappingDocument): readonly string[] {
  const said = ({ columns }: MappingDocument) =>
    new Map(columns.map((column) => [column.column, canonicalJson(JSON.parse(JSON.stringify(column)) as Json)]));
  const [was, is] = [said(before), said(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((column) => was.get(column) !== is.get(column));
}
