import { UnicaError } from '#base';
import { parseDicom } from '#dicom';
import { tagOf } from '#vocab';

const DIRECTORY_RECORDS = tagOf('DirectoryRecordSequence');
const IN_USE = tagOf('RecordInUseFlag');
const REFERENCED_FILE = tagOf('ReferencedFileID');

/** What a DICOMDIR says about the files of its medium. */
export interface Medium {
  /** Names, as they are on the disk, that it lists. */
  readonly listed: ReadonlySet<string>;
  /** What it lists and the medium does not have, as it writes it. */
  readonly missing: readonly string[];
  /** How many of its entries lead out of the medium, or nowhere. */
  readonly unsafe: number;
}

/** True for the name of a DICOMDIR in any of the ways that file systems of discs write it. */
export function isDicomdir(name: string): boolean {
  return plain(name.split('/').at(-1) ?? '') === 'dicomdir';
}

/**
 * Reads a DICOMDIR (PS3.10 section 8, PS3.3 annex F) against the names of the files that are there; `folder` is its own,
 * '' for the top. Names are compared without case, the version and the dot at the end that ISO 9660 gives them, and only
 * with files that were found: an entry can reach nothing else.
 * @throws UnicaError `intake.dicomdir-damaged`
 */
export function readMedium(dicomdir: Uint8Array, folder: string, names: Iterable<string>): Medium {
  const byPlainName = new Map<string, string>();
  for (const name of names) byPlainName.set(plain(name), name);
  const listed = new Set<string>();
  const missing = new Set<string>();
  let unsafe = 0;
  for (const parts of referencesOf(dicomdir)) {
    if (!parts.every(isPart)) {
      unsafe += 1;
      continue;
    }
    const reference = parts.join('/');
    const name = byPlainName.get(plain(folder === '' ? reference : `${folder}/${reference}`));
    if (name === undefined) missing.add(reference);
    else listed.add(name);
  }
  return { listed, missing: [...missing], unsafe };
}

/** The parts of each file's name in the records that are in use, in the order of the sequence. */
function referencesOf(bytes: Uint8Array): readonly (readonly string[])[] {
  try {
    const { dataset } = parseDicom(bytes);
    if (!dataset.has(DIRECTORY_RECORDS)) throw damaged('it has no records');
    return dataset
      .items(DIRECTORY_RECORDS)
      .filter((record) => record.number(IN_USE) !== 0 && record.has(REFERENCED_FILE))
      .map((record) => record.strings(REFERENCED_FILE).map((part) => part.trim()))
      .filter((parts) => parts.some((part) => part !== ''));
  } catch (error) {
    if (!(error instanceof UnicaError) || error.code === 'intake.dicomdir-damaged') throw error;
    throw damaged('it cannot be read', error);
  }
}

/** A name and nothing that a file system would take for a way. */
function isPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[/\\:\0]/.test(part);
}

function plain(name: string): string {
  return name
    .split('/')
    .map((part) => part.replace(/;\d+$/, '').replace(/\.$/, '').toLowerCase())
    .join('/');
}

function damaged(problem: string, cause?: unknown): UnicaError {
  return new UnicaError('intake.dicomdir-damaged', { problem }, { cause });
}
