import type { Kysely } from 'kysely';
import { isSoughtFound, taskByName } from '#pilots';
import type { NodeTables } from './tables.ts';

/** A study whose outcome is asked for. */
export interface AskedStudy {
  readonly study: string;
  readonly person: string;
  /** Keyed digest of its accession number, as results have it; null where none is known. */
  readonly accession: string | null;
}

/** Whether what a model looks for was found, and who says so. */
export interface StudyOutcome {
  readonly source: 'table' | 'reader';
  readonly found: boolean;
}

/** What the node knows of what became of studies: the clinical table goes before what readers found; of the others nothing is known. */
export async function studyOutcomes(
  db: Kysely<NodeTables>,
  task: string,
  asked: readonly AskedStudy[],
): Promise<ReadonlyMap<string, StudyOutcome>> {
  const subjects = [...new Set(asked.flatMap(({ study, person }) => [study, person]))];
  const accessions = [...new Set(asked.flatMap(({ accession }) => (accession === null ? [] : [accession])))];
  const [clinical, reads] = await Promise.all([
    subjects.length === 0
      ? []
      : db.selectFrom('clinical_findings').select(['subject', 'findings']).where('subject', 'in', subjects).execute(),
    accessions.length === 0
      ? []
      : db
          .selectFrom('clinic_reads')
          .select(['subject', 'found'])
          .where('task', '=', task)
          .where('subject', 'in', accessions)
          .execute(),
  ]);
  const findings = new Map(clinical.map(({ subject, findings: text }) => [subject, text]));
  const read = new Map(reads.map(({ subject, found }) => [subject, Number(found) === 1]));
  const imaging = taskByName(task);
  const outcomes = new Map<string, StudyOutcome>();
  for (const { study, person, accession } of asked) {
    const told = findings.get(study) ?? findings.get(person);
    const found = accession === null ? undefined : read.get(accession);
    if (told !== undefined)
      outcomes.set(study, { source: 'table', found: isSoughtFound(JSON.parse(told) as string[], imaging) });
    else if (found !== undefined) outcomes.set(study, { source: 'reader', found });
  }
  return outcomes;
}
