import { ActionIcon, Button, Menu, useMantineColorScheme } from '@mantine/core';
import { IconLanguage, IconLogout, IconMoon, IconSun, IconSunMoon, IconUserCircle } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { signInAddress, useSession } from '../api/session.ts';
import { OFFERED_LANGUAGES, speak } from '../i18n/catalogue.ts';
import { isLanguage, LANGUAGES } from '../i18n/languages.ts';

const SCHEMES = ['auto', 'light', 'dark'] as const;
const SCHEME_ICONS = { auto: IconSunMoon, light: IconSun, dark: IconMoon } as const;

/** Chooses the language of every text, number and date. */
export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label={t('shell.language')}>
          <IconLanguage size={21} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(chosen) => {
            if (isLanguage(chosen)) void speak(chosen);
          }}
        >
          {OFFERED_LANGUAGES.map((code) => (
            <Menu.RadioItem key={code} value={code} lang={code} closeMenuOnClick>
              {LANGUAGES[code]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Light, dark, or as the device has it. */
export function SchemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = SCHEME_ICONS[colorScheme];
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label={t('shell.scheme')}>
          <Icon size={21} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(chosen) => setColorScheme(SCHEMES.find((scheme) => scheme === chosen) ?? 'auto')}
        >
          {SCHEMES.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick>
              {t(`shell.scheme.${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Who is signed in, or the way in. */
export function AccountMenu() {
  const { t } = useTranslation();
  const session = useSession();
  const path = useRouterState({ select: (state) => state.location.href });
  if (session.person === null) {
    return (
      <Button component="a" href={signInAddress(session, path)} size="sm" variant="filled">
        {t('entry.sign-in')}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" withinPortal width={260}>
      <Menu.Target>
        <Button
          variant="subtle"
          size="sm"
          px="xs"
          leftSection={<IconUserCircle size={21} aria-hidden="true" />}
          aria-label={t('shell.account', { name: session.person.name })}
        >
          <span className="account-name">{session.person.name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.person.roles.map((role) => t(`role.${role}`)).join(' · ')}</Menu.Label>
        <Menu.Item
          leftSection={<IconLogout size={17} aria-hidden="true" />}
          onClick={() => void signOut(session.csrfToken)}
        >
          {t('shell.sign-out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function signOut(csrfToken: string | null): Promise<void> {
  await fetch('/auth/sign-out', { method: 'POST', headers: { 'x-unica-csrf': csrfToken ?? '' } });
  // A full load drops everything this page kept in memory about the person.
  window.location.assign('/');
}
