import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { equalBytes, fromUtf8, sha256Hex, UnicaError, utf8 } from '#base';
import { readModelFolder } from '../model-folder.ts';
import { appliedModelCard } from './applied-model-card.ts';
import { bundleMetadata } from './bundle-metadata.ts';
import { subjectOf } from './dossier-subject.ts';
import { unboundFigure } from './dossier-text.ts';
import { LARGEST_RUN_BYTES, type RunRecord, readRun } from './run-record.ts';
import {
  DOSSIER,
  type DossierManifest,
  dossierManifestSchema,
  dossierSourceSchema,
  dossierViews,
  MANIFEST_FILE,
  manifestSeal,
  RENDERING,
  SOURCE_FILE,
} from './write-dossier.ts';

/** What does not match in a model folder. */
export interface DossierProblem {
  /** Relative to the model folder. */
  readonly file: string;
  readonly problem: string;
}

/** A file of a dossier larger than this is none. */
const LARGEST_FILE_BYTES = 16 * 2 ** 20;
/** Views that are rendered from the model as well as from its runs. */
const MODEL_VIEWS = ['applied-model-card.xml', 'configs/metadata.json'] as const;

/**
 * Holds a model folder against its dossier: digests of every file, the runs, and every view rendered anew from the records, so
 * that a changed digit shows even where its digest was changed with it. Empty when all of it matches.
 * @throws UnicaError `models.folder-missing` where there is no model, `models.dossier-missing` where it has no dossier
 */
export async function verifyDossier(folder: string): Promise<readonly DossierProblem[]> {
  const place = resolve(folder);
  const home = join(place, DOSSIER);
  const problems: DossierProblem[] = [];
  const tell = (file: string, problem: string) => problems.push({ file, problem });
  const text = await readFile(join(home, MANIFEST_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) {
    await stat(join(place, 'model.json')).catch((cause: unknown) => {
      throw new UnicaError('models.folder-missing', { folder }, { cause });
    });
    throw new UnicaError('models.dossier-missing', { folder });
  }
  const manifest = manifestOf(text);
  if (manifest === undefined)
    return [
      { file: `${DOSSIER}/${MANIFEST_FILE}`, problem: 'it is no manifest of a dossier, or its seal does not match' },
    ];
  await holdModel(place, manifest, tell);
  const runs = await holdRuns(home, manifest, tell);
  await holdNames(home, manifest, tell);
  await holdFiles(home, manifest, tell);
  if (runs !== undefined) await holdViews(place, manifest, runs, tell);
  return problems;
}

/**
 * The records of the dossier that a model folder has; none where it has no dossier.
 * @throws UnicaError `models.run-unreadable` for a record that cannot be read
 */
export async function dossierRuns(folder: string): Promise<ReadonlyMap<string, RunRecord>> {
  const home = join(resolve(folder), DOSSIER, 'runs');
  const names = (await readdir(home).catch((): readonly string[] => []))
    .filter((name) => name.endsWith('.json'))
    .sort();
  const runs = new Map<string, RunRecord>();
  for (const file of names) {
    const name = file.slice(0, -'.json'.length);
    runs.set(name, readRun(name, (await bytesOf(join(home, file), LARGEST_RUN_BYTES)) ?? new Uint8Array()));
  }
  return runs;
}

type Tell = (file: string, problem: string) => void;

function manifestOf(text: string): DossierManifest | undefined {
  try {
    const read = dossierManifestSchema.safeParse(JSON.parse(text));
    if (!read.success) return undefined;
    const { seal, ...unsealed } = read.data;
    // As it was written, white space included: one changed byte shows.
    return seal === manifestSeal(unsealed) && text === `${JSON.stringify(read.data, null, 2)}\n`
      ? read.data
      : undefined;
  } catch {
    return undefined;
  }
}

async function holdModel(place: string, { model }: DossierManifest, tell: Tell): Promise<void> {
  const before = new Set<string>();
  for (const [file, digest] of Object.entries(model)) {
    const found = await digestOf(join(place, file));
    if (found === digest) continue;
    before.add(file);
    tell(file, found === undefined ? 'it is missing' : 'its bytes are not those that the dossier speaks of');
  }
  if (before.size > 0) return;
  await readModelFolder(place).catch((error: unknown) => {
    if (!(error instanceof UnicaError)) throw error;
    tell('model.json', error.message);
  });
}

async function holdRuns(
  home: string,
  { runs, model }: DossierManifest,
  tell: Tell,
): Promise<ReadonlyMap<string, RunRecord> | undefined> {
  const read = new Map<string, RunRecord>();
  let isWhole = true;
  for (const [name, digest] of Object.entries(runs)) {
    const file = `${DOSSIER}/runs/${name}.json`;
    const bytes = await bytesOf(join(home, 'runs', `${name}.json`), LARGEST_RUN_BYTES);
    if (bytes === undefined) {
      tell(file, 'the record of this run is missing');
      isWhole = false;
      continue;
    }
    if (sha256Hex(bytes) !== digest) tell(file, 'it is not the record whose digest stands in the manifest');
    try {
      const run = readRun(name, bytes);
      if (run.weightsSha256 !== model['weights.safetensors']) tell(file, 'it is of other weights');
      read.set(name, run);
    } catch (error) {
      if (!(error instanceof UnicaError)) throw error;
      tell(file, error.message);
      isWhole = false;
    }
  }
  return isWhole ? read : undefined;
}

/** Nothing lies in the dossier that it does not speak for. */
async function holdNames(home: string, { files, runs }: DossierManifest, tell: Tell): Promise<void> {
  const known = new Set([
    MANIFEST_FILE,
    ...Object.keys(files),
    ...Object.keys(runs).map((name) => `runs/${name}.json`),
  ]);
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const name = join(entry.parentPath, entry.name)
      .slice(home.length + 1)
      .replaceAll('\\', '/');
    if (!known.has(name)) tell(`${DOSSIER}/${name}`, 'the manifest does not know it');
  }
}

async function holdFiles(home: string, { files }: DossierManifest, tell: Tell): Promise<void> {
  for (const [name, digest] of Object.entries(files)) {
    const found = await digestOf(join(home, name), LARGEST_FILE_BYTES);
    if (found === undefined) tell(`${DOSSIER}/${name}`, 'it is missing, or too large');
    else if (found !== digest) tell(`${DOSSIER}/${name}`, 'its bytes are not those that the manifest names');
  }
}

/** Renders every view anew and compares. */
async function holdViews(
  place: string,
  manifest: DossierManifest,
  runs: ReadonlyMap<string, RunRecord>,
  tell: Tell,
): Promise<void> {
  const home = join(place, DOSSIER);
  if (manifest.rendering !== RENDERING) {
    tell(
      `${DOSSIER}/${MANIFEST_FILE}`,
      'its views were rendered by another version of the program, which alone can compare them; unica model dossier writes them anew from the same records',
    );
    return;
  }
  const bytes = await bytesOf(join(home, SOURCE_FILE), LARGEST_FILE_BYTES);
  const read = bytes === undefined ? undefined : dossierSourceSchema.safeParse(parsed(fromUtf8(bytes)));
  if (read?.success !== true) {
    tell(`${DOSSIER}/${SOURCE_FILE}`, 'it does not hold the documents of a dossier');
    return;
  }
  const { title, documents } = read.data;
  for (const document of documents) {
    const figure = unboundFigure(document);
    if (figure !== undefined)
      tell(`${DOSSIER}/${SOURCE_FILE}`, `${document.name} says ${figure}, which no run stands behind`);
  }
  try {
    const views = new Map(dossierViews(title, documents, runs));
    const wanted = new Set([SOURCE_FILE, ...views.keys(), ...MODEL_VIEWS]);
    for (const name of wanted)
      if (manifest.files[name] === undefined) tell(`${DOSSIER}/${name}`, 'the manifest does not name it');
    for (const name of Object.keys(manifest.files))
      if (!wanted.has(name))
        tell(`${DOSSIER}/${name}`, 'it is no view of this dossier: no run stands behind what it says');
    const model = await readModelFolder(place).catch(() => undefined);
    if (model !== undefined) {
      const weightsSha256 = manifest.model['weights.safetensors'] ?? '';
      const source = {
        spec: model.spec,
        subject: subjectOf(model.spec),
        version: weightsSha256.slice(0, 12),
        weightsSha256,
        runs,
      };
      const [card, metadata] = MODEL_VIEWS;
      views.set(card, utf8(appliedModelCard(source)));
      views.set(metadata, utf8(bundleMetadata(source)));
    }
    for (const [name, rendered] of views) {
      const found = await bytesOf(join(home, name), LARGEST_FILE_BYTES);
      if (found === undefined || equalBytes(found, rendered)) continue;
      tell(
        `${DOSSIER}/${name}`,
        name.endsWith('.pdf') ? 'it does not say what the runs say' : difference(fromUtf8(found), fromUtf8(rendered)),
      );
    }
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    tell(`${DOSSIER}/${SOURCE_FILE}`, error.message);
  }
}

/** The first line that differs, as it is and as the runs say. */
function difference(found: string, wanted: string): string {
  const [has, says] = [found.split('\n'), wanted.split('\n')];
  const at = says.findIndex((line, index) => line !== has[index]);
  const line = at < 0 ? says.length : at;
  return `line ${line + 1} says "${around(has[line] ?? '', says[line] ?? '')}", by the runs it is "${around(says[line] ?? '', has[line] ?? '')}"`;
}

/** A line around the place where it differs from another. */
function around(line: string, other: string): string {
  let at = 0;
  while (at < line.length && line[at] === other[at]) at += 1;
  return line.slice(Math.max(0, at - 30), at + 30);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function digestOf(path: string, limit = Number.POSITIVE_INFINITY): Promise<string | undefined> {
  const bytes = await bytesOf(path, limit);
  return bytes === undefined ? undefined : sha256Hex(bytes);
}

async function bytesOf(path: string, limit: number): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > limit) return undefined;
  return new Uint8Array(await readFile(path));
}
