import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Role } from '#wire';
import { ProblemError } from '../api/problem.ts';
import { EntryNotice } from './entry-notice.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { Waiting } from './waiting.tsx';

interface LoadedProps<T> {
  readonly query: UseQueryResult<T, Error>;
  /** Who may see it, for the notice when the house says no. */
  readonly roles?: readonly Role[];
  readonly children: (data: T) => ReactNode;
}

/** Shows what a query brought; waiting, refusal and failure each in one way. */
export function Loaded<T>({ query, roles = [], children }: LoadedProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error === null) return <Waiting />;
  const { error } = query;
  if (error instanceof ProblemError && (error.status === 401 || error.status === 403)) {
    return <EntryNotice roles={roles} />;
  }
  return <ProblemNotice error={error} />;
}
