import { Button, Group, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FEE_CURRENCIES, FEE_ITEMS, FEE_REDUCTIONS, type Fee, feeCents } from '#wire';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

const REFRESHED = ['access-requests', 'permits', 'register'];

/** A statement of a fee, item by item, with what is to be paid. */
export function FeeTable({ of, fee }: { readonly of: string; readonly fee: Fee }) {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (cents: number) => format.money(cents, fee.currency);
  const { items, reduction } = fee;
  return (
    <>
      <DataTable
        caption={`${t('fee.title')}: ${of}`}
        rows={items.map((item, index) => ({ ...item, index }))}
        keyOf={({ index }) => index}
        columns={[
          { head: t('fee.for'), cell: ({ kind }) => t(`fee.item.${kind}`) },
          { head: t('fee.because'), cell: ({ because }) => because },
          { head: t('fee.amount'), numeric: true, cell: ({ cents }) => money(cents) },
        ]}
      />
      <p className="prose">
        {reduction === null
          ? null
          : `${t(`fee.reduction.${reduction.reason}`)}: −${format.percent(reduction.percent / 100)}. `}
        <strong>{t('fee.total', { amount: money(feeCents(fee)) })}</strong>
      </p>
    </>
  );
}

/** The requester reads the fee of a grant and accepts it, or does not. */
export function FeeAnswer(props: {
  readonly path: string;
  readonly of: string;
  readonly fee: Fee;
  readonly untilMs: number | null;
}) {
  const { path, of, fee, untilMs } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const answer = useWrite(REFRESHED);
  const cents = feeCents(fee);
  const { currency } = fee;
  const send = (accepts: boolean) => answer.mutate({ path: `${path}/fee-answer`, body: { accepts, cents, currency } });
  return (
    <Stack gap="sm">
      <p className="prose">
        {t('fee.waits')}
        {untilMs === null ? null : ` ${t('fee.until', { date: format.day(untilMs) })}`}
      </p>
      <FeeTable of={of} fee={fee} />
      <Group gap="sm">
        <Button loading={answer.isPending} onClick={() => send(true)}>
          {t('fee.accept', { amount: format.money(cents, currency) })}
        </Button>
        <Button variant="default" disabled={answer.isPending} onClick={() => send(false)}>
          {t('fee.decline')}
        </Button>
      </Group>
      {answer.error === null ? null : <ProblemNotice error={answer.error} />}
    </Stack>
  );
}

interface Item {
  readonly kind: Fee['items'][number]['kind'];
  /** In whole and hundredths of the currency; undefined while nothing is written. */
  readonly amount: number | undefined;
  readonly because: string;
}

const NEW_ITEM: Item = { kind: 'preparation', amount: undefined, because: '' };

/** A member states what a grant will cost. */
export function FeeForm({ path, fee }: { readonly path: string; readonly fee: Fee | null }) {
  const { t } = useTranslation();
  const [currency, setCurrency] = useState<Fee['currency']>(fee?.currency ?? 'EUR');
  const [items, setItems] = useState<readonly Item[]>(
    fee?.items.map(({ kind, cents, because }) => ({ kind, amount: cents / 100, because })) ?? [NEW_ITEM],
  );
  const [reason, setReason] = useState<NonNullable<Fee['reduction']>['reason'] | ''>(fee?.reduction?.reason ?? '');
  const [percent, setPercent] = useState(fee?.reduction?.percent ?? 50);
  const state = useWrite(REFRESHED);
  const set = (index: number, part: Partial<Item>) =>
    setItems((now) => now.map((item, at) => (at === index ? { ...item, ...part } : item)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const stated: Fee = {
      currency,
      items: items.map(({ kind, amount, because }) => ({ kind, cents: Math.round((amount ?? 0) * 100), because })),
      reduction: reason === '' ? null : { reason, percent },
    };
    state.mutate({ method: 'PUT', path: `${path}/fee`, body: { fee: stated } });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <p className="prose quiet">{t('fee.lead')}</p>
        <NativeSelect
          label={t('fee.currency')}
          value={currency}
          maw={160}
          data={[...FEE_CURRENCIES]}
          onChange={({ currentTarget }) =>
            setCurrency(FEE_CURRENCIES.find((one) => one === currentTarget.value) ?? 'EUR')
          }
        />
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items have nothing else that tells them apart while they are written
          <Group key={index} gap="sm" align="flex-end">
            <NativeSelect
              label={t('fee.for-number', { number: index + 1 })}
              value={item.kind}
              data={FEE_ITEMS.map((value) => ({ value, label: t(`fee.item.${value}`) }))}
              onChange={({ currentTarget }) =>
                set(index, { kind: FEE_ITEMS.find((one) => one === currentTarget.value) ?? 'preparation' })
              }
            />
            <NumberInput
              label={t('fee.amount-number', { number: index + 1 })}
              required
              min={0.01}
              max={1_000_000}
              decimalScale={2}
              maw={160}
              value={item.amount ?? ''}
              onChange={(value) => set(index, { amount: typeof value === 'number' ? value : undefined })}
            />
            <TextInput
              label={t('fee.because-number', { number: index + 1 })}
              required
              maxLength={500}
              value={item.because}
              onChange={({ currentTarget }) => set(index, { because: currentTarget.value })}
            />
            {items.length === 1 ? null : (
              <Button
                variant="default"
                aria-label={t('fee.remove', { number: index + 1 })}
                onClick={() => setItems((now) => now.filter((_, at) => at !== index))}
              >
                ×
              </Button>
            )}
          </Group>
        ))}
        <div>
          <Button variant="default" disabled={items.length >= 20} onClick={() => setItems((now) => [...now, NEW_ITEM])}>
            {t('fee.add')}
          </Button>
        </div>
        <Group gap="sm" align="flex-end">
          <NativeSelect
            label={t('fee.reduction')}
            value={reason}
            data={[
              { value: '', label: t('fee.reduction.none') },
              ...FEE_REDUCTIONS.map((value) => ({ value, label: t(`fee.reduction.${value}`) })),
            ]}
            onChange={({ currentTarget }) => setReason(FEE_REDUCTIONS.find((one) => one === currentTarget.value) ?? '')}
          />
          {reason === '' ? null : (
            <NumberInput
              label={t('fee.percent')}
              required
              min={1}
              max={100}
              allowDecimal={false}
              maw={160}
              value={percent}
              onChange={(value) => typeof value === 'number' && setPercent(value)}
            />
          )}
        </Group>
        <Group gap="sm">
          <Button type="submit" variant="default" loading={state.isPending}>
            {t('fee.state')}
          </Button>
          {fee === null ? null : (
            <Button
              variant="default"
              disabled={state.isPending}
              onClick={() => state.mutate({ method: 'PUT', path: `${path}/fee`, body: { fee: null } })}
            >
              {t('fee.none-after-all')}
            </Button>
          )}
        </Group>
      </Stack>
      {state.error === null ? null : <ProblemNotice error={state.error} />}
    </form>
  );
}
