import type { ModelReport } from '#wire';
import { reportRuns } from './report-runs.ts';
import { dossierOf, dossierViews } from './write-dossier.ts';

/** A view of the dossier of a model of the register: what is asked for, and how it is sent. */
export interface DossierView {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Views that a hub tells, by the name of their file. */
export const DOSSIER_VIEWS = [
  'index.html',
  'dossier.pdf',
  'README.md',
  'future-ai.md',
  'altai.md',
  'annex-iv.md',
  'training-transcript.md',
] as const;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  md: 'text/markdown; charset=utf-8',
};

/** The dossier of a model of the register, made of the report of its making whenever it is asked for: nothing that could drift from it. */
export function reportDossier(report: ModelReport, name: (typeof DOSSIER_VIEWS)[number]): DossierView {
  const runs = reportRuns(report);
  const { model, job } = report;
  const { title, documents } = dossierOf({ spec: job.spec.model, weightsSha256: model.weightsSha256, runs });
  const bytes = dossierViews(title, documents, runs).get(name) ?? new Uint8Array();
  return { contentType: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream', bytes };
}
