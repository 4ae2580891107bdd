import { parseDicom } from '#dicom';
import { readModelFolder } from '#models';
import { BREAST_VIEWS, breastModelOf, chestModelOf, openBreastReader, openChestReader } from '#pilots';
import { screeningRecord, screeningRecords, syntheticSite } from '#synth';
import { besidePromise, type Measurement, median } from './measurement.ts';
import { filmsOfExam } from './screening-dicom.ts';

/** Films scored for one figure, and those before that warm up. */
const FILMS = 9;
const WARM_UP = 2;
/** Sides of films: as a small archive keeps them, and as a detector makes them. */
const SIDES_PX = [256, 1024, 2048] as const;
/** Processor time that the design promises for a film with its map. */
const PROMISED_MS = 150;

/**
 * Processor time of a chest film through the model that ships: bytes to score, map and marks, its header and picture looked at,
 * the model loaded before. Processor time, not the clock's, so that a shared machine gives the same figure.
 */
export async function* benchPilots(models: {
  /** A folder of a chest-nodule model. */
  readonly chestModel: string;
  /** A folder of a breast-risk model. */
  readonly breastModel: string;
}): AsyncGenerator<Measurement> {
  yield* benchChest(models.chestModel);
  yield* benchExams(models.breastModel);
}

async function* benchChest(chestModel: string): AsyncGenerator<Measurement> {
  const reader = await openChestReader(chestModelOf(await readModelFolder(chestModel)));
  try {
    for (const sizePx of SIDES_PX) {
      const [film] = syntheticSite({
        siteId: 'bench',
        country: 'SE',
        seed: 'bench',
        persons: 1,
        opacityShare: 0,
        sizePx,
      });
      if (film === undefined) continue;
      const times: number[] = [];
      for (let turn = 0; turn < WARM_UP + FILMS; turn += 1) {
        const before = process.cpuUsage();
        await reader.read(parseDicom(film.bytes));
        const { user, system } = process.cpuUsage(before);
        if (turn >= WARM_UP) times.push((user + system) / 1000);
      }
      yield besidePromise(
        `chest film of ${sizePx} × ${sizePx} scored with map`,
        median(times),
        'ms of processor time',
        PROMISED_MS,
      );
    }
  } finally {
    await reader.close();
  }
}

/** Exams scored for one figure. */
const EXAMS = 7;
const PROMISED_EXAM_MS = 600;
const PROMISED_A_SECOND = 5;

/**
 * Processor time of an exam of four views at full size (2304 × 1728) through the model that ships: bytes to risks, headers and
 * pictures looked at, the model loaded before. The queue's rate is that of two cores which do nothing else.
 */
async function* benchExams(folder: string): AsyncGenerator<Measurement> {
  // The promise is of four views, and exams of the stream may lack one.
  const whole = [...screeningRecords('bench', 0, 50)].find(({ views }) => views.length === BREAST_VIEWS.length);
  const films = filmsOfExam(whole ?? screeningRecord('bench', 0));
  const reader = await openBreastReader(breastModelOf(await readModelFolder(folder)));
  try {
    const times: number[] = [];
    for (let turn = 0; turn < WARM_UP + EXAMS; turn += 1) {
      const before = process.cpuUsage();
      await reader.read(films.map((bytes) => parseDicom(bytes)));
      const { user, system } = process.cpuUsage(before);
      if (turn >= WARM_UP) times.push((user + system) / 1000);
    }
    const middle = median(times);
    const views = `exam of ${films.length} views of 2304 × 1728`;
    yield besidePromise(`${views} scored`, middle, 'ms of processor time', PROMISED_EXAM_MS);
    const rate = 2000 / middle;
    yield {
      name: `${views}, on two cores by that processor time`,
      value: Math.round(100 * rate) / 100,
      unit: 'exams/s',
      reference: 'promised at least',
      reference_value: PROMISED_A_SECOND,
      ratio: Math.round((100 * rate) / PROMISED_A_SECOND) / 100,
    };
  } finally {
    await reader.close();
  }
}
