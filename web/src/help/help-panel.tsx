import { Button, Checkbox, Drawer, Group, Stack, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconHelp } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { TextLink } from '../parts/router-link.tsx';
import { isHelpKey, isKeyOn, keepKey } from './help-key.ts';
import { HELP_LESSONS, type HelpPage, helpPageOf } from './page-help.ts';

/** The way to the help of the page that is shown. @param hasOwnKey the page has a use of its own for the key `?` */
export function HelpTool({ hasOwnKey }: { readonly hasOwnKey: boolean }) {
  const { t } = useTranslation();
  const [isOpen, panel] = useDisclosure(false);
  const [isByKey, setByKey] = useState(isKeyOn);
  // On another page the reading position is at its beginning, not at this button.
  const [isFocusBack, setFocusBack] = useState(true);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const listens = isByKey && !hasOwnKey;
  const open = useCallback(() => {
    setFocusBack(true);
    panel.open();
  }, [panel.open]);
  useEffect(() => {
    if (!listens) return;
    const onKey = (event: KeyboardEvent) => {
      if (!isHelpKey(event)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [listens, open]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: help belongs to a page and closes when another one comes.
  useEffect(() => {
    setFocusBack(false);
    panel.close();
  }, [path]);
  return (
    <>
      <Button
        variant="subtle"
        size="sm"
        px="xs"
        leftSection={<IconHelp size={21} aria-hidden="true" />}
        className="help-tool"
        aria-label={t('help-panel.open')}
        aria-haspopup="dialog"
        {...(listens ? { 'aria-keyshortcuts': '?' } : {})}
        onClick={open}
      >
        <span className="help-name">{t('help-panel.open')}</span>
      </Button>
      <Drawer.Root opened={isOpen} onClose={panel.close} returnFocus={isFocusBack} position="right" size="md">
        <Drawer.Overlay />
        <Drawer.Content>
          <Drawer.Body pt="md" pb="xl">
            <PageHelp>
              {hasOwnKey ? null : (
                <Checkbox
                  label={t('help-panel.key')}
                  description={t('help-panel.key-hint')}
                  checked={isByKey}
                  onChange={({ currentTarget }) => {
                    setByKey(currentTarget.checked);
                    keepKey(currentTarget.checked);
                  }}
                />
              )}
            </PageHelp>
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
    </>
  );
}

function PageHelp({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const page = useHelpPage();
  const lesson = page in HELP_LESSONS ? HELP_LESSONS[page as keyof typeof HELP_LESSONS] : undefined;
  return (
    <Stack gap="md" className="help">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Drawer.Title fz="lg" fw={650}>
          {t('help-panel.title')}
        </Drawer.Title>
        <Drawer.CloseButton aria-label={t('help-panel.close')} />
      </Group>
      <p className="prose">{t(`help.${page}.what`)}</p>
      <section>
        <Title order={3}>{t('help-panel.do')}</Title>
        <ol>
          <li>{t(`help.${page}.do.1`)}</li>
          <li>{t(`help.${page}.do.2`)}</li>
        </ol>
      </section>
      <section>
        <Title order={3}>{t('help-panel.kept')}</Title>
        <p className="prose">{t(`help.${page}.kept`)}</p>
      </section>
      <section>
        <Title order={3}>{t('help-panel.more')}</Title>
        <ul>
          <li>
            {lesson === undefined ? (
              <TextLink to="/academy">{t('help-panel.academy')}</TextLink>
            ) : (
              <TextLink to="/academy/lessons/$lesson" params={{ lesson }}>
                {t('help-panel.lesson', { title: t(`academy.lesson.${lesson}.title`) })}
              </TextLink>
            )}
          </li>
          <li>
            <TextLink to="/errors">{t('help-panel.errors')}</TextLink>
          </li>
        </ul>
      </section>
      {children}
    </Stack>
  );
}

function useHelpPage(): HelpPage {
  const { kind, siteId } = useSession().house;
  const route = useRouterState({
    select: ({ matches }) => {
      const match = matches.at(-1);
      return match === undefined || match.routeId === '__root__' ? undefined : match.fullPath;
    },
  });
  return helpPageOf(kind, route, kind === 'node' && siteId === null);
}
