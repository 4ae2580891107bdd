import { AppShell, Burger, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '#wire';
import { sessionQuery } from '../api/queries.ts';
import { SessionContext } from '../api/session.ts';
import { HelpTool } from '../help/help-panel.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { AccountMenu, LanguageMenu, SchemeMenu } from './header-tools.tsx';
import { Logo } from './logo.tsx';
import { Navigation } from './navigation.tsx';

/** The frame around every page: asks once who is looking and at which house. */
export function Shell() {
  return <Loaded query={useQuery(sessionQuery)}>{(session) => <Frame session={session} />}</Loaded>;
}

function Frame({ session }: { readonly session: SessionView }) {
  const { t } = useTranslation();
  const [menuOpen, menu] = useDisclosure(false);
  const main = useFocusOnNewPage();
  useLightPaper();
  const { house } = session;
  const isViewer = useRouterState({ select: ({ location }) => /^\/reading\/[^/]+$/.test(location.pathname) });
  return (
    <SessionContext.Provider value={session}>
      <a className="skip-link" href="#main">
        {t('shell.skip')}
      </a>
      <AppShell
        header={{ height: 60 }}
        navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !menuOpen, desktop: isViewer } }}
        padding={isViewer ? 'xs' : { base: 'md', md: 'xl' }}
      >
        <AppShell.Header bg="var(--unica-surface)">
          <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="sm" wrap="nowrap" miw={0}>
              <Burger
                opened={menuOpen}
                onClick={menu.toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={menuOpen ? t('shell.menu-close') : t('shell.menu-open')}
              />
              <span className="header-logo">
                <Logo sizePx={32} />
              </span>
              <div style={{ minWidth: 0 }}>
                <Text fw={700} lh={1.15} truncate>
                  {house.name}
                </Text>
                <Text size="xs" c="dimmed" lh={1.2} truncate visibleFrom="xs">
                  {house.kind === 'hub' ? t('shell.hub') : t('shell.node')}
                </Text>
              </div>
            </Group>
            <Group gap={4} wrap="nowrap">
              <HelpTool hasOwnKey={isViewer} />
              <LanguageMenu />
              <SchemeMenu />
              <AccountMenu />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" bg="var(--unica-surface)">
          <Navigation onGo={menu.close} />
          <Text size="xs" c="dimmed" mt="auto" p="xs">
            {t('shell.version', { version: house.version })}
          </Text>
        </AppShell.Navbar>
        <AppShell.Main id="main" tabIndex={-1} ref={main}>
          {house.demonstration ? (
            <p className="demo-banner notice-strip" data-tone="warn">
              {t('shell.demonstration')}
            </p>
          ) : null}
          <Stack gap={isViewer ? 'xs' : 'lg'} {...(isViewer ? {} : { maw: 1180 })} mx="auto">
            <Outlet />
          </Stack>
        </AppShell.Main>
        {isViewer ? null : (
          <footer className="page-foot">
            <div>
              <TextLink to="/accessibility">{t('a11y.link')}</TextLink>
            </div>
          </footer>
        )}
      </AppShell>
    </SessionContext.Provider>
  );
}

/** After a change of page the reading position moves to it, as after a full load. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}

/** Paper is white in every scheme: browsers leave grounds out, and light words would be lost on it. */
function useLightPaper() {
  useEffect(() => {
    const { documentElement: root } = document;
    const attribute = 'data-mantine-color-scheme';
    let before: string | null = null;
    const lighten = () => {
      before = root.getAttribute(attribute);
      root.setAttribute(attribute, 'light');
    };
    const restore = () => {
      if (before !== null) root.setAttribute(attribute, before);
      before = null;
    };
    window.addEventListener('beforeprint', lighten);
    window.addEventListener('afterprint', restore);
    return () => {
      window.removeEventListener('beforeprint', lighten);
      window.removeEventListener('afterprint', restore);
    };
  }, []);
}
