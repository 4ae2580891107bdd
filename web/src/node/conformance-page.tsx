import { Button, Group } from '@mantine/core';
import { IconClipboardCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ConformanceCertificate, type ContractLine, conformanceCertificateSchema } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Facts } from '../parts/facts.tsx';
import { Figures } from '../parts/figures.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { NODE_READERS } from './node-readers.ts';

const TONES = { passed: 'good', failed: 'bad', 'not-tried': 'quiet' } as const;

/** What the node owes to others of Cancer Image Europe: tried at a press, with a certificate of what passed. */
export function ConformancePage() {
  const { t } = useTranslation();
  const session = useSession();
  const [certificate, setCertificate] = useState<ConformanceCertificate>();
  const tryAll = useWriteFor(conformanceCertificateSchema, [], setCertificate);
  return (
    <>
      <PageHead title={t('conformance.title')} lead={t('conformance.lead')} />
      {holdsOneOf(session, NODE_READERS.conformance) ? (
        <>
          <Section title={t('conformance.try')} lead={t('conformance.try-lead')}>
            <Button
              style={{ alignSelf: 'flex-start' }}
              loading={tryAll.isPending}
              leftSection={<IconClipboardCheck size={16} aria-hidden="true" />}
              onClick={() => tryAll.mutate({ path: '/api/conformance' })}
            >
              {t('conformance.try-do')}
            </Button>
            {tryAll.error === null ? null : <ProblemNotice error={tryAll.error} />}
          </Section>
          {certificate === undefined ? null : <Certificate certificate={certificate} />}
        </>
      ) : (
        <EntryNotice roles={NODE_READERS.conformance} />
      )}
    </>
  );
}

function Certificate({ certificate }: { readonly certificate: ConformanceCertificate }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { siteId, software, madeAtMs, lines } = certificate.report;
  const counted = (wanted: ContractLine['outcome']) =>
    format.count(lines.filter(({ outcome }) => outcome === wanted).length);
  const text = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(certificate, undefined, 2))}`;
  return (
    <Section
      title={t('conformance.found')}
      lead={[siteId, software, format.moment(madeAtMs)].join(' · ')}
      aside={
        <Group gap="xs">
          <Button component="a" href={text} download={`conformance-${siteId}.json`} variant="default">
            {t('conformance.keep')}
          </Button>
          <Button variant="default" onClick={() => window.print()}>
            {t('conformance.print')}
          </Button>
        </Group>
      }
    >
      <div role="status">
        <Figures
          figures={[
            { label: t('conformance.outcome.passed'), value: counted('passed') },
            { label: t('conformance.outcome.failed'), value: counted('failed') },
            { label: t('conformance.outcome.not-tried'), value: counted('not-tried') },
          ]}
        />
      </div>
      <Facts
        facts={[
          [
            t('conformance.key'),
            <span key="key" className="digest">
              {certificate.publicKey}
            </span>,
          ],
        ]}
      />
      <p className="prose quiet">{t('conformance.key-hint')}</p>
      <DataTable
        caption={t('conformance.check')}
        rows={lines}
        keyOf={({ check, against }) => `${check} ${against}`}
        columns={[
          { head: t('conformance.check'), cell: ({ check }) => t(`conformance.check.${check}`) },
          { head: t('conformance.contract'), cell: ({ contract }) => t(`conformance.contract.${contract}`) },
          { head: t('conformance.against'), cell: ({ against }) => t(`conformance.against.${against}`) },
          {
            head: t('conformance.outcome'),
            cell: ({ outcome }) => <StateBadge tone={TONES[outcome]} label={t(`conformance.outcome.${outcome}`)} />,
          },
          { head: t('conformance.says'), cell: ({ says }) => <Told>{says}</Told> },
        ]}
      />
    </Section>
  );
}
