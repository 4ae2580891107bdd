import { IconInbox } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  /** What will be here, and the step that brings it. */
  readonly hint: string;
  readonly action?: ReactNode;
}

/** Shown where there is nothing yet. */
export function EmptyState({ title, hint, action }: EmptyStateProps) {
  return (
    <div className="empty">
      <IconInbox size={36} stroke={1.4} aria-hidden="true" />
      <p className="empty-title">{title}</p>
      <p>{hint}</p>
      {action}
    </div>
  );
}
