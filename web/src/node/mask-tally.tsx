import { useTranslation } from 'react-i18next';
import type { MaskTallyView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';

/** What was found in one group of a sample, and what share of all its pictures may be readable. */
export function MaskTally({ looked, drawn, readable, tooMuch, readableAtMost }: MaskTallyView) {
  const { t } = useTranslation();
  const format = useFormat();
  if (drawn === 0) return <span className="quiet">{t('masks.none-drawn')}</span>;
  return (
    <>
      {t('masks.looked', { looked: format.count(looked), drawn: format.count(drawn) })}
      <br />
      {t('masks.found', { readable: format.count(readable), tooMuch: format.count(tooMuch) })}
      {looked === 0 ? null : (
        <>
          <br />
          {t('masks.bound', { percent: format.decimal(100 * readableAtMost, 1) })}
        </>
      )}
    </>
  );
}
