import { CHECK_TABLE, type CheckName, type Severity } from './check-table.ts';

/** One thing that was noticed, in words for the person who can mend it. */
export interface QualityFinding {
  readonly check: CheckName;
  readonly severity: Severity;
  readonly message: string;
  /** The next step. */
  readonly mend: string;
}

/** The finding of a check, its figures filled in. */
export function findingOf(check: CheckName, facts: Readonly<Record<string, string | number>> = {}): QualityFinding {
  const { severity, message, mend } = CHECK_TABLE[check];
  return {
    check,
    severity,
    message: message.replace(/\{(\w+)\}/g, (_, name: string) => `${facts[name] ?? '?'}`),
    mend,
  };
}

/** What a check says of whatever it found, figures left open; undefined for one that there is not. */
export function describeCheck(name: string): Pick<QualityFinding, 'severity' | 'message' | 'mend'> | undefined {
  const row = Object.entries(CHECK_TABLE).find(([check]) => check === name)?.[1];
  if (row === undefined) return undefined;
  return { severity: row.severity, message: row.message.replace(/\{\w+\}/g, '…'), mend: row.mend };
}
