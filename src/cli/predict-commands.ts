import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Json, UnicaError } from '#base';
import type { DicomFile } from '#dicom';
import type { ExplainMethod } from '#engine';
import type { ChestReading } from '#films';
import type { StoredModel } from '#models';
import type { AddCommand, CommandContext } from './command-context.ts';
import { fileName, writeMapPictures } from './explanation-files.ts';
import { readInput } from './input-file.ts';
import { oneOf } from './option-values.ts';
import { type BreastOptions, explainExams, predictExams } from './predict-exams.ts';
import { readDicomInput } from './read-dicom-input.ts';
import { modelFolder } from './shipped-model.ts';
import { ToldResults } from './told-results.ts';
import { RESULT_FORMS, type ResultForms } from './write-results.ts';

const METHODS = ['location-map', 'grad-cam', 'grad-cam++', 'integrated-gradients'] as const;
type Method = (typeof METHODS)[number];

/** A film larger than this is no film. */
const LARGEST_FILM_BYTES = 512 * 2 ** 20;
const RESEARCH = 'Research use only, not a medical device.';

/** `predict`, `explain`: a stored model on films, one after the other. */
export const addPredictCommands: AddCommand = (program, contextOf) => {
  program
    .command('predict')
    .description('what a model says of films, and what speaks against believing it')
    .requiredOption('--model <name>', 'a model that ships (chest-nodule, breast-risk), or a model folder')
    .option('--out <dir>', 'folder for the results as a clinic reads them; all forms unless some are named')
    .option('--sr', 'CAD report and measurement report (DICOM SR)')
    .option('--seg', 'where the model points (DICOM SEG)')
    .option('--heatmap', 'the map over the film, as a picture (DICOM secondary capture)')
    .option('--fhir', 'the report as a FHIR document (HL7 Europe imaging)')
    .option('--facts <file>', 'breast-risk: what is known of the woman, JSON such as {"familyHistory": 1}')
    .option('--site <name>', 'breast-risk: whose calibration is used, where the model has one for it')
    .argument('<file...>', 'DICOM files; films of one study make an exam')
    .addHelpText(
      'after',
      '\nExamples:\n  unica predict --model chest-nodule film.dcm\n  unica predict --model breast-risk rcc.dcm lcc.dcm rmlo.dcm lmlo.dcm\n  unica predict --model models/own *.dcm --json\n  unica predict --model chest-nodule --out results --sr --fhir film.dcm',
    )
    .action(async (paths: readonly string[], options: PredictOptions & BreastOptions) => {
      const context = contextOf();
      const { model, out } = options;
      if (out === undefined && RESULT_FORMS.some((form) => options[form])) throw new UnicaError('cli.results-where');
      const { isExamSpec } = await import('#engine');
      const { readModelFolder } = await import('#models');
      const stored = await readModelFolder(modelFolder(model));
      const told = new ToldResults(context.terminal);
      if (isExamSpec(stored.spec)) {
        await predictExams({ stored, name: basename(model), told }, paths, options, context);
        told.end();
        context.terminal.complain(RESEARCH);
        return;
      }
      refuseFacts(options);
      await readings({ model, paths }, context, async (read) => {
        const { path, reading } = read;
        const outputs = out === undefined ? [] : await writeReading(read, { ...options, out });
        told.add({ ...summary(path, reading), outputs: [...outputs] }, [
          ...sentences(path, reading),
          ...outputs.map((output) => `  ${output}`),
        ]);
      });
      told.end();
      context.terminal.complain(RESEARCH);
    });

  program
    .command('explain')
    .description('where on the films the model found what it says, as pictures')
    .requiredOption('--model <name>', 'a model that ships (chest-nodule, breast-risk), or a model folder')
    .requiredOption('--out <dir>', 'folder for the pictures')
    .option('--method <name>', `${METHODS.join(', ')}; of exams the first alone`, oneOf(METHODS), 'location-map')
    .option('--facts <file>', 'breast-risk: what is known of the woman, JSON such as {"familyHistory": 1}')
    .option('--site <name>', 'breast-risk: whose calibration is used, where the model has one for it')
    .argument('<file...>', 'DICOM files; films of one study make an exam')
    .addHelpText(
      'after',
      '\nExamples:\n  unica explain --model chest-nodule --method grad-cam --out maps film.dcm\n  unica explain --model breast-risk --out why rcc.dcm lcc.dcm rmlo.dcm lmlo.dcm',
    )
    .action(async (paths: readonly string[], options: ExplainOptions & BreastOptions) => {
      const context = contextOf();
      const { model, out, method } = options;
      const { isExamSpec } = await import('#engine');
      const { readModelFolder } = await import('#models');
      const stored = await readModelFolder(modelFolder(model));
      const told = new ToldResults(context.terminal);
      if (isExamSpec(stored.spec)) {
        if (method !== 'location-map')
          throw new UnicaError('cli.unreadable', {
            path: method,
            problem: "an exam is explained by the model's own map and by what each view and fact adds to its risk",
            hint: 'Leave --method away.',
          });
        await mkdir(out, { recursive: true });
        await explainExams({ stored, name: basename(model), told }, paths, options, context);
        told.end();
        context.terminal.complain(RESEARCH);
        return;
      }
      refuseFacts(options);
      await mkdir(out, { recursive: true });
      await readings({ model, paths }, context, async ({ path, reading, number }) => {
        const pictures =
          reading.kind === 'scored' ? await writePictures(reading, { stored, path, number, out, method }) : null;
        const lines = pictures === null ? [] : [`  ${pictures.overlay}  ${method}, ${pictures.label}`];
        const outputs = pictures === null ? [] : [pictures.image, pictures.overlay];
        told.add({ ...summary(path, reading), ...pictures, outputs }, [...sentences(path, reading), ...lines]);
      });
      told.end();
      context.terminal.complain(RESEARCH);
    });
};

/** @throws UnicaError `cli.unreadable` where a model of films is told what only one of exams understands */
function refuseFacts({ model, facts, site }: { readonly model: string } & BreastOptions): void {
  if (facts === undefined && site === undefined) return;
  throw new UnicaError('cli.unreadable', {
    path: model,
    problem: 'it reads films by themselves, and knows neither facts of a woman nor sites',
    hint: 'Leave --facts and --site away.',
  });
}

interface PredictOptions extends ResultForms {
  readonly model: string;
  readonly out?: string;
}

/** The results of a film in the forms that are asked for; all of them where none is named. */
async function writeReading(
  { path, number, reading, stored, file }: Read,
  options: PredictOptions & { readonly out: string },
): Promise<readonly string[]> {
  const { pixelCodecs } = await import('#codecs');
  const { loadScoring, resultModelOf } = await import('#clinic');
  const { isFaithfulByGates } = await import('#models');
  const { chestResult, givenFilm } = await loadScoring();
  const { wantedForms, writeResults } = await import('./write-results.ts');
  const model = resultModelOf(basename(options.model), stored);
  const isFaithful = isFaithfulByGates(stored, 'location-map') !== false;
  const result = chestResult(givenFilm(file), reading, { model, isFaithful }, new Date());
  const where = { name: fileName(number, path), out: options.out, forms: wantedForms(options) };
  return await writeResults(result, [file], where, pixelCodecs());
}

interface ExplainOptions {
  readonly model: string;
  readonly out: string;
  readonly method: Method;
}

interface Read {
  readonly path: string;
  readonly number: number;
  readonly file: DicomFile;
  readonly reading: ChestReading;
  readonly stored: StoredModel;
}

async function readings(
  { model, paths }: { readonly model: string; readonly paths: readonly string[] },
  { signal }: CommandContext,
  onReading: (read: Read) => Promise<void>,
): Promise<void> {
  const { readModelFolder } = await import('#models');
  const { chestModelOf, openChestReader } = await import('#pilots');
  const { pixelCodecs } = await import('#codecs');
  const stored = await readModelFolder(modelFolder(model));
  const reader = await openChestReader(chestModelOf(stored));
  const codecs = pixelCodecs();
  try {
    for (const [index, path] of paths.entries()) {
      signal.throwIfAborted();
      const file = await readDicomInput(path, await readInput(path, LARGEST_FILM_BYTES));
      await onReading({ path, number: index + 1, file, reading: await reader.read(file, codecs), stored });
    }
  } finally {
    await reader.close();
  }
}

function summary(path: string, reading: ChestReading): { readonly [key: string]: Json } {
  const reasons = reading.reasons.map(({ effect, code, because }) => ({ effect, code, because }));
  if (reading.kind === 'refused')
    return { path, file: path, answer: 'refused', probability: null, interval: null, ood: false, reasons };
  return {
    path,
    file: path,
    answer: reasons.length > 0 ? 'gated' : 'scored',
    probability: reading.probability,
    // The model knows none of a film.
    interval: null,
    ood: reading.reasons.some(({ code }) => code === 'unlike'),
    marks: reading.marks.map(({ x, y, score }) => ({ x: Math.round(x), y: Math.round(y), score })),
    distance: reading.distance,
    distanceLimit: reading.distanceLimit,
    reasons,
  };
}

function sentences(path: string, reading: ChestReading): readonly string[] {
  const because = reading.reasons.map(({ because: reason }) => reason).join('; ');
  if (reading.kind === 'refused') return [`${path}  refused: ${because}`];
  const [first] = reading.marks;
  const place =
    first === undefined ? 'no place stands out' : `strongest at ${Math.round(first.x)}, ${Math.round(first.y)}`;
  const said = `${path}  nodule ${reading.probability.toFixed(3)}, ${place}`;
  return because === '' ? [said] : [said, `  not to be relied on: ${because}`];
}

/** The film and the map over it, as the network saw the film. */
async function writePictures(
  reading: Extract<ChestReading, { readonly kind: 'scored' }>,
  how: {
    readonly stored: StoredModel;
    readonly path: string;
    readonly number: number;
    readonly out: string;
    readonly method: Method;
  },
): Promise<{ readonly image: string; readonly overlay: string; readonly label: string }> {
  const { seen, map: values, mapRows, mapColumns } = reading;
  const { rows, columns } = seen;
  const map =
    how.method === 'location-map'
      ? { values, rows: mapRows, columns: mapColumns }
      : { values: await explained(how.stored, seen.values, how.method), rows, columns };
  const places = await writeMapPictures({ seen, map }, { ...how, name: fileName(how.number, how.path) });
  return { ...places, label: await labelOf(how.stored, how.method) };
}

async function explained(
  { spec, parameters }: StoredModel,
  image: Float32Array,
  kind: Exclude<Method, 'location-map'>,
) {
  const { explain, onProbabilityScale } = await import('#engine');
  const method: ExplainMethod = kind === 'integrated-gradients' ? { kind, steps: 64 } : { kind };
  return onProbabilityScale(await explain(spec, parameters, { image }, method));
}

/** What the model's folder says of a method; maps are never shown without it (decision 101). */
async function labelOf(stored: StoredModel, method: Method): Promise<string> {
  const { isFaithfulByGates } = await import('#models');
  const isFaithful = isFaithfulByGates(stored, method);
  if (isFaithful === undefined) return method === 'location-map' ? "the model's own answer by place" : 'not tested';
  return isFaithful ? 'faithful' : 'not faithful';
}
