import { Anchor, Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CollaborationState, PublicActivities } from '#wire';
import { Facts } from '../parts/facts.tsx';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';
import { useActivityWords } from './use-activity-words.ts';

const TONES: Readonly<Record<CollaborationState, Tone>> = {
  planned: 'info',
  'under-way': 'info',
  done: 'good',
  'called-off': 'warn',
  withdrawn: 'quiet',
};

type Evidence =
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'file'; readonly sha256: string; readonly name?: string };
type Told = Omit<PublicActivities['activities'][number], 'isPublic' | 'evidence'> & {
  readonly isPublic: boolean;
  readonly evidence: readonly Evidence[];
};

/** What was done with whom, and what came of it. */
export function ActivityCard({
  activity,
  children,
  marksPublic = false,
}: {
  readonly activity: Told;
  readonly children?: ReactNode;
  /** Whether it says that everybody may see it. */
  readonly marksPublic?: boolean;
}) {
  const { t } = useTranslation();
  const words = useActivityWords();
  const { title, partner, partnerName, kind, state, outcome, objectives, evidence, isPublic } = activity;
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group gap="sm" align="baseline">
          <Title order={3} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          <StateBadge tone={TONES[state]} label={t(`collab.state.${state}`)} />
          {marksPublic && isPublic ? <StateBadge tone="quiet" label={t('collab.public')} /> : null}
        </Group>
        <Facts
          facts={[
            [t('collab.when'), words.when(activity)],
            [t('collab.kind'), t(`collab.kind.${kind}`)],
            [t('collab.partner'), `${partnerName} · ${t(`collab.partner.${partner}`)}`],
            ...(outcome === '' ? [] : [[t('collab.outcome'), <Written key="outcome" text={outcome} />] as const]),
            ...(objectives.length === 0
              ? []
              : [[t('collab.objectives'), <Objectives key="objectives" objectives={objectives} />] as const]),
            ...(evidence.length === 0
              ? []
              : [[t('collab.evidence'), <EvidenceList key="evidence" evidence={evidence} />] as const]),
          ]}
        />
        {children}
      </Stack>
    </article>
  );
}

function Written({ text }: { readonly text: string }) {
  return <span className="written">{text}</span>;
}

function Objectives({ objectives }: { readonly objectives: Told['objectives'] }) {
  const words = useActivityWords();
  return (
    <ul className="plain-list">
      {objectives.map((objective) => (
        <li key={objective}>{words.objective(objective)}</li>
      ))}
    </ul>
  );
}

function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  const { t } = useTranslation();
  return (
    <ul className="plain-list">
      {evidence.map((one) => (
        <li key={one.kind === 'link' ? one.url : one.sha256} style={{ overflowWrap: 'anywhere' }}>
          {one.kind === 'link' ? (
            <Anchor href={one.url} target="_blank" rel="noreferrer">
              {one.url}
            </Anchor>
          ) : (
            <>
              {one.name ?? t('collab.file')} <span className="digest">SHA-256 {one.sha256}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
