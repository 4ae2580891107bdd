import { Anchor, Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { Section } from '../parts/section.tsx';

/** Its documents, by the names of their views at the hub. */
const PARTS = [
  ['README.md', 'model-dossier.card'],
  ['future-ai.md', 'model-dossier.future-ai'],
  ['altai.md', 'model-dossier.altai'],
  ['annex-iv.md', 'model-dossier.annex-iv'],
  ['training-transcript.md', 'model-dossier.transcript'],
] as const;

/** The dossier of a model: to read, on paper, and part by part for other systems. */
export function ModelDossier({ modelId }: { readonly modelId: string }) {
  const { t } = useTranslation();
  const signedIn = useSession().person !== null;
  if (!signedIn) return null;
  const address = (view: string) => `/api/models/${encodeURIComponent(modelId)}/dossier/${view}`;
  return (
    <Section title={t('model-dossier.title')} lead={t('model-dossier.lead')}>
      <Group>
        <Button component="a" href={address('index.html')} target="_blank" rel="noopener">
          {t('model-dossier.read')}
        </Button>
        <Button component="a" variant="default" href={address('dossier.pdf')} download={`${modelId}.pdf`}>
          {t('model-dossier.pdf')}
        </Button>
      </Group>
      <ul>
        {PARTS.map(([view, words]) => (
          <li key={view}>
            <Anchor href={address(view)} download={`${modelId}-${view}`}>
              {t(words)}
            </Anchor>
          </li>
        ))}
      </ul>
    </Section>
  );
}
