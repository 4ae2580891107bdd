import { Anchor, Button, CopyButton, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { KIT_SHEETS, type Kit, type KitSheet } from '#wire';
import { kitQuery } from '../api/queries.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { KitChoiceFields } from './kit-choice.tsx';
import { countKitUse, useKitCount } from './kit-count.ts';
import { KitCode } from './kit-sheets.tsx';
import { type KitChoice, kitAddress, useKitChoice } from './use-kit-choice.ts';

/** What patients can read and hospitals hang up, hand out and send: for everybody, without an account. */
export function KitPage() {
  const { t } = useTranslation();
  const [choice, setChoice] = useKitChoice();
  useKitCount('pages', choice.language);
  return (
    <>
      <PageHead title={t('nav.kit')} lead={t('kit.lead')} />
      <Loaded query={useQuery(kitQuery(choice.language, choice.partner))}>
        {(kit) => (
          <>
            <KitChoiceFields choice={choice} partners={kit.partners} onChange={setChoice} />
            <Reading kit={kit} />
            <Figures kit={kit} />
            <Sheets kit={kit} choice={choice} />
            <Messages kit={kit} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Reading({ kit }: { readonly kit: Kit }) {
  const { headline, tagline, pages, choices, partner } = kit;
  return (
    <div lang={kit.language} className="surface">
      <Stack gap="lg">
        <Title order={2}>{headline}</Title>
        <p className="lead">{tagline}</p>
        {pages.map(({ page, title, body }) => (
          <section key={page}>
            <Title order={3} mb="xs">
              {title}
            </Title>
            <Stack gap="xs">
              {body.map((words) => (
                <p key={words} className="prose">
                  {words}
                </p>
              ))}
            </Stack>
          </section>
        ))}
        {choices === null ? null : (
          <section className="kit-choose">
            <KitCode choices={choices} label={kit.decide} />
            <div>
              <Title order={3}>{kit.decide}</Title>
              <p className="prose">
                <Anchor href={choices.address}>{choices.address}</Anchor>
              </p>
              {partner === null ? null : (
                <p className="prose">
                  <strong>{kit.ask}:</strong> {partner.contact}
                </p>
              )}
            </div>
          </section>
        )}
        {partner === null ? null : (
          <p className="prose kit-partner">
            {partner.logo === null ? null : <img src={partner.logo} alt="" />}
            <span>
              {kit.together}{' '}
              {partner.website === null ? partner.name : <Anchor href={partner.website}>{partner.name}</Anchor>}
              {partner.registerNumber === null ? '' : ` (${kit.register}: ${partner.registerNumber})`}
            </span>
          </p>
        )}
      </Stack>
    </div>
  );
}

function Figures({ kit: { figures, language } }: { readonly kit: Kit }) {
  return (
    <div lang={language}>
      <Section title={figures.title}>
        {figures.rows.length === 0 ? null : <Facts facts={figures.rows.map(({ label, value }) => [label, value])} />}
        {figures.notes.map((note) => (
          <p key={note} className="prose quiet">
            {note}
          </p>
        ))}
      </Section>
    </div>
  );
}

function Sheets({ kit, choice }: { readonly kit: Kit; readonly choice: KitChoice }) {
  const { t } = useTranslation();
  const names: Readonly<Record<KitSheet, string>> = {
    'poster-a3': t('kit.poster-a3'),
    'poster-a4': t('kit.poster-a4'),
    leaflet: t('kit.leaflet'),
  };
  return (
    <Section title={t('kit.sheets')} lead={t(kit.pdfs.length === 0 ? 'kit.no-pdf' : 'kit.sheets-lead')}>
      <ul className="plain-list kit-list">
        {KIT_SHEETS.map((sheet) => (
          <li key={sheet}>
            <strong>{names[sheet]}</strong>
            <span className="kit-links">
              <Anchor href={`/kit/${sheet}${kitAddress(choice)}`} aria-label={`${t('kit.open')}: ${names[sheet]}`}>
                {t('kit.open')}
              </Anchor>
              {kit.pdfs.includes(sheet) ? (
                <Anchor
                  href={`/api/kit/sheets/${sheet}${kitAddress(choice)}`}
                  download={`${sheet}-${kit.language}.pdf`}
                  aria-label={`${t('kit.pdf')}: ${names[sheet]}`}
                >
                  {t('kit.pdf')}
                </Anchor>
              ) : null}
            </span>
          </li>
        ))}
        <li>
          <strong>{t('kit.screen')}</strong>
          <Anchor href={`/kit/screen${kitAddress(choice)}`} aria-label={`${t('kit.show')}: ${t('kit.screen')}`}>
            {t('kit.show')}
          </Anchor>
        </li>
      </ul>
    </Section>
  );
}

function Messages({ kit }: { readonly kit: Kit }) {
  const { t } = useTranslation();
  return (
    <Section title={t('kit.messages')} lead={t('kit.counted')}>
      {(
        [
          ['email', t('kit.email'), `${kit.email.subject}\n\n${kit.email.body}`],
          ['sms', t('kit.sms'), kit.sms],
        ] as const
      ).map(([material, name, text]) => (
        <section key={material} aria-label={name}>
          <Title order={3} mb="xs">
            {name}
          </Title>
          <p className="prose written kit-message" lang={kit.language}>
            {text}
          </p>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                mt="xs"
                onClick={() => {
                  copy();
                  countKitUse('copy', material, kit.language);
                }}
              >
                {copied ? t('copied') : `${t('copy')}: ${name}`}
              </Button>
            )}
          </CopyButton>
        </section>
      ))}
    </Section>
  );
}
