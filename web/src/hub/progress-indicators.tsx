import { Anchor, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { IndicatorStanding } from '#wire';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';

const FRAMES = ['eu4health', 'ehds', 'beating-cancer', 'cancer-mission'] as const;

/** What funders and the law ask for, with the figures that speak to it and where it is written. */
export function IndicatorSection({ indicators }: { readonly indicators: readonly IndicatorStanding[] }) {
  const { t, i18n } = useTranslation();
  const title = t('progress.indicators');
  return (
    <Section title={title} lead={t('progress.indicators-lead')}>
      {FRAMES.map((frame) => (
        <Stack key={frame} gap="sm">
          {/* The programme has the same name in every language. */}
          <Title order={3}>{frame === 'eu4health' ? 'EU4Health' : t(`progress.frame.${frame}`)}</Title>
          <ul className="plain-list">
            {indicators
              .filter((one) => one.frame === frame)
              .map(({ id, asks, figures, source }) => (
                <li key={id} style={{ marginBottom: '0.8rem' }}>
                  <strong>{i18n.exists(`progress.asks.${id}`) ? t(`progress.asks.${id}` as MessageKey) : asks}</strong>
                  {figures.length === 0 ? <div>{t('progress.none-speaks')}</div> : null}
                  {figures.map((figure) => (
                    <Figure key={figure.figure} figure={figure} />
                  ))}
                  <div className="quiet">
                    <Anchor href={source.url} lang="en" target="_blank" rel="noreferrer">
                      {source.title}, {source.place}
                    </Anchor>
                  </div>
                </li>
              ))}
          </ul>
        </Stack>
      ))}
      <TableFile table="indicators" title={title} />
    </Section>
  );
}

function Figure({ figure: { figure, value, aim } }: { readonly figure: IndicatorStanding['figures'][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = t(`progress.figure.${figure}`);
  const shown = value === null ? t('progress.unknown') : format.number(value);
  return (
    <div>
      {aim === null
        ? `${name}: ${shown}`
        : t('progress.figure-aim', { figure: name, value: shown, aim: format.count(aim) })}
    </div>
  );
}
