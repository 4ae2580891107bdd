import { UnicaError } from '#base';
import { type BreastCovariate, DENSITY_GRADES } from '#pilots';

/** What became of a person after an exam, or what is in a film, by a table; and the groups that figures are told of. */
export interface CohortRow {
  readonly studyInstanceUid: string;
  readonly patientId: string;
  /** Of the exam's row; the common calibration where it is not told. */
  readonly siteId: string | null;
  /** Null where it is not known. */
  readonly groups: Readonly<Record<string, string | null>>;
  readonly truth:
    | { readonly kind: 'follow-up'; readonly years: number; readonly event: 0 | 1; readonly density: number | null }
    | {
        readonly kind: 'finding';
        readonly label: 0 | 1;
        readonly spot: { readonly x: number; readonly y: number; readonly radius: number } | null;
      };
  readonly facts: Partial<Readonly<Record<BreastCovariate, number>>>;
}

/** What is read of a table, and how many of its rows say nothing of what became of the person. */
export interface CohortRows {
  readonly rows: readonly CohortRow[];
  readonly left: number;
}

/** Longest table: one row an exam. */
const MOST_ROWS = 1_000_000;
const DAYS_A_YEAR = 365.25;

/**
 * Reads the table of a cohort. Columns are those that `unica synth mammography` writes, their order and letters' case do not matter;
 * `StudyInstanceUID` is needed, and for exams `screening_date` with `last_contact` or `diagnosis` and `diagnosis_date`, for films `nodule` (yes, no; with
 * `nodule_x`, `nodule_y`, `nodule_radius` in pixels where the place is known).
 * @throws UnicaError `clinic.table-unfit` where a column that is needed is missing
 */
export function cohortRows(
  kind: 'exam' | 'film',
  { header, rows }: { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] },
): CohortRows {
  const places = new Map(header.map((name, place) => [name.trim().toLowerCase(), place]));
  const needed =
    kind === 'exam' ? ['StudyInstanceUID', 'screening_date', 'last_contact'] : ['StudyInstanceUID', 'nodule'];
  for (const column of needed)
    if (!places.has(column.toLowerCase()))
      throw new UnicaError('clinic.table-unfit', { problem: `it has no column ${column}` });
  if (rows.length > MOST_ROWS)
    throw new UnicaError('clinic.table-unfit', { problem: `it has more than ${MOST_ROWS} rows` });
  const read = rows.flatMap((cells) => {
    const cell = (name: string): string => (cells[places.get(name.toLowerCase()) ?? -1] ?? '').trim();
    const truth = kind === 'exam' ? followUpOf(cell) : findingOf(cell);
    const studyInstanceUid = cell('StudyInstanceUID');
    if (truth === null || studyInstanceUid === '') return [];
    return [
      {
        studyInstanceUid,
        patientId: cell('PatientID') || studyInstanceUid,
        siteId: cell('site') || null,
        groups: groupsOf(cell),
        truth,
        facts: factsOf(cell),
      } satisfies CohortRow,
    ];
  });
  return { rows: read, left: rows.length - read.length };
}

type Cell = (name: string) => string;

function followUpOf(cell: Cell): CohortRow['truth'] | null {
  const seen = Date.parse(cell('screening_date'));
  // C50 of ICD-10: malignant neoplasm of the breast.
  const isFound = cell('diagnosis').toUpperCase().startsWith('C50');
  const until = Date.parse(cell(isFound ? 'diagnosis_date' : 'last_contact'));
  const years = (until - seen) / (DAYS_A_YEAR * 86_400_000);
  if (!Number.isFinite(years) || years < 0) return null;
  const density = (DENSITY_GRADES as readonly string[]).indexOf(cell('density').toLowerCase());
  return { kind: 'follow-up', years, event: isFound ? 1 : 0, density: density < 0 ? null : density };
}

function findingOf(cell: Cell): CohortRow['truth'] | null {
  const label = yesNo(cell('nodule'));
  if (label === null) return null;
  const [x, y, radius] = ['nodule_x', 'nodule_y', 'nodule_radius'].map((name) => numberOf(cell(name)));
  const spot = x == null || y == null || radius == null || radius <= 0 ? null : { x, y, radius };
  return { kind: 'finding', label, spot: label === 1 ? spot : null };
}

function groupsOf(cell: Cell): CohortRow['groups'] {
  const age = numberOf(cell('age'));
  const band = age === null ? null : age < 50 ? 'under 50' : age < 60 ? '50–59' : age < 70 ? '60–69' : '70 and over';
  return {
    age: band,
    sex: cell('sex') || null,
    density: cell('density').toLowerCase() || null,
    site: cell('site') || null,
  };
}

function factsOf(cell: Cell): CohortRow['facts'] {
  const told: readonly (readonly [BreastCovariate, number | null])[] = [
    ['familyHistory', yesNo(cell('family_history'))],
    ['geneCarrier', yesNo(cell('gene_carrier'))],
    ['priorBiopsy', yesNo(cell('prior_biopsy'))],
    ['hormoneTherapy', yesNo(cell('hormone_therapy_use'))],
    ['smoking', cell('smoking') === '' ? null : cell('smoking') === 'current smoker' ? 1 : 0],
    [
      'postmenopausal',
      cell('menopausal_status') === '' ? null : cell('menopausal_status') === 'postmenopausal' ? 1 : 0,
    ],
    ['bodyMassIndex', numberOf(cell('bmi'))],
    ['menarcheAge', numberOf(cell('menarche_age'))],
    ['parity', numberOf(cell('parity'))],
    ['firstBirthAge', numberOf(cell('first_birth_age'))],
    ['alcohol', numberOf(cell('alcohol'))],
  ];
  return Object.fromEntries(told.filter(([, value]) => value !== null));
}

function yesNo(word: string): 0 | 1 | null {
  if (/^(yes|true|1)$/i.test(word)) return 1;
  return /^(no|false|0)$/i.test(word) ? 0 : null;
}

function numberOf(word: string): number | null {
  const value = Number(word);
  return word === '' || !Number.isFinite(value) ? null : value;
}
