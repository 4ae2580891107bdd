import { UnicaError } from '#base';
import { type CsvTable, readCsv } from '../csv.ts';

/** A lesion or sign that a set marks, in pixels of the picture as it is published; origin at the upper left. */
export interface SetMark {
  readonly finding: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a public set says of one of its pictures. */
export interface SetPicture {
  readonly patientId: string;
  /** Names the examination within the set. */
  readonly studyId: string;
  /** Names the picture within the set. */
  readonly imageId: string;
  readonly modality: 'DX' | 'MG';
  readonly view?: 'PA' | 'AP' | 'LL' | 'CC' | 'MLO' | undefined;
  readonly laterality?: 'L' | 'R' | undefined;
  readonly ageYears?: number | undefined;
  readonly sex?: 'M' | 'F' | 'O' | undefined;
  /** Millimetres between pixels of the published picture. */
  readonly pixelSpacingMm?: number | undefined;
  /** Rows and columns of a file that holds pixels and nothing else: 16 bits, big endian, dense tissue dark. */
  readonly raw?: { readonly rows: number; readonly columns: number } | undefined;
  /** Empty where nothing was found. */
  readonly findings: readonly string[];
  /** Part of the split that the set's authors made. */
  readonly split?: 'train' | 'val' | 'test' | undefined;
  readonly marks: readonly SetMark[];
  /** Everything else, by the name of its column. */
  readonly values: Readonly<Record<string, string>>;
}

/** The pictures of a set that lies in a folder. */
export interface PublicSet {
  readonly layout: string;
  /** What is known of a file; undefined for one that is no picture of the set: masks, crops, readmes. */
  readonly pictureOf: (name: string) => SetPicture | undefined;
  readonly pictures: readonly SetPicture[];
}

/** Files of a folder by their names relative to it, with forward slashes. */
export interface SetFiles {
  readonly names: readonly string[];
  /** @throws UnicaError `intake.too-large`, `intake.unreadable` */
  readonly text: (name: string) => Promise<string>;
  /** First sheet of a workbook as a table. */
  readonly sheet: (name: string) => Promise<Pick<CsvTable, 'header' | 'rows'>>;
}

/** How a public set is published: which files it has, and what their tables say. */
export interface PublicLayout {
  readonly name: string;
  readonly title: string;
  /** The files by which it is known, for a person who wonders why it was not. */
  readonly looksFor: string;
  readonly recognises: (names: readonly string[]) => boolean;
  /** @throws UnicaError `intake.csv-invalid`, `intake.set-column-missing` */
  readonly read: (files: SetFiles) => Promise<PublicSet>;
}

/** The file of this name, in whatever folder; upper and lower case count alike. */
export function fileNamed(names: readonly string[], name: string | RegExp): string | undefined {
  return names.find((candidate) =>
    typeof name === 'string'
      ? baseName(candidate).toLowerCase() === name.toLowerCase()
      : name.test(baseName(candidate)),
  );
}

/** Last part of a path. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Last part of a path without its ending. */
export function stemOf(name: string): string {
  return baseName(name).replace(/\.[A-Za-z0-9]+$/, '');
}

/** One row of a table, by its headings. */
export type Cells = (column: string) => string;

/**
 * Rows of a table whose columns are read by name; upper and lower case and spaces at the ends do not count.
 * @param needed headings without which the table is another one
 * @throws UnicaError `intake.set-column-missing`
 */
export function rowsByName(
  { header, rows }: Pick<CsvTable, 'header' | 'rows'>,
  table: string,
  needed: readonly string[],
): readonly Cells[] {
  const places = new Map(header.map((name, place) => [name.trim().toLowerCase(), place]));
  const missing = needed.filter((name) => !places.has(name.toLowerCase()));
  if (missing.length > 0) throw columnMissing(table, missing, header);
  return rows.map((row) => (column) => (row[places.get(column.toLowerCase()) ?? -1] ?? '').trim());
}

/** As {@link rowsByName}, of CSV text. */
export function csvByName(text: string, table: string, needed: readonly string[]): readonly Cells[] {
  return rowsByName(readCsv(text), table, needed);
}

/** A number of a cell; undefined where there is none. */
export function numberIn(cell: string): number | undefined {
  const value = Number(cell);
  return cell === '' || !Number.isFinite(value) ? undefined : value;
}

/** An age in whole years, of cells such as `58`, `058Y` or `58.0`. */
export function ageIn(cell: string): number | undefined {
  const age = Number.parseInt(cell, 10);
  return age >= 0 && age <= 130 ? age : undefined;
}

/** L or R, of cells such as `LEFT`, `L`, `Left`. */
export function sideIn(cell: string): 'L' | 'R' | undefined {
  const letter = cell.trim().charAt(0).toUpperCase();
  return letter === 'L' || letter === 'R' ? letter : undefined;
}

/** CC or MLO; INbreast calls the latter ML and means it. */
export function mammogramViewIn(cell: string): 'CC' | 'MLO' | undefined {
  const view = cell.trim().toUpperCase();
  return view === 'CC' ? 'CC' : view === 'MLO' || view === 'ML' ? 'MLO' : undefined;
}

/** Sex as DICOM writes it. */
export function sexIn(cell: string): 'M' | 'F' | undefined {
  const letter = cell.trim().charAt(0).toUpperCase();
  return letter === 'M' || letter === 'F' ? letter : undefined;
}

/** A set whose pictures are found by a key made of the file's name. */
export function setByKey(
  layout: string,
  pictures: ReadonlyMap<string, SetPicture>,
  keyOf: (name: string) => string,
): PublicSet {
  return { layout, pictures: [...pictures.values()], pictureOf: (name) => pictures.get(keyOf(name)) };
}

function columnMissing(table: string, missing: readonly string[], header: readonly string[]): UnicaError {
  return new UnicaError('intake.set-column-missing', {
    table,
    columns: missing.join(', '),
    found: header.slice(0, 30).join(', '),
  });
}
