import { Button, Group, NativeSelect, NumberInput, Radio, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readingSettingsViewSchema, type SiteTable, SUPPLEMENTAL_EXAMS } from '#wire';
import { readingSettingsQuery } from '../api/queries.ts';
import { useWriteFor } from '../api/use-write.ts';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';

type Settings = ReturnType<typeof readingSettingsViewSchema.parse>;

/** How reading is done here; for the operator. */
export function ReadingSettingsForm() {
  return <Loaded query={useQuery(readingSettingsQuery)}>{(settings) => <Form settings={settings} />}</Loaded>;
}

interface DraftBand {
  readonly from: number | string;
  readonly below: number | string;
  readonly months: number | string;
  readonly exam: string;
}

/** 100 × 0.07 is a little more than 7: what nobody changed must not be written as another number. */
const percentOf = (share: number) => Number((100 * share).toFixed(9));

const NEW_BAND: DraftBand = { from: '', below: '', months: '', exam: '' };

function Form({ settings }: { readonly settings: Settings }) {
  const { t } = useTranslation();
  const known = settings.siteTable;
  const [mode, setMode] = useState(settings.mode);
  const [title, setTitle] = useState(known?.source.title ?? '');
  const [place, setPlace] = useState(known?.source.place ?? '');
  const [year, setYear] = useState<number | string>(known?.source.year ?? '');
  const [years, setYears] = useState<number | string>(known?.years ?? 5);
  const [bands, setBands] = useState<readonly DraftBand[]>(() =>
    (known?.bands ?? []).map((band) => ({
      from: percentOf(band.from),
      below: percentOf(band.below),
      months: band.intervalMonths ?? '',
      exam: band.supplemental ?? '',
    })),
  );
  const save = useWriteFor(readingSettingsViewSchema, ['reading-settings', 'reading-list']);
  const change = (at: number, part: Partial<DraftBand>) =>
    setBands(bands.map((band, place_) => (place_ === at ? { ...band, ...part } : band)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({
      path: '/api/reading/settings',
      method: 'PUT',
      body: { mode, siteTable: bands.length === 0 ? null : tableOf({ title, place, year, years, bands }) },
    });
  };
  return (
    <Section title={t('reading-settings.title')} lead={t('reading-settings.lead')}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Radio.Group
            label={t('reading-settings.mode')}
            value={mode}
            onChange={(value) => setMode(value === 'on-demand' ? 'on-demand' : 'own-read-first')}
          >
            <Stack gap={6} mt={6}>
              <Radio value="own-read-first" label={t('reading.mode.own-read-first')} />
              <Radio value="on-demand" label={t('reading.mode.on-demand')} />
            </Stack>
          </Radio.Group>
          <fieldset className="site-table">
            <legend>{t('reading-settings.table')}</legend>
            <p className="prose quiet">{t('reading-settings.table-lead')}</p>
            {bands.length === 0 ? null : (
              <Group gap="sm" align="end">
                <TextInput
                  label={t('reading-settings.source')}
                  required
                  style={{ flexBasis: '22rem' }}
                  maxLength={300}
                  value={title}
                  onChange={({ currentTarget }) => setTitle(currentTarget.value)}
                />
                <TextInput
                  label={t('reading-settings.place')}
                  required
                  maxLength={300}
                  value={place}
                  onChange={({ currentTarget }) => setPlace(currentTarget.value)}
                />
                <NumberInput
                  label={t('reading-settings.year')}
                  required
                  min={1950}
                  max={2100}
                  value={year}
                  onChange={setYear}
                />
                <NumberInput
                  label={t('reading-settings.years')}
                  required
                  min={1}
                  max={10}
                  value={years}
                  onChange={setYears}
                />
              </Group>
            )}
            {bands.map((band, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a band keeps its place while it is written.
              <Group key={at} gap="sm" align="end">
                <NumberInput
                  label={t('reading-settings.from')}
                  required
                  min={0}
                  max={100}
                  value={band.from}
                  onChange={(from) => change(at, { from })}
                />
                <NumberInput
                  label={t('reading-settings.below')}
                  required
                  min={0}
                  max={100}
                  value={band.below}
                  onChange={(below) => change(at, { below })}
                />
                <NumberInput
                  label={t('reading-settings.months')}
                  min={1}
                  max={120}
                  value={band.months}
                  onChange={(months) => change(at, { months })}
                />
                <NativeSelect
                  label={t('plan.supplemental')}
                  value={band.exam}
                  data={[
                    { value: '', label: t('reading.not-said') },
                    ...SUPPLEMENTAL_EXAMS.map((value) => ({ value, label: t(`plan.exam.${value}`) })),
                  ]}
                  onChange={({ currentTarget }) => change(at, { exam: currentTarget.value })}
                />
                <Button variant="default" onClick={() => setBands(bands.filter((_, place_) => place_ !== at))}>
                  {t('reading-settings.remove')}
                </Button>
              </Group>
            ))}
            <Button
              variant="default"
              disabled={bands.length >= 10}
              style={{ justifySelf: 'start' }}
              onClick={() => setBands([...bands, NEW_BAND])}
            >
              {t('reading-settings.add')}
            </Button>
          </fieldset>
          <Button type="submit" loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('reading-settings.save')}
          </Button>
          {save.error === null ? null : <ProblemNotice error={save.error} />}
          {save.isSuccess ? <p role="status">{t('reading-settings.saved')}</p> : null}
        </Stack>
      </form>
    </Section>
  );
}

function tableOf(draft: {
  readonly title: string;
  readonly place: string;
  readonly year: number | string;
  readonly years: number | string;
  readonly bands: readonly DraftBand[];
}): SiteTable {
  return {
    source: { title: draft.title, place: draft.place, year: Number(draft.year), url: null },
    years: Number(draft.years),
    bands: draft.bands.map(({ from, below, months, exam }) => ({
      from: Number(from) / 100,
      below: Number(below) / 100,
      intervalMonths: typeof months === 'number' ? months : null,
      supplemental: SUPPLEMENTAL_EXAMS.find((one) => one === exam) ?? null,
    })),
  };
}
