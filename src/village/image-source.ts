import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fromUtf8, SeededRandom, UnicaError } from '#base';
import { buildDicom, type DataSet, type DicomFile, parseDicom, withElements, writeDicom } from '#dicom';
import { type ClinicalRow, openSource, readClinicalCsv } from '#intake';
import { type ImagingTask, labelOf } from '#pilots';
import type { ArchiveSource, HospitalFile, SourceFilm } from './archive-source.ts';
import { type FictitiousPerson, fictitiousPerson } from './fictitious-person.ts';
import { hospitalHeader } from './hospital-header.ts';

const TAG = {
  sopClassUid: 0x00080016,
  sopInstanceUid: 0x00080018,
  patientName: 0x00100010,
  patientId: 0x00100020,
  patientSex: 0x00100040,
  patientAge: 0x00101010,
  studyInstanceUid: 0x0020000d,
} as const;

/**
 * The films of a folder: DICOM files as they are, or PNG films with their `labels.csv`, which become DICOM files of
 * invented people; so do the pictures of the public sets whose layout is known. Files that cannot be read are kept for the first hospital's import to answer.
 * @throws UnicaError `village.no-labels`, `intake.*` for an unusable table.
 */
export async function imageSource(
  path: string,
  options: { readonly task: ImagingTask; readonly seed: number; readonly spool: string; readonly signal: AbortSignal },
): Promise<ArchiveSource> {
  await rm(options.spool, { recursive: true, force: true });
  await mkdir(options.spool, { recursive: true, mode: 0o700 });
  const source = openSource(path, { signal: options.signal, layout: 'auto' });
  const rows = [...(await source.clinical()), ...(await tablesIn(path))];
  const people = new People(options.seed);
  const films: SourceFilm[] = [];
  const oddities: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  let images = 0;
  let labelled = 0;
  for await (const file of source) {
    const read = await file.read().then(
      (bytes) => ({ bytes, file: parsed(bytes) }),
      async () => ({ bytes: await asIs(path, file.name), file: undefined }),
    );
    if (read.file === undefined) {
      if (read.bytes !== undefined) {
        oddities.push({ name: `unreadable-${oddities.length + 1}${extname(file.name)}`, bytes: read.bytes });
      }
      continue;
    }
    images += 1;
    const { dataset } = read.file;
    const row = rowOf(rows, dataset);
    if (row === undefined) continue;
    labelled += 1;
    const spooled = join(options.spool, `${images}.dcm`);
    await writeFile(spooled, read.bytes);
    const number = images;
    films.push({
      person: row.patientId,
      positive: labelOf(row.findings, options.task) === 1,
      findings: row.findings,
      async write() {
        const film = parseDicom(new Uint8Array(await readFile(spooled)));
        return asHospitalFile(film, people.of(row.patientId, film.dataset), {
          number,
          name: file.name,
          seed: options.seed,
        });
      },
    });
  }
  if (images > 0 && labelled === 0) throw new UnicaError('village.no-labels', { path });
  const left = images - labelled;
  return {
    films,
    oddities,
    says: `${films.length} films of ${new Set(films.map(({ person }) => person)).size} people${left > 0 ? `; ${left} without a row in the table are left out` : ''}.`,
  };
}

/** Invented people for films that come without any, one for each number of the table. */
class People {
  readonly #seed: number;
  readonly #known = new Map<string, FictitiousPerson>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  of(patientId: string, dataset: DataSet): FictitiousPerson {
    const known = this.#known.get(patientId);
    if (known !== undefined) return known;
    const sex = dataset.text(TAG.patientSex);
    const ageYears = Number.parseInt(dataset.text(TAG.patientAge) ?? '', 10);
    const person = fictitiousPerson(new SeededRandom(`${this.#seed}/person/${patientId}`), {
      number: this.#known.size,
      ...(sex === 'F' || sex === 'M' ? { sex } : {}),
      ...(ageYears > 0 && ageYears < 120 ? { ageYears } : {}),
    });
    this.#known.set(patientId, person);
    return person;
  }
}

/** A file with a name in it goes as it is; one without gets an invented person around its film. */
function asHospitalFile(
  file: DicomFile,
  person: FictitiousPerson,
  film: { readonly number: number; readonly name: string; readonly seed: number },
): HospitalFile {
  const dataset =
    file.dataset.text(TAG.patientName) === undefined ? withPerson(file.dataset, person, film) : file.dataset;
  const sopClassUid = dataset.text(TAG.sopClassUid) ?? '';
  const sopInstanceUid = dataset.text(TAG.sopInstanceUid) ?? '';
  return {
    bytes: writeDicom({ dataset, transferSyntaxUid: file.transferSyntaxUid, sopClassUid, sopInstanceUid }),
    patientId: dataset.text(TAG.patientId) ?? '',
    studyInstanceUid: dataset.text(TAG.studyInstanceUid) ?? '',
  };
}

function withPerson(
  dataset: DataSet,
  person: FictitiousPerson,
  film: { readonly number: number; readonly name: string; readonly seed: number },
): DataSet {
  const header = hospitalHeader(new SeededRandom(`${film.seed}/film/${film.name}`), person, film);
  const written = parseDicom(buildDicom({ ...header, SOPClassUID: dataset.text(TAG.sopClassUid) ?? '' }));
  const { explicit, littleEndian } = dataset.encoding;
  return explicit && littleEndian ? withElements(dataset, written.dataset.elements) : dataset;
}

function parsed(bytes: Uint8Array): DicomFile | undefined {
  try {
    return parseDicom(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of a file beside the others; nothing for one inside a zip. */
async function asIs(path: string, name: string): Promise<Uint8Array | undefined> {
  return await readFile(join(path, name)).then(
    (bytes) => new Uint8Array(bytes),
    () => undefined,
  );
}

/** Clinical tables that lie beside DICOM files. */
async function tablesIn(path: string): Promise<readonly ClinicalRow[]> {
  const rows: ClinicalRow[] = [];
  for (const name of (await readdir(path)).sort()) {
    if (extname(name).toLowerCase() !== '.csv') continue;
    try {
      rows.push(...readClinicalCsv(fromUtf8(new Uint8Array(await readFile(join(path, name))))));
    } catch (error) {
      // Another table than a clinical one; pictures' tables are read with the pictures.
      if (!(error instanceof UnicaError)) throw error;
    }
  }
  return rows;
}

/** The row of the film's examination, else of its person. */
function rowOf(rows: readonly ClinicalRow[], dataset: DataSet): ClinicalRow | undefined {
  const study = dataset.text(TAG.studyInstanceUid);
  const patient = dataset.text(TAG.patientId);
  return (
    rows.find(({ studyInstanceUid }) => studyInstanceUid !== undefined && studyInstanceUid === study) ??
    rows.find(({ studyInstanceUid, patientId }) => studyInstanceUid === undefined && patientId === patient)
  );
}
