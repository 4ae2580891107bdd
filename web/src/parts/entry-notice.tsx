import { Button } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Role } from '#wire';
import { signInAddress, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';

/** Says kindly that a page is for others, and how to get in. */
export function EntryNotice({ roles }: { readonly roles: readonly Role[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const path = useRouterState({ select: (state) => state.location.href });
  const who = format.list(roles.map((role) => t(`role.${role}`)));
  return (
    <div className="surface empty">
      <IconLock size={36} stroke={1.4} aria-hidden="true" />
      <p className="empty-title">{session.person === null ? t('entry.sign-in-title') : t('entry.other-role-title')}</p>
      <p>{roles.length === 0 ? t('entry.any-role') : t('entry.for-roles', { roles: who })}</p>
      {session.person === null ? (
        <Button component="a" href={signInAddress(session, path)}>
          {t('entry.sign-in')}
        </Button>
      ) : (
        <p>{t('entry.other-role-hint')}</p>
      )}
    </div>
  );
}
