import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { openLessons } from '#academy';
import { academyCertificateSchema } from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { CertificateSheet } from './certificate-sheet.tsx';
import { isFirst, rememberCounted } from './counted.ts';
import { type JudgedCertificate, judgeCertificate, judgeFile } from './judge-certificate.ts';
import { useLessonProgress } from './lesson-progress.ts';
import { TRACK_NAMES } from './track-names.ts';

/** Has finished tracks certified, and checks certificates. */
export function CertificatePage() {
  const { t } = useTranslation();
  const [judged, setJudged] = useState<JudgedCertificate | null>(null);
  return (
    <>
      <PageHead title={t('academy.certificate.title')} lead={t('academy.certificate.lead')} />
      <MakeSection onMade={setJudged} />
      <CheckSection onJudged={setJudged} />
      <div role="status">
        {judged === null ? null : judged.kind === 'unreadable' ? (
          <Notice tone="bad" title={t('academy.certificate.unreadable')}>
            <p>{t('academy.certificate.unreadable-hint')}</p>
          </Notice>
        ) : (
          <CertificateSheet judged={judged} />
        )}
      </div>
      <Group className="not-printed">
        <ButtonLink to="/academy" variant="default">
          {t('academy.all')}
        </ButtonLink>
      </Group>
    </>
  );
}

function MakeSection({ onMade }: { readonly onMade: (judged: JudgedCertificate) => void }) {
  const { t } = useTranslation();
  const { answers } = useLessonProgress();
  const finished = TRACK_NAMES.filter((track) => openLessons(track, answers).length === 0);
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const made = useWriteFor(academyCertificateSchema, [], (document) => {
    rememberCounted();
    void judgeCertificate(document).then(onMade);
  });
  const track = finished.find((one) => one === chosen) ?? finished[0];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (track !== undefined)
      made.mutate({ path: '/api/academy/certificates', body: { name, track, answers, isFirst: isFirst() } });
  };
  return (
    <div className="not-printed">
      <Section title={t('academy.certificate.make')} lead={t('academy.certificate.make-lead')}>
        {track === undefined ? (
          <p className="prose">{t('academy.certificate.none')}</p>
        ) : (
          <form onSubmit={submit}>
            <Stack gap="sm">
              <div className="two-columns">
                <NativeSelect
                  label={t('academy.certificate.track')}
                  value={track}
                  data={finished.map((one) => ({ value: one, label: t(`role.${one}`) }))}
                  onChange={({ currentTarget }) => setChosen(currentTarget.value)}
                />
                <TextInput
                  label={t('academy.certificate.name')}
                  description={t('academy.certificate.name-hint')}
                  required
                  maxLength={80}
                  autoComplete="name"
                  value={name}
                  onChange={({ currentTarget }) => setName(currentTarget.value)}
                />
              </div>
              <Group>
                <Button type="submit" loading={made.isPending}>
                  {t('academy.certificate.submit')}
                </Button>
              </Group>
              {made.error === null ? null : <ProblemNotice error={made.error} />}
            </Stack>
          </form>
        )}
      </Section>
    </div>
  );
}

function CheckSection({ onJudged }: { readonly onJudged: (judged: JudgedCertificate) => void }) {
  const { t } = useTranslation();
  return (
    <div className="not-printed">
      <Section title={t('academy.certificate.check')} lead={t('academy.certificate.check-lead')}>
        <label className="file-choice">
          <span>{t('academy.certificate.file')}</span>
          <input
            type="file"
            accept=".json,application/json"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.item(0);
              if (file != null) void judgeFile(file).then(onJudged);
            }}
          />
        </label>
      </Section>
    </div>
  );
}
