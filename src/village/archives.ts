import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { ArchiveSource, SourceFilm } from './archive-source.ts';
import { splitArchives } from './archive-split.ts';

/** One hospital's archive, or the films kept apart, on disk. A type and not an interface, so that it is also JSON. */
export type PreparedArchive = {
  /** Folder of DICOM files. */
  readonly path: string;
  /** Table with PatientID, StudyInstanceUID, finding. */
  readonly clinicalPath: string;
  readonly films: number;
  readonly positives: number;
  readonly persons: number;
  /** Hospital identifier of one person with films in it. */
  readonly somePatientId: string;
};

/** The demo's archives. */
export type PreparedArchives = {
  readonly nodes: readonly PreparedArchive[];
  readonly heldOut: PreparedArchive;
};

/** Fewest films of each class in an archive that a model can learn something from. */
const FEWEST = 4;

/** Writes each hospital's archive and the films kept apart below the folder. @throws UnicaError `village.too-few`. */
export async function prepareArchives(
  source: ArchiveSource,
  options: {
    readonly folder: string;
    readonly siteIds: readonly string[];
    readonly seed: number;
    /** What the person gave, for the message. */
    readonly path: string;
    readonly onProgress: (done: number, of: number) => void;
  },
): Promise<PreparedArchives> {
  const { films } = source;
  const { parts, heldOut } = divided(films, options);
  for (const part of [...parts, heldOut]) {
    const positives = part.filter((film) => film.positive).length;
    if (positives >= FEWEST && part.length - positives >= FEWEST) continue;
    throw new UnicaError('village.too-few', {
      path: options.path,
      usable: films.length,
      persons: new Set(films.map(({ person }) => person)).size,
      nodes: parts.length,
      needed: 10 * FEWEST * (parts.length + 1),
    });
  }
  await rm(options.folder, { recursive: true, force: true });
  let done = 0;
  const onFilm = (): void => {
    done += 1;
    options.onProgress(done, films.length);
  };
  const nodes: PreparedArchive[] = [];
  for (const [index, siteId] of options.siteIds.entries()) {
    nodes.push(await writeArchive(join(options.folder, siteId), parts[index] ?? [], onFilm));
  }
  const first = nodes[0];
  for (const { name, bytes } of first === undefined ? [] : source.oddities) {
    await writeFile(join(first?.path ?? '', name), bytes);
  }
  return { nodes, heldOut: await writeArchive(join(options.folder, 'held-out'), heldOut, onFilm) };
}

/** Films where their source puts them; those it leaves open are divided by person. */
function divided(
  films: readonly SourceFilm[],
  { siteIds, seed }: { readonly siteIds: readonly string[]; readonly seed: number },
): { readonly parts: readonly (readonly SourceFilm[])[]; readonly heldOut: readonly SourceFilm[] } {
  const open = films.filter((film) => film.place === undefined);
  const keptApart = films.filter((film) => film.place === 'held-out');
  const split = splitArchives(open, { nodes: siteIds.length, heldOutShare: keptApart.length > 0 ? 0 : 0.2, seed });
  return {
    parts: siteIds.map((_, index) => [
      ...films.filter((film) => film.place === index),
      ...pick(open, split.nodes[index] ?? []),
    ]),
    heldOut: [...keptApart, ...pick(open, split.heldOut)],
  };
}

function pick(films: readonly SourceFilm[], indices: readonly number[]): readonly SourceFilm[] {
  return indices.flatMap((index) => films[index] ?? []);
}

async function writeArchive(
  folder: string,
  films: readonly SourceFilm[],
  onFilm: () => void,
): Promise<PreparedArchive> {
  const path = join(folder, 'films');
  await mkdir(path, { recursive: true, mode: 0o700 });
  const rows = ['PatientID,StudyInstanceUID,finding'];
  let somePatientId = '';
  for (const [index, film] of films.entries()) {
    const file = await film.write();
    await writeFile(join(path, `IM${String(index + 1).padStart(6, '0')}.dcm`), file.bytes);
    rows.push([file.patientId, file.studyInstanceUid, film.findings.join('|')].map(csvCell).join(','));
    // A person without the finding: the demo's opt-out must not take one of the few positive films of the first node.
    if (somePatientId === '' && !film.positive) somePatientId = file.patientId;
    onFilm();
  }
  const clinicalPath = join(folder, 'clinical.csv');
  await writeFile(clinicalPath, `${rows.join('\n')}\n`);
  return {
    path,
    clinicalPath,
    films: films.length,
    positives: films.filter((film) => film.positive).length,
    persons: new Set(films.map(({ person }) => person)).size,
    somePatientId,
  };
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
