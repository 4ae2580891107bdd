import { TextInput, Title } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ERROR_TABLE, type ErrorCode, type ErrorFamily } from '#base';
import type { ToldTexts } from '../i18n/house-words.ts';
import { plainWords } from '../i18n/plain-words.ts';
import { useHouseWords } from '../i18n/use-house-words.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';

const FAMILIES: readonly ErrorFamily[] = ['user', 'surroundings', 'bug'];
const CODES = Object.keys(ERROR_TABLE) as readonly ErrorCode[];

/** Every code of an error, what it says and what to do: the table that docs/operators/errors.md is made of. */
export function ErrorsPage() {
  const words = useHouseWords();
  return words === undefined ? null : (
    <Codes texts={words === null ? ERROR_TABLE : words.errors} isTranslated={words !== null} />
  );
}

interface CodesProps {
  readonly texts: ToldTexts;
  readonly isTranslated: boolean;
}

function Codes({ texts, isTranslated }: CodesProps) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const found = CODES.filter((code) => saysAll(code, texts[code], plainWords(wanted)));
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
            <div className="error-codes">
              {own.map((code) => {
                // Words of a newer program come before their translation.
                const text = texts[code];
                return (
                  <ErrorEntry
                    key={code}
                    code={code}
                    text={text ?? ERROR_TABLE[code]}
                    language={isTranslated && text !== undefined ? undefined : 'en'}
                    isAsked={code === asked}
                  />
                );
              })}
            </div>
          </Section>
        );
      })}
    </>
  );
}

interface EntryProps {
  readonly code: ErrorCode;
  readonly text: ToldTexts[string];
  /** Of the text, where it is not the reader's. */
  readonly language: string | undefined;
  readonly isAsked: boolean;
}

function ErrorEntry({ code, text, language, isAsked }: EntryProps) {
  const { t } = useTranslation();
  return (
    <article
      className="error-entry"
      id={code}
      tabIndex={-1}
      aria-labelledby={`${code}-name`}
      data-asked={isAsked || undefined}
    >
      <Title order={3} id={`${code}-name`} className="mono" lang="en">
        {code}
      </Title>
      <p>
        <span lang={language}>{text.sentence}</span> <span className="quiet">(HTTP {ERROR_TABLE[code].status})</span>
      </p>
      {text.mend === '' ? null : (
        <p>
          <b>{t('errors.next')}</b> <span lang={language}>{text.mend}</span>
        </p>
      )}
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

/** In the reader's language or in English, as a log or a colleague may say it. */
function saysAll(code: ErrorCode, text: ToldTexts[string] | undefined, words: readonly string[]): boolean {
  const { sentence, mend } = ERROR_TABLE[code];
  const said = plainWords(`${code} ${sentence} ${mend} ${text?.sentence ?? ''} ${text?.mend ?? ''}`).join(' ');
  return words.every((word) => said.includes(word));
}
