import { TextInput, Title } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ERROR_TABLE, type ErrorCode, type ErrorFamily } from '#base';
import { plainWords } from '../i18n/plain-words.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';

const FAMILIES: readonly ErrorFamily[] = ['user', 'surroundings', 'bug'];
const CODES = Object.keys(ERROR_TABLE) as readonly ErrorCode[];

/** Every code of an error, what it says and what to do: the table that docs/operators/errors.md is made of. */
export function ErrorsPage() {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const found = CODES.filter((code) => saysAll(code, plainWords(wanted)));
  const asked = useAskedCode();
  return (
    <>
      <PageHead title={t('errors.title')} lead={t('errors.lead')} />
      <TextInput
        type="search"
        label={t('errors.find')}
        description={t('errors.find-hint')}
        value={wanted}
        onChange={({ currentTarget }) => setWanted(currentTarget.value)}
        maw={480}
      />
      <p className="quiet" role="status" style={{ margin: 0 }}>
        {t('errors.found', { count: found.length })}
      </p>
      {found.length === 0 ? (
        <div className="surface">
          <EmptyState title={t('errors.none')} hint={t('errors.none-hint')} />
        </div>
      ) : null}
      {FAMILIES.map((family) => {
        const own = found.filter((code) => ERROR_TABLE[code].family === family);
        if (own.length === 0) return null;
        return (
          <Section key={family} title={t(`errors.family.${family}`)}>
            <div className="error-codes" lang="en">
              {own.map((code) => (
                <ErrorEntry key={code} code={code} isAsked={code === asked} />
              ))}
            </div>
          </Section>
        );
      })}
    </>
  );
}

function ErrorEntry({ code, isAsked }: { readonly code: ErrorCode; readonly isAsked: boolean }) {
  const { t, i18n } = useTranslation();
  const { status, sentence, mend } = ERROR_TABLE[code];
  return (
    <article
      className="error-entry"
      id={code}
      tabIndex={-1}
      aria-labelledby={`${code}-name`}
      data-asked={isAsked || undefined}
    >
      <Title order={3} id={`${code}-name`} className="mono">
        {code}
      </Title>
      <p>
        {sentence} <span className="quiet">(HTTP {status})</span>
      </p>
      <p>
        <b lang={i18n.language}>{t('errors.next')}</b> {mend}
      </p>
    </article>
  );
}

/** The code that the address names after `#`; it is shown, and read first. */
function useAskedCode(): string {
  const asked = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    const entry = asked === '' ? null : document.getElementById(asked);
    entry?.scrollIntoView();
    entry?.focus({ preventScroll: true });
  }, [asked]);
  return asked;
}

function saysAll(code: ErrorCode, words: readonly string[]): boolean {
  const { sentence, mend } = ERROR_TABLE[code];
  const said = plainWords(`${code} ${sentence} ${mend}`).join(' ');
  return words.every((word) => said.includes(word));
}
