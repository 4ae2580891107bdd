import { Button, Group, Stack, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { enrolmentCodeReplySchema, type Member, type SiteStanding } from '#wire';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { CopyText } from '../parts/digest.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

type Act = 'approve' | 'suspend' | 'reinstate' | 'eject' | 'renew';

const ACTS: Readonly<Record<SiteStanding, readonly Act[]>> = {
  invited: ['suspend', 'eject'],
  pending: ['approve', 'renew', 'suspend', 'eject'],
  active: ['renew', 'suspend', 'eject'],
  suspended: ['reinstate', 'eject'],
  ejected: [],
};

/** What a coordinator can do with a site, each asked once more with what it means, and a reason. */
export function MemberActions({ member }: { readonly member: Member }) {
  const { t } = useTranslation();
  const [act, setAct] = useState<Act>();
  const { site } = member;
  const acts = ACTS[site.state].filter((one) => one !== 'renew' || member.fingerprint !== null);
  if (acts.length === 0) return null;
  return (
    <>
      <Group gap="xs">
        {acts.map((one) => (
          <Button
            key={one}
            size="xs"
            variant={one === 'approve' || one === 'reinstate' ? 'filled' : 'default'}
            onClick={() => setAct(one)}
          >
            {t(`sites.act.${one}`)}
          </Button>
        ))}
      </Group>
      {act === undefined ? null : <Asking act={act} member={member} onClose={() => setAct(undefined)} />}
    </>
  );
}

function Asking({
  act,
  member,
  onClose,
}: {
  readonly act: Act;
  readonly member: Member;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { site, fingerprint } = member;
  const [because, setBecause] = useState('');
  const [offered, setOffered] = useState<{ readonly code: string; readonly expiresAtMs: number }>();
  const change = useWrite(['members', 'network', 'jobs'], onClose);
  const renew = useWriteFor(enrolmentCodeReplySchema, ['members'], setOffered);
  const write = act === 'renew' ? renew : change;
  const path = `/api/sites/${site.siteId}`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (act === 'renew') renew.mutate({ path: `${path}/renewal`, body: { because } });
    else change.mutate({ path: `${path}/standing`, body: { change: act, because } });
  };
  return (
    <Dialog title={`${t(`sites.act.${act}`)} – ${site.displayName}`} isOpen onClose={onClose}>
      {offered === undefined ? (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <p>{t(`sites.asks.${act}`)}</p>
            {act === 'approve' && fingerprint !== null ? <p className="digest">{fingerprint}</p> : null}
            <Textarea
              label={t('sites.because')}
              required
              maxLength={500}
              autosize
              minRows={2}
              data-autofocus
              value={because}
              onChange={({ currentTarget }) => setBecause(currentTarget.value)}
            />
            {write.error === null ? null : <ProblemNotice error={write.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('sites.cancel')}
              </Button>
              <Button
                type="submit"
                loading={write.isPending}
                {...(act === 'suspend' || act === 'eject' ? { color: 'var(--unica-bad)', variant: 'outline' } : {})}
              >
                {t(`sites.act.${act}`)}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <>
          <Offered siteId={site.siteId} {...offered} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('sites.close')}
            </Button>
          </Group>
        </>
      )}
    </Dialog>
  );
}

function Offered({
  siteId,
  code,
  expiresAtMs,
}: {
  readonly siteId: string;
  readonly code: string;
  readonly expiresAtMs: number;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Notice tone="good" role="status" title={t('sites.renewed', { site: siteId, until: format.moment(expiresAtMs) })}>
      <Group gap="xs">
        <span className="code-large">{code}</span>
        <CopyText text={code} />
      </Group>
      <p>{t('sites.renewed-next')}</p>
      <pre className="command">{`unica node renew-key --code ${code}`}</pre>
    </Notice>
  );
}
