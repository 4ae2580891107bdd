import { parentPort, workerData } from 'node:worker_threads';
import { asUnicaError, UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { ALL_OPTIONS, deidentify, explainChanges, type Outcome } from '#deid';
import { type DicomFile, frameCountOf, parseDicom, TAGS } from '#dicom';
import { syntheticSite } from '#synth';
import type { DeidentificationSample, ElementChangeView, ElementDone } from '#wire';
import { drawnPicture } from './drawn-picture.ts';
import type { SampleOrder, SampleReply } from './sample-messages.ts';

/** More elements are counted, not shown. */
const MOST_ELEMENTS = 20_000;
/** Sides of the pictures: letters can be read, and two of them travel in one answer. */
const LONGEST_SIDE = 900;
const SYNTHETIC_SIDE = 512;

const codecs = pixelCodecs();
const port = parentPort;
if (port === null) throw new Error('sample-thread runs as a worker thread');
port.postMessage(replyTo(workerData as SampleOrder));

function replyTo(order: SampleOrder): SampleReply {
  try {
    return { kind: 'done', sample: sampleOf(order) };
  } catch (error) {
    const { code, facts } = asUnicaError(error);
    return { kind: 'failed', code, facts };
  }
}

function sampleOf({ bytes: given, frame, site, siteWords, regionRules }: SampleOrder): DeidentificationSample {
  const bytes = given ?? syntheticFilm();
  const original = parseDicom(bytes);
  const outcome = deidentify(bytes, site, ALL_OPTIONS, { codecs, siteWords, regionRules });
  const seen = outcome.kind === 'clean' ? outcome.masks : (outcome.suspects ?? []);
  return {
    isSynthetic: given === undefined,
    sizeBytes: bytes.length,
    setAside:
      outcome.kind === 'clean' ? null : { code: outcome.because, sentence: outcome.sentence, mend: outcome.mend },
    ...changesOf(original, outcome),
    picture: pictureOf(original, outcome, frame),
    masks: seen.map((mask) => ({ ...mask })),
  };
}

function changesOf(original: DicomFile, outcome: Outcome): Pick<DeidentificationSample, 'elements' | 'counts'> {
  const elements: ElementChangeView[] = [];
  const counts: Partial<Record<ElementDone, number>> = {};
  if (outcome.kind !== 'clean') return { elements, counts };
  for (const change of explainChanges(original.dataset, outcome.image.dataset)) {
    counts[change.done] = (counts[change.done] ?? 0) + 1;
    if (elements.length < MOST_ELEMENTS) elements.push(change);
  }
  return { elements, counts };
}

function pictureOf(original: DicomFile, outcome: Outcome, wanted: number): DeidentificationSample['picture'] {
  const { dataset } = original;
  const [rows, columns] = [dataset.number(TAGS.rows), dataset.number(TAGS.columns)];
  if (rows === undefined || columns === undefined || rows < 1 || columns < 1) return null;
  if (!dataset.has(TAGS.pixelData)) return null;
  const frames = Math.max(1, frameCountOf(original));
  const frame = Math.min(wanted, frames - 1);
  const after = outcome.kind === 'clean' ? png(outcome.image.file, frame) : null;
  return { rows, columns, frames, frame, before: png(original, frame), after };
}

/** Null where it cannot be drawn here. */
function png(file: DicomFile, frame: number): string | null {
  try {
    const wish = { viewport: { columns: LONGEST_SIDE, rows: LONGEST_SIDE }, window: undefined };
    return Buffer.from(drawnPicture(file, frame, wish, codecs)).toString('base64');
  } catch (error) {
    if (error instanceof UnicaError) return null;
    throw error;
  }
}

/** A film of nobody with a number burned into its corner. */
function syntheticFilm(): Uint8Array {
  const spec = { seed: 'sample', siteId: 'sample', country: 'PT', persons: 0, sizePx: SYNTHETIC_SIDE };
  const [film] = syntheticSite({ ...spec, withBurnedIn: true });
  if (film === undefined) throw new Error('no synthetic film was made');
  return film.bytes;
}
