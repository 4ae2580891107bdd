import { certainMark, type DateOrder, type DecimalMark, readNumber, saysNothing } from './read-cell.ts';
import { isUnit } from './units.ts';

/** How the numbers and dates of a column are written, learnt cell by cell; nothing of the cells is kept. */
export class ColumnHabits {
  readonly #heading: string;
  #commas = 0;
  #points = 0;
  #order = { dmy: 0, mdy: 0, ymd: 0 };
  #numbers = 0;
  readonly #units = new Map<string, number>();

  constructor(heading: string) {
    this.#heading = heading;
  }

  /** Takes a cell into account. */
  add(cell: string): void {
    if (saysNothing(cell)) return;
    const text = cell.trim();
    const mark = certainMark(text);
    if (mark === ',') this.#commas += 1;
    else if (mark === '.') this.#points += 1;
    const parts = /^(\d{1,4})[-./] ?(\d{1,2})[-./] ?(\d{1,4})/.exec(text);
    // In Europe the day comes first, unless a day of more than twelve stands second.
    if (parts !== null) {
      if ((parts[1] ?? '').length === 4) this.#order.ymd += 1;
      else if (Number(parts[1]) > 12) this.#order.dmy += 1;
      else if (Number(parts[2]) > 12) this.#order.mdy += 1;
    }
    const number = readNumber(text);
    if (number === undefined) return;
    this.#numbers += 1;
    if (number.unit !== '' && this.#units.size < 100)
      this.#units.set(number.unit, (this.#units.get(number.unit) ?? 0) + 1);
  }

  /** The mark that most cells show beyond doubt; a point where none does. */
  get decimalMark(): DecimalMark {
    return this.#commas > this.#points ? ',' : '.';
  }

  get dateOrder(): DateOrder {
    const { dmy, mdy, ymd } = this.#order;
    if (ymd > dmy + mdy) return 'ymd';
    return mdy > dmy ? 'mdy' : 'dmy';
  }

  /** From the heading, or from behind most numbers; empty where none is told. */
  get unit(): string {
    const told = unitOfHeading(this.#heading);
    if (told !== '') return told;
    const [most] = [...this.#units].sort((a, b) => b[1] - a[1]);
    return most !== undefined && most[1] >= this.#numbers / 2 ? most[0] : '';
  }
}

/** The unit in brackets, or behind the last separator, of a heading; empty where there is none. */
export function unitOfHeading(name: string): string {
  const bracketed = /[([{]\s*([^()[\]{}]+?)\s*[)\]}]\s*$/.exec(name)?.[1];
  const last = /[_\s,-]\s*([^_\s,-]+)$/.exec(name)?.[1];
  for (const candidate of [bracketed, last]) {
    if (candidate !== undefined && isUnit(candidate)) return candidate;
  }
  return '';
}
