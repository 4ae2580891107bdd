import { useFormat } from '../i18n/use-format.ts';

/** Days as DICOM writes them (YYYYMMDD), as the language does. */
export function useReadDay(): (date: string) => string {
  const format = useFormat();
  return (date) => {
    const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
    return year === undefined ? '–' : format.day(new Date(Number(year), Number(month) - 1, Number(day)).getTime());
  };
}
