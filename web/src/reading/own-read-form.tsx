import { Button, NativeSelect, Radio, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BIRADS_CATEGORIES, DENSITY_CATEGORIES, type OpenedStudy, type OwnRead, recordedReadSchema } from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import type { MarkedPlace } from './viewer.tsx';

type Mammogram = Extract<OwnRead, { task: 'mammography' }>;
type Nodule = Extract<OwnRead, { task: 'chest' }>['nodule'];

interface OwnReadFormProps {
  readonly study: OpenedStudy;
  readonly places: readonly MarkedPlace[];
  readonly onPlaces: (places: readonly MarkedPlace[]) => void;
  readonly onRecorded: (read: OwnRead) => void;
}

/** What the reader sees, recorded before a model is asked. */
export function OwnReadForm({ study, places, onPlaces, onRecorded }: OwnReadFormProps) {
  const { t } = useTranslation();
  const [right, setRight] = useState('');
  const [left, setLeft] = useState('');
  const [density, setDensity] = useState('');
  const [nodule, setNodule] = useState<Nodule>();
  const record = useWriteFor(recordedReadSchema, ['reading-list']);
  const read = readOf();
  function readOf(): OwnRead | undefined {
    const marked = places.map(({ sopInstanceUid, x, y }) => ({ sopInstanceUid, column: x, row: y }));
    if (study.task === 'chest') return nodule === undefined ? undefined : { task: 'chest', nodule, places: marked };
    const category = (value: string) => BIRADS_CATEGORIES.find((one) => one === value) ?? null;
    if (category(right) === null && category(left) === null) return undefined;
    return {
      task: 'mammography',
      right: category(right),
      left: category(left),
      density: DENSITY_CATEGORIES.find((one) => one === density) ?? null,
      places: marked,
    };
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (read === undefined) return;
    record.mutate(
      { path: `/api/reading/readings/${study.readingId}/own-read`, body: read },
      { onSuccess: () => onRecorded(read) },
    );
  };
  const categories = [
    { value: '', label: t('reading.not-imaged') },
    ...BIRADS_CATEGORIES.map((value) => ({ value, label: `${value} – ${t(`reading.birads.${value}`)}` })),
  ];
  return (
    <form onSubmit={submit} className="reader-part">
      <h2>{t('reading.own-read')}</h2>
      <Stack gap="xs">
        {study.task === 'mammography' ? (
          <>
            <NativeSelect
              label={t('reading.right-breast')}
              data={categories}
              value={right}
              onChange={({ currentTarget }) => setRight(currentTarget.value)}
            />
            <NativeSelect
              label={t('reading.left-breast')}
              data={categories}
              value={left}
              onChange={({ currentTarget }) => setLeft(currentTarget.value)}
            />
            <NativeSelect
              label={t('reading.density')}
              data={[
                { value: '', label: t('reading.not-said') },
                ...DENSITY_CATEGORIES.map((value) => ({
                  value,
                  label: `${value} – ${t(`reading.density.${value}`)}`,
                })),
              ]}
              value={density}
              onChange={({ currentTarget }) => setDensity(currentTarget.value)}
            />
          </>
        ) : (
          <Radio.Group
            label={t('reading.nodule')}
            value={nodule ?? ''}
            onChange={(value) => setNodule(value as Nodule)}
          >
            <Stack gap={6} mt={6}>
              {(['yes', 'no', 'unsure'] as const).map((value) => (
                <Radio key={value} value={value} label={t(`reading.nodule.${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <p className="quiet reader-marks">
          {t('reading.marked', { n: places.length })}{' '}
          {places.length === 0 ? null : (
            <button type="button" className="as-link" onClick={() => onPlaces([])}>
              {t('reading.unmark')}
            </button>
          )}
        </p>
        <Button type="submit" disabled={read === undefined} loading={record.isPending}>
          {t('reading.record')}
        </Button>
        <p className="quiet">{t('reading.record-hint')}</p>
        {record.error === null ? null : <ProblemNotice error={record.error} />}
      </Stack>
    </form>
  );
}

/** A read that is recorded. */
export function OwnReadView({ study, ownRead }: { readonly study: OpenedStudy; readonly ownRead: OwnRead }) {
  const { t } = useTranslation();
  return (
    <section className="reader-part" aria-label={t('reading.own-read')}>
      <h2>{t('reading.own-read')}</h2>
      <dl className="reader-facts">
        {ownRead.task === 'mammography' ? (
          <MammogramFacts read={ownRead} />
        ) : (
          <div>
            <dt>{t('reading.nodule')}</dt>
            <dd>{t(`reading.nodule.${ownRead.nodule}`)}</dd>
          </div>
        )}
      </dl>
      <p className="quiet" role="status">
        {t('reading.recorded', { n: ownRead.places.length })}
        {study.recordedAtMs === null ? '' : ''}
      </p>
    </section>
  );
}

function MammogramFacts({ read }: { readonly read: Mammogram }) {
  const { t } = useTranslation();
  const assessed = (category: Mammogram['right']) =>
    category === null ? t('reading.not-imaged') : `BI-RADS ${category}`;
  return (
    <>
      <div>
        <dt>{t('reading.right-breast')}</dt>
        <dd>{assessed(read.right)}</dd>
      </div>
      <div>
        <dt>{t('reading.left-breast')}</dt>
        <dd>{assessed(read.left)}</dd>
      </div>
      <div>
        <dt>{t('reading.density')}</dt>
        <dd>{read.density ?? t('reading.not-said')}</dd>
      </div>
    </>
  );
}
