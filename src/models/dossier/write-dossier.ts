import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson, sha256Hex, UnicaError, utf8 } from '#base';
import { digestSchema } from '#wire';
import { readModelFolder } from '../model-folder.ts';
import { appliedModelCard } from './applied-model-card.ts';
import { bundleMetadata } from './bundle-metadata.ts';
import type { DossierSource } from './dossier-source.ts';
import { subjectOf } from './dossier-subject.ts';
import { type DossierDocument, documentSchema, unboundFigure } from './dossier-text.ts';
import { modelCard } from './model-card.ts';
import { dossierHtml } from './render-html.ts';
import { documentMarkdown } from './render-markdown.ts';
import { dossierPdf } from './render-pdf.ts';
import { type RunRecord, readRun, runBytes } from './run-record.ts';
import { altai, annexIv, futureAi } from './scorecards.ts';
import { trainingTranscript } from './training-transcript.ts';

/** Folder of the dossier in that of the model. */
export const DOSSIER = 'dossier';
/** What is rendered, is rendered from this. */
export const SOURCE_FILE = 'dossier.json';
export const MANIFEST_FILE = 'manifest.json';

/** The documents as they are kept, which all views are rendered from. */
export const dossierSourceSchema = z.strictObject({
  format: z.literal('unica-dossier/1'),
  title: z.string().min(1).max(200),
  documents: z.array(documentSchema).min(1).max(20),
});

/**
 * Raised when the same documents and records give other views, which verifying would call false. The applied model card and the metadata
 * of the bundle take their words from the program, not from the documents: other words there are another rendering, too.
 */
export const RENDERING = 1;

export const dossierManifestSchema = z.strictObject({
  format: z.literal('unica-dossier-manifest/1'),
  rendering: z.number().int().min(1),
  /** Every file of the model's own folder, `model.json` among them. */
  model: z.record(z.string().max(60), digestSchema),
  runs: z.record(z.string().regex(/^[a-z0-9-]{1,40}$/), digestSchema),
  /** Every other file of the dossier. */
  files: z.record(z.string().max(80), digestSchema),
  /** Of the canonical JSON of everything else here. */
  seal: digestSchema,
});

/** What a dossier says of which files it speaks for. */
export type DossierManifest = z.infer<typeof dossierManifestSchema>;

/** Digest over a manifest without its seal. */
export function manifestSeal(unsealed: Omit<DossierManifest, 'seal'>): string {
  return sha256Hex(canonicalJson(unsealed));
}

/** The views of documents: what people and catalogues read. */
export function dossierViews(
  title: string,
  documents: readonly DossierDocument[],
  runs: ReadonlyMap<string, RunRecord>,
): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ...documents.map((one) => [`${one.name}.md`, utf8(documentMarkdown(one, runs))] as const),
    ['index.html', utf8(dossierHtml(title, documents, runs))],
    ['dossier.pdf', dossierPdf(title, documents, runs)],
  ]);
}

/** The documents of a model, from its specification and the records of its runs. @throws UnicaError `models.run-foreign`, `models.dossier-unbound` */
export function dossierOf(source: Omit<DossierSource, 'subject' | 'version'>): {
  readonly title: string;
  readonly documents: readonly DossierDocument[];
  readonly source: DossierSource;
} {
  const subject = subjectOf(source.spec);
  const whole: DossierSource = { ...source, subject, version: source.weightsSha256.slice(0, 12) };
  for (const [name, { weightsSha256 }] of source.runs)
    if (weightsSha256 !== source.weightsSha256) throw new UnicaError('models.run-foreign', { name });
  const documents = [modelCard(whole), futureAi(whole), altai(whole), annexIv(whole), trainingTranscript(whole)];
  for (const document of documents) {
    const figure = unboundFigure(document);
    if (figure !== undefined) throw new UnicaError('models.dossier-unbound', { document: document.name, figure });
  }
  return { title: `${subject.title} · ${whole.version}`, documents, source: whole };
}

/**
 * Writes the dossier of a model folder: documents, views, records of its runs, and a manifest that binds all of it. The folder
 * `dossier` appears whole or not at all; an earlier one is replaced.
 * @param runs records by name; those of an earlier dossier are kept where none is given
 * @throws UnicaError of the model folder, `models.run-foreign` for a record of other weights, `models.dossier-unbound`
 */
export async function writeDossier(folder: string, given: ReadonlyMap<string, RunRecord>): Promise<DossierManifest> {
  const place = resolve(folder);
  const runs = new Map([...given].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { spec } = await readModelFolder(place);
  const model = await digestsOfModel(place);
  const weightsSha256 = model['weights.safetensors'] ?? '';
  const { title, documents, source } = dossierOf({ spec, weightsSha256, runs });
  const records = [...runs].map(([name, run]) => [name, runBytes(name, run)] as const);
  // Read back, so that views show what the files hold.
  const read = new Map(records.map(([name, bytes]) => [name, readRun(name, bytes)]));
  const files = new Map<string, Uint8Array>([
    [
      SOURCE_FILE,
      utf8(`${JSON.stringify(dossierSourceSchema.parse({ format: 'unica-dossier/1', title, documents }), null, 1)}\n`),
    ],
    ...dossierViews(title, documents, read),
    ['applied-model-card.xml', utf8(appliedModelCard({ ...source, runs: read }))],
    ['configs/metadata.json', utf8(bundleMetadata({ ...source, runs: read }))],
  ]);
  const digests = (all: Iterable<readonly [string, Uint8Array]>) =>
    Object.fromEntries([...all].map(([name, bytes]) => [name, sha256Hex(bytes)]));
  const unsealed = {
    format: 'unica-dossier-manifest/1' as const,
    rendering: RENDERING,
    model,
    runs: digests(records),
    files: digests(files),
  };
  const manifest = { ...unsealed, seal: manifestSeal(unsealed) };
  await putInPlace(place, [
    ...files,
    ...records.map(([name, bytes]) => [`runs/${name}.json`, bytes] as const),
    [MANIFEST_FILE, utf8(`${JSON.stringify(manifest, null, 2)}\n`)],
  ]);
  return manifest;
}

/** SHA-256 of the file of weights of a model folder, by which runs name the model. @throws UnicaError `models.folder-missing`, `models.folder-damaged` */
export async function weightsDigest(folder: string): Promise<string> {
  await readModelFolder(folder);
  return (await digestsOfModel(folder))['weights.safetensors'] ?? '';
}

/** Digests of the files of a model folder, as `model.json` names them. */
async function digestsOfModel(folder: string): Promise<Record<string, string>> {
  const description = await readFile(join(folder, 'model.json'));
  const { files } = z
    .object({ files: z.record(z.string(), digestSchema) })
    .parse(JSON.parse(description.toString('utf8')));
  return { 'model.json': sha256Hex(description), ...files };
}

async function putInPlace(folder: string, files: readonly (readonly [string, Uint8Array])[]): Promise<void> {
  const place = join(folder, DOSSIER);
  const stage = await mkdtemp(join(folder, '.dossier.new-'));
  try {
    const fresh = join(stage, 'fresh');
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(fresh, name)), { recursive: true });
      await writeFile(join(fresh, name), bytes);
    }
    const old = join(stage, 'old');
    await rename(place, old).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(fresh, place);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
