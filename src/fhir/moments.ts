import type { ManifestMoment } from './manifest.ts';

/** A FHIR date or dateTime as DICOM writes it, with its zone. */
export function momentOf(
  text: string | undefined,
): { readonly moment: ManifestMoment; readonly zone: string | undefined } | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', zone] =
    /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.exec(text ?? '') ?? [];
  if (year === undefined) return undefined;
  const date = `${year}${month}${day}`;
  if (hour === undefined) return { moment: { date }, zone: undefined };
  const offset = zone === 'Z' ? '+0000' : zone?.replace(':', '');
  return { moment: { date, time: `${hour}${minute}${second}${fraction.slice(0, 7)}` }, zone: offset };
}

/** A DICOM date and time as a FHIR dateTime; the date alone where the time is not whole. */
export function dateTimeOf({ date, time = '' }: ManifestMoment, zone: string): string {
  const day = dateOf(date);
  const [, hour, minute, second = '00', fraction = ''] = /^(\d{2})(\d{2})(\d{2})?(\.\d{1,6})?/.exec(time) ?? [];
  if (hour === undefined || day === undefined) return day ?? date;
  return `${day}T${hour}:${minute}:${second}${fraction}${zone.slice(0, 3)}:${zone.slice(3)}`;
}

/** YYYYMMDD as FHIR writes it; nothing for anything else. */
export function dateOf(date: string): string | undefined {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : undefined;
}
