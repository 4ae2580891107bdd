import { Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, problemOf } from '../api/problem.ts';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** Follows a sign-in link: its secret stands behind the `#`, is used once and taken out of the address at once. */
export function WelcomePage() {
  const { t } = useTranslation();
  const [secret] = useState(() => window.location.hash.slice(1));
  const [failure, setFailure] = useState<Error>();
  useEffect(() => {
    if (secret === '') return;
    window.history.replaceState(null, '', '/welcome');
    void follow(secret).then(
      () => window.location.replace('/guide'),
      (thrown: unknown) => setFailure(asProblem(thrown)),
    );
  }, [secret]);
  return (
    <>
      <PageHead title={t('guide.welcome')} />
      {secret === '' ? <Notice tone="warn" title={t('guide.no-secret')} role="status" /> : null}
      {secret === '' || failure !== undefined ? null : (
        <div className="empty" role="status">
          <Loader aria-hidden="true" />
          <p>{t('loading')}</p>
        </div>
      )}
      {failure === undefined ? null : <ProblemNotice error={failure} />}
    </>
  );
}

/** Under way, by secret: a component that is built twice follows a link once. */
const followed = new Map<string, Promise<void>>();

function follow(secret: string): Promise<void> {
  const known = followed.get(secret) ?? redeem(secret);
  followed.set(secret, known);
  return known;
}

async function redeem(secret: string): Promise<void> {
  const response = await fetch('/auth/link', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
    credentials: 'same-origin',
  });
  if (!response.ok) throw await problemOf(response);
}
