import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '#wire';
import { auditQuery, verificationQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { HUB_READERS } from '../hub/hub-readers.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';

/** The journal of this house and whether its chain holds. */
export function AuditPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [action, setAction] = useState('');
  const isNode = useSession().house.kind === 'node';
  const isAuditor = holdsOneOf(useSession(), ['auditor', 'protection-officer']) && isNode;
  const journal = useQuery(auditQuery(isNode ? action.trim() : ''));
  const readers = useReaders();
  return (
    <>
      <PageHead title={t('audit.title')} lead={t('audit.lead')} />
      <Loaded query={journal} roles={readers}>
        {({ entries, total }) => (
          <>
            <ChainLine />
            <Section
              title={t('audit.entries')}
              lead={t('audit.shown', { shown: entries.length, total })}
              aside={isAuditor ? <a href="/api/audit/export">{t('audit.export')}</a> : null}
            >
              {isNode ? (
                <TextInput
                  label={t('audit.filter')}
                  placeholder="consent."
                  maxLength={80}
                  maw={320}
                  value={action}
                  onChange={({ currentTarget }) => setAction(currentTarget.value)}
                />
              ) : null}
              {entries.length === 0 ? (
                <EmptyState title={t('audit.empty')} hint={t('audit.empty-hint')} />
              ) : (
                <DataTable
                  caption={t('audit.table')}
                  rows={entries}
                  keyOf={({ sequence }) => sequence}
                  columns={[
                    { head: t('audit.number'), cell: ({ sequence }) => format.count(sequence) },
                    { head: t('audit.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
                    { head: t('audit.actor'), cell: ({ actor }) => actor },
                    { head: t('audit.action'), cell: ({ action }) => <span className="digest">{action}</span> },
                    { head: t('audit.subject'), cell: ({ subject }) => subject },
                    { head: t('audit.because'), cell: ({ because }) => because ?? '–' },
                    { head: t('audit.digest'), cell: ({ entrySha256 }) => <Digest sha256={entrySha256} /> },
                  ]}
                />
              )}
            </Section>
          </>
        )}
      </Loaded>
    </>
  );
}

function useReaders(): readonly Role[] {
  return useSession().house.kind === 'hub' ? HUB_READERS.audit : NODE_READERS.audit;
}

function ChainLine() {
  const { t } = useTranslation();
  const format = useFormat();
  const readers = useReaders();
  return (
    <Loaded query={useQuery(verificationQuery)} roles={readers}>
      {({ entries, intact, brokenAt }) =>
        intact ? (
          <Notice tone="good" title={t('audit.intact')}>
            <p>{t('audit.intact-words', { count: entries })}</p>
          </Notice>
        ) : (
          <Notice tone="bad" role="alert" title={t('audit.broken')}>
            <p>{t('audit.broken-words', { entry: brokenAt === null ? '?' : format.count(brokenAt) })}</p>
          </Notice>
        )
      }
    </Loaded>
  );
}
