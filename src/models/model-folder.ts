import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson, sha256Hex, UnicaError } from '#base';
import { decodeSafetensors, encodeSafetensors, exportOnnx, type ModelSpec, networkOf, parameterTable } from '#engine';
import { digestSchema, modelSpecSchema } from '#wire';

const viewsSchema = z.strictObject({
  shiftPixels: z.number().int().min(0).max(128),
  mirror: z.boolean(),
  zoom: z.number().min(0).max(0.5).optional(),
});

/** Of a residual network that learned in one place: what jobs of the network cannot name. */
const ownSchema = z.looseObject({
  views: viewsSchema.optional(),
  normalisation: z.literal('batch').optional(),
});

/** A specification, with how a residual network looks at its picture and normalises it. */
const specSchema = ownSchema.transform(({ views, normalisation, ...spec }, context) => {
  const read = modelSpecSchema.safeParse(spec);
  const own = { ...(views && { views }), ...(normalisation && { normalisation }) };
  if (read.success && Object.keys(own).length === 0) return read.data;
  if (read.success && 'inputSize' in read.data) return { ...read.data, ...own };
  context.addIssue({ code: 'custom', message: 'the specification is not known' });
  return z.NEVER;
});

/** What may lie beside the weights, and is held to its digest like them. */
const PART_NAMES = [
  'preprocessing.json',
  'gate.json',
  'gates.json',
  'calibration.json',
  'heads.safetensors',
  'card.md',
] as const;

/** A file beside the weights of a model: how films reach it, which films it knows, how its maps were tested, how its answers are calibrated, the members of its ensemble, what it is. */
export type ModelPart = (typeof PART_NAMES)[number];

const manifestSchema = z.strictObject({
  format: z.literal('unica-model/1'),
  spec: specSchema,
  status: z.string(),
  inputValues: z.number().int().optional(),
  files: z.strictObject({
    'model.onnx': digestSchema,
    'weights.safetensors': digestSchema,
    ...Object.fromEntries(PART_NAMES.map((name) => [name, digestSchema.optional()])),
  }),
  /** Of the canonical JSON of everything else here; models written before there was one have none. */
  seal: digestSchema.optional(),
});

/** A model as it is used: how it is built, and its parameters. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly parameters: Float32Array;
  /** What lies beside the weights, where something does. */
  readonly parts?: Readonly<Partial<Record<ModelPart, Uint8Array>>> | undefined;
}

/** All that may lie in a model's folder: its own files, its dossier, and the films explained with it. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'model.onnx',
  'weights.safetensors',
  'model.json',
  'explanations',
  'dossier',
  ...PART_NAMES,
]);

/**
 * Writes a model as a folder: `model.onnx` (standard, opset 17), `weights.safetensors`, its other parts, and `model.json` with the
 * digest of each. The folder appears whole or not at all; an empty one or an earlier model of the same name is replaced.
 * @throws UnicaError `models.folder-foreign` where something else lies at that place; nothing is touched then.
 */
export async function writeModelFolder(folder: string, { spec, parameters, parts = {} }: StoredModel): Promise<void> {
  // Without its last slash or dots, so that what is written beside it is beside it.
  const place = resolve(folder);
  await checkModelPlace(place);
  const files: Readonly<Record<string, Uint8Array>> = {
    ...parts,
    'model.onnx': exportOnnx(spec, parameters),
    'weights.safetensors': encodeSafetensors(parameterTable(spec), parameters, { architecture: spec.architecture }),
  };
  const unsealed = {
    format: 'unica-model/1',
    spec,
    status: 'research use only, not a medical device',
    inputValues: networkOf(spec).inputs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256Hex(bytes)])),
  };
  const manifest = { ...unsealed, seal: sealOf(unsealed) };
  await mkdir(dirname(place), { recursive: true });
  const stage = await mkdtemp(join(dirname(place), `.${basename(place)}.new-`));
  const fresh = join(stage, 'model');
  try {
    await mkdir(fresh);
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(fresh, name), bytes);
    await writeFile(join(fresh, 'model.json'), manifestText(manifest));
    await replace(place, fresh, join(stage, 'old'));
    await rm(stage, { recursive: true, force: true });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Stays where it still holds the earlier model, which could not be put back.
    await rmdir(stage).catch(() => {});
    throw error;
  }
}

/** Puts a fresh folder in a place; what lies there is moved aside, and back when that fails. */
async function replace(place: string, fresh: string, aside: string): Promise<void> {
  const replaced = await rename(place, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(fresh, place);
  } catch (error) {
    if (replaced) await rename(aside, place);
    throw error;
  }
}

/** A mistyped folder must never cost anybody their files. */
/**
 * Whether a model may be written to a folder: it is not there, empty or holds a model.
 * @throws UnicaError `models.folder-foreign`
 */
export async function checkModelPlace(folder: string): Promise<void> {
  const place = resolve(folder);
  const names = await readdir(place).catch((error: NodeJS.ErrnoException): readonly string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new UnicaError('models.folder-foreign', { folder: place }, { cause: error });
    throw error;
  });
  if (names.length === 0) return;
  const foreign = names.some((name) => !OWN_NAMES.has(name)) || !names.includes('model.json');
  if (foreign) throw new UnicaError('models.folder-foreign', { folder: place });
}

/**
 * Reads a model folder and checks every file against its digest.
 * @throws UnicaError `models.folder-missing`, `models.folder-damaged`.
 */
export async function readModelFolder(folder: string): Promise<StoredModel> {
  const { spec, files } = await manifestOf(folder);
  const parts: Partial<Record<ModelPart, Uint8Array>> = {};
  let weightsFile = new Uint8Array(0);
  for (const [file, digest] of Object.entries(files)) {
    const bytes = new Uint8Array(await readFile(join(folder, file)).catch(() => new Uint8Array(0)));
    if (sha256Hex(bytes) !== digest) throw new UnicaError('models.folder-damaged', { folder, file });
    const part = PART_NAMES.find((name) => name === file);
    if (part !== undefined) parts[part] = bytes;
    if (file === 'weights.safetensors') weightsFile = bytes;
  }
  // The bytes whose digest was checked, not what may lie there by now.
  const weights = decodeSafetensors(weightsFile);
  if (weights.table.total !== parameterTable(spec).total) {
    throw new UnicaError('models.folder-damaged', { folder, file: 'weights.safetensors' });
  }
  const own = { spec, parameters: weights.parameters };
  return Object.keys(parts).length === 0 ? own : { ...own, parts };
}

/** A file of a model's folder that can be asked for by itself. */
export type ModelFile = 'model.onnx' | ModelPart;

/**
 * One file of a model's folder, held against its digest; undefined where this model has none of that name.
 * @throws UnicaError `models.folder-missing`, `models.folder-damaged`
 */
export async function readModelFile(folder: string, file: ModelFile): Promise<Uint8Array | undefined> {
  const files: Readonly<Record<string, string | undefined>> = (await manifestOf(folder)).files;
  const digest = files[file];
  if (digest === undefined) return undefined;
  const bytes = new Uint8Array(await readFile(join(folder, file)).catch(() => new Uint8Array(0)));
  if (sha256Hex(bytes) !== digest) throw new UnicaError('models.folder-damaged', { folder, file });
  return bytes;
}

async function manifestOf(folder: string): Promise<z.infer<typeof manifestSchema>> {
  const text = await readFile(join(folder, 'model.json'), 'utf8').catch((cause: unknown) => {
    throw new UnicaError('models.folder-missing', { folder }, { cause });
  });
  const written = jsonOf(text);
  const manifest = manifestSchema.safeParse(written);
  if (!manifest.success || !isSealed(text, written))
    throw new UnicaError('models.folder-damaged', { folder, file: 'model.json' });
  return manifest.data;
}

function sealOf(unsealed: object): string {
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(unsealed))));
}

function manifestText(manifest: unknown): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** One changed byte anywhere in it shows, white space included. */
function isSealed(text: string, written: unknown): boolean {
  if (typeof written !== 'object' || written === null || !('seal' in written)) return true;
  const { seal, ...unsealed } = written;
  return text === manifestText(written) && seal === sealOf(unsealed);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
