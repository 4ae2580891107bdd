import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { PaperForm } from './paper-form.tsx';

/** Where staff enter a consent that was given on paper. */
export function PaperPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('paper.title')} lead={t('paper.lead')} />
      <Section title={t('paper.enter')}>
        <PaperForm />
      </Section>
    </>
  );
}
