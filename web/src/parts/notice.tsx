import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

const ICONS = { good: IconCircleCheck, warn: IconAlertTriangle, bad: IconAlertTriangle, info: IconInfoCircle } as const;

interface NoticeProps {
  readonly tone: keyof typeof ICONS;
  readonly title: string;
  readonly children?: ReactNode;
  /** `alert` interrupts a screen reader, `status` waits for a pause; absent where it is part of the page. */
  readonly role?: 'alert' | 'status';
}

/** A few sentences that must be seen. */
export function Notice({ tone, title, children, role }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div className="notice" data-tone={tone} role={role}>
      <Icon size={20} aria-hidden="true" />
      <div>
        <p className="notice-title">{title}</p>
        {children}
      </div>
    </div>
  );
}
