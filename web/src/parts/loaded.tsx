import { Loader } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '#wire';
import { ProblemError } from '../api/problem.ts';
import { EntryNotice } from './entry-notice.tsx';
import { ProblemNotice } from './problem-notice.tsx';

interface LoadedProps<T> {
  readonly query: UseQueryResult<T, Error>;
  /** Who may see it, for the notice when the house says no. */
  readonly roles?: readonly Role[];
  readonly children: (data: T) => ReactNode;
}

/** Shows what a query brought; waiting, refusal and failure each in one way. */
export function Loaded<T>({ query, roles = [], children }: LoadedProps<T>) {
  const { t } = useTranslation();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error === null) {
    return (
      <div className="empty" role="status">
        <Loader aria-hidden="true" />
        <p>{t('loading')}</p>
      </div>
    );
  }
  const { error } = query;
  if (error instanceof ProblemError && (error.status === 401 || error.status === 403)) {
    return <EntryNotice roles={roles} />;
  }
  return <ProblemNotice error={error} />;
}
