import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { canonicalJson, fromUtf8, type Json, sha256Hex, UnicaError } from '#base';
import type { DicomFile } from '#dicom';
import type { ExplainMethod } from '#engine';
import type { StoredModel } from '#models';
import type { ChestReading } from '#pilots';
import type { AddCommand, CommandContext } from './command-context.ts';
import { readInput } from './input-file.ts';
import { oneOf } from './option-values.ts';
import { type BreastOptions, predictExams } from './predict-exams.ts';
import { readDicomInput } from './read-dicom-input.ts';
import { modelFolder } from './shipped-model.ts';
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
      if (isExamSpec(stored.spec)) {
        if (out !== undefined)
          throw new UnicaError('cli.unreadable', {
            path: out,
            problem: 'results of exams are not written as files',
            hint: 'Leave --out away.',
          });
        await predictExams(stored, paths, options, context);
        context.terminal.complain(RESEARCH);
        return;
      }
      if (options.facts !== undefined || options.site !== undefined)
        throw new UnicaError('cli.unreadable', {
          path: model,
          problem: 'it reads films by themselves, and knows neither facts of a woman nor sites',
          hint: 'Leave --facts and --site away.',
        });
      await readings({ model, paths }, context, async (read) => {
        const { path, reading } = read;
        const outputs = out === undefined ? [] : await writeReading(read, { ...options, out });
        context.terminal.record(
          { ...summary(path, reading), ...(out === undefined ? {} : { outputs: [...outputs] }) },
          () => {
            for (const line of sentences(path, reading)) context.terminal.line(line);
            for (const output of outputs) context.terminal.line(`  ${output}`);
          },
        );
      });
      context.terminal.complain(RESEARCH);
    });

  program
    .command('explain')
    .description('where on the films the model found what it says, as pictures')
    .requiredOption('--model <name>', 'a model that ships (chest-nodule), or a model folder')
    .requiredOption('--out <dir>', 'folder for the pictures')
    .option('--method <name>', METHODS.join(', '), oneOf(METHODS), 'location-map')
    .argument('<file...>', 'DICOM files')
    .addHelpText('after', '\nExample:\n  unica explain --model chest-nodule --method grad-cam --out maps film.dcm')
    .action(async (paths: readonly string[], options: ExplainOptions) => {
      const context = contextOf();
      await mkdir(options.out, { recursive: true });
      await readings({ model: options.model, paths }, context, async ({ path, reading, stored, number }) => {
        const pictures =
          reading.kind === 'scored' ? await writePictures(reading, { stored, path, number, ...options }) : null;
        context.terminal.record({ ...summary(path, reading), ...pictures }, () => {
          for (const line of sentences(path, reading)) context.terminal.line(line);
          if (pictures !== null) context.terminal.line(`  ${pictures.overlay}  ${options.method}, ${pictures.label}`);
        });
      });
      context.terminal.complain(RESEARCH);
    });
};

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
  const { chestResult } = await import('./chest-result.ts');
  const { writeResults } = await import('./write-results.ts');
  const digest = sha256Hex(new Uint8Array(stored.parameters.slice().buffer));
  const version = versionOf(stored, digest);
  const model = { name: basename(options.model), version, digest, manufacturer: 'UNICA' };
  const result = chestResult(file.dataset, reading, model, new Date());
  const all = !RESULT_FORMS.some((form) => options[form]);
  const forms = all ? { sr: true, seg: true, heatmap: true, fhir: true } : options;
  return await writeResults(result, file, { name: fileName(number, path), out: options.out, forms }, pixelCodecs());
}

/** Parts of a model that change what it says with the same weights. */
const DECISIVE = ['preprocessing.json', 'gate.json', 'calibration.json', 'heads.safetensors'] as const;

/**
 * Names all that decides what a model says: objects of the same version are the same object to a receiver, so that a new gate
 * is a new version.
 */
function versionOf({ spec, parts }: StoredModel, weights: string): string {
  const read = DECISIVE.map((name) => [name, sha256Hex(parts?.[name] ?? new Uint8Array())]);
  return sha256Hex(canonicalJson({ spec: JSON.stringify(spec), weights, parts: Object.fromEntries(read) })).slice(
    0,
    12,
  );
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
  if (reading.kind === 'refused') return { file: path, answer: 'refused', reasons };
  return {
    file: path,
    answer: reasons.length > 0 ? 'gated' : 'scored',
    probability: reading.probability,
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

/** A name for what is made of a film: its place among the films, and its own name. */
function fileName(number: number, path: string): string {
  const plain = basename(path)
    .replace(/\.[^.]*$/, '')
    .replace(/[^\w-]+/g, '_');
  return `${String(number).padStart(3, '0')}-${plain.slice(0, 64)}`;
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
  const { explanationPictures } = await import('#village');
  const { seen } = reading;
  const low = seen.values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = seen.values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const grey = seen.values.map((value) => (value - low) / Math.max(1e-6, high - low));
  const map = how.method === 'location-map' ? enlarged(reading) : await explained(how.stored, seen.values, how.method);
  const { image, overlay } = explanationPictures({ grey, map, size: seen.columns });
  const name = fileName(how.number, how.path);
  const places = { image: join(how.out, `${name}.png`), overlay: join(how.out, `${name}-${how.method}.png`) };
  await writeFile(places.image, image);
  await writeFile(places.overlay, overlay);
  return { ...places, label: labelOf(how.stored, how.method) };
}

async function explained(
  { spec, parameters }: StoredModel,
  image: Float32Array,
  kind: Exclude<Method, 'location-map'>,
) {
  const { explain } = await import('#engine');
  const method: ExplainMethod = kind === 'integrated-gradients' ? { kind, steps: 64 } : { kind };
  return (await explain(spec, parameters, { image }, method)).map;
}

/** Every cell as large as what it stands for. */
function enlarged({
  map,
  mapColumns,
  mapRows,
  seen,
}: Extract<ChestReading, { readonly kind: 'scored' }>): Float32Array {
  return Float32Array.from({ length: seen.rows * seen.columns }, (_, pixel) => {
    const row = Math.floor((Math.floor(pixel / seen.columns) * mapRows) / seen.rows);
    const column = Math.floor(((pixel % seen.columns) * mapColumns) / seen.columns);
    return map[row * mapColumns + column] as number;
  });
}

/** What the model's folder says of a method; maps are never shown without it (decision 101). */
function labelOf({ parts }: StoredModel, method: Method): string {
  if (method === 'location-map') return "the model's own answer by place";
  const text = parts?.['gates.json'];
  if (text === undefined) return 'not tested';
  const reports: unknown = JSON.parse(fromUtf8(text));
  if (!Array.isArray(reports))
    throw new UnicaError('models.folder-damaged', { folder: 'of the model', file: 'gates.json' });
  const own: unknown = reports.find((report: { readonly method?: unknown }) => report.method === method);
  if (typeof own !== 'object' || own === null || !('faithful' in own)) return 'not tested';
  return own.faithful === true ? 'faithful' : 'not faithful';
}
