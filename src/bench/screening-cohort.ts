import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom } from '#base';
import { preprocess } from '#films';
import {
  BREAST_MODEL,
  BREAST_PREPROCESSING,
  BREAST_PREPROCESSING_SHA256,
  BREAST_VIEWS,
  type BreastExam,
  type BreastTruth,
  breastFacts,
  breastInputs,
  breastTargets,
} from '#pilots';
import { type ScreeningRecord, type ScreeningView, screeningRecords, TRAINING_SIZE, withPictures } from '#synth';
import { type FilmsWithFindings, marksOf, withInsertedFindings } from './inserted-findings.ts';

const PIXELS = BREAST_MODEL.rows * BREAST_MODEL.columns;
const EXAM_BYTES = BREAST_VIEWS.length * PIXELS;

/** What each byte stands for after standardisation. */
const STANDARD = Float32Array.from({ length: 256 }, (_, grey) => {
  const { mean, stdDev } = BREAST_PREPROCESSING.standardise;
  return (grey / 255 - mean) / stdDev;
});

/** Examinations of the synthetic screening cohort, with what the network sees of them kept in a file as bytes. */
export interface ScreeningCohort {
  readonly records: readonly ScreeningRecord[];
  /**
   * The model's inputs and targets of these examinations, one after the other. With `findings`, a seed, they are what an encoder is
   * taught with: findings are put into films, and what became of the women is not told.
   */
  examples(
    places: readonly number[],
    options?: { readonly findings?: string },
  ): Promise<{
    readonly count: number;
    readonly inputs: Record<string, Float32Array>;
    readonly targets: Record<string, Float32Array>;
  }>;
  /** Inputs and targets of all examinations but for pictures and for what was marked in them, for what follows the encoder. */
  facts(): { readonly inputs: Record<string, Float32Array>; readonly targets: Record<string, Float32Array> };
  /** Who opened it calls this. */
  close(): Promise<void>;
}

/**
 * Opens the first `exams` of a stream. Pictures are made once and kept below `folder`, one file for a seed, a number and a way of
 * preprocessing; a file that is there is checked against the first and the last examination.
 */
export async function openScreeningCohort(options: {
  readonly seed: string;
  readonly exams: number;
  readonly folder: string;
  readonly onProgress?: (made: number) => void;
}): Promise<ScreeningCohort> {
  const { seed, exams, folder } = options;
  const records = [...screeningRecords(seed, 0, exams)];
  await mkdir(folder, { recursive: true });
  const name = `${seed}-${exams}-${BREAST_PREPROCESSING_SHA256.slice(0, 8)}.u8`;
  const path = join(folder, name);
  if (!(await isWhole(path, records))) await writePixels(path, records, options.onProgress);
  const file = await open(path, 'r');
  return {
    records,
    async examples(places, { findings } = {}) {
      const all = [];
      for (const place of places)
        all.push(await exampleOf(file, records[place] as ScreeningRecord, { place, findings }));
      return {
        count: places.length,
        inputs: joined(all.map(({ inputs }) => inputs)),
        targets: joined(all.map(({ targets }) => targets)),
      };
    },
    facts() {
      const all = records.map((record) => {
        const marks = marksOf(record);
        const { place: _place, placeKnown: _known, ...targets } = breastTargets({ ...truthOf(record), marks });
        const pictureMask = Float32Array.from(BREAST_VIEWS, (view) =>
          Number(record.views.some(({ laterality, view: projection }) => view === `${laterality}-${projection}`)),
        );
        return { inputs: { ...breastFacts(factsOf(record)), pictureMask }, targets };
      });
      return { inputs: joined(all.map(({ inputs }) => inputs)), targets: joined(all.map(({ targets }) => targets)) };
    },
    close: () => file.close(),
  };
}

/** What the model's covariates are called in the record. */
function factsOf({ ageYears, covariates }: ScreeningRecord): BreastExam['covariates'] {
  return { ageYears, ...covariates };
}

/** What became of a woman after an examination. */
function truthOf({ outcome, woman, density }: ScreeningRecord): BreastTruth {
  return { years: outcome.years, cancer: outcome.cancer, side: outcome.cancer ? woman.lesion.breast : null, density };
}

/** What the network sees of each view, [row, column] after standardisation. */
export function picturesOf(record: ScreeningRecord): BreastExam['pictures'] {
  return seenOf(withPictures(record, TRAINING_SIZE).pictures);
}

function seenOf(films: readonly ScreeningView[]): BreastExam['pictures'] {
  return Object.fromEntries(
    films.map(({ laterality, view, frame }) => [
      `${laterality}-${view}`,
      preprocess({ frame, header: { laterality, view } }, BREAST_PREPROCESSING),
    ]),
  );
}

async function exampleOf(
  file: FileHandle,
  record: ScreeningRecord,
  { place, findings }: { readonly place: number; readonly findings: string | undefined },
) {
  const bytes = new Uint8Array(EXAM_BYTES);
  await file.read(bytes, 0, EXAM_BYTES, place * EXAM_BYTES);
  const kept = Object.fromEntries(
    record.views.map(({ laterality, view }) => {
      const name = `${laterality}-${view}` as (typeof BREAST_VIEWS)[number];
      const start = BREAST_VIEWS.indexOf(name) * PIXELS;
      const picture = new Float32Array(PIXELS);
      for (let at = 0; at < PIXELS; at += 1) picture[at] = STANDARD[bytes[start + at] as number] as number;
      return [name, picture];
    }),
  );
  const inserted: FilmsWithFindings | null =
    findings === undefined
      ? null
      : withInsertedFindings(record, new SeededRandom(`findings/${findings}/${record.seed}/${record.index}`));
  const pictures = { ...kept, ...seenOf(inserted?.films ?? []) };
  const marks = inserted?.marks ?? marksOf(record);
  const targets = breastTargets({ ...truthOf(record), marks });
  if (findings !== undefined) targets['known']?.fill(0);
  return { inputs: breastInputs({ pictures, covariates: factsOf(record) }), targets };
}

function bytesOf(record: ScreeningRecord): Uint8Array {
  const { mean, stdDev } = BREAST_PREPROCESSING.standardise;
  const bytes = new Uint8Array(EXAM_BYTES);
  for (const [view, picture] of Object.entries(picturesOf(record))) {
    const at = BREAST_VIEWS.indexOf(view as (typeof BREAST_VIEWS)[number]) * PIXELS;
    bytes.set(
      Uint8Array.from(picture ?? [], (value) => Math.round(255 * Math.min(1, Math.max(0, value * stdDev + mean)))),
      at,
    );
  }
  return bytes;
}

async function writePixels(
  path: string,
  records: readonly ScreeningRecord[],
  onProgress: ((made: number) => void) | undefined,
): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, 'w');
  try {
    for (const [index, record] of records.entries()) {
      await file.write(bytesOf(record));
      if ((index + 1) % 500 === 0) onProgress?.(index + 1);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

/** Whether the file is there, as long as it should be, and begins and ends as the stream does now. */
async function isWhole(path: string, records: readonly ScreeningRecord[]): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => -1,
  );
  if (size !== records.length * EXAM_BYTES) return false;
  const file = await open(path, 'r');
  try {
    for (const place of [0, records.length - 1]) {
      const kept = new Uint8Array(EXAM_BYTES);
      await file.read(kept, 0, EXAM_BYTES, place * EXAM_BYTES);
      if (digestOf(kept) !== digestOf(bytesOf(records[place] as ScreeningRecord))) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function joined(parts: readonly Record<string, Float32Array>[]): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(parts[0] ?? {}).map(([name, first]) => {
      const all = new Float32Array(parts.length * first.length);
      for (const [index, part] of parts.entries()) all.set(part[name] ?? first, index * first.length);
      return [name, all];
    }),
  );
}
