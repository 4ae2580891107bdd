import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { type DicomFile, parseDicom } from '#dicom';
import { type ModelResult, resultObjects } from '#results';
import { correctedResult } from './corrected-result.ts';
import { type FilmsRead, type ModelAtWork, openModelAtWork } from './model-at-work.ts';
import type { EarlierResult, ScoredResult, ScoringForms, ScoringOrder } from './scoring-messages.ts';
import { shownFilm } from './shown-film.ts';

/** A film larger than this is no film. */
const LARGEST_FILM_BYTES = 512 * 2 ** 20;
/** Films of a study that are read. */
const MOST_FILMS = 64;
const TAG = { study: 0x0020000d, patientId: 0x00100020 } as const;

/** Models that stay loaded from one study to the next. Whoever made it closes it. */
export class LoadedModels {
  readonly #loaded = new Map<string, { readonly mark: string; readonly model: ModelAtWork }>();

  /**
   * Scores a study.
   * @throws UnicaError `clinic.model-changed`, `clinic.too-many-films`, `clinic.film-unreadable`, `clinic.mixed-study`; as `openModelAtWork`
   */
  async score(order: ScoringOrder): Promise<readonly ScoredResult[]> {
    const atWork = await this.#model(order);
    const { expects, paths } = order;
    const { version, digest } = atWork.model;
    if (expects !== undefined && (expects.version !== version || expects.digest !== digest))
      throw new UnicaError('clinic.model-changed', { model: order.name });
    if (paths.length > MOST_FILMS)
      throw new UnicaError('clinic.too-many-films', { films: paths.length, most: MOST_FILMS });
    const films: DicomFile[] = [];
    for (const path of paths) films.push(await readFilmFile(path));
    checkOnePerson(films);
    const read = await atWork.read(films, {
      now: new Date(order.nowMs),
      siteId: order.siteId,
      replaces: (uids) => replacedBy(uids, order.earlier ?? [], atWork.task),
    });
    const { correction } = order;
    return read.map(({ result, films: of, embedding }) => {
      const told = correction === undefined ? result : correctedResult(result, correction);
      const scored = scoredResult({ result: notOfItself(told), films: of, embedding }, order.forms);
      return correction === undefined ? scored : { ...scored, correction };
    });
  }

  async close(): Promise<void> {
    for (const { model } of this.#loaded.values()) await model.close();
    this.#loaded.clear();
  }

  /** Loaded once, and again when its folder has changed. */
  async #model({ folder, name }: ScoringOrder): Promise<ModelAtWork> {
    const key = `${name}\n${folder}`;
    const found = await stat(join(folder, 'model.json')).catch(() => undefined);
    const mark = `${found?.ino} ${found?.size} ${found?.mtimeMs}`;
    const known = this.#loaded.get(key);
    if (known?.mark === mark) return known.model;
    this.#loaded.delete(key);
    await known?.model.close();
    const model = await openModelAtWork(folder, name);
    this.#loaded.set(key, { mark, model });
    return model;
  }
}

async function readFilmFile(path: string): Promise<DicomFile> {
  // The name of the file in the spool, which tells nothing of a person.
  const unreadable = (problem: string, cause?: unknown) =>
    new UnicaError('clinic.film-unreadable', { file: basename(path), problem }, { cause });
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable('it is not there', cause);
  });
  if (found.size > LARGEST_FILM_BYTES) throw unreadable(`it is larger than ${LARGEST_FILM_BYTES / 2 ** 20} MiB`);
  try {
    return parseDicom(await readFile(path));
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    throw unreadable('it is no whole DICOM file', error);
  }
}

/** An exam of two people is nobody's. */
function checkOnePerson(films: readonly DicomFile[]): void {
  const whose = films.map(({ dataset }) => `${dataset.text(TAG.study) ?? ''}\n${dataset.text(TAG.patientId) ?? ''}`);
  if (new Set(whose).size > 1) throw new UnicaError('clinic.mixed-study');
}

/** The newest earlier result of these images, or of an exam that they complete. */
function replacedBy(
  uids: readonly string[],
  earlier: readonly EarlierResult[],
  task: ModelAtWork['task'],
): EarlierResult | undefined {
  const now = new Set(uids);
  const isOfThese = ({ images }: EarlierResult) =>
    task === 'breast-risk' ? images.length > 0 : images.length > 0 && images.every((uid) => now.has(uid));
  return earlier.find(isOfThese);
}

/**
 * The same version of the same inputs makes the same objects, also where a name or a description was put right in between: those
 * would name themselves as what they replace.
 */
function notOfItself(result: ModelResult): ModelResult {
  const { replaces, ...model } = result.model;
  if (replaces === undefined || replaces.version !== model.version || replaces.digest !== model.digest) return result;
  const own = new Set(result.images.map(({ sopInstanceUid }) => sopInstanceUid));
  const { images = [...own] } = replaces;
  if (replaces.inputsSha256 !== undefined && replaces.inputsSha256 !== result.inputsSha256) return result;
  return images.length === own.size && images.every((uid) => own.has(uid)) ? { ...result, model } : result;
}

function scoredResult({ result, films, embedding: made }: FilmsRead, forms: ScoringForms | undefined): ScoredResult {
  const inputs = films.map(({ file, inputsSha256 }) => ({
    sopInstanceUid: file.dataset.text(SOP_INSTANCE) ?? '',
    sha256: inputsSha256,
  }));
  // A film that the gates speak against looks like nothing that is known.
  const embedding = result.outcome.kind === 'scored' ? made : undefined;
  if (forms === undefined) return { result, inputs, embedding, objects: [], document: undefined };
  const codecs = pixelCodecs();
  const objects = resultObjects(result, {
    reports: forms.reports,
    segmentations: forms.segmentations,
    film: forms.heatMaps
      ? ({ sopInstanceUid }) => {
          const of = films.find(({ file }) => file.dataset.text(SOP_INSTANCE) === sopInstanceUid);
          return of === undefined ? undefined : shownFilm(of.file, codecs, result);
        }
      : undefined,
    document: forms.document,
  });
  return { result, inputs, embedding, ...objects };
}

const SOP_INSTANCE = 0x00080018;
