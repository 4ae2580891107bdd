import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Kit } from '#wire';
import { isLanguage, LANGUAGES } from '../i18n/languages.ts';
import type { KitChoice } from './use-kit-choice.ts';

/** In which language, and with whose name. */
export function KitChoiceFields({
  choice,
  partners,
  onChange,
}: {
  readonly choice: KitChoice;
  readonly partners: Kit['partners'];
  readonly onChange: (choice: KitChoice) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="two-columns not-printed">
      <NativeSelect
        label={t('kit.language')}
        value={choice.language}
        data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
        onChange={({ currentTarget: { value } }) => {
          if (isLanguage(value)) onChange({ ...choice, language: value });
        }}
      />
      {partners.length === 0 ? null : (
        <NativeSelect
          label={t('kit.partner')}
          value={choice.partner}
          data={[
            { value: '', label: t('kit.network-only') },
            ...partners.map(({ partnerId, name }) => ({ value: partnerId, label: name })),
          ]}
          onChange={({ currentTarget: { value } }) => onChange({ ...choice, partner: value })}
        />
      )}
    </div>
  );
}
