import { Button, Group } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { NodeStatus } from '#wire';
import { nodeStatusQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { ClockWords } from '../parts/clock-words.tsx';
import { Facts } from '../parts/facts.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { NODE_READERS } from './node-readers.ts';

/** The node at a glance: is it well, what came in, what left, and the switch that stops it. */
export function OverviewPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('overview.title')} lead={t('overview.lead')} />
      <Loaded query={useQuery(nodeStatusQuery)} roles={NODE_READERS.overview}>
        {(status) => <Overview status={status} />}
      </Loaded>
    </>
  );
}

function Overview({ status }: { readonly status: NodeStatus }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Wellbeing status={status} />
      <Section
        title={t('overview.came-in')}
        aside={
          <ButtonLink to="/arrivals" variant="default" size="sm">
            {t('overview.to-arrivals')}
          </ButtonLink>
        }
      >
        <Figures
          figures={[
            { label: t('overview.images'), value: format.count(status.images) },
            { label: t('overview.studies'), value: format.count(status.studies) },
            { label: t('overview.persons'), value: format.count(status.persons) },
            { label: t('overview.quarantined'), value: format.count(status.quarantined) },
            { label: t('overview.opted-out'), value: format.count(status.optedOut) },
          ]}
        />
      </Section>
      <Section
        title={t('overview.left')}
        lead={t('overview.left-lead')}
        aside={
          <ButtonLink to="/outgoing" variant="default" size="sm">
            {t('overview.to-outgoing')}
          </ButtonLink>
        }
      >
        <Figures figures={[{ label: t('overview.bytes-out'), value: format.bytes(status.bytesOut) }]} />
      </Section>
      <Section title={t('overview.connection')}>
        <Facts
          facts={[
            [t('overview.site'), `${status.displayName} (${status.siteId})`],
            [t('overview.hub'), status.hubUrl ?? t('overview.no-hub')],
            [
              t('overview.state'),
              status.connected ? (
                <StateBadge key="state" tone="good" label={t('overview.connected')} />
              ) : (
                <StateBadge key="state" tone="warn" label={t('overview.not-connected')} />
              ),
            ],
            [
              t('overview.last-contact'),
              status.lastContactAtMs === null ? t('overview.never') : format.moment(status.lastContactAtMs),
            ],
            [t('overview.clock'), <ClockWords key="clock" offsetMs={status.clockOffsetMs} />],
            [
              t('overview.approval'),
              status.approval === 'ask' ? t('overview.approval-ask') : t('overview.approval-automatic'),
            ],
          ]}
        />
      </Section>
      <StopSwitch stopped={status.stopped} />
    </>
  );
}

function Wellbeing({ status }: { readonly status: NodeStatus }) {
  const { t, i18n } = useTranslation();
  if (status.stopped) {
    return (
      <Notice tone="bad" title={t('overview.stopped')}>
        <p>{t('overview.stopped-words')}</p>
      </Notice>
    );
  }
  if (!status.enrolled) {
    return (
      <Notice tone="warn" title={t('overview.not-enrolled')}>
        <p>{t('overview.not-enrolled-words')}</p>
      </Notice>
    );
  }
  if (status.hubTrouble !== null) {
    const { code, sentence, mend } = status.hubTrouble;
    return (
      <Notice tone={code === 'identity.pending' ? 'info' : 'bad'} title={t('overview.trouble')}>
        {i18n.exists(`overview.trouble.${code}`) ? (
          <p>{t(`overview.trouble.${code}` as MessageKey)}</p>
        ) : (
          <p>
            <Told>{`${sentence} ${mend}`}</Told>
          </p>
        )}
      </Notice>
    );
  }
  if (!status.connected) {
    return (
      <Notice tone="warn" title={t('overview.lost')}>
        <p>{t('overview.lost-words')}</p>
      </Notice>
    );
  }
  return (
    <Notice tone="good" title={t('overview.well')}>
      <p>{t('overview.well-words')}</p>
    </Notice>
  );
}

function StopSwitch({ stopped }: { readonly stopped: boolean }) {
  const { t } = useTranslation();
  const session = useSession();
  const stop = useWrite(['status']);
  const set = (value: boolean) => stop.mutate({ path: '/api/stop', body: { stopped: value } });
  return (
    <Section title={t('stop.title')} lead={t('stop.lead')}>
      {holdsOneOf(session, ['operator', 'protection-officer']) ? (
        <Group>
          {stopped ? (
            <Button
              leftSection={<IconPlayerPlay size={18} aria-hidden="true" />}
              loading={stop.isPending}
              onClick={() => set(false)}
            >
              {t('stop.resume')}
            </Button>
          ) : (
            <Button
              color="var(--unica-bad)"
              variant="outline"
              leftSection={<IconPlayerStop size={18} aria-hidden="true" />}
              loading={stop.isPending}
              onClick={() => set(true)}
            >
              {t('stop.now')}
            </Button>
          )}
        </Group>
      ) : (
        <p className="prose quiet">{t('stop.operator-only')}</p>
      )}
      {stop.error === null ? null : <ProblemNotice error={stop.error} />}
    </Section>
  );
}
