import type { TFunction } from 'i18next';
import type { useFormat } from '../i18n/use-format.ts';

/** What the figure of studies is called: with what is aimed at, where something is. */
export function studiesLabel(t: TFunction, format: ReturnType<typeof useFormat>, target: number | null): string {
  return target === null ? t('network.studies') : t('progress.studies-of', { target: format.count(target) });
}
