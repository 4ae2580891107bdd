import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readText } from '../api/http.ts';
import { mappingTablesQuery, mappingYamlQuery } from '../api/queries.ts';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { useTakeMapping } from './use-take-mapping.ts';

interface MappingTextProps {
  readonly tableId: string;
  readonly isMapped: boolean;
  readonly name: string;
  /** Called when the table has another mapping than the one that was worked on. */
  readonly onTaken: () => void;
}

/** The saved mapping as text, to be read, kept and run again; and a mapping that was made before, for this table. */
export function MappingText({ tableId, isMapped, name, onTaken }: MappingTextProps) {
  const { t } = useTranslation();
  const yaml = useQuery({ ...mappingYamlQuery(tableId), enabled: isMapped });
  const path = `/api/mapping/tables/${encodeURIComponent(tableId)}/mapping`;
  return (
    <Section title={t('mapping.text')} lead={t('mapping.text-lead')}>
      {isMapped ? (
        <>
          <Group>
            <Button
              component="a"
              variant="default"
              href={path}
              download={`${name.replace(/\.[^.]*$/, '')}.mapping.yaml`}
            >
              {t('mapping.download')}
            </Button>
          </Group>
          {yaml.data === undefined ? null : (
            <details className="as-table">
              <summary>{t('mapping.show-text')}</summary>
              <pre className="command">{yaml.data}</pre>
            </details>
          )}
        </>
      ) : (
        <p className="prose quiet">{t('mapping.not-saved')}</p>
      )}
      <TakeMapping tableId={tableId} onTaken={onTaken} />
    </Section>
  );
}

/** Takes the mapping of another table, or one from a file. */
function TakeMapping({ tableId, onTaken }: Pick<MappingTextProps, 'tableId' | 'onTaken'>) {
  const { t } = useTranslation();
  const { data } = useQuery(mappingTablesQuery);
  const others = (data?.items ?? []).filter((one) => one.isMapped && one.tableId !== tableId);
  const [from, setFrom] = useState('');
  const take = useTakeMapping(tableId, onTaken);
  return (
    <Stack gap="sm">
      {others.length === 0 ? null : (
        <Group gap="xs" align="flex-end">
          <NativeSelect
            label={t('mapping.take-from')}
            value={from}
            onChange={({ currentTarget }) => setFrom(currentTarget.value)}
            data={[
              { value: '', label: t('mapping.choose-table') },
              ...others.map((one) => ({ value: one.tableId, label: one.name })),
            ]}
          />
          <Button
            variant="default"
            disabled={from === '' || take.isPending}
            onClick={() => take.mutate(() => readText(`/api/mapping/tables/${encodeURIComponent(from)}/mapping`))}
          >
            {t('mapping.take')}
          </Button>
        </Group>
      )}
      <label className="file-choice">
        <span>{t('mapping.take-file')}</span>
        <input
          type="file"
          accept=".yaml,.yml"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.item(0);
            if (file) take.mutate(() => file.text());
          }}
        />
      </label>
      {take.isSuccess ? <Notice tone="good" role="status" title={t('mapping.taken')} /> : null}
      {take.error === null ? null : <ProblemNotice error={take.error} />}
    </Stack>
  );
}
