import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { asUnicaError, fromUtf8, UnicaError } from '#base';
import type { ClinicalRow } from './clinical.ts';
import { decodeTable } from './decode-table.ts';
import { isDicomdir, type Medium, readMedium } from './dicomdir.ts';
import { WHOLE_LIMIT_BYTES } from './file-limits.ts';
import { type LabelTable, readLabelTable } from './label-table.ts';
import { pngAsDicom } from './png-film.ts';
import { publicSetOf } from './public-sets/layouts.ts';
import { publicPictureAsDicom, publicStudyUid } from './public-sets/public-picture.ts';
import type { PublicSet, SetFiles, SetPicture } from './public-sets/public-set.ts';
import { isPng, looksLikeDicom } from './sniff.ts';
import { readSheet } from './xlsx-sheet.ts';
import { ZipArchive } from './zip-archive.ts';

/** A file that came in; nothing is read before `read`. */
export interface SourceFile {
  /** Relative to the path that was given, with forward slashes; inside a zip `archive.zip/name`. */
  readonly name: string;
  /** Where it lies as a file of its own, so that another thread may read it; none inside a zip. */
  readonly path?: string;
  /** Inside a zip: how long it will be once it is unpacked, as the zip says; no more of it is unpacked. */
  readonly sizeBytes?: number;
  /** False where a DICOMDIR lies above it that does not list it; such a file is taken all the same when it is DICOM. */
  readonly isListed: boolean;
  /**
   * The file as DICOM: as it is, or a PNG with its row of the label table wrapped into a radiograph. To be called before
   * the next file is asked for; it need not have ended by then.
   * @throws UnicaError `intake.not-an-image`, `intake.too-large`, `intake.unreadable`, `intake.picture-invalid`,
   * `intake.picture-without-row`, `intake.zip-damaged`, `intake.zip-unsafe`, `intake.not-listed`; `intake.listed-missing`,
   * `intake.dicomdir-damaged`, `intake.dicomdir-unsafe` for what a DICOMDIR says
   */
  read(): Promise<Uint8Array>;
}

/** Files of folders and zips, one after the other, in the order of their names. */
export interface Source extends AsyncIterable<SourceFile> {
  /** Rows of the label tables that go with PNG pictures, and of public sets; none where there are only DICOM files. */
  clinical(): Promise<readonly ClinicalRow[]>;
  /** Public sets that were recognised, with what their tables say of each picture. */
  sets(): Promise<readonly PublicSet[]>;
}

/** Files that lie beside pictures and are none; they are passed over in silence. */
const SIDE_FILES = new Set(['.csv', '.tsv', '.txt', '.md', '.json', '.xml', '.html', '.yaml', '.yml', '.log']);
const SIDE_NAMES = new Set(['thumbs.db', 'lockfile', 'desktop.ini']);

/**
 * Opens files, folders and zips (also zips inside folders). A `labels.csv` with the columns `image` and `patient_id`
 * turns the PNG pictures beside or below it, also those in zips, into DICOM. Links are not followed. A DICOMDIR is held
 * against the files below its folder: what it lists and is not there is told as a file that cannot be read. A file that
 * several paths lead to comes once.
 * A file that cannot be used fails in its own `read`; the others go on. Where a public set is recognised, its tables say whose
 * each picture is, and what is no picture of it (masks, crops) is passed over.
 * @throws UnicaError `intake.missing` when a path does not exist, `intake.csv-invalid` for a broken label table,
 * `intake.layout-not-found` and `intake.set-column-missing` for a public set; all while iterating
 */
export function openSource(
  paths: string | readonly string[],
  options: {
    readonly signal?: AbortSignal | undefined;
    /** `auto` for whichever public set lies in a folder, or the name of one; without, no set is looked for. */
    readonly layout?: string | undefined;
  } = {},
): Source {
  const roots = (typeof paths === 'string' ? [paths] : paths).map((path) =>
    isDicomdir(basename(path)) ? dirname(path) : path,
  );
  let listing: Promise<Listing> | undefined;
  const list = (): Promise<Listing> => {
    listing ??= listAll(roots, options.layout);
    return listing;
  };
  return {
    async clinical() {
      const { tables, sets } = await list();
      return [...tables.flatMap((table) => table.clinical), ...sets.flatMap(clinicalRows)];
    },
    async sets() {
      return (await list()).sets;
    },
    async *[Symbol.asyncIterator]() {
      const { files, tables, told, sets } = await list();
      yield* told;
      for (const { path, name, isListed } of files) {
        options.signal?.throwIfAborted();
        const about = { tables, sets };
        if (extname(path).toLowerCase() === '.zip') yield* zipFiles({ path, name }, about);
        else if (sets.length === 0) yield { ...sourceFile({ name, isListed }, about, () => readWhole(path)), path };
        else if (pictureIn(sets, name) !== undefined)
          yield sourceFile({ name, isListed }, about, () => readWhole(path));
      }
    },
  };
}

interface ListedFile {
  readonly path: string;
  readonly name: string;
}

interface Listing {
  readonly files: readonly (ListedFile & { readonly isListed: boolean })[];
  readonly tables: readonly LabelTable[];
  readonly sets: readonly PublicSet[];
  /** What the DICOMDIRs say that no file says for itself. */
  readonly told: readonly SourceFile[];
}

async function listAll(roots: readonly string[], layout: string | undefined): Promise<Listing> {
  const listed = new Map<string, ListedFile>();
  const media: Media = { told: [], isListed: new Map() };
  for (const root of roots) {
    const found = await stat(root).catch(() => undefined);
    if (found === undefined) throw new UnicaError('intake.missing', { path: root });
    if (!found.isDirectory()) {
      if (!listed.has(resolve(root))) listed.set(resolve(root), { path: root, name: basename(root) });
      continue;
    }
    const names = new Map<string, string>();
    const begin = join(resolve(root), sep);
    for await (const { path, inside } of walk(root)) {
      const name = inside.replaceAll('\\', '/');
      names.set(name, path);
      const key = begin + inside;
      if (!listed.has(key)) listed.set(key, { path, name });
    }
    await followMedia(
      [...names.keys()],
      (name) => readWhole(names.get(name) ?? ''),
      media,
      (name) => resolve(names.get(name) ?? ''),
    );
  }
  const sets = layout === undefined ? [] : await setsOf(listed, layout);
  const tables: LabelTable[] = [];
  for (const { path } of sets.length > 0 ? [] : listed.values()) {
    if (extname(path).toLowerCase() !== '.csv') continue;
    const table = readLabelTable(fromUtf8(await readWhole(path)));
    if (table !== undefined) tables.push(table);
  }
  const files = [...listed]
    .filter(([, { path }]) => !isSideFile(path))
    .map(([key, file]) => ({ ...file, isListed: media.isListed.get(key) ?? true }));
  return { files, tables, sets, told: media.told };
}

/** The public set among the files of all roots. @throws as `publicSetOf` */
async function setsOf(listed: ReadonlyMap<string, ListedFile>, layout: string): Promise<readonly PublicSet[]> {
  const paths = new Map([...listed.values()].map(({ path, name }) => [name, path]));
  const pathOf = (name: string): string => paths.get(name) ?? '';
  const files: SetFiles = {
    names: [...paths.keys()],
    text: async (name) => decodeTable(await readWhole(pathOf(name))).text,
    async sheet(name) {
      const { header, rows } = await readSheet(pathOf(name), (await stat(pathOf(name))).size);
      return { header, rows: rows.map(({ cells }) => cells) };
    },
  };
  const set = await publicSetOf(files, layout);
  return set === undefined ? [] : [set];
}

function pictureIn(
  sets: readonly PublicSet[],
  name: string,
): { readonly picture: SetPicture; readonly layout: string } | undefined {
  for (const { pictureOf, layout } of sets) {
    const picture = pictureOf(name);
    if (picture !== undefined) return { picture, layout };
  }
  return undefined;
}

/** What a set's table says, for the examinations of its pictures. */
function clinicalRows({ layout, pictures }: PublicSet): readonly ClinicalRow[] {
  return pictures.map(({ patientId, studyId, findings, values, ageYears, sex, split }) => ({
    patientId,
    studyInstanceUid: publicStudyUid(layout, studyId),
    findings,
    values: {
      ...values,
      ...(ageYears === undefined ? {} : { age: String(ageYears) }),
      ...(sex === undefined ? {} : { sex }),
      ...(split === undefined ? {} : { split }),
    },
  }));
}

/** What the DICOMDIRs that were found say; files outside every medium are not in `isListed`. */
interface Media {
  readonly told: SourceFile[];
  readonly isListed: Map<string, boolean>;
}

async function followMedia(
  names: readonly string[],
  read: (name: string) => Promise<Uint8Array>,
  media: Media,
  keyOf: (name: string) => string,
  prefix = '',
): Promise<void> {
  const tell = (name: string, failure: UnicaError) =>
    media.told.push({ name: `${prefix}${name}`, isListed: true, read: () => Promise.reject(failure) });
  for (const dicomdir of names.filter(isDicomdir)) {
    const folder = dicomdir.slice(0, Math.max(0, dicomdir.lastIndexOf('/')));
    const below = folder === '' ? names : names.filter((name) => name.startsWith(`${folder}/`));
    let medium: Medium;
    try {
      medium = readMedium(await read(dicomdir), folder, below);
    } catch (error) {
      tell(dicomdir, asUnicaError(error));
      continue;
    }
    for (const name of below) {
      const key = keyOf(name);
      media.isListed.set(key, medium.listed.has(name) || media.isListed.get(key) === true);
    }
    for (const reference of medium.missing) {
      tell(folder === '' ? reference : `${folder}/${reference}`, new UnicaError('intake.listed-missing'));
    }
    if (medium.unsafe > 0) tell(dicomdir, new UnicaError('intake.dicomdir-unsafe', { entries: medium.unsafe }));
  }
}

/** Files below a folder, with their paths inside it. */
async function* walk(
  folder: string,
  prefix = '',
): AsyncGenerator<{ readonly path: string; readonly inside: string }, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const inside = prefix + entry.name;
    if (entry.isDirectory()) yield* walk(path, inside + sep);
    else if (entry.isFile()) yield { path, inside };
  }
}

function isSideFile(path: string): boolean {
  return (
    SIDE_FILES.has(extname(path).toLowerCase()) ||
    SIDE_NAMES.has(basename(path).toLowerCase()) ||
    isDicomdir(basename(path))
  );
}

async function* zipFiles(file: ListedFile, about: About): AsyncGenerator<SourceFile> {
  let archive: ZipArchive;
  try {
    archive = await ZipArchive.open(file.path);
  } catch (error) {
    const refusal = asUnicaError(error);
    yield { name: file.name, isListed: true, read: () => Promise.reject(refusal) };
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
    const media: Media = { told: [], isListed: new Map() };
    const byName = new Map(archive.entries.map((entry) => [entry.name.replaceAll('\\', '/'), entry]));
    const readNamed = async (name: string): Promise<Uint8Array> =>
      (await byName.get(name)?.read()) ?? new Uint8Array(0);
    await followMedia([...byName.keys()], readNamed, media, (name) => name, `${file.name}/`);
    yield* media.told;
    for (const entry of archive.entries) {
      if (isSideFile(entry.name) || basename(entry.name).startsWith('.')) continue;
      if (about.sets.length > 0 && pictureIn(about.sets, `${file.name}/${entry.name}`) === undefined) continue;
      const name = `${file.name}/${entry.name}`;
      const isListed = media.isListed.get(entry.name.replaceAll('\\', '/')) ?? true;
      const known = { ...about, tables: [...inside, ...about.tables] };
      yield {
        ...sourceFile(
          { name, isListed },
          known,
          tracked(() => entry.read()),
        ),
        sizeBytes: entry.sizeBytes,
      };
    }
  } finally {
    await Promise.allSettled(underWay);
    await archive.close();
  }
}

/** What is known of pictures that do not say whose they are. */
interface About {
  readonly tables: readonly LabelTable[];
  readonly sets: readonly PublicSet[];
}

function sourceFile(
  { name, isListed }: Pick<SourceFile, 'name' | 'isListed'>,
  { tables, sets }: About,
  readBytes: () => Promise<Uint8Array>,
): SourceFile {
  return {
    name,
    isListed,
    async read() {
      const bytes = await readBytes();
      const known = pictureIn(sets, name);
      if (known !== undefined) return publicPictureAsDicom(bytes, known.picture, known.layout);
      if (isPng(bytes)) {
        const row = tables.map((table) => table.rowOf(basename(name))).find((found) => found !== undefined);
        if (row === undefined) throw new UnicaError('intake.picture-without-row');
        return pngAsDicom(bytes, row);
      }
      if (!looksLikeDicom(bytes)) throw new UnicaError(isListed ? 'intake.not-an-image' : 'intake.not-listed');
      return bytes;
    },
  };
}

async function readWhole(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > WHOLE_LIMIT_BYTES) throw new UnicaError('intake.too-large', { problem: `${size} bytes` });
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if (error instanceof UnicaError) throw error;
    const problem = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UnicaError('intake.unreadable', { problem }, { cause: error });
  } finally {
    await file?.close();
  }
}
