import { useTranslation } from 'react-i18next';
import type { ModelEvidence } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from '../parts/section.tsx';

interface ModelReasonsProps {
  readonly modelId: string;
  readonly explanations: ModelEvidence['explanations'];
}

/** Films beside the places the model looked at (Grad-CAM); made only from synthetic or public images. */
export function ModelReasons({ modelId, explanations }: ModelReasonsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const address = (sha256: string) => `/api/models/${encodeURIComponent(modelId)}/blobs/${sha256}`;
  return (
    <Section title={t('reasons.title')} lead={t('reasons.lead')}>
      <ul className="cards">
        {explanations.map(({ caption, probability, truth, imageSha256, overlaySha256 }) => (
          <li key={overlaySha256 + imageSha256}>
            <article className="filter-row">
              <div className="film-pair">
                <figure>
                  <img src={address(imageSha256)} alt={t('reasons.film-alt', { caption })} loading="lazy" />
                  <figcaption>{t('reasons.film')}</figcaption>
                </figure>
                <figure>
                  <img src={address(overlaySha256)} alt={t('reasons.overlay-alt', { caption })} loading="lazy" />
                  <figcaption>{t('reasons.overlay')}</figcaption>
                </figure>
              </div>
              <p className="prose" lang="en" style={{ fontWeight: 600 }}>
                {caption}
              </p>
              <p className="prose quiet">
                {t('reasons.opinion', { probability: format.percent(probability) })}{' '}
                {truth === 1 ? t('reasons.truth-positive') : t('reasons.truth-negative')}
              </p>
            </article>
          </li>
        ))}
      </ul>
    </Section>
  );
}
