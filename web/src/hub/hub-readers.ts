import { ROLES, type Role } from '#wire';

/** Whom the hub shows each page; the hub itself decides at every request, this only tidies the navigation. */
export const HUB_READERS = {
  cohorts: ['researcher', 'coordinator'],
  access: ['researcher', 'committee', 'coordinator', 'auditor'],
  committees: ['coordinator', 'committee', 'auditor'],
  jobs: ROLES,
  sites: ['coordinator'],
  progress: ['coordinator', 'auditor'],
  activities: ['coordinator', 'auditor'],
  courses: ['coordinator', 'operator'],
  outreach: ['coordinator', 'auditor'],
  watches: ['researcher', 'coordinator', 'auditor'],
  catalogues: ['coordinator', 'auditor'],
  audit: ['auditor', 'coordinator', 'protection-officer'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
