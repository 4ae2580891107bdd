import type { ReadWindow } from './film-window.ts';

/** What has to be known of an image before its pixels are read; from the metadata of DICOMweb. */
export interface FilmHead {
  readonly sopInstanceUid: string;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** MONOCHROME1 is drawn with its lowest value white. */
  readonly lowIsWhite: boolean;
  readonly slope: number;
  readonly intercept: number;
  /** Windows that the file names, in the units after rescaling. */
  readonly windows: readonly ReadWindow[];
  /** Millimetres between pixel centres across a row; null where the file has none. */
  readonly spacingMm: { readonly horizontal: number; readonly vertical: number; readonly atDetector: boolean } | null;
  /** Towards which the rows run: `A`, `P`, `L`, `R`… or empty. */
  readonly rowsRunTo: string;
}

type Element = { readonly Value?: readonly unknown[] };
type DataSet = Readonly<Record<string, Element | undefined>>;

/** Reads an answer in the DICOM JSON model. What is not there has the standard's usual meaning. */
export function filmHeads(answer: unknown): ReadonlyMap<string, FilmHead> {
  if (!Array.isArray(answer)) throw new TypeError('no list of data sets');
  const heads = new Map<string, FilmHead>();
  for (const dataset of answer as readonly DataSet[]) {
    const head = filmHead(dataset);
    if (head !== undefined) heads.set(head.sopInstanceUid, head);
  }
  return heads;
}

function filmHead(dataset: DataSet): FilmHead | undefined {
  const [rows, columns] = [number(dataset, '00280010'), number(dataset, '00280011')];
  const sopInstanceUid = text(dataset, '00080018');
  if (rows === undefined || columns === undefined || sopInstanceUid === '') return undefined;
  const bitsAllocated = number(dataset, '00280100') ?? 16;
  return {
    sopInstanceUid,
    rows,
    columns,
    samplesPerPixel: number(dataset, '00280002') ?? 1,
    bitsAllocated,
    bitsStored: Math.min(bitsAllocated, number(dataset, '00280101') ?? bitsAllocated),
    signed: number(dataset, '00280103') === 1,
    lowIsWhite: text(dataset, '00280004') === 'MONOCHROME1',
    slope: number(dataset, '00281053') || 1,
    intercept: number(dataset, '00281052') ?? 0,
    windows: windowsOf(dataset),
    spacingMm: spacingOf(dataset),
    rowsRunTo: text(dataset, '00200020'),
  };
}

function windowsOf(dataset: DataSet): readonly ReadWindow[] {
  const [centres, widths] = [values(dataset, '00281050').map(Number), values(dataset, '00281051').map(Number)];
  const names = values(dataset, '00281055').map(String);
  const shape = text(dataset, '00281056');
  return centres.flatMap((centre, at) => {
    const width = widths[at] ?? Number.NaN;
    if (!Number.isFinite(centre) || !(width >= 1)) return [];
    return [
      {
        name: names[at] ?? '',
        centre,
        width,
        shape: shape === 'SIGMOID' ? ('sigmoid' as const) : ('linear' as const),
      },
    ];
  });
}

/** Pixel Spacing is calibrated to the patient or tells the plane of the detector, as Imager Pixel Spacing does (PS3.3 10.7). */
function spacingOf(dataset: DataSet): FilmHead['spacingMm'] {
  const pairOf = (tag: string) => {
    const [vertical, horizontal] = values(dataset, tag).map(Number);
    return vertical !== undefined && horizontal !== undefined && vertical > 0 && horizontal > 0
      ? { vertical, horizontal }
      : undefined;
  };
  const [own, imager] = [pairOf('00280030'), pairOf('00181164')];
  const spacing = own ?? imager;
  if (spacing === undefined) return null;
  const isCalibrated = own !== undefined && values(dataset, '00280A02').length > 0;
  return { ...spacing, atDetector: !isCalibrated };
}

function values(dataset: DataSet, tag: string): readonly unknown[] {
  const list = dataset[tag]?.Value;
  return Array.isArray(list) ? list : [];
}

function text(dataset: DataSet, tag: string): string {
  const [first] = values(dataset, tag);
  return typeof first === 'string' ? first : '';
}

function number(dataset: DataSet, tag: string): number | undefined {
  const [first] = values(dataset, tag);
  const value = typeof first === 'string' || typeof first === 'number' ? Number(first) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
