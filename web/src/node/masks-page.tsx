import { Button, Group, NativeSelect, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { maskSampleSchema } from '#wire';
import { maskSamplesQuery, masksQuery } from '../api/queries.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { MaskTally } from './mask-tally.tsx';
import { NODE_READERS } from './node-readers.ts';

/** What imports blacked out, random samples of it, and what people say. */
export function MasksPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('masks.title')} lead={t('masks.lead')} />
      <Samples />
      <Masked />
    </>
  );
}

/** Of each group, unless told: with nothing found, at most one in seventeen is readable. */
const USUAL_SAMPLE = 50;

function Samples() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [masked, setMasked] = useState<number | string>(USUAL_SAMPLE);
  const [unmasked, setUnmasked] = useState<number | string>(USUAL_SAMPLE);
  const draw = useWriteFor(maskSampleSchema, ['mask-samples'], ({ sampleId }) => {
    void navigate({ to: '/mask-samples/$sampleId', params: { sampleId } });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    draw.mutate({ path: '/api/mask-samples', body: { masked: Number(masked), unmasked: Number(unmasked) } });
  };
  return (
    <Loaded query={useQuery(maskSamplesQuery)} roles={NODE_READERS.masks}>
      {({ items }) => (
        <Section title={t('masks.samples')} lead={t('masks.samples-lead')}>
          <form onSubmit={submit}>
            <Group gap="sm" align="flex-end">
              <NumberInput
                label={t('masks.draw-masked')}
                required
                min={0}
                max={500}
                value={masked}
                onChange={setMasked}
              />
              <NumberInput
                label={t('masks.draw-unmasked')}
                required
                min={0}
                max={500}
                value={unmasked}
                onChange={setUnmasked}
              />
              <Button type="submit" loading={draw.isPending}>
                {t('masks.draw')}
              </Button>
            </Group>
          </form>
          {draw.error === null ? null : <ProblemNotice error={draw.error} />}
          {items.length === 0 ? (
            <EmptyState title={t('masks.no-samples')} hint={t('masks.no-samples-hint')} />
          ) : (
            <DataTable
              caption={t('masks.samples-table')}
              rows={items}
              keyOf={({ sampleId }) => sampleId}
              columns={[
                { head: t('masks.drawn'), cell: ({ atMs }) => format.moment(atMs) },
                { head: t('masks.group.masked'), cell: (sample) => <MaskTally {...sample.masked} /> },
                { head: t('masks.group.unmasked'), cell: (sample) => <MaskTally {...sample.unmasked} /> },
                { head: t('masks.reviewers'), cell: ({ reviewers }) => format.list(reviewers) },
                {
                  head: t('masks.go'),
                  cell: ({ sampleId }) => (
                    <ButtonLink to="/mask-samples/$sampleId" params={{ sampleId }} variant="default" size="compact-sm">
                      {t('masks.go-on')}
                    </ButtonLink>
                  ),
                },
              ]}
            />
          )}
        </Section>
      )}
    </Loaded>
  );
}

const TONES = { right: 'good', 'too-much': 'warn', readable: 'bad' } as const;

function Masked() {
  const { t } = useTranslation();
  const format = useFormat();
  const [page, setPage] = useState(0);
  const [modality, setModality] = useState('');
  return (
    <Loaded query={useQuery(masksQuery(page, modality))} roles={NODE_READERS.masks}>
      {({ items, isLast, equipment }) => (
        <>
          <Section title={t('masks.list')}>
            <NativeSelect
              label={t('masks.modality')}
              style={{ maxWidth: '16rem' }}
              value={modality}
              onChange={({ currentTarget }) => {
                setModality(currentTarget.value);
                setPage(0);
              }}
              data={[
                { value: '', label: t('masks.any-modality') },
                ...[...new Set(equipment.flatMap((one) => one.modality ?? []))].sort(),
              ]}
            />
            {items.length === 0 ? (
              <EmptyState title={t('masks.empty')} hint={t('masks.empty-hint')} />
            ) : (
              <DataTable
                caption={t('masks.table')}
                rows={items}
                keyOf={({ sopInstanceUid }) => sopInstanceUid}
                columns={[
                  {
                    head: t('masks.arrived'),
                    cell: ({ importedAtMs }) => format.moment(importedAtMs),
                  },
                  { head: t('masks.modality'), cell: (image) => image.modality ?? t('masks.unknown') },
                  { head: t('masks.maker'), cell: (image) => image.manufacturer ?? t('masks.unknown') },
                  { head: t('masks.places'), numeric: true, cell: (image) => format.count(image.masks) },
                  {
                    head: t('masks.found-by'),
                    cell: ({ reasons }) => format.list(reasons.map((reason) => t(`masks.reason.${reason}`))),
                  },
                  {
                    head: t('masks.certainty'),
                    numeric: true,
                    cell: ({ leastConfidence }) => format.percent(leastConfidence),
                  },
                  {
                    head: t('masks.said'),
                    cell: ({ verdict }) =>
                      verdict === null ? (
                        <span className="quiet">{t('masks.none-said')}</span>
                      ) : (
                        <StateBadge tone={TONES[verdict]} label={t(`masks.verdict.${verdict}`)} />
                      ),
                  },
                  {
                    head: t('masks.go'),
                    cell: ({ sopInstanceUid }) => (
                      <ButtonLink
                        to="/masks/$sopInstanceUid"
                        params={{ sopInstanceUid }}
                        variant="default"
                        size="compact-sm"
                      >
                        {t('masks.look')}
                      </ButtonLink>
                    ),
                  },
                ]}
              />
            )}
            {page === 0 && isLast ? null : (
              <Group gap="xs">
                <Button variant="default" size="sm" disabled={page === 0} onClick={() => setPage(page - 1)}>
                  {t('masks.newer')}
                </Button>
                <Button variant="default" size="sm" disabled={isLast} onClick={() => setPage(page + 1)}>
                  {t('masks.older')}
                </Button>
              </Group>
            )}
          </Section>
          {equipment.length === 0 ? null : (
            <Section title={t('masks.by-equipment')}>
              <DataTable
                caption={t('masks.by-equipment-table')}
                rows={equipment}
                keyOf={(one) => `${one.modality}/${one.manufacturer}`}
                columns={[
                  { head: t('masks.modality'), cell: (one) => one.modality ?? t('masks.unknown') },
                  { head: t('masks.maker'), cell: (one) => one.manufacturer ?? t('masks.unknown') },
                  { head: t('masks.images'), numeric: true, cell: ({ images }) => format.count(images) },
                  { head: t('masks.of-them'), numeric: true, cell: ({ masked }) => format.count(masked) },
                ]}
              />
            </Section>
          )}
        </>
      )}
    </Loaded>
  );
}
