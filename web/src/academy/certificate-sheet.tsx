import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { LESSONS, trackOf } from '#academy';
import { fromBase64Url, sha256Hex } from '#base';
import type { AcademyCertificate } from '#wire';
import { academyKeysQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Facts } from '../parts/facts.tsx';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import type { JudgedCertificate } from './judge-certificate.ts';

type Readable = Exclude<JudgedCertificate, { readonly kind: 'unreadable' }>;

/** A certificate to read, print and keep, with what the look at its signature found. */
export function CertificateSheet({ judged }: { readonly judged: Readable }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { document } = judged;
  const { certificate, publicKey } = document;
  const track = trackOf(certificate.track);
  const lessons = certificate.lessons.map((lesson) => {
    const known = LESSONS.find((one) => one === lesson);
    return known === undefined ? lesson : t(`academy.lesson.${known}.title`);
  });
  return (
    <div className="certificate">
      <Section title={t('academy.certificate.sheet')}>
        <Verdict judged={judged} />
        <p className="certificate-name">{certificate.name}</p>
        <p className="prose">{t('academy.certificate.says')}</p>
        <Facts
          facts={[
            [t('academy.certificate.of-track'), track === undefined ? certificate.track : t(`role.${track}`)],
            [t('academy.lessons'), format.list(lessons)],
            [t('academy.certificate.made-on'), format.day(Date.parse(`${certificate.issuedOn}T12:00:00Z`))],
            [t('academy.certificate.made-by'), certificate.house],
            [t('academy.certificate.key'), <Key key="key" publicKey={publicKey} />],
            [
              t('academy.certificate.number'),
              <span key="number" className="digest">
                {certificate.certificateId}
              </span>,
            ],
          ]}
        />
        <p className="prose quiet">{t('academy.certificate.means')}</p>
        <Group className="not-printed">
          <Button onClick={() => save(document)}>{t('academy.certificate.save')}</Button>
          <Button variant="default" onClick={() => window.print()}>
            {t('letter.print')}
          </Button>
        </Group>
      </Section>
    </div>
  );
}

function Verdict({ judged: { kind, document } }: { readonly judged: Readable }) {
  const { t } = useTranslation();
  const keys = useQuery(academyKeysQuery).data?.publicKeys ?? [];
  if (kind === 'forged') {
    return (
      <Notice tone="bad" title={t('academy.certificate.forged')}>
        <p>{t('academy.certificate.forged-hint')}</p>
      </Notice>
    );
  }
  if (kind === 'cannot') {
    return (
      <Notice tone="warn" title={t('academy.certificate.cannot')}>
        <p>{t('academy.certificate.cannot-hint')}</p>
        <p className="digest">unica academy verify certificate.json</p>
      </Notice>
    );
  }
  return keys.includes(document.publicKey) ? (
    <Notice tone="good" title={t('academy.certificate.genuine')} />
  ) : (
    <Notice tone="warn" title={t('academy.certificate.other')}>
      <p>{t('academy.certificate.other-hint')}</p>
    </Notice>
  );
}

/** As people read it to one another, and whole for the command line. */
function Key({ publicKey }: { readonly publicKey: string }) {
  const groups = sha256Hex(fromBase64Url(publicKey)).slice(0, 32).match(/.{4}/g) ?? [];
  return (
    <>
      <span className="fingerprint">{groups.join(' ')}</span>
      <br />
      <span className="digest">{publicKey}</span>
    </>
  );
}

function save(document: AcademyCertificate): void {
  const address = URL.createObjectURL(
    new Blob([`${JSON.stringify(document, undefined, 2)}\n`], { type: 'application/json' }),
  );
  const link = window.document.createElement('a');
  link.href = address;
  link.download = `${document.certificate.certificateId}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
