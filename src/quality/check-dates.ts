import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import { findingOf, type QualityFinding } from './finding.ts';

/** Dates of the acquisition; ContentDate may be that of a later processing and is held against nothing. */
const TAKEN = ['StudyDate', 'SeriesDate', 'AcquisitionDate'] as const;
const EARLIEST = '19700101';
/** The oldest person known lived 122 years. */
const OLDEST_YEARS = 120;
const DAYS_OF_UNIT: Readonly<Record<string, number>> = { D: 1, W: 7, M: 30.44, Y: 365.25 };

/**
 * Dates and ages that cannot be.
 * @param today YYYYMMDD; a day is given, since clocks of other time zones may be ahead
 */
export function checkDates(dataset: DataSet, today?: string): readonly QualityFinding[] {
  const findings: QualityFinding[] = [];
  const dates = new Map<string, string>();
  for (const attribute of [...TAKEN, 'PatientBirthDate']) {
    const text = dataset.text(tagOf(attribute))?.replace(/[.-]/g, '');
    if (text === undefined) continue;
    if (dayNumber(text) === undefined) findings.push(findingOf('date-invalid', { attribute }));
    else dates.set(attribute, text);
  }
  const lastDay = today === undefined ? undefined : dayNumber(today);
  for (const [attribute, date] of dates) {
    if (lastDay !== undefined && (dayNumber(date) ?? 0) > lastDay + 1)
      findings.push(findingOf('date-future', { attribute }));
    if (attribute !== 'PatientBirthDate' && date < EARLIEST) findings.push(findingOf('date-early', { attribute }));
  }
  const study = dates.get('StudyDate');
  for (const attribute of ['SeriesDate', 'AcquisitionDate']) {
    const date = dates.get(attribute);
    // Worklists open an examination shortly before midnight of the day it is done, and the other way round.
    if (study !== undefined && date !== undefined && daysBetween(study, date) < -1)
      findings.push(findingOf('series-before-study', { attribute }));
  }
  return [...findings, ...checkAge(dataset, dates.get('PatientBirthDate'), study ?? dates.get('AcquisitionDate'))];
}

function checkAge(dataset: DataSet, born: string | undefined, seen: string | undefined): readonly QualityFinding[] {
  const findings: QualityFinding[] = [];
  const days = born === undefined || seen === undefined ? undefined : daysBetween(born, seen);
  if (days !== undefined && days < 0) findings.push(findingOf('study-before-birth'));
  const text = dataset.text(tagOf('PatientAge'));
  if (text === undefined) {
    if (days !== undefined && days > OLDEST_YEARS * 365.25) findings.push(findingOf('age-invalid'));
    return findings;
  }
  const [, number = '', unit = ''] = /^(\d{3})([DWMY])$/.exec(text) ?? [];
  const said = Number(number) * (DAYS_OF_UNIT[unit] ?? Number.NaN);
  if (!(said <= OLDEST_YEARS * 365.25)) findings.push(findingOf('age-invalid'));
  // An age in whole units is up to one unit below the true one, and people may round it; ages from 90 on are told as 90.
  else if (days !== undefined && days >= 0 && !(unit === 'Y' && Number(number) >= 89 && days >= said)) {
    const toleranceDays = Math.max(DAYS_OF_UNIT[unit] ?? 0, 365.25) + (DAYS_OF_UNIT[unit] ?? 0);
    if (days - said > toleranceDays || said - days > 366) findings.push(findingOf('age-birth'));
  }
  return findings;
}

function daysBetween(from: string, to: string): number {
  return (dayNumber(to) ?? 0) - (dayNumber(from) ?? 0);
}

/** Days since 1970-01-01 of YYYYMMDD in the Gregorian calendar; undefined for what is no date. */
function dayNumber(date: string): number | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  if (year === '') return undefined;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(ms);
  const isTrue = back.getUTCMonth() + 1 === Number(month) && back.getUTCDate() === Number(day) && Number(year) >= 1800;
  return isTrue ? ms / 86_400_000 : undefined;
}
