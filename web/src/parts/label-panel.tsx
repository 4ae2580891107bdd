import { IconCheck, IconMinus } from '@tabler/icons-react';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetRecord, UtilityLabel } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from './section.tsx';

type Item = UtilityLabel['dimensions'][number]['items'][number];

interface LabelPanelProps {
  readonly label: UtilityLabel;
  readonly quality: DatasetRecord['quality'];
  /** Leads to the field that fills an item, where the page has it. */
  readonly linkTo?: (item: Item, words: string) => ReactNode;
}

/** The data quality and utility label as a web of six threads, what each is made of, and the measured quality in five dimensions. */
export function LabelPanel({ label, quality, linkTo }: LabelPanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('label.title')} lead={t('label.lead')}>
      <div className="label-panel">
        <Web label={label} />
        <dl className="label-list">
          {label.dimensions.map(({ dimension, score, items }) => (
            <Fragment key={dimension}>
              <dt>
                <span>{t(`label.dimension.${dimension}`)}</span>
                <span>{format.number(Math.round(score))}</span>
              </dt>
              <dd>
                <span className="bar-track" aria-hidden="true">
                  <span className="bar-fill" style={{ width: `${score}%` }} />
                </span>
                {items.length === 0 ? null : (
                  <ul className="label-items">
                    {items.map((item) => (
                      <li key={item.item} className="label-item" data-met={item.isMet ? '' : undefined}>
                        {item.isMet ? (
                          <IconCheck size={16} aria-label={t('label.met')} role="img" />
                        ) : (
                          <IconMinus size={16} aria-label={t('label.not-met')} role="img" />
                        )}
                        {!item.isMet && linkTo !== undefined
                          ? linkTo(item, t(`label.item.${item.item}`))
                          : t(`label.item.${item.item}`)}
                      </li>
                    ))}
                  </ul>
                )}
                {dimension === 'technical-quality' && quality.dimensions !== undefined ? (
                  <ul className="bars label-bars" aria-label={t('label.dimension.technical-quality')}>
                    {quality.dimensions.map((one) => (
                      <DimensionBar key={one.dimension} dimension={one.dimension} score={one.score} />
                    ))}
                  </ul>
                ) : null}
              </dd>
            </Fragment>
          ))}
        </dl>
      </div>
    </Section>
  );
}

const MEASURED = ['completeness', 'uniqueness', 'consistency', 'accuracy', 'integrity'] as const;

function DimensionBar({ dimension, score }: { readonly dimension: string; readonly score: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const known = MEASURED.find((one) => one === dimension);
  return (
    <li>
      <span>{known === undefined ? dimension : t(`quality.dimension.${known}`)}</span>
      <span className="bar-track" aria-hidden="true">
        <span className="bar-fill" style={{ width: `${score}%` }} />
      </span>
      <span>{format.decimal(score, 1)}</span>
    </li>
  );
}

const SIZE = 260;
const CENTRE = SIZE / 2;
const REACH = 96;
const CIRCLES = [0.25, 0.5, 0.75, 1] as const;

/** A radar chart; what it shows stands beside it in words and numbers. */
function Web({ label: { dimensions, score } }: { readonly label: UtilityLabel }) {
  const { t } = useTranslation();
  const format = useFormat();
  const at = (index: number, share: number): readonly [number, number] => {
    const angle = (2 * Math.PI * index) / dimensions.length - Math.PI / 2;
    return [CENTRE + REACH * share * Math.cos(angle), CENTRE + REACH * share * Math.sin(angle)];
  };
  const outline = (shareOf: (index: number) => number) =>
    dimensions
      .map((_, index) =>
        at(index, shareOf(index))
          .map((value) => value.toFixed(1))
          .join(','),
      )
      .join(' ');
  return (
    <figure className="label-web">
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        role="img"
        aria-label={t('label.score', { score: format.number(Math.round(score)) })}
      >
        {CIRCLES.map((share) => (
          <polygon key={share} className="web-line" points={outline(() => share)} />
        ))}
        {dimensions.map(({ dimension }, index) => {
          const [x, y] = at(index, 1);
          return <line key={dimension} className="web-line" x1={CENTRE} y1={CENTRE} x2={x} y2={y} />;
        })}
        <polygon className="web-share" points={outline((index) => (dimensions[index]?.score ?? 0) / 100)} />
        {dimensions.map(({ dimension, score: own }, index) => {
          const [x, y] = at(index, own / 100);
          const [nameX, nameY] = at(index, 1.2);
          return (
            <g key={dimension}>
              <circle className="web-dot" cx={x} cy={y} r="4" />
              <text x={nameX} y={nameY} textAnchor="middle" dominantBaseline="middle">
                {index + 1}
              </text>
            </g>
          );
        })}
      </svg>
      <figcaption>
        <strong>{t('label.score', { score: format.number(Math.round(score)) })}</strong>
      </figcaption>
    </figure>
  );
}
