import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromUtf8 } from '#base';
import { deidentify, pseudonymOf, pseudonymousUid, type SiteSecret } from '#deid';
import type { LabelledImages } from '#engine';
import { readFilm } from '#films';
import { readClinicalCsv } from '#intake';
import { isValidation } from '#learning';
import { type ImagingTask, labelOf, preprocessFilm } from '#pilots';
import type { PreparedArchive, PreparedArchives } from './archives.ts';

/** The films of the comparison: each node's, and those kept apart. */
export interface BenchmarkFilms {
  readonly nodes: readonly { readonly siteId: string; readonly films: LabelledImages }[];
  readonly heldOut: LabelledImages;
}

/**
 * Takes the archives the same way the nodes do, de-identification and preprocessing included, with pseudonyms of its own
 * that are thrown away; people in `leftOut` (as their hospital numbers them) take no part. Like a node, it keeps a share
 * of each archive's people for validation, so that no model learns from more films than another.
 */
export async function benchmarkFilms(options: {
  readonly archives: PreparedArchives;
  readonly siteIds: readonly string[];
  readonly task: ImagingTask;
  readonly leftOut: ReadonlySet<string>;
  readonly onProgress: (text: string) => void;
}): Promise<BenchmarkFilms> {
  const { archives, siteIds, task, leftOut } = options;
  const nodes: { readonly siteId: string; readonly films: LabelledImages }[] = [];
  for (const [index, archive] of archives.nodes.entries()) {
    options.onProgress(`reading the films of ${siteIds[index] ?? ''}`);
    const learnsFrom = (person: string): boolean => !isValidation(person);
    nodes.push({ siteId: siteIds[index] ?? '', films: await filmsOf(archive, task, { leftOut, takes: learnsFrom }) });
  }
  options.onProgress('reading the films kept apart');
  return { nodes, heldOut: await filmsOf(archives.heldOut, task, { leftOut: new Set(), takes: () => true }) };
}

async function filmsOf(
  archive: PreparedArchive,
  task: ImagingTask,
  people: { readonly leftOut: ReadonlySet<string>; readonly takes: (person: string) => boolean },
): Promise<LabelledImages> {
  // Pseudonyms of this comparison alone: nothing outside it can be joined to them.
  const site: SiteSecret = { siteId: 'village', secret: new Uint8Array(randomBytes(32)) };
  const absent = new Set([...people.leftOut].map((patientId) => pseudonymOf(site, patientId)));
  const table = readClinicalCsv(fromUtf8(new Uint8Array(await readFile(archive.clinicalPath))));
  const findingsOf = new Map(
    table.map(({ studyInstanceUid, findings }) => [pseudonymousUid(site, studyInstanceUid ?? ''), findings]),
  );
  const pixels: Float32Array[] = [];
  const labels: number[] = [];
  for (const name of (await readdir(archive.path)).sort()) {
    const outcome = deidentify(new Uint8Array(await readFile(join(archive.path, name))), site);
    if (outcome.kind !== 'clean') continue;
    const { person } = outcome.image;
    if (absent.has(person) || !people.takes(person)) continue;
    const findings = findingsOf.get(outcome.image.studyInstanceUid);
    if (findings === undefined) continue;
    pixels.push(preprocessFilm(readFilm(outcome.image.file), task));
    labels.push(labelOf(findings, task));
  }
  const images = new Float32Array(pixels.length * task.inputSize * task.inputSize);
  for (const [index, film] of pixels.entries()) images.set(film, index * task.inputSize * task.inputSize);
  return { images, labels: Float32Array.from(labels), count: labels.length };
}
