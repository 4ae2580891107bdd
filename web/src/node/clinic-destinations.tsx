import { Button, Checkbox, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ClinicDestination, type ClinicTrial, clinicTrialSchema } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';

/** As the standards call them, in every language. */
const KIND_NAMES = { dimse: 'DICOM (C-STORE)', stow: 'DICOMweb (STOW-RS)', fhir: 'FHIR R4' } as const;

const KINDS = ['dimse', 'stow', 'fhir'] as const;

/** Where results of models that are shown are sent. */
export function ClinicDestinations({ destinations }: { readonly destinations: readonly ClinicDestination[] }) {
  const { t } = useTranslation();
  const decides = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  return (
    <Section title={t('clinic.destinations')} lead={t('clinic.destinations-lead')}>
      {destinations.flatMap(({ name, trouble }) =>
        trouble === null
          ? []
          : [
              <Notice key={name} tone="bad" title={t('clinic.trouble-of', { name })}>
                <p>
                  <Told>{`${trouble.sentence} ${trouble.mend}`}</Told>
                </p>
              </Notice>,
            ],
      )}
      {destinations.length === 0 ? (
        <p className="prose quiet">{t('clinic.no-destinations')}</p>
      ) : (
        <DestinationTable destinations={destinations} decides={decides} />
      )}
      {decides ? <DestinationForm /> : null}
    </Section>
  );
}

interface TableProps {
  readonly destinations: readonly ClinicDestination[];
  readonly decides: boolean;
}

function DestinationTable({ destinations, decides }: TableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [tried, setTried] = useState<{ readonly name: string; readonly trial: ClinicTrial }>();
  const [asked, setAsked] = useState('');
  const trial = useWriteFor(clinicTrialSchema, [], (answer) => setTried({ name: asked, trial: answer }));
  const remove = useWrite(['clinic']);
  const error = trial.error ?? remove.error;
  return (
    <>
      <DataTable
        caption={`${t('clinic.destinations')}: ${t('clinic.address')}`}
        rows={destinations}
        keyOf={({ name }) => name}
        columns={[
          { head: t('clinic.name'), cell: ({ name }) => name },
          { head: t('clinic.kind'), cell: ({ kind }) => KIND_NAMES[kind] },
          {
            head: t('clinic.address'),
            cell: ({ address, isEncrypted }) => (
              <>
                <span className="digest">{address}</span>
                {isEncrypted ? null : ` (${t('clinic.plain')})`}
              </>
            ),
          },
          { head: t('clinic.to-send'), cell: ({ waiting }) => format.count(waiting), numeric: true },
          { head: t('clinic.sent'), cell: ({ sent }) => format.count(sent), numeric: true },
          { head: t('clinic.refused'), cell: ({ refused }) => format.count(refused), numeric: true },
          ...(decides
            ? [
                {
                  head: t('clinic.actions'),
                  cell: ({ name }: ClinicDestination) => (
                    <Group gap="xs" wrap="nowrap">
                      <Button
                        size="xs"
                        variant="default"
                        loading={trial.isPending}
                        aria-label={t('clinic.test-named', { name })}
                        onClick={() => {
                          setTried(undefined);
                          setAsked(name);
                          trial.mutate({ path: `/api/clinic/destinations/${name}/trial`, body: {} });
                        }}
                      >
                        {t('clinic.test')}
                      </Button>
                      <Button
                        size="xs"
                        variant="default"
                        loading={remove.isPending}
                        aria-label={t('clinic.remove-named', { name })}
                        onClick={() => remove.mutate({ path: `/api/clinic/destinations/${name}`, method: 'DELETE' })}
                      >
                        {t('clinic.remove')}
                      </Button>
                    </Group>
                  ),
                },
              ]
            : []),
        ]}
      />
      {error === null ? null : <ProblemNotice error={error} />}
      {tried === undefined ? null : <Tried {...tried} />}
    </>
  );
}

function Tried({ name, trial }: { readonly name: string; readonly trial: ClinicTrial }) {
  const { t } = useTranslation();
  const format = useFormat();
  const milliseconds = format.count(trial.milliseconds);
  if (trial.trouble === null)
    return <Notice tone="good" role="status" title={t('clinic.answered', { name, milliseconds })} />;
  return (
    <Notice tone="bad" role="alert" title={t('clinic.silent', { name })}>
      <p>
        <Told>{`${trial.trouble.sentence} ${trial.trouble.mend}`}</Told>
      </p>
    </Notice>
  );
}

function DestinationForm() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<(typeof KINDS)[number]>('dimse');
  const [address, setAddress] = useState('');
  const [refusals, setRefusals] = useState(true);
  const [system, setSystem] = useState('');
  const put = useWrite(['clinic'], () => {
    setName('');
    setAddress('');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const patientSystem = kind === 'fhir' && system.trim() !== '' ? system.trim() : null;
    put.mutate({
      path: `/api/clinic/destinations/${name}`,
      method: 'PUT',
      body: { kind, address, refusals, patientSystem },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group gap="sm" align="flex-start">
          <TextInput
            label={t('clinic.name')}
            required
            pattern="[a-z0-9][a-z0-9\-]{0,31}"
            maxLength={32}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <NativeSelect
            label={t('clinic.kind')}
            value={kind}
            onChange={({ currentTarget }) => setKind(KINDS.find((one) => one === currentTarget.value) ?? 'dimse')}
            data={KINDS.map((one) => ({ value: one, label: KIND_NAMES[one] }))}
          />
          <TextInput
            label={t('clinic.address')}
            description={t('clinic.address-hint')}
            required
            maxLength={500}
            value={address}
            onChange={({ currentTarget }) => setAddress(currentTarget.value)}
          />
          {kind === 'fhir' ? (
            <TextInput
              label={t('clinic.patient-system')}
              maxLength={300}
              value={system}
              onChange={({ currentTarget }) => setSystem(currentTarget.value)}
            />
          ) : null}
        </Group>
        <Checkbox
          label={t('clinic.refusals-too')}
          checked={refusals}
          onChange={({ currentTarget }) => setRefusals(currentTarget.checked)}
        />
        <div>
          <Button type="submit" variant="default" loading={put.isPending}>
            {t('clinic.add')}
          </Button>
        </div>
      </Stack>
      {put.error === null ? null : <ProblemNotice error={put.error} />}
    </form>
  );
}
