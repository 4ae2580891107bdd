import { readFile } from 'node:fs/promises';
import { fromUtf8, UnicaError } from '#base';
import type { DataSet } from '#dicom';
import type { RiskRecord } from '#quality';
import { tagOf } from '#vocab';
import { type ClinicalRow, readClinicalCsv } from './clinical.ts';

/** What headers say about a person that somebody outside could know. */
const FROM_HEADERS = {
  sex: 'PatientSex',
  bodyPart: 'BodyPartExamined',
  manufacturer: 'Manufacturer',
  model: 'ManufacturerModelName',
} as const;

/** The people of a folder, one record each: from their first examination and from the clinical table. */
export class PeopleOfFiles {
  readonly #people = new Map<string, { readonly date: string; readonly values: RiskRecord }>();
  readonly #clinical: readonly ClinicalRow[];

  private constructor(clinical: readonly ClinicalRow[]) {
    this.#clinical = clinical;
  }

  /** @throws UnicaError `intake.missing`, `intake.csv-invalid`, `intake.clinical-no-patient-id` */
  static async open(clinicalPath?: string): Promise<PeopleOfFiles> {
    if (clinicalPath === undefined) return new PeopleOfFiles([]);
    const text = await readFile(clinicalPath).catch((cause) => {
      throw new UnicaError('intake.missing', { path: clinicalPath }, { cause });
    });
    return new PeopleOfFiles(readClinicalCsv(fromUtf8(text)));
  }

  /** Takes an examination into account; of several of one person the earliest counts. */
  add(dataset: DataSet): void {
    const patientId = dataset.text(tagOf('PatientID'))?.trim() ?? '';
    const date = dataset.text(tagOf('StudyDate')) ?? '';
    const before = this.#people.get(patientId);
    if (patientId === '' || (before !== undefined && before.date <= date)) return;
    const said = Object.entries(FROM_HEADERS).map(([name, keyword]) => [name, dataset.text(tagOf(keyword)) ?? '']);
    const values = { ...Object.fromEntries(said), age: ageOf(dataset), studyYear: date.slice(0, 4) };
    this.#people.set(patientId, { date, values });
  }

  /** One record for each person of the table and of the files; a column of the table hides a header's of the same name. */
  records(): readonly RiskRecord[] {
    const tabled = new Map<string, RiskRecord>();
    for (const { patientId, findings, values } of this.#clinical) {
      const id = patientId.trim();
      if (!tabled.has(id)) tabled.set(id, { finding: findings.join('|'), ...values });
    }
    const everybody = new Set([...this.#people.keys(), ...tabled.keys()]);
    return [...everybody].map((id) => ({ ...this.#people.get(id)?.values, ...tabled.get(id) }));
  }
}

/** Whole years at the examination: as the header says it, or by the dates. */
function ageOf(dataset: DataSet): string {
  const said = /^(\d{3})Y$/.exec(dataset.text(tagOf('PatientAge')) ?? '');
  if (said !== null) return String(Number(said[1]));
  const [born = '', seen = ''] = [dataset.text(tagOf('PatientBirthDate')), dataset.text(tagOf('StudyDate'))];
  if (!/^\d{8}$/.test(born) || !/^\d{8}$/.test(seen)) return '';
  return String(Math.floor((Number(seen) - Number(born)) / 10_000));
}
