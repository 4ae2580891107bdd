import { UnicaError } from '#base';
import type { ClinicalMapping } from './clinical-mapping.ts';
import { readCsv } from './csv.ts';

/** What the clinical table says about one examination, or about a person where it names no examination. */
export interface ClinicalRow {
  /** As the hospital writes it in PatientID. */
  readonly patientId: string;
  readonly studyInstanceUid?: string;
  readonly findings: readonly string[];
  /** Every other column, by its name in the table. */
  readonly values: Readonly<Record<string, string>>;
}

/** Names under which hospitals keep the columns the product reads; compared without case, spaces, dashes, underscores. */
const COLUMNS = {
  patientId: ['patientid', 'patient', 'subjectid', 'pid'],
  studyInstanceUid: ['studyinstanceuid', 'studyuid', 'study'],
  findings: ['finding', 'findings', 'findinglabels', 'labels', 'diagnosis'],
} as const;

/** Words that say that nothing was found. */
const NOTHING = new Set(['', 'no finding', 'no findings', 'none', 'normal']);

/**
 * Rows of a clinical table: the column PatientID is required, StudyInstanceUID and finding(s) are known, all others are
 * kept as values. Several findings in one cell are separated by `|` or, inside quotes, by `;`. A mapping names other columns
 * and other words.
 * @throws UnicaError `intake.csv-invalid`, `intake.clinical-no-patient-id`, `intake.mapping-column`
 */
export function readClinicalCsv(text: string, mapping?: ClinicalMapping): readonly ClinicalRow[] {
  const { header, rows } = readCsv(text);
  const named = (column: string): number => {
    const at = header.findIndex((name) => name.trim() === column);
    if (at < 0) throw new UnicaError('intake.mapping-column', { column, columns: header.join(', ') });
    return at;
  };
  const found = (column: string | undefined, names: readonly string[]): number =>
    column === undefined ? columnOf(header, names) : named(column);
  const patientAt = found(mapping?.patientId, COLUMNS.patientId);
  const studyAt = found(mapping?.studyInstanceUid, COLUMNS.studyInstanceUid);
  const findingsAt = mapping?.findings?.map(named) ?? [columnOf(header, COLUMNS.findings)];
  if (patientAt < 0) throw new UnicaError('intake.clinical-no-patient-id', { columns: header.join(', ') });
  return rows
    .filter((row) => row[patientAt] !== '')
    .map((row) => {
      const studyInstanceUid = studyAt < 0 ? '' : (row[studyAt] ?? '');
      const values = header.flatMap((name, column) =>
        column === patientAt || column === studyAt || findingsAt.includes(column)
          ? []
          : [[name, row[column] ?? ''] as const],
      );
      return {
        patientId: row[patientAt] ?? '',
        ...(studyInstanceUid === '' ? {} : { studyInstanceUid }),
        findings: labelled(
          findingsAt.flatMap((column) => findingsOf(row[column] ?? '')),
          mapping,
        ),
        values: Object.fromEntries(values),
      };
    });
}

function labelled(findings: readonly string[], mapping: ClinicalMapping | undefined): readonly string[] {
  const labels = findings.map((finding) => mapping?.labels.get(finding.toLowerCase()) ?? finding);
  return [...new Set(labels)].filter((label) => label !== '');
}

/** The labels in one cell; none for "No Finding" and its like. */
export function findingsOf(cell: string): readonly string[] {
  return [...new Set(cell.split(/[|;]/).map((label) => label.trim()))].filter(
    (label) => !NOTHING.has(label.toLowerCase()),
  );
}

function columnOf(header: readonly string[], names: readonly string[]): number {
  const plain = header.map((name) => name.toLowerCase().replace(/[\s_-]/g, ''));
  for (const name of names) {
    const at = plain.indexOf(name);
    if (at >= 0) return at;
  }
  return -1;
}
