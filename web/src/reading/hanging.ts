import type { HungImage, OpenedStudy } from '#wire';
import type { Anchor } from './film-place.ts';

/** One cell of a hanging. */
export interface HungCell {
  readonly cellId: string;
  /** Null: the study has no such view. */
  readonly image: HungImage | null;
  /** Which view hangs here, such as `R CC`. */
  readonly label: string;
  readonly date: string;
  readonly isPrior: boolean;
  readonly anchor: Anchor;
  /** A chest, which hangs as if the person faced the reader: the right side on the left. */
  readonly isChest: boolean;
}

/** Cells row by row. */
export interface Hanging {
  readonly columns: number;
  readonly cells: readonly HungCell[];
}

/** What is hung. */
export const LAYOUTS = ['all', 'priors', 'first', 'second', 'single'] as const;

/** One of {@link LAYOUTS}; `first` is CC or frontal, `second` MLO or lateral. */
export type Layout = (typeof LAYOUTS)[number];

type Study = Pick<OpenedStudy, 'date' | 'images'>;

/** How a study is hung. `alone` names the image that `single` shows. */
export function hangingOf(study: OpenedStudy, layout: Layout, alone: string | undefined): Hanging {
  if (layout === 'single') {
    const image = allImages(study).find(({ sopInstanceUid }) => sopInstanceUid === alone) ?? study.images[0] ?? null;
    return { columns: 1, cells: [singleCell(study, image)] };
  }
  return study.task === 'mammography' ? hungMammograms(study, layout) : hungChest(study, layout);
}

/** Layouts that have something to show. */
export function layoutsOf(study: OpenedStudy): readonly Layout[] {
  const hasLateral = study.images.some(({ view }) => isLateral(view));
  return LAYOUTS.filter((layout) => {
    if (layout === 'priors') return study.priors.length > 0;
    if (study.task === 'chest') return layout === 'second' ? hasLateral : layout !== 'first' || hasLateral;
    return true;
  });
}

/** Images of the study and of those before it. */
export function allImages(study: OpenedStudy): readonly HungImage[] {
  return [...study.images, ...study.priors.flatMap(({ images }) => images)];
}

/** Right on the left, chest walls to the middle, priors outside of their films. */
function hungMammograms(study: OpenedStudy, layout: Layout): Hanging {
  const views = layout === 'first' ? ['CC'] : layout === 'second' ? ['MLO'] : ['CC', 'MLO'];
  const [prior] = study.priors;
  const withPrior = layout === 'priors' && prior !== undefined;
  const cells = views.flatMap((view) => {
    const right = mammogramCell(study, { side: 'R', view, isPrior: false });
    const left = mammogramCell(study, { side: 'L', view, isPrior: false });
    if (!withPrior) return [right, left];
    return [
      mammogramCell(prior, { side: 'R', view, isPrior: true }),
      right,
      left,
      mammogramCell(prior, { side: 'L', view, isPrior: true }),
    ];
  });
  return { columns: withPrior ? 4 : 2, cells };
}

function mammogramCell(
  { date, images }: Study,
  { side, view, isPrior }: { readonly side: 'L' | 'R'; readonly view: string; readonly isPrior: boolean },
): HungCell {
  const fitting = images.filter((one) => one.laterality === side && one.view.toUpperCase() === view);
  // A film before a stack of slices, of which only the first is shown.
  const image = fitting.find(({ frames }) => frames === 1) ?? fitting[0] ?? null;
  return {
    cellId: `${isPrior ? 'prior' : 'now'}-${side}-${view}`,
    image,
    label: `${side} ${view}`,
    date,
    isPrior,
    anchor: side === 'R' ? 'right' : 'left',
    isChest: false,
  };
}

function hungChest(study: OpenedStudy, layout: Layout): Hanging {
  const [prior] = study.priors;
  const frontal = (of: Study, isPrior: boolean): HungCell => {
    const image = of.images.find(({ view }) => !isLateral(view)) ?? of.images[0] ?? null;
    return chestCell(of, image, isPrior ? 'prior-frontal' : 'now-frontal', isPrior);
  };
  const lateral = study.images.find(({ view }) => isLateral(view));
  const cells =
    layout === 'second'
      ? [chestCell(study, lateral ?? null, 'now-lateral', false)]
      : layout === 'first'
        ? [frontal(study, false)]
        : layout === 'priors' && prior !== undefined
          ? [frontal(study, false), frontal(prior, true)]
          : [
              frontal(study, false),
              ...(lateral === undefined ? [] : [chestCell(study, lateral, 'now-lateral', false)]),
            ];
  return { columns: cells.length, cells };
}

function chestCell({ date }: Study, image: HungImage | null, cellId: string, isPrior: boolean): HungCell {
  return { cellId, image, label: image?.view ?? '', date, isPrior, anchor: 'centre', isChest: true };
}

function singleCell(study: OpenedStudy, image: HungImage | null): HungCell {
  const isPrior = image !== null && image.studyInstanceUid !== study.studyInstanceUid;
  const date = isPrior
    ? study.priors.find(({ studyInstanceUid }) => studyInstanceUid === image.studyInstanceUid)?.date
    : study.date;
  return {
    cellId: 'single',
    image,
    label: [image?.laterality, image?.view].filter(Boolean).join(' '),
    date: date ?? '',
    isPrior,
    anchor: 'centre',
    isChest: study.task === 'chest',
  };
}

function isLateral(view: string): boolean {
  return /^(LL|RL|LAT|LATERAL)$/i.test(view);
}

/**
 * Whether left and right are changed: on a mammogram so that the chest wall is where the film leans, on a film of the chest so that
 * the right side is on the left. The rows of a mammogram run to the front (A) or to the back (P); where the file does not say, the
 * brighter side is the chest wall. Those of a frontal film run to the left (L), seldom to the right (R).
 */
export function isFlipped(
  { anchor, isChest }: Pick<HungCell, 'anchor' | 'isChest'>,
  rowsRunTo: string,
  denseSide: 'left' | 'right' | undefined,
): boolean {
  if (isChest) return rowsRunTo.startsWith('R');
  if (anchor === 'centre') return false;
  const wall = rowsRunTo.startsWith('A') ? 'left' : rowsRunTo.startsWith('P') ? 'right' : denseSide;
  return wall !== undefined && wall !== anchor;
}
