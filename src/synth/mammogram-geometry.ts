import type { BreastPoint, BreastShape, MammogramView } from './breast-shape.ts';

/** Millimetres that a mammogram shows: the small paddle of 18 × 24 cm without its rim. Columns run away from the chest wall. */
export const FIELD_MM = { columns: 172.8, rows: 230.4 } as const;

/** Rows and columns of a picture; its pixels are square when columns : rows is 3 : 4. */
export interface PictureSize {
  readonly rows: number;
  readonly columns: number;
}

/** What models are trained on: pixels of 1.8 mm. */
export const TRAINING_SIZE: PictureSize = { rows: 128, columns: 96 };

/** As a detector gives it: pixels of 0.1 mm. */
export const FULL_SIZE: PictureSize = { rows: 2304, columns: 1728 };

/** How a breast lay this time: never twice the same. */
export interface Positioning {
  /** Further up in the picture, millimetres. */
  readonly upMm: number;
  /** Further drawn out from the chest wall. */
  readonly outMm: number;
  readonly thicknessMm: number;
}

/** Where the parts of a breast come to lie in a view. Millimetres from the chest wall (x) and from the upper edge (v). */
export interface MammogramGeometry {
  readonly view: MammogramView;
  readonly lengthMm: number;
  readonly middleMm: number;
  readonly thicknessMm: number;
  /** How this view differs from the middle of all positionings: further up, and drawn out by a factor. */
  readonly upMm: number;
  readonly drawnOut: number;
  /** Half the extent above and below the middle. */
  readonly aboveMm: number;
  readonly belowMm: number;
  /** How far the skin lies from the chest wall at a height; 0 outside the breast. */
  readonly skinMm: (v: number) => number;
  /** How far the pectoral muscle reaches at a height. */
  readonly muscleMm: (v: number) => number;
  readonly placeOf: (point: BreastPoint) => { readonly x: number; readonly v: number };
}

const SQRT_HALF = Math.SQRT1_2;
/** The nipple stands out a little. */
const NIPPLE = { heightMm: 5, spreadMm: 4 } as const;

/** The geometry of one view of a breast. */
export function mammogramGeometry(shape: BreastShape, view: MammogramView, lying: Positioning): MammogramGeometry {
  const { outline, pectoral, halfWidthMm } = shape;
  const lengthMm = shape.lengthMm + lying.outMm;
  const middleMm = (view === 'CC' ? 115.2 : 126) - lying.upMm;
  // In MLO the paddle also holds what leads to the armpit.
  const aboveMm = halfWidthMm * (view === 'CC' ? 1 : 1.75);
  const belowMm = halfWidthMm * (view === 'CC' ? 1 : 1.05);
  const skinMm = (v: number): number => {
    const off = v - middleMm;
    const share = Math.abs(off) / (off < 0 ? aboveMm : belowMm);
    if (share >= 1) return 0;
    const nipple = NIPPLE.heightMm * Math.exp(-((off / NIPPLE.spreadMm) ** 2));
    return lengthMm * (1 - share ** outline.across) ** (1 / outline.along) + nipple;
  };
  return {
    ...{ view, lengthMm, middleMm, aboveMm, belowMm, skinMm },
    thicknessMm: lying.thicknessMm,
    upMm: lying.upMm,
    drawnOut: lengthMm / shape.lengthMm,
    muscleMm: (v) => {
      const share = 1 - (v + lying.upMm) / pectoral.heightMm;
      return view === 'CC' || share <= 0 ? 0 : pectoral.widthMm * share ** 0.9 + lying.outMm;
    },
    placeOf: ({ depth, outer, upper }) => {
      // The quanta of an MLO view pass from the upper inner to the lower outer side: both upper and outer lie above.
      const across = view === 'CC' ? outer : (outer + upper) * SQRT_HALF;
      const extent = across > 0 && view === 'MLO' ? 1.25 * halfWidthMm : halfWidthMm;
      return { x: depth * lengthMm, v: middleMm - across * extent };
    },
  };
}
