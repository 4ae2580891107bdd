import type { DatasetRecord } from '#wire';

/** A variable of a dataset that can be searched by, as a column of CSV on the Web. */
export interface Variable {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly datatype: 'string' | 'integer' | 'decimal' | 'date' | 'boolean';
  /** Hyper-ontology code of what the column holds; null where it has none. */
  readonly code: string | null;
}

const EUCAIM_ROOTS = {
  sex: 'COM1001396',
  modality: 'IMG1000009',
  manufacturer: 'IMG1000010',
  bodyPart: 'BP1000024',
} as const;

/** The variables that the dataset has values of, in a fixed order. */
export function variablesOf(record: DatasetRecord): readonly Variable[] {
  const has = (values: object): boolean => Object.keys(values).length > 0;
  const all: readonly (readonly [boolean, Variable])[] = [
    [has(record.sexes), text('sex', 'Sex', 'Sex at birth', EUCAIM_ROOTS.sex)],
    [
      record.ageYears !== null,
      { name: 'age', title: 'Age', description: 'Age at the examination in years', datatype: 'integer', code: null },
    ],
    [has(record.modalities), text('modality', 'Modality', 'Kind of imaging, DICOM (0008,0060)', EUCAIM_ROOTS.modality)],
    [
      has(record.bodyParts),
      text('body_part', 'Body part', 'Body part examined, DICOM (0018,0015)', EUCAIM_ROOTS.bodyPart),
    ],
    [
      has(record.manufacturers),
      text('manufacturer', 'Manufacturer', 'Maker of the equipment, DICOM (0008,0070)', EUCAIM_ROOTS.manufacturer),
    ],
    [
      record.acquiredYears !== undefined && record.acquiredYears !== null,
      {
        name: 'study_year',
        title: 'Year of the study',
        description: 'Year of the examination after shifting, up to three years before the true one',
        datatype: 'integer',
        code: null,
      },
    ],
    [has(record.findings), text('finding', 'Finding', 'Findings of the clinical table', null)],
  ];
  const imaging = all.filter(([present]) => present).map(([, variable]) => variable);
  const known = new Set(imaging.map(({ name }) => name));
  const clinical = (record.variables ?? [])
    .filter(({ name }) => !known.has(name))
    .map((variable) => ({ ...variable, description: `${variable.title}, of the clinical tables` }));
  return [...imaging, ...clinical];
}

function text(name: string, title: string, description: string, code: string | null): Variable {
  return { name, title, description, datatype: 'string', code };
}
