import { UnicaError } from '#base';
import type { DataSet, DicomFile, PixelCodecs } from '#dicom';
import { exactShapley, headSpec, openPredictor } from '#engine';
import { conformalSet, logitOf } from '#evaluation';
import {
  type GateReason,
  headerReasons,
  isUnlike,
  MAMMOGRAMS,
  pictureDistance,
  readFilm,
  type SeenFilm,
  type SeenPicture,
  seenFilm,
} from '#films';
import type { BreastModel } from './breast-model.ts';
import {
  BREAST_COVARIATES,
  BREAST_PREPROCESSING,
  BREAST_VIEWS,
  type BreastExam,
  type BreastView,
  breastInputs,
  breastViewOf,
  DENSITY_GRADES,
  RISK_YEARS,
} from './breast-risk.ts';
import { recalibrated } from './recalibration.ts';

/** One film of an exam, and what was made of it. */
export interface BreastFilm {
  /** Place among the files given. */
  readonly file: number;
  /** Where it stands in the exam; null where it stands nowhere. */
  readonly view: BreastView | null;
  /** Whether the exam was scored with it. */
  readonly isRead: boolean;
  readonly reasons: readonly GateReason[];
}

/** What was made of an exam: risk with what speaks against it, or why there is none. Never a number alone. */
export type BreastReading =
  | { readonly kind: 'refused'; readonly films: readonly BreastFilm[] }
  | {
      readonly kind: 'scored';
      readonly films: readonly BreastFilm[];
      /** Chance of a cancer within 1 … 5 years, after calibration. */
      readonly risk: readonly number[];
      /** Within which the members of the ensemble lie, as mean ± 1.96 deviations of their logits: how sure the model is of itself. */
      readonly interval: readonly { readonly low: number; readonly high: number }[];
      readonly density: {
        readonly grade: (typeof DENSITY_GRADES)[number];
        readonly shares: readonly number[];
        /** Classes that hold the truth in so many of such exams as the model's calibration says. */
        readonly set: readonly (typeof DENSITY_GRADES)[number][];
      };
      /** Chance of a finding on each view that was read, by its pictures alone. */
      readonly findings: Partial<Readonly<Record<BreastView, number>>>;
      /** Facts of the woman that the model was told, by name; numbers that no woman has are not among them. */
      readonly known: readonly string[];
      /** What the encoder makes of the films just before the heads answer, on average over the views that were read. */
      readonly embedding: Float32Array;
    };

/** How much each part of what was given moved a risk, and where the model looked. */
export interface BreastExplanation {
  /**
   * What each view that was read adds to the logit of the risk within five years, on average over the orders in which they could
   * come: exact Shapley values (Shapley 1953) over all subsets of the views, the facts given. They add up to the logit of the risk
   * less `withoutViews`.
   */
  readonly views: readonly { readonly view: BreastView; readonly logit: number }[];
  readonly withoutViews: number;
  /** As `views`, of each fact that was known, the views given. */
  readonly facts: readonly { readonly name: string; readonly logit: number }[];
  readonly withoutFacts: number;
  /** Each view as the network saw it, and its chance of a finding by place, 0 to 1. */
  readonly maps: readonly { readonly view: BreastView; readonly seen: SeenPicture; readonly map: FindingMap }[];
}

/** [row, column], row 0 at the top; spans the picture that the network saw. */
export interface FindingMap {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Reads exams one after the other. */
export interface BreastReader {
  /**
   * @param files the films of one study
   * @param facts what is known of the woman beside her age, which the files tell
   * @throws UnicaError for a fault of the machine; what is wrong with a film is in the reading
   */
  read(files: readonly DicomFile[], options?: BreastReadOptions): Promise<BreastReading>;
  /** As {@link read}, with what the risk comes of; undefined where the exam is refused. */
  explain(
    files: readonly DicomFile[],
    options?: BreastReadOptions,
  ): Promise<{ readonly reading: BreastReading; readonly explanation: BreastExplanation | undefined }>;
  /** Frees the model's memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/** How an exam is read. */
export interface BreastReadOptions {
  readonly facts?: BreastExam['covariates'] | undefined;
  readonly codecs?: PixelCodecs | undefined;
  /** Whose calibration is used; the common one where absent or not known. */
  readonly siteId?: string | undefined;
}

const TAG = {
  studyDate: 0x00080020,
  birthDate: 0x00100030,
  age: 0x00101010,
  view: 0x00185101,
  side: 0x00200060,
  imageSide: 0x00200062,
};

/** Loads a breast-risk model for many exams. @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch` */
export async function openBreastReader(
  model: BreastModel,
  settings: { readonly threads?: number } = {},
): Promise<BreastReader> {
  const encoder = await openPredictor(model.spec, model.parameters, settings);
  const heads = await Promise.all(model.heads.map((head) => openPredictor(headSpec(model.spec), head, settings)));
  const seenOf = async (files: readonly DicomFile[], { facts = {}, codecs = {} }: BreastReadOptions) => {
    const taken = new Map<BreastView, SeenFilm>();
    const films = files.map((file, place): BreastFilm => {
      const looked = lookAt(file, codecs, model);
      const view = looked.view;
      if (looked.kind === 'refused' || view === null)
        return { file: place, view, isRead: false, reasons: looked.reasons };
      if (taken.has(view)) {
        const because = `there is another ${view} in the exam, which was read`;
        return {
          file: place,
          view,
          isRead: false,
          reasons: [...looked.reasons, { effect: 'gated', code: 'view', because }],
        };
      }
      taken.set(view, looked.seen);
      return { file: place, view, isRead: true, reasons: looked.reasons };
    });
    if (taken.size === 0) return { films, taken, exam: undefined };
    const [first] = files;
    const ageYears = first === undefined ? null : ageOf(first.dataset);
    const pictures = Object.fromEntries([...taken].map(([view, { values }]) => [view, values]));
    const inputs = breastInputs({ pictures, covariates: { ageYears, ...facts } });
    const seen = await encoder.predictAll(inputs, 1);
    const { pictures: _, ...rest } = inputs;
    const fed = { ...rest, features: seen['features'] ?? new Float32Array() };
    return { films, taken, exam: { fed, findingMap: seen['findingMap'] } };
  };
  type Seen = Awaited<ReturnType<typeof seenOf>>;
  const readingOf = async ({ films, taken, exam }: Seen, siteId: string | undefined): Promise<BreastReading> => {
    if (exam === undefined) return { kind: 'refused', films };
    const members = await Promise.all(heads.map((head) => head.predictAll(exam.fed, 1)));
    const risks = members.map(({ risk = new Float32Array() }) => recalibrated(risk, model.calibration, siteId));
    const raw = mean(members.map(({ risk = new Float32Array() }) => risk));
    const shares = mean(members.map(({ class: classes = new Float32Array() }) => classes));
    const { thresholds } = model.calibration.density;
    const own = siteId !== undefined && Object.hasOwn(thresholds, siteId) ? siteId : 'all';
    const finding = mean(members.map(({ finding: found = new Float32Array() }) => found));
    const risk = recalibrated(raw, model.calibration, siteId);
    return {
      kind: 'scored',
      films,
      risk,
      interval: risk.map((_value, year) => spreadOf(risks.map((one) => one[year] ?? 0))),
      density: {
        grade: DENSITY_GRADES[shares.indexOf(Math.max(...shares))] ?? 'a',
        shares,
        set: conformalSet(shares, thresholds[own] ?? 1).map((at) => DENSITY_GRADES[at] ?? 'd'),
      },
      findings: Object.fromEntries([...taken.keys()].map((view) => [view, finding[BREAST_VIEWS.indexOf(view)] ?? 0])),
      known: knownOf(exam.fed).map(({ name }) => name),
      embedding: meanOfViews(exam.fed.features, [...taken.keys()]),
    };
  };
  /** Logits of the risk within all years, of the exam with some of its masks taken away: one for each subset. */
  const logitsOf = async (
    fed: Inputs,
    mask: 'pictureMask' | 'covariateMask',
    places: readonly number[],
    siteId = '',
  ) => {
    const count = 2 ** places.length;
    const all = Object.fromEntries(
      Object.entries(fed).map(([name, values]) => {
        const many = new Float32Array(count * values.length);
        for (let subset = 0; subset < count; subset += 1) many.set(values, subset * values.length);
        return [name, many];
      }),
    );
    const length = fed[mask]?.length ?? 0;
    for (let subset = 0; subset < count; subset += 1)
      for (const [bit, place] of places.entries())
        if ((subset & (1 << bit)) === 0) all[mask]?.fill(0, subset * length + place, subset * length + place + 1);
    const members = await Promise.all(heads.map((head) => head.predictAll(all, count)));
    return Array.from({ length: count }, (_, subset) => {
      const raw = mean(
        members.map(({ risk = new Float32Array() }) => risk.subarray(subset * RISK_YEARS, (subset + 1) * RISK_YEARS)),
      );
      return logitOf(recalibrated(raw, model.calibration, siteId).at(-1) ?? 0);
    });
  };
  const sharesOf = async (logits: readonly number[], players: number) =>
    players === 0 ? new Float64Array() : await exactShapley(players, (subset) => logits[subset] ?? 0);
  return {
    async read(files, options = {}) {
      return await readingOf(await seenOf(files, options), options.siteId);
    },
    async explain(files, options = {}) {
      const seen = await seenOf(files, options);
      const reading = await readingOf(seen, options.siteId);
      if (seen.exam === undefined) return { reading, explanation: undefined };
      const { taken, exam } = seen;
      const views = BREAST_VIEWS.flatMap((view, place) => (taken.has(view) ? [{ view, place }] : []));
      const facts = knownOf(exam.fed);
      const placesOf = (all: readonly { readonly place: number }[]) => all.map(({ place }) => place);
      const byView = await logitsOf(exam.fed, 'pictureMask', placesOf(views), options.siteId);
      const byFact = await logitsOf(exam.fed, 'covariateMask', placesOf(facts), options.siteId);
      const viewShares = await sharesOf(byView, views.length);
      const factShares = await sharesOf(byFact, facts.length);
      const points = (exam.findingMap?.length ?? 0) / BREAST_VIEWS.length;
      const side = Math.sqrt((model.spec.rows * model.spec.columns) / Math.max(1, points));
      return {
        reading,
        explanation: {
          views: views.map(({ view }, at) => ({ view, logit: viewShares[at] ?? 0 })),
          withoutViews: byView[0] ?? 0,
          facts: facts.map(({ name }, at) => ({ name, logit: factShares[at] ?? 0 })),
          withoutFacts: byFact[0] ?? 0,
          maps: [...taken].map(([view, { values, rows, columns }]) => {
            const at = BREAST_VIEWS.indexOf(view) * points;
            const logits = exam.findingMap?.subarray(at, at + points) ?? new Float32Array();
            return {
              view,
              seen: { values, rows, columns },
              map: {
                rows: Math.round(rows / side),
                columns: Math.round(columns / side),
                values: logits.map((logit) => 1 / (1 + Math.exp(-logit))),
              },
            };
          }),
        },
      };
    },
    async close() {
      await encoder.close();
      for (const head of heads) await head.close();
    },
  };
}

/** Features [view, feature] of the views that were read, on average. */
function meanOfViews(features: Float32Array, views: readonly BreastView[]): Float32Array {
  const length = features.length / BREAST_VIEWS.length;
  return Float32Array.from({ length }, (_, at) => {
    const sum = views.reduce((total, view) => total + (features[BREAST_VIEWS.indexOf(view) * length + at] ?? 0), 0);
    return sum / views.length;
  });
}

type Inputs = Readonly<Record<string, Float32Array>>;

/** Facts that are told, with their places among all. */
function knownOf({ covariateMask }: Inputs): readonly { readonly name: string; readonly place: number }[] {
  return BREAST_COVARIATES.flatMap(({ name }, place) => (covariateMask?.[place] === 1 ? [{ name, place }] : []));
}

type Looked =
  | { readonly kind: 'refused'; readonly view: BreastView | null; readonly reasons: readonly GateReason[] }
  | {
      readonly kind: 'seen';
      readonly view: BreastView | null;
      readonly reasons: readonly GateReason[];
      readonly seen: SeenFilm;
    };

function lookAt(file: DicomFile, codecs: PixelCodecs, { gate }: BreastModel): Looked {
  const header = headerReasons(file.dataset, MAMMOGRAMS);
  const view = viewOf(file.dataset);
  const unknown: readonly GateReason[] =
    view === null
      ? [{ effect: 'refused', code: 'view', because: 'its view is neither CC nor MLO, or it does not say so' }]
      : [];
  const reasons = [...header, ...unknown];
  if (reasons.some(({ effect }) => effect === 'refused')) return { kind: 'refused', view, reasons };
  let seen: SeenFilm;
  try {
    seen = seenFilm(readFilm(file, 0, codecs), BREAST_PREPROCESSING);
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    return {
      kind: 'refused',
      view,
      reasons: [...reasons, { effect: 'refused', code: 'pixels', because: error.message }],
    };
  }
  if (isOtherSide(seen))
    reasons.push({
      effect: 'gated',
      code: 'laterality',
      because: 'its pixels show the chest wall where its header says the nipple is',
    });
  if (isUnlike(gate, pictureDistance(gate, seen)))
    reasons.push({ effect: 'gated', code: 'unlike', because: 'it looks unlike the films that the model learned from' });
  return { kind: 'seen', view, reasons, seen };
}

function viewOf(dataset: DataSet): BreastView | null {
  const side = (dataset.text(TAG.imageSide) || dataset.text(TAG.side) || '').trim().toUpperCase();
  const view = dataset.text(TAG.view);
  return breastViewOf({ laterality: side === 'L' || side === 'R' ? side : undefined, view });
}

/** How much brighter the half away from the chest wall has to be for a header to be doubted. */
const CLEARLY_BRIGHTER = 1.5;

/** The breast lies at the chest wall, which is at the left once it was turned as its header says. */
function isOtherSide({ values, rows, columns }: SeenFilm): boolean {
  const { mean: middle, stdDev } = BREAST_PREPROCESSING.standardise;
  let [left, right] = [0, 0];
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      const grey = (values[row * columns + column] ?? 0) * stdDev + middle;
      if (column < columns / 2) left += grey;
      else right += grey;
    }
  return right > CLEARLY_BRIGHTER * left;
}

/** Years, from PatientAge or the two dates; null where neither is told. */
function ageOf(dataset: DataSet): number | null {
  const told = /^(\d{3})Y$/.exec((dataset.text(TAG.age) ?? '').trim());
  if (told !== null) return Number(told[1]);
  const [born, seen] = [dayOf(dataset.text(TAG.birthDate)), dayOf(dataset.text(TAG.studyDate))];
  const years = (seen - born) / (365.25 * 86_400_000);
  return years > 0 && years < 120 ? years : null;
}

function dayOf(date: string | undefined): number {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec((date ?? '').trim());
  return parts === null ? Number.NaN : Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
}

function mean(members: readonly ArrayLike<number>[]): readonly number[] {
  return Array.from(
    { length: members[0]?.length ?? 0 },
    (_, at) => members.reduce((sum, one) => sum + (one[at] ?? 0), 0) / members.length,
  );
}

function spreadOf(risks: readonly number[]): { readonly low: number; readonly high: number } {
  const logits = risks.map(logitOf);
  const middle = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  const variance = logits.reduce((sum, logit) => sum + (logit - middle) ** 2, 0) / Math.max(1, logits.length - 1);
  const half = 1.96 * Math.sqrt(variance);
  const risk = (logit: number) => 1 / (1 + Math.exp(-logit));
  return { low: risk(middle - half), high: risk(middle + half) };
}
