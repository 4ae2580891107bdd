import type { SeededRandom } from '#base';
import { BREAST_MODEL, type BreastTruth, type BreastView } from '#pilots';
import { lesionSite, type ScreeningRecord, type ScreeningView, TRAINING_SIZE, withPictures } from '#synth';

/** Share of the breasts without a lesion that one is put into while the encoder learns. */
const INSERTED_SHARE = 0.4;
/** Diameters put in: from where a lesion begins to be seen, evenly in their logarithm. */
const DIAMETER_MM = { least: 6, most: 16 } as const;

type Marks = NonNullable<BreastTruth['marks']>;

/** Films with findings put into them, and where. */
export interface FilmsWithFindings {
  readonly films: readonly ScreeningView[];
  readonly marks: Marks;
}

/** The findings of an examination as somebody marks them who knows what came of it. */
export function marksOf(record: ScreeningRecord): Marks {
  return record.lesion === null ? {} : marksIn(withPictures(record, TRAINING_SIZE).pictures);
}

/**
 * The films of the breasts into which a lesion is put, drawn by `random`: of a kind, at a place and of a size as lesions have. Nothing of
 * the woman's own future is in it. null where she has a lesion of her own, or nothing is drawn.
 */
export function withInsertedFindings(record: ScreeningRecord, random: SeededRandom): FilmsWithFindings | null {
  if (record.lesion !== null || record.implants) return null;
  const films = (['L', 'R'] as const).flatMap((laterality) => {
    const own = random.fork(laterality);
    if (own.uniform() >= INSERTED_SHARE) return [];
    const { least, most } = DIAMETER_MM;
    const diameterMm = least * (most / least) ** own.uniform();
    const site = { ...lesionSite(own), breast: laterality };
    const views = record.views.filter((view) => view.laterality === laterality);
    const lesion = { laterality, kind: site.kind, diameterMm, site };
    return withPictures({ ...record, views, lesion }, TRAINING_SIZE).pictures;
  });
  return films.length === 0 ? null : { films, marks: marksIn(films) };
}

function marksIn(films: readonly ScreeningView[]): Marks {
  return Object.fromEntries(
    films.flatMap(({ laterality, view, lesion }) => {
      if (lesion === null || !lesion.isInside) return [];
      // What the network sees has the chest wall at its left.
      const column = laterality === 'R' ? BREAST_MODEL.columns - lesion.column : lesion.column;
      const name: BreastView = `${laterality}-${view}`;
      return [[name, { row: lesion.row, column, radiusPx: lesion.radiusPx }]];
    }),
  );
}
