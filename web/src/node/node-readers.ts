import type { Role } from '#wire';

const STAFF = ['operator', 'curator', 'protection-officer', 'auditor'] as const;

/** Whom the node shows each page; the node itself decides at every request, this only tidies the navigation. */
export const NODE_READERS = {
  overview: STAFF,
  guide: STAFF,
  arrivals: STAFF,
  quarantine: ['operator', 'curator', 'protection-officer'],
  quarantinedFile: ['curator', 'protection-officer'],
  deidentification: ['curator', 'protection-officer'],
  masks: ['curator', 'protection-officer'],
  pacs: ['operator'],
  conformance: ['operator'],
  clinic: [...STAFF, 'clinician'],
  quality: STAFF,
  mapping: ['curator', 'protection-officer'],
  datasets: STAFF,
  approvals: STAFF,
  outgoing: STAFF,
  optOuts: ['protection-officer'],
  /** The protection officer finds the same form beside those that wait. */
  paper: ['operator', 'curator'],
  myData: ['patient'],
  protection: ['protection-officer', 'auditor'],
  dossier: STAFF,
  reading: ['clinician'],
  readingQuality: ['clinician', 'operator', 'protection-officer', 'auditor'],
  audit: ['auditor', 'protection-officer', 'operator'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
