import type { DataSet } from '#dicom';
import type { ModelResult } from '#results';

/** The moment as a result of this image tells it. */
export function reckonedAt(dataset: DataSet, now: Date): ModelResult['reckoned'] {
  return momentOf(now, zoneMinutes(dataset, now));
}

const TAG = { timezoneOffset: 0x00080201, studyDate: 0x00080020, studyTime: 0x00080030 } as const;

/**
 * Minutes before UTC that the times of the image are told in: what it says, else what this machine's clock said on the day of
 * the study. An object has one zone for all its times (PS3.3 table C.12-1), and those of the study come from the image.
 */
function zoneMinutes(dataset: DataSet, now: Date): number {
  const [, sign, hours, minutes] = /^([+-])(0\d|1[0-4])([0-5]\d)$/.exec(dataset.text(TAG.timezoneOffset) ?? '') ?? [];
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes));
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(dataset.text(TAG.studyDate) ?? '') ?? [];
  if (year === undefined) return -now.getTimezoneOffset();
  const hour = Number(/^\d{2}/.exec(dataset.text(TAG.studyTime) ?? '')?.[0] ?? 12);
  return -new Date(Number(year), Number(month) - 1, Number(day), hour).getTimezoneOffset();
}

/** A moment as DICOM writes it in a zone. */
function momentOf(now: Date, minutes: number): ModelResult['reckoned'] {
  const there = new Date(now.getTime() + minutes * 60_000).toISOString();
  const two = (value: number) => String(value).padStart(2, '0');
  const ahead = Math.abs(minutes);
  return {
    date: there.slice(0, 10).replaceAll('-', ''),
    time: there.slice(11, 19).replaceAll(':', ''),
    zone: `${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}${two(Math.floor(ahead % 60))}`,
  };
}
