import { asUnicaError, UnicaError } from '#base';
import type { Examples } from '#engine';

const TAG = { patientId: 0x00100020, studyInstanceUid: 0x0020000d } as const;

/** Films of a folder as a task's network sees them, in three parts; no person is in two. */
export type PictureInput = {
  readonly train: Examples;
  readonly val: Examples;
  readonly test: Examples;
  readonly people: number;
  /** Films that could not be used, or that no table says anything of. */
  readonly left: number;
};

/**
 * Reads the films of folders with what their tables say of them: a public set by its layout, PNG films with a labels.csv, or DICOM
 * files with a clinical table.
 * @throws UnicaError `cli.unreadable` where nothing can be learnt from them, `intake.*`, `pilots.unknown-task`
 */
export async function readPictureInput(
  path: string,
  options: {
    readonly task: string;
    readonly layout: string;
    readonly clinical: string | undefined;
    readonly seed: number;
    readonly signal: AbortSignal;
    readonly onProgress: (films: number) => void;
  },
): Promise<PictureInput> {
  const { openSource, readClinicalCsv, splitByPatient } = await import('#intake');
  const { readFilm } = await import('#films');
  const { labelOf, preprocessFilm, taskByName } = await import('#pilots');
  const { pixelCodecs } = await import('#codecs');
  const { parseDicom } = await import('#dicom');
  const task = taskByName(options.task);
  const codecs = pixelCodecs();
  const layout = options.layout === 'none' ? {} : { layout: options.layout };
  const source = openSource(path, { signal: options.signal, ...layout });
  const table = options.clinical === undefined ? [] : readClinicalCsv(await textOf(options.clinical));
  const rows = new Map(
    [...(await source.clinical()), ...table].map((row) => [row.studyInstanceUid ?? row.patientId, row]),
  );
  const films: {
    readonly patientId: string;
    readonly split: string | undefined;
    readonly label: 0 | 1;
    readonly seen: Float32Array;
  }[] = [];
  let left = 0;
  for await (const file of source) {
    try {
      const dicom = parseDicom(await file.read());
      const { dataset } = dicom;
      const row = rows.get(dataset.text(TAG.studyInstanceUid) ?? '') ?? rows.get(dataset.text(TAG.patientId) ?? '');
      if (row === undefined) {
        left += 1;
        continue;
      }
      films.push({
        patientId: row.patientId,
        split: row.values['split'],
        label: labelOf(row.findings, task),
        seen: preprocessFilm(readFilm(dicom, 0, codecs), task),
      });
      options.onProgress(films.length);
    } catch (error) {
      // A film that cannot be used is left out and counted; anything else is a mistake of ours.
      if (asUnicaError(error).family !== 'user') throw error;
      left += 1;
    }
  }
  const parts = splitByPatient(
    films.map(({ patientId, split }) => ({
      patientId,
      ...(split === 'train' || split === 'val' || split === 'test' ? { split } : {}),
    })),
    options.seed,
  );
  const part = (name: 'train' | 'val' | 'test'): Examples => {
    const own = films.filter(({ patientId }) => parts.get(patientId) === name);
    if (own.length === 0) throw nothing(path, films.length, name);
    const image = new Float32Array(own.length * task.inputSize ** 2);
    for (const [place, { seen }] of own.entries()) image.set(seen, place * seen.length);
    return {
      count: own.length,
      inputs: { image },
      targets: { label: Float32Array.from(own, ({ label }) => label) },
    };
  };
  return { train: part('train'), val: part('val'), test: part('test'), people: parts.size, left };
}

async function textOf(path: string): Promise<string> {
  const { readInput } = await import('./input-file.ts');
  return new TextDecoder().decode(await readInput(path));
}

function nothing(path: string, films: number, part: string): UnicaError {
  return new UnicaError('cli.unreadable', {
    path,
    problem: `${films} films have a row in a table, which leaves none for the part ${part}`,
    hint: 'Give a folder with films of more people, name its --layout, or add a labels.csv or --clinical table.',
  });
}
