import type { ModelSpec } from '#engine';
import type { DossierSubject } from './dossier-subject.ts';
import type { Runs } from './dossier-text.ts';
import type { RunRecord } from './run-record.ts';

/** What the documents of a dossier are written from. */
export interface DossierSource {
  readonly spec: ModelSpec;
  readonly subject: DossierSubject;
  /** Such as the first digits of the digest of its weights. */
  readonly version: string;
  readonly weightsSha256: string;
  readonly runs: Runs;
}

/** Runs of a kind, with the names that references call them by. */
export function runsOf(
  { runs }: DossierSource,
  kind: RunRecord['kind'],
): readonly (readonly [name: string, run: RunRecord])[] {
  return [...runs].filter(([, run]) => run.kind === kind);
}

/** Whether everything behind the model was made, not acquired from people. */
export function isSynthetic({ runs }: DossierSource): boolean {
  return [...runs.values()].every((run) => run.isSynthetic);
}
