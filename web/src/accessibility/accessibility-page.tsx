import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { isLanguage, LANGUAGES } from '../i18n/languages.ts';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import axeRuns from './axe-runs.json' with { type: 'json' };
import manualChecks from './manual-checks.json' with { type: 'json' };

const TONES = { met: 'good', 'met-with-limits': 'warn', 'not-met': 'bad' } as const;
type Result = keyof typeof TONES;

interface AxeRuns {
  readonly axe: string;
  readonly browser: string;
  /** ISO date. */
  readonly on: string;
  readonly looks: readonly AxeLook[];
}

/** One sweep over one house: the pages that axe looked at, what it found, and the pages that the record lacks. */
interface AxeLook {
  readonly house: string;
  readonly scheme: string;
  readonly language: string;
  readonly pages: readonly string[];
  readonly missing: readonly string[];
  readonly violations: readonly { readonly route: string; readonly id: string; readonly nodes: number }[];
}

interface ManualCheck {
  readonly id: string;
  readonly criteria: readonly string[];
  /** ISO date. */
  readonly on: string;
  readonly pages: readonly string[];
  readonly result: string;
  readonly limits: readonly string[];
}

const runs: AxeRuns = axeRuns;
const checks: readonly ManualCheck[] = manualChecks;

/** The statement that Directive (EU) 2016/2102 asks for, after the model of Implementing Decision (EU) 2018/1523: made of what was looked at. */
export function AccessibilityPage() {
  const { t } = useTranslation();
  const { house } = useSession();
  const limits = [...new Set(checks.flatMap((check) => check.limits))];
  const faults = runs.looks.reduce((sum, { violations }) => sum + violations.length, 0);
  // What nobody looked at is claimed by nobody.
  const isLookedAt = runs.looks.length > 0 && runs.looks.every(({ missing }) => missing.length === 0);
  const isWhole = isLookedAt && checks.length > 0 && limits.length === 0 && faults === 0;
  return (
    <>
      <PageHead title={t('a11y.title')} lead={t('a11y.commitment', { house: house.name, version: house.version })} />
      <Section title={t('a11y.status')}>
        <p className="prose">{t(isWhole ? 'a11y.status.full' : 'a11y.status.partial')}</p>
      </Section>
      <Section title={t('a11y.limits')}>
        {limits.length === 0 ? <p className="prose">{t('a11y.limits-none')}</p> : null}
        <ul className="plain-list">
          {limits.map((limit) => (
            <li key={limit} style={{ marginBottom: '0.8rem' }}>
              <strong>{t(`a11y.limit.${limit}` as MessageKey)}</strong>
              <div>{t(`a11y.limit.${limit}.done` as MessageKey)}</div>
            </li>
          ))}
        </ul>
      </Section>
      <Preparation faults={faults} />
      <Section title={t('a11y.feedback')}>
        <Contact contact={house.accessibilityContact} />
      </Section>
      <Section title={t('a11y.enforcement')}>
        <p className="prose">{t('a11y.enforcement-text')}</p>
      </Section>
    </>
  );
}

function Preparation({ faults }: { readonly faults: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const day = (date: string) => format.day(Date.parse(`${date}T12:00:00Z`));
  const addresses = (of: 'pages' | 'missing') =>
    new Set(runs.looks.flatMap((look) => look[of].map((route) => `${look.house} ${route}`)));
  const [pages, missing] = [addresses('pages'), addresses('missing')];
  return (
    <Section title={t('a11y.preparation')}>
      {runs.looks.length === 0 ? null : (
        <p className="prose">
          {t('a11y.method', {
            day: day(runs.on),
            pages: format.count(pages.size),
            axe: runs.axe,
            browser: runs.browser,
            faults: format.count(faults),
          })}
        </p>
      )}
      {missing.size === 0 ? null : (
        <p className="prose">{t('a11y.not-looked', { pages: [...missing].sort().join(', ') })}</p>
      )}
      <DataTable
        caption={t('a11y.axe')}
        rows={runs.looks}
        keyOf={({ house, scheme, language }) => `${house} ${scheme} ${language}`}
        columns={[
          { head: t('a11y.house'), cell: ({ house }) => t(house === 'hub' ? 'shell.hub' : 'shell.node') },
          {
            head: t('shell.scheme'),
            cell: ({ scheme }) => t(scheme === 'dark' ? 'shell.scheme.dark' : 'shell.scheme.light'),
          },
          {
            head: t('shell.language'),
            cell: ({ language }) => (isLanguage(language) ? LANGUAGES[language] : language),
          },
          { head: t('a11y.pages'), numeric: true, cell: (look) => format.count(look.pages.length) },
          { head: t('a11y.faults'), numeric: true, cell: ({ violations }) => format.count(violations.length) },
        ]}
      />
      <DataTable
        caption={t('a11y.manual')}
        rows={checks}
        keyOf={({ id }) => id}
        columns={[
          { head: t('a11y.what'), cell: ({ id }) => t(`a11y.check.${id}` as MessageKey) },
          { head: t('a11y.criteria'), cell: ({ criteria }) => criteria.join(', ') },
          { head: t('a11y.on'), oneLine: true, cell: ({ on }) => day(on) },
          { head: t('a11y.pages'), numeric: true, cell: (check) => format.count(check.pages.length) },
          {
            head: t('a11y.result'),
            cell: ({ result }) => (
              <StateBadge tone={TONES[result as Result]} label={t(`a11y.result.${result as Result}`)} />
            ),
          },
        ]}
      />
    </Section>
  );
}

function Contact({ contact }: { readonly contact: string | null }) {
  const { t } = useTranslation();
  if (contact === null) return <p className="prose">{t('a11y.feedback-none')}</p>;
  return (
    <p className="prose">
      {t('a11y.feedback-to')}{' '}
      <Anchor
        underline="always"
        href={contact.includes('@') && !contact.startsWith('http') ? `mailto:${contact}` : contact}
      >
        {contact}
      </Anchor>
    </p>
  );
}
