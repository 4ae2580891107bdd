import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { asUnicaError, fromUtf8, UnicaError } from '#base';
import type { ClinicalRow } from './clinical.ts';
import { type LabelTable, readLabelTable } from './label-table.ts';
import { pngAsDicom } from './png-film.ts';
import { isPng, looksLikeDicom } from './sniff.ts';
import { ZipArchive } from './zip-archive.ts';

/** A file that came in; nothing is read before `read`. */
export interface SourceFile {
  /** Relative to the path that was given, with forward slashes; inside a zip `archive.zip/name`. */
  readonly name: string;
  /** Where it lies as a file of its own, so that another thread may read it; none inside a zip. */
  readonly path?: string;
  /**
   * The file as DICOM: as it is, or a PNG with its row of the label table wrapped into a radiograph. To be called before
   * the next file is asked for; it need not have ended by then.
   * @throws UnicaError `intake.not-an-image`, `intake.too-large`, `intake.unreadable`, `intake.picture-invalid`,
   * `intake.picture-without-row`, `intake.zip-damaged`, `intake.zip-unsafe`
   */
  read(): Promise<Uint8Array>;
}

/** Files of folders and zips, one after the other, in the order of their names. */
export interface Source extends AsyncIterable<SourceFile> {
  /** Rows of the label tables that go with PNG pictures; none where there are only DICOM files. */
  clinical(): Promise<readonly ClinicalRow[]>;
}

/** The largest single file that is read. */
export const FILE_LIMIT_BYTES = 2 ** 31;

/** Files that lie beside pictures and are none; they are passed over in silence. */
const SIDE_FILES = new Set(['.csv', '.tsv', '.txt', '.md', '.json', '.xml', '.html', '.yaml', '.yml', '.log']);
const SIDE_NAMES = new Set(['dicomdir', 'thumbs.db', 'lockfile', 'desktop.ini']);

/**
 * Opens files, folders and zips (also zips inside folders). A `labels.csv` with the columns `image` and `patient_id`
 * turns the PNG pictures beside or below it, also those in zips, into DICOM. Links are not followed.
 * A file that cannot be used fails in its own `read`; the others go on.
 * @throws UnicaError `intake.missing` when a path does not exist, `intake.csv-invalid` for a broken label table; both
 * while iterating
 */
export function openSource(
  paths: string | readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Source {
  const roots = (typeof paths === 'string' ? [paths] : paths).map((path) =>
    basename(path).toLowerCase() === 'dicomdir' ? dirname(path) : path,
  );
  let listing: Promise<Listing> | undefined;
  const list = (): Promise<Listing> => {
    listing ??= listAll(roots);
    return listing;
  };
  return {
    async clinical() {
      const { tables } = await list();
      return tables.flatMap((table) => table.clinical);
    },
    async *[Symbol.asyncIterator]() {
      const { files, tables } = await list();
      for (const file of files) {
        options.signal?.throwIfAborted();
        if (extname(file.path).toLowerCase() === '.zip') yield* zipFiles(file, tables);
        else yield { ...sourceFile(file.name, tables, () => readWhole(file.path)), path: file.path };
      }
    },
  };
}

interface ListedFile {
  readonly path: string;
  readonly name: string;
}

interface Listing {
  readonly files: readonly ListedFile[];
  readonly tables: readonly LabelTable[];
}

async function listAll(roots: readonly string[]): Promise<Listing> {
  const listed: ListedFile[] = [];
  for (const root of roots) {
    const found = await stat(root).catch(() => undefined);
    if (found === undefined) throw new UnicaError('intake.missing', { path: root });
    if (!found.isDirectory()) listed.push({ path: root, name: basename(root) });
    else for await (const path of walk(root)) listed.push({ path, name: relative(root, path).replaceAll('\\', '/') });
  }
  const tables: LabelTable[] = [];
  for (const { path } of listed) {
    if (extname(path).toLowerCase() !== '.csv') continue;
    const table = readLabelTable(fromUtf8(await readWhole(path)));
    if (table !== undefined) tables.push(table);
  }
  return { files: listed.filter(({ path }) => !isSideFile(path)), tables };
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

function isSideFile(path: string): boolean {
  return SIDE_FILES.has(extname(path).toLowerCase()) || SIDE_NAMES.has(basename(path).toLowerCase());
}

async function* zipFiles(file: ListedFile, tables: readonly LabelTable[]): AsyncGenerator<SourceFile> {
  let archive: ZipArchive;
  try {
    archive = await ZipArchive.open(file.path);
  } catch (error) {
    const refusal = asUnicaError(error);
    yield { name: file.name, read: () => Promise.reject(refusal) };
    return;
  }
  // A consumer may still be reading the last file when it asks for the next one.
  const underWay = new Set<Promise<unknown>>();
  const tracked = (read: () => Promise<Uint8Array>) => (): Promise<Uint8Array> => {
    const task = read();
    underWay.add(task);
    const settle = (): boolean => underWay.delete(task);
    task.then(settle, settle);
    return task;
  };
  try {
    const inside: LabelTable[] = [];
    for (const entry of archive.entries) {
      if (extname(entry.name).toLowerCase() !== '.csv') continue;
      const table = await entry.read().then((bytes) => readLabelTable(fromUtf8(bytes)));
      if (table !== undefined) inside.push(table);
    }
    for (const entry of archive.entries) {
      if (isSideFile(entry.name) || basename(entry.name).startsWith('.')) continue;
      yield sourceFile(
        `${file.name}/${entry.name}`,
        [...inside, ...tables],
        tracked(() => entry.read()),
      );
    }
  } finally {
    await Promise.allSettled(underWay);
    await archive.close();
  }
}

function sourceFile(name: string, tables: readonly LabelTable[], readBytes: () => Promise<Uint8Array>): SourceFile {
  return {
    name,
    async read() {
      const bytes = await readBytes();
      if (isPng(bytes)) {
        const row = tables.map((table) => table.rowOf(basename(name))).find((found) => found !== undefined);
        if (row === undefined) throw new UnicaError('intake.picture-without-row');
        return pngAsDicom(bytes, row);
      }
      if (!looksLikeDicom(bytes)) throw new UnicaError('intake.not-an-image');
      return bytes;
    },
  };
}

async function readWhole(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > FILE_LIMIT_BYTES) throw new UnicaError('intake.too-large', { problem: `${size} bytes` });
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if (error instanceof UnicaError) throw error;
    const problem = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UnicaError('intake.unreadable', { problem }, { cause: error });
  } finally {
    await file?.close();
  }
}
