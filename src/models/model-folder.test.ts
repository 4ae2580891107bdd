import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UnicaError, utf8 } from '#base';
import { initialParameters, type ModelSpec } from '#engine';
import { readModelFile, readModelFolder, writeModelFolder } from './model-folder.ts';

const SPEC: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 8,
  channels: 1,
  outputs: 1,
  widths: [4, 4, 4],
  stemStride: 1,
};
const MODEL = { spec: SPEC, parameters: initialParameters(SPEC, 1) };
const FILES = ['model.json', 'model.onnx', 'weights.safetensors'];

async function scratch(context: TestContext): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'unica-model-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  return home;
}

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('a model is read as it was written, and nothing lies beside it', async (context) => {
  const home = await scratch(context);
  const folder = join(home, 'deep', 'model');
  await writeModelFolder(folder, MODEL);
  assert.deepEqual(await readModelFolder(folder), MODEL);
  assert.deepEqual((await readdir(folder)).sort(), FILES);
  assert.deepEqual(await readdir(join(home, 'deep')), ['model']);
  for (const views of [
    { shiftPixels: 1, mirror: true },
    { shiftPixels: 1, mirror: true, zoom: 0.1 },
  ]) {
    const looking: typeof MODEL = { ...MODEL, spec: { ...SPEC, views } };
    await writeModelFolder(folder, looking);
    assert.deepEqual(await readModelFolder(folder), looking);
  }
  const batch: ModelSpec = { ...SPEC, normalisation: 'batch' };
  const normalised = { spec: batch, parameters: initialParameters(batch, 1) };
  await writeModelFolder(folder, normalised);
  assert.deepEqual(await readModelFolder(folder), normalised);
});

test('one file of it is given as it was written, and not once a byte of it was changed', async (context) => {
  const folder = join(await scratch(context), 'model');
  await writeModelFolder(folder, { ...MODEL, parts: { 'gate.json': utf8('{"limit":1}') } });
  assert.deepEqual(await readModelFile(folder, 'gate.json'), utf8('{"limit":1}'));
  assert.equal(await readModelFile(folder, 'preprocessing.json'), undefined);
  const onnx = new Uint8Array(await readFile(join(folder, 'model.onnx')));
  assert.deepEqual(await readModelFile(folder, 'model.onnx'), onnx);
  onnx[onnx.length - 1] = (onnx.at(-1) ?? 0) ^ 1;
  await writeFile(join(folder, 'model.onnx'), onnx);
  await assert.rejects(readModelFile(folder, 'model.onnx'), codeIs('models.folder-damaged'));
});

test('an earlier model is replaced with its explanations, as is an empty folder', async (context) => {
  const home = await scratch(context);
  const folder = join(home, 'model');
  await mkdir(folder);
  await writeModelFolder(folder, MODEL);
  await mkdir(join(folder, 'explanations'));
  const other = { spec: SPEC, parameters: initialParameters(SPEC, 2) };
  await writeModelFolder(`${folder}/`, other);
  assert.deepEqual(await readModelFolder(folder), other);
  assert.deepEqual(await readdir(home), ['model']);
});

const FOREIGN: readonly [string, readonly string[]][] = [
  ["somebody's papers", ['thesis.txt']],
  ['papers beside a model', ['model.json', 'thesis.txt']],
  ['files that only share names with ours', ['model.onnx']],
];
for (const [name, files] of FOREIGN) {
  test(`never written over: ${name}`, async (context) => {
    const home = await scratch(context);
    const folder = join(home, 'folder');
    await mkdir(folder);
    for (const file of files) await writeFile(join(folder, file), 'mine');
    await assert.rejects(writeModelFolder(folder, MODEL), codeIs('models.folder-foreign'));
    assert.deepEqual((await readdir(folder)).sort(), [...files].sort());
    for (const file of files) assert.equal(await readFile(join(folder, file), 'utf8'), 'mine');
    assert.deepEqual(await readdir(home), ['folder']);
  });
}

test('never written over: a file', async (context) => {
  const file = join(await scratch(context), 'file');
  await writeFile(file, 'mine');
  await assert.rejects(writeModelFolder(file, MODEL), codeIs('models.folder-foreign'));
  assert.equal(await readFile(file, 'utf8'), 'mine');
});

const DAMAGE: readonly [string, (folder: string) => Promise<void>][] = [
  [
    'a changed weight',
    (folder) => change(join(folder, 'weights.safetensors'), (bytes) => bytes.fill(1, bytes.length - 4)),
  ],
  ['a changed graph', (folder) => change(join(folder, 'model.onnx'), (bytes) => bytes.fill(1, bytes.length - 4))],
  ['weights that are gone', (folder) => rm(join(folder, 'weights.safetensors'))],
  ['a description that is no JSON', (folder) => writeFile(join(folder, 'model.json'), '{')],
  ['a description that vouches for one file only', (folder) => forget(folder, 'weights.safetensors')],
];
for (const [name, damage] of DAMAGE) {
  test(`refused: ${name}`, async (context) => {
    const folder = join(await scratch(context), 'model');
    await writeModelFolder(folder, MODEL);
    await damage(folder);
    await assert.rejects(readModelFolder(folder), codeIs('models.folder-damaged'));
  });
}

test('a folder that is not there is missing, not damaged', async (context) => {
  await assert.rejects(readModelFolder(join(await scratch(context), 'none')), codeIs('models.folder-missing'));
});

async function change(path: string, how: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(path, how(await readFile(path)));
}

async function forget(folder: string, file: string): Promise<void> {
  const path = join(folder, 'model.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  delete manifest.files[file];
  await writeFile(path, JSON.stringify(manifest));
}

test('parts beside the weights are read as they were written, and one changed byte of any file is refused', async (context) => {
  const folder = join(await scratch(context), 'model');
  const model = { ...MODEL, parts: { 'gate.json': utf8('{"limit":1}'), 'card.md': utf8('# A model\n') } };
  await writeModelFolder(folder, model);
  assert.deepEqual(await readModelFolder(folder), model);
  for (const file of [...FILES, 'gate.json', 'card.md']) {
    const whole = await readFile(join(folder, file));
    // All of what people read, and spread over what is long.
    for (let at = 0; at < whole.length; at += Math.max(1, Math.floor(whole.length / 200))) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(join(folder, file), changed);
      await assert.rejects(readModelFolder(folder), codeIs('models.folder-damaged'), `byte ${at} of ${file}`);
    }
    await writeFile(join(folder, file), whole);
  }
  assert.deepEqual(await readModelFolder(folder), model);
});
