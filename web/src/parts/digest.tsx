import { ActionIcon, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

/** The first digits of a SHA-256 digest, the whole of it on the clipboard at a click. */
export function Digest({ sha256 }: { readonly sha256: string }) {
  return (
    <Group gap={4} wrap="nowrap" display="inline-flex">
      <span className="digest" title={sha256}>
        {sha256.slice(0, 12)}…
      </span>
      <CopyText text={sha256} />
    </Group>
  );
}

/** A button that copies a text. */
export function CopyText({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon variant="subtle" size="sm" onClick={copy} aria-label={copied ? t('copied') : t('copy')}>
          {copied ? <IconCheck size={15} aria-hidden="true" /> : <IconCopy size={15} aria-hidden="true" />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}
