import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { sha256Hex, UnicaError } from '#base';
import { decodeSafetensors, encodeSafetensors, exportOnnx, type ModelSpec, networkOf, parameterTable } from '#engine';
import { digestSchema, modelSpecSchema } from '#wire';

const viewsSchema = z.strictObject({ shiftPixels: z.number().int().min(0).max(128), mirror: z.boolean() });

/** A specification, and how a residual network looks at its picture. */
const specSchema = z.looseObject({ views: viewsSchema.optional() }).transform(({ views, ...spec }, context) => {
  const read = modelSpecSchema.safeParse(spec);
  if (read.success && (views === undefined || 'inputSize' in read.data))
    return views === undefined ? read.data : { ...read.data, views };
  context.addIssue({ code: 'custom', message: 'the specification is not known' });
  return z.NEVER;
});

const manifestSchema = z.object({
  format: z.literal('unica-model/1'),
  spec: specSchema,
  status: z.string(),
  files: z.object({ 'model.onnx': digestSchema, 'weights.safetensors': digestSchema }),
});

/** A model as it is used: how it is built, and its parameters. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly parameters: Float32Array;
}

/** All that may lie in a model's folder: its own files, and the films explained with it. */
const OWN_NAMES: ReadonlySet<string> = new Set(['model.onnx', 'weights.safetensors', 'model.json', 'explanations']);

/**
 * Writes a model as a folder: `model.onnx` (standard, opset 17), `weights.safetensors`, and `model.json` with the digest
 * of both. The folder appears whole or not at all; an empty one or an earlier model of the same name is replaced.
 * @throws UnicaError `models.folder-foreign` where something else lies at that place; nothing is touched then.
 */
export async function writeModelFolder(folder: string, { spec, parameters }: StoredModel): Promise<void> {
  // Without its last slash or dots, so that what is written beside it is beside it.
  const place = resolve(folder);
  await checkReplaceable(place);
  const files = {
    'model.onnx': exportOnnx(spec, parameters),
    'weights.safetensors': encodeSafetensors(parameterTable(spec), parameters, { architecture: spec.architecture }),
  };
  const manifest = {
    format: 'unica-model/1',
    spec,
    status: 'research use only, not a medical device',
    inputValues: networkOf(spec).inputs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256Hex(bytes)])),
  };
  await mkdir(dirname(place), { recursive: true });
  const stage = await mkdtemp(join(dirname(place), `.${basename(place)}.new-`));
  const fresh = join(stage, 'model');
  try {
    await mkdir(fresh);
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(fresh, name), bytes);
    await writeFile(join(fresh, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
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
async function checkReplaceable(place: string): Promise<void> {
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
  const text = await readFile(join(folder, 'model.json'), 'utf8').catch((cause: unknown) => {
    throw new UnicaError('models.folder-missing', { folder }, { cause });
  });
  const manifest = manifestSchema.safeParse(jsonOf(text));
  if (!manifest.success) throw new UnicaError('models.folder-damaged', { folder, file: 'model.json' });
  const { spec, files } = manifest.data;
  for (const [file, digest] of Object.entries(files)) {
    const bytes = await readFile(join(folder, file)).catch(() => new Uint8Array(0));
    if (sha256Hex(bytes) !== digest) throw new UnicaError('models.folder-damaged', { folder, file });
  }
  const weights = decodeSafetensors(await readFile(join(folder, 'weights.safetensors')));
  if (weights.table.total !== parameterTable(spec).total) {
    throw new UnicaError('models.folder-damaged', { folder, file: 'weights.safetensors' });
  }
  return { spec, parameters: weights.parameters };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
