import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { sha256Hex, UnicaError } from '#base';
import { decodeSafetensors, encodeSafetensors, exportOnnx, imageLength, type ModelSpec, parameterTable } from '#engine';
import { digestSchema, modelSpecSchema } from '#wire';

const manifestSchema = z.object({
  format: z.literal('unica-model/1'),
  spec: modelSpecSchema,
  status: z.string(),
  files: z.record(z.string(), digestSchema),
});

/** A model as it is used: how it is built, and its parameters. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly parameters: Float32Array;
}

/**
 * Writes a model as a folder: `model.onnx` (standard, opset 17), `weights.safetensors`, and `model.json` with the digest
 * of both. The folder appears whole or not at all; one of the same name is replaced.
 */
export async function writeModelFolder(folder: string, { spec, parameters }: StoredModel): Promise<void> {
  const files = {
    'model.onnx': exportOnnx(spec, parameters),
    'weights.safetensors': encodeSafetensors(parameterTable(spec), parameters, { architecture: spec.architecture }),
  };
  const manifest = {
    format: 'unica-model/1',
    spec,
    status: 'research use only, not a medical device',
    inputValues: imageLength(spec),
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256Hex(bytes)])),
  };
  const fresh = join(dirname(folder), `.${basename(folder)}.new`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(fresh, name), bytes);
  await writeFile(join(fresh, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
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
    const bytes = await readFile(join(folder, basename(file))).catch(() => new Uint8Array(0));
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
