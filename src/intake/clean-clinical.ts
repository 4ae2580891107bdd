import { type DeidOptions, pseudonymOf, pseudonymousUid, type SiteSecret, shiftedDate } from '#deid';
import { csvLine, readCsv } from './csv.ts';

/** Columns that only say who somebody is, as hospitals of the network call them; compared without case, accents, signs. */
const IDENTIFYING =
  /^(patients?|pacient\p{L}*|patienten)?(name|names|nom|nome|nombre|nachname|vorname|surname|firstname|lastname|familyname|givenname|apellidos?|nimi|perekonnanimi|eesnimi|ime|priimek|onoma|eponymo|ονομα|επωνυμο|имя|прізвище|імя|address|adresse|direccion|morada|aadress|naslov|διευθυνση|адреса|phone|telephone|telefon|telefono|telefone|mobile|τηλεφωνο|телефон|email|mail|birthdate|dateofbirth|dob|geburtsdatum|fechanacimiento|datanascimento|sunniaeg|datumrojstva|ssn|nhsnumber|nationalid|insurancenumber|isikukood|emso|nif|amka|αμκα)$/u;

/** A calendar day at the beginning of a cell: year first, or day first as in Europe. */
const YEAR_FIRST = /^(\d{4})([-./]?)(\d{2})\2(\d{2})(?=$|[ T])/;
const DAY_FIRST = /^(\d{1,2})([-./])(\d{1,2})\2(\d{4})(?=$|[ T])/;

/** A table without who its people are. */
export interface CleanTable {
  readonly text: string;
  /** Columns that were left out. */
  readonly dropped: readonly string[];
}

/**
 * A clinical table as it may lie beside the clean images: the first column, and any named PatientID, becomes the pseudonym,
 * columns whose name ends in UID the new UID, days move back as those of the person's images do (left where they are they
 * would tell by how many), and columns that name people are left out. Free text is kept as it is: what is in it is for the
 * one who made the table to answer for.
 * @throws UnicaError `intake.csv-invalid`
 */
export function cleanClinicalTable(text: string, site: SiteSecret, options: DeidOptions): CleanTable {
  const { header, rows, separator } = readCsv(text);
  const patientAt = header.findIndex((name, column) => column > 0 && /^patient[\s_-]*id$/i.test(name));
  const isPerson = (column: number) => column === 0 || column === patientAt;
  const isDropped = header.map((name, column) => !isPerson(column) && IDENTIFYING.test(plainName(name)));
  const kept = <Cell>(cells: readonly Cell[]) => cells.filter((_, column) => isDropped[column] !== true);
  const lines = rows.map((row) => {
    const person = pseudonymOf(site, row[0] ?? '');
    return row.map((cell, column) => {
      if (cell === '') return cell;
      if (isPerson(column)) return pseudonymOf(site, cell);
      const name = header[column] ?? '';
      if (/uid$/i.test(name)) return pseudonymousUid(site, cell);
      return dayMoved(cell, name, (day) => (options.has('dates') ? shiftedDate(site, person, day) : ''));
    });
  });
  return {
    text: `${[header, ...lines].map((line) => csvLine(kept(line), separator)).join('\n')}\n`,
    dropped: header.filter((_, column) => isDropped[column]),
  };
}

/** The cell with its day moved, written as it was; empty where that is no day of the calendar. */
function dayMoved(cell: string, name: string, moved: (day: string) => string): string {
  const [first, year = '', between = '', month = '', day = ''] = YEAR_FIRST.exec(cell) ?? [];
  // Eight digits are as often a number of something.
  if (first !== undefined && (between !== '' || /dat|fecha|kuup|дат|ημερ/iu.test(name))) {
    const other = moved(`${year}${month}${day}`);
    return other === ''
      ? ''
      : [other.slice(0, 4), other.slice(4, 6), other.slice(6)].join(between) + cell.slice(first.length);
  }
  const [europe, dayFirst = '', sign = '', monthNext = '', yearLast = ''] = DAY_FIRST.exec(cell) ?? [];
  if (europe === undefined) return cell;
  const other = moved(`${yearLast}${monthNext.padStart(2, '0')}${dayFirst.padStart(2, '0')}`);
  return other === ''
    ? ''
    : [other.slice(6), other.slice(4, 6), other.slice(0, 4)].join(sign) + cell.slice(europe.length);
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^\p{L}\d]/gu, '');
}
