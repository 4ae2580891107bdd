import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { OMOP_TABLES } from './omop-table.ts';
import { LOCAL_SIGNATURE, ZipArchive, type ZipEntry } from './zip-archive.ts';

/** A table of an export is held while it is unpacked; larger ones come as a folder, by the command line. */
const LIMITS = { entries: 5000, entryBytes: 2 ** 29, totalBytes: 2 ** 32 } as const;
/** Tables of numbers pack to a tenth; what packs to less than this is made to fill a disk. */
const MOST_PACKING = 250;

/**
 * Unpacks the tables of an OMOP common data model out of a zip, wherever in it they lie, as `openTable` takes them; other files of it are left.
 * @param folder is made
 * @returns false, and nothing is made, where the file is no zip or holds no `person.csv`
 * @throws UnicaError `intake.zip-damaged`, `intake.zip-unsafe`, `intake.too-large`
 */
export async function unpackOmopZip(path: string, folder: string): Promise<boolean> {
  if (!(await isZip(path))) return false;
  const archive = await ZipArchive.open(path, LIMITS);
  try {
    const person = archive.entries.find(({ name }) => /(^|\/)person\.csv$/i.test(name));
    if (person === undefined) return false;
    const place = person.name.slice(0, -'person.csv'.length);
    const tables = new Map<string, ZipEntry>();
    for (const entry of archive.entries) {
      const table = entry.name.startsWith(place)
        ? /^(\w+)\.csv$/i.exec(entry.name.slice(place.length))?.[1]
        : undefined;
      if (table !== undefined && OMOP_TABLES.has(table.toLowerCase())) tables.set(table.toLowerCase(), entry);
    }
    const unpacked = [...tables.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const { size } = await stat(path);
    if (unpacked > MOST_PACKING * Math.max(size, 65_536))
      throw new UnicaError('intake.zip-unsafe', { problem: 'it unpacks to very much more than it is' });
    await mkdir(folder, { mode: 0o700 });
    for (const [table, entry] of tables)
      await writeFile(join(folder, `${table}.csv`), await entry.read(), { mode: 0o600 });
    return true;
  } finally {
    await archive.close();
  }
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32LE(0) === LOCAL_SIGNATURE;
  } finally {
    await file.close();
  }
}
