import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AccessRequest, HolderView } from '#wire';
import { accessRequestQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { HUB_READERS } from './hub-readers.ts';
import { FeeTable } from './request-fee.tsx';
import { Matching } from './request-holder.tsx';

/** A holder's decision as a letter to print or keep. */
export function LetterPage() {
  const { t } = useTranslation();
  const { requestId, siteId } = useParams({ from: '/access/$requestId/letters/$siteId' });
  return (
    <>
      <PageHead
        title={t('letter.title', { holder: siteId })}
        aside={
          <Button className="not-printed" variant="default" onClick={() => window.print()}>
            {t('letter.print')}
          </Button>
        }
      />
      <Loaded query={useQuery(accessRequestQuery(requestId))} roles={HUB_READERS.access}>
        {(request) => {
          const holder = request.holders.find((one) => one.siteId === siteId);
          return holder?.decision == null ? (
            <EmptyState title={t('letter.none')} hint={t('access.empty-hint')} />
          ) : (
            <Letter request={request} holder={holder} decision={holder.decision} />
          );
        }}
      </Loaded>
    </>
  );
}

function Letter({
  request,
  holder,
  decision,
}: {
  readonly request: AccessRequest;
  readonly holder: HolderView;
  readonly decision: NonNullable<HolderView['decision']>;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { house } = useSession();
  return (
    <Section title={request.title}>
      <p className="prose">
        {t(decision.decision === 'granted' ? 'letter.granted' : 'letter.refused', {
          holder: holder.siteId,
          date: format.day(decision.atMs),
        })}
      </p>
      <Facts
        facts={[
          [t('letter.network'), house.name],
          [t('access.request'), `${request.requestId}, ${t('access.version')} ${format.number(decision.version)}`],
          [t('access.asked-by'), request.requestedBy],
          [t('new-access.purpose'), request.purpose],
          [t('access.datasets'), holder.datasets.join(', ')],
          [t('access.operations'), format.list(request.operations.map((name) => t(`operation.${name}`)))],
          [t('access.duration'), t('access.days', { count: request.days })],
          [t('access.because'), decision.because],
          ...(decision.reason === null ? [] : ([[t('room.refusal'), t(`refusal.${decision.reason}`)]] as const)),
          ...(decision.permitIds.length === 0 ? [] : ([[t('permits.title'), decision.permitIds.join(', ')]] as const)),
          ...(decision.conditions.length === 0
            ? []
            : ([[t('access.conditions'), decision.conditions.join(' · ')]] as const)),
        ]}
      />
      {decision.fee === null ? null : (
        <>
          <FeeTable of={holder.siteId} fee={decision.fee} />
          <p className="prose">
            {decision.feeAnswer === null
              ? t('fee.waits')
              : t(decision.feeAnswer.accepted ? 'fee.accepted' : 'fee.declined', {
                  date: format.day(decision.feeAnswer.atMs),
                })}
          </p>
        </>
      )}
      <Matching of={holder.siteId} matching={holder.matching} />
      {decision.appealUntilMs === null ? null : (
        <p className="prose">{t('letter.appeal', { date: format.day(decision.appealUntilMs) })}</p>
      )}
    </Section>
  );
}
