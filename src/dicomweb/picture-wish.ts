import { UnicaError } from '#base';
import type { QueryParameters } from './search-query.ts';

/** How a picture is to be drawn (PS3.18 section 8.3.5). */
export interface PictureWish {
  /** Centre and width in the units of the image after rescaling. */
  readonly window: { readonly center: number; readonly width: number } | undefined;
  /** The largest rectangle the picture may fill, in pixels; its proportions stay. */
  readonly viewport: { readonly columns: number; readonly rows: number } | undefined;
}

/** Side of the largest picture that is drawn. */
const LIMIT_PIXELS = 8192;

/** Reads `window` and `viewport`. @throws UnicaError `dicomweb.query-invalid`. */
export function parsePictureWish(parameters: QueryParameters): PictureWish {
  return { window: windowOf(parameters['window']), viewport: viewportOf(parameters['viewport']) };
}

function windowOf(value: QueryParameters[string]): PictureWish['window'] {
  if (value === undefined || value === '') return undefined;
  const [center, width, shape = 'linear', ...more] =
    typeof value === 'string' ? value.split(',') : refuse('window', 'it is given twice');
  const numbers = [Number(center), Number(width)] as const;
  if (more.length > 0 || !numbers.every(Number.isFinite) || center === '' || width === '' || numbers[1] < 1) {
    return refuse('window', 'it is centre,width,linear with a width from 1 on');
  }
  if (shape !== 'linear') return refuse('window', 'only the linear function is drawn');
  return { center: numbers[0], width: numbers[1] };
}

function viewportOf(value: QueryParameters[string]): PictureWish['viewport'] {
  if (value === undefined || value === '') return undefined;
  const sides = typeof value === 'string' ? value.split(',') : refuse('viewport', 'it is given twice');
  if (sides.length !== 2 || !sides.every((side) => /^\d{1,5}$/.test(side))) {
    return refuse('viewport', 'it is width,height in pixels; parts of an image are not cut out');
  }
  const [columns = 0, rows = 0] = sides.map(Number);
  if (Math.min(columns, rows) < 1 || Math.max(columns, rows) > LIMIT_PIXELS) {
    return refuse('viewport', `its sides are 1 to ${LIMIT_PIXELS} pixels`);
  }
  return { columns, rows };
}

function refuse(parameter: string, problem: string): never {
  throw new UnicaError('dicomweb.query-invalid', { parameter, problem });
}
