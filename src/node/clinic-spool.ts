import { constants, copyFile, link, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ResultObject } from '#results';
import { syncFolder } from '#store';

/**
 * Files under the hospital's own identity, for as long as they are needed and no longer: films until they are scored, results
 * until they are confirmed. They lie beside the receiver's spool, in folders that only the service can read; names are
 * pseudonyms and random numbers.
 */
export class ClinicSpool {
  readonly #films: string;
  readonly #results: string;

  private constructor(folder: string) {
    this.#films = join(folder, 'films');
    this.#results = join(folder, 'results');
  }

  static async open(folder: string): Promise<ClinicSpool> {
    const spool = new ClinicSpool(folder);
    for (const each of [spool.#films, spool.#results]) await mkdir(each, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    await syncFolder(folder);
    return spool;
  }

  /** Keeps a film that lies elsewhere, without a copy where the disk allows it; safe when it resolves. */
  async keepFilm(study: string, file: string, path: string): Promise<void> {
    const folder = join(this.#films, study);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `${file}.part`);
    await rm(draft, { force: true });
    await link(path, draft).catch(async () => await copyFile(path, draft, constants.COPYFILE_FICLONE));
    await synced(draft);
    await rename(draft, join(folder, file));
    await syncFolder(folder);
    await syncFolder(this.#films);
  }

  filmPath(study: string, file: string): string {
    return join(this.#films, study, file);
  }

  async removeFilms(study: string): Promise<void> {
    await rm(join(this.#films, study), { recursive: true, force: true });
  }

  /** Keeps the files of a result; safe when it resolves. */
  async keepResult(
    resultId: string,
    { objects, document }: { readonly objects: readonly ResultObject[]; readonly document: unknown },
  ): Promise<void> {
    const folder = join(this.#results, resultId);
    // An attempt that failed may have left some of them.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    for (const [place, { name, bytes }] of objects.entries())
      await writeSynced(join(folder, `${String(place).padStart(3, '0')}-${name}.dcm`), bytes);
    if (document !== undefined) await writeSynced(join(folder, DOCUMENT), JSON.stringify(document));
    await syncFolder(folder);
    await syncFolder(this.#results);
  }

  /** Paths of the DICOM objects of a result, in the order in which they are sent, and of its document. */
  async resultFiles(
    resultId: string,
  ): Promise<{ readonly objects: readonly string[]; readonly document: string | undefined }> {
    const folder = join(this.#results, resultId);
    const names = (await readdir(folder).catch(noneWhereAbsent)).sort();
    return {
      objects: names.filter((name) => name.endsWith('.dcm')).map((name) => join(folder, name)),
      document: names.includes(DOCUMENT) ? join(folder, DOCUMENT) : undefined,
    };
  }

  async removeResult(resultId: string): Promise<void> {
    await rm(join(this.#results, resultId), { recursive: true, force: true });
  }

  /** Removes what no record knows: a killed process had written it, and not yet that it did. */
  async sweep(known: { readonly studies: ReadonlySet<string>; readonly results: ReadonlySet<string> }): Promise<void> {
    for (const study of await readdir(this.#films)) if (!known.studies.has(study)) await this.removeFilms(study);
    for (const result of await readdir(this.#results)) if (!known.results.has(result)) await this.removeResult(result);
  }
}

const DOCUMENT = 'report.fhir.json';

/** A disk that is in trouble is not one without files. */
function noneWhereAbsent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await synced(path);
}
