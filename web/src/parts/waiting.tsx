import { Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

/** That something is still loading; told to screen readers. @param afterMs not before: what comes at once is not announced */
export function Waiting({ afterMs = 0 }: { readonly afterMs?: number }) {
  const { t } = useTranslation();
  const [isDue, setDue] = useState(afterMs === 0);
  useEffect(() => {
    if (isDue) return;
    const timer = setTimeout(() => setDue(true), afterMs);
    return () => clearTimeout(timer);
  }, [isDue, afterMs]);
  return (
    // There before the words are, so that they are a change that is read out.
    <div className="empty" role="status">
      {isDue ? (
        <>
          <Loader aria-hidden="true" />
          <p>{t('loading')}</p>
        </>
      ) : null}
    </div>
  );
}
