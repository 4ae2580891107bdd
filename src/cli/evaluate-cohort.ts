import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Json, sha256Hex, UnicaError } from '#base';
import type { CohortMeasured } from '#clinic';
import type { DicomFile } from '#dicom';
import type { CommandContext } from './command-context.ts';
import { readInput } from './input-file.ts';
import { readDicomInput } from './read-dicom-input.ts';
import { modelFolder } from './shipped-model.ts';

/** How a cohort is measured. */
export interface CohortOptions {
  readonly model: string;
  readonly cohort: string;
  readonly clinical?: string;
  readonly run?: string;
  readonly synthetic?: boolean;
}

const STUDY = 0x0020000d;
const LARGEST_FILM_BYTES = 512 * 2 ** 20;
/** A larger table is no cohort's. */
const LARGEST_TABLE_BYTES = 512 * 2 ** 20;

/** A model of a pilot on the films of a folder and the table that goes with them. */
export async function evaluateFolder(options: CohortOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { cohortRows, evaluateCohort } = await (await import('#clinic')).loadScoring();
  const { isExamSpec, parameterTable } = await import('#engine');
  const { readClinicalTable } = await import('#intake');
  const { readModelFolder, runBytes } = await import('#models');
  const started = performance.now();
  const folder = modelFolder(options.model);
  const { spec } = await readModelFolder(folder);
  const table = options.clinical ?? join(options.cohort, 'clinical.csv');
  const tableBytes = await readInput(table, LARGEST_TABLE_BYTES);
  const { rows, left } = cohortRows(isExamSpec(spec) ? 'exam' : 'film', await readClinicalTable(table));
  const films = await filmsByStudy(options.cohort, signal, (read) => terminal.progress(`${read} files looked at`));
  const filmsOf = async (study: string): Promise<readonly DicomFile[]> => {
    const files: DicomFile[] = [];
    for (const path of films.get(study) ?? [])
      files.push(await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES)));
    return files;
  };
  const found = await evaluateCohort(
    folder,
    {
      ...{ rows, filmsOf, what: basename(options.cohort), isSynthetic: options.synthetic ?? false },
      sha256: sha256Hex(tableBytes),
      command: `unica evaluate --model ${basename(options.model)} --cohort ${basename(options.cohort)}`,
    },
    { signal, onStudy: (done) => terminal.progress(`${done} of ${rows.length} studies`) },
  );
  if (options.run !== undefined) await writeFile(options.run, runBytes(basename(options.run), found.run));
  const seconds = (performance.now() - started) / 1000;
  const answer = answerOf(found, { left, seconds, parameters: parameterTable(spec).total });
  terminal.answer(answer, () => {
    tell(found, left, terminal);
    if (options.run !== undefined)
      terminal.line(
        `The record is in ${options.run}; unica model dossier ${options.model} --run ${options.run} puts it into the dossier.`,
      );
  });
  terminal.complain('Research use only, not a medical device.');
}

/** Paths by the study they are of; what is no DICOM file is passed over. */
async function filmsByStudy(
  folder: string,
  signal: AbortSignal,
  onFile: (read: number) => void,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new UnicaError('cli.no-file', { path: folder }, { cause });
  });
  const studies = new Map<string, string[]>();
  let read = 0;
  for (const entry of entries.filter((one) => one.isFile() && !one.name.endsWith('.csv'))) {
    signal.throwIfAborted();
    const path = join(entry.parentPath, entry.name);
    const file = await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES)).catch((error: unknown) => {
      if (error instanceof UnicaError) return undefined;
      throw error;
    });
    read += 1;
    onFile(read);
    const study = file?.dataset.text(STUDY);
    if (study === undefined || study === '') continue;
    const own = studies.get(study);
    if (own === undefined) studies.set(study, [path]);
    else own.push(path);
  }
  return studies;
}

function answerOf(
  { run, scored, gated, refused, missing }: CohortMeasured,
  { left, seconds, parameters }: { readonly left: number; readonly seconds: number; readonly parameters: number },
): { readonly [key: string]: Json } {
  const figureOf = (id: string) => run.figures.find((one) => one.id === id)?.value ?? null;
  const intervals = run.figures.flatMap(({ id, low, high }) =>
    low == null || high == null ? [] : [[id, [low, high]] as const],
  );
  return {
    ...{ auc: figureOf('auc'), accuracy: figureOf('accuracy'), n: run.data[0]?.examples ?? 0 },
    ...{ ece: figureOf('calibration-error'), ci: Object.fromEntries(intervals), seconds, parameters },
    figures: Object.fromEntries(run.figures.map(({ id, value }) => [id, value])),
    groups: run.groups.map(({ by, group, examples, people, figures }) => ({
      ...{ by, group, examples, people, withheld: figures === null },
      figures: figures === null ? null : Object.fromEntries(figures.map(({ id, value }) => [id, value])),
    })),
    tables: run.tables.map(({ title, columns, rows }) => ({ title, columns: columns.map(({ head }) => head), rows })),
    studies: { scored, gated, refused, missing, left },
  };
}

function tell(
  { run, scored, gated, refused, missing }: CohortMeasured,
  left: number,
  terminal: CommandContext['terminal'],
): void {
  const shown = (value: number | null | undefined, form: string, digits: number) =>
    value == null ? 'not defined' : form === 'percent' ? `${(100 * value).toFixed(digits)} %` : value.toFixed(digits);
  terminal.line(
    `${scored} studies scored, ${gated} of them without a claim; ${refused} refused, ${missing} without films, ${left} rows without an outcome.`,
  );
  terminal.table(
    ['figure', 'found', '95 % interval'],
    run.figures.map(({ label, value, low, high, form, digits }) => [
      label,
      shown(value, form, digits),
      low == null || high == null ? '' : `${shown(low, form, digits)} to ${shown(high, form, digits)}`,
    ]),
  );
  if (run.groups.length === 0) return;
  terminal.line();
  const heads = run.groups.find(({ figures }) => figures !== null)?.figures?.map(({ label }) => label) ?? [];
  terminal.table(
    ['by', 'group', 'examples', ...heads],
    run.groups.map(({ by, group, examples, figures }) => [
      ...[by, group, examples === null ? 'withheld' : String(examples)],
      ...heads.map((_, at) => {
        const one = figures?.[at];
        return one === undefined ? '' : shown(one.value, one.form, one.digits);
      }),
    ]),
  );
}
